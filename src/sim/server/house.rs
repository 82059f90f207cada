//! The worlds of one server.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::config::ServerConfig;
use super::create::{Wish, negotiate};
use super::doom::{doom, held_up, hold_up};
use super::halls::Halls;
use super::hosted::Hosted;
use super::refusal::Refusal;
use super::register::{Known, Register};
use super::worlds::builder;
use crate::clock::Clock;
use crate::sim::defect::Defect;
use crate::sim::faults::{Faults, Script};
use crate::sim::host::{Desk, spawn};
use crate::wire::{CreateWorld, EndReason, ErrorCode, Usage, WorldId, WorldInfo, is_idempotency_key};

/// Everything that the server's tasks share.
pub(super) struct House {
    pub(super) config: ServerConfig,
    pub(super) clock: Clock,
    pub(super) closing: CancellationToken,
    /// Every open stream holds it for reading; who may write knows that all are closed.
    pub(super) streams: Arc<RwLock<()>>,
    /// What goes wrong on purpose.
    pub(super) faults: Option<Faults>,
    register: Mutex<Register>,
    /// Where worlds live that are shared.
    halls: Halls,
}

impl House {
    pub(super) fn new(mut config: ServerConfig) -> Self {
        let clock = Clock::start();
        // Defect: without a key of its own the server asks for none.
        if config.defects.has(Defect::AnyKey) {
            config.key = None;
        }
        let script = config.faults.clone().or_else(|| config.admin.then(Script::default));
        let faults = script.map(|script| Faults::new(script, clock));
        Self {
            config,
            clock,
            faults,
            closing: CancellationToken::new(),
            streams: Arc::default(),
            register: Mutex::default(),
            halls: Halls::default(),
        }
    }

    /// Makes a world, or finds the one that the same key made before; says whether it is new. A key whose world has ended, or that
    /// was made void, makes no other (HO-28).
    pub(super) fn create(&self, request: CreateWorld) -> Result<(Arc<Hosted>, bool), Refusal> {
        let wish = negotiate(&request, &self.config)?;
        let mut register = self.register();
        // Defect: a key that is not remembered is a new one each time.
        let key = request.idempotency_key.as_deref().filter(|_| !self.config.defects.has(Defect::ForgetsKeys));
        match key.and_then(|key| register.known(key)) {
            None => {}
            Some(Known::Alive(world)) if world.was_asked(&request) => return Ok((world, false)),
            Some(Known::Alive(_)) => {
                let message = "this idempotency key made another world: use a fresh key for a different request";
                return Err(Refusal::new(ErrorCode::Conflict, message));
            }
            Some(Known::Over(Some(id))) => {
                let message = "the world that this idempotency key made has ended: use a fresh key for another one";
                return Err(Refusal::new(ErrorCode::WorldEnded, message).with("world", id.as_str().into()));
            }
            Some(Known::Over(None)) => {
                let message = "this idempotency key was made void before it made a world: use a fresh key";
                return Err(Refusal::new(ErrorCode::WorldEnded, message));
            }
        }
        if self.closing.is_cancelled() {
            return Err(Refusal::new(ErrorCode::ShuttingDown, "the server is going down"));
        }
        let alive = register.alive();
        let room = self.faults.as_ref().and_then(Faults::capacity).unwrap_or(usize::MAX).min(self.config.max_worlds);
        if alive >= room {
            let message = format!("all {alive} worlds of this server are taken: end one, or try again later");
            return Err(Refusal::new(ErrorCode::Busy, message).retry_after_ms(5000));
        }
        let internal = |what: &str| Refusal::new(ErrorCode::Internal, format!("the world cannot be made: {what}"));
        let id = WorldId::new(format!("w_{}", Uuid::now_v7().simple())).map_err(|_| internal("no id for it"))?;
        let (desk, thread) = if self.config.shared_world {
            (self.seat(&request, wish, id)?, None)
        } else {
            let (build, camera) = builder(&request, wish.seed);
            let plan = wish.plan(id, request.prompt.clone(), camera, &self.config);
            let desk = Arc::new(Desk::new(plan, self.clock));
            let build = held_up(build, &desk, self.faults.as_ref());
            let thread = spawn(Arc::clone(&desk), self.clock, build).map_err(|error| internal(&error.to_string()))?;
            (desk, Some(thread))
        };
        doom(&desk, self.faults.as_ref());
        let world = Arc::new(Hosted::new(desk, request, thread));
        register.add(Arc::clone(&world));
        Ok((world, true))
    }

    /// A world that is one of many in a hall.
    fn seat(&self, request: &CreateWorld, mut wish: Wish, id: WorldId) -> Result<Arc<Desk>, Refusal> {
        let (_, camera) = builder(request, wish.seed);
        loop {
            let (hall, seed) = self.halls.find(request, &wish, self.clock)?;
            wish.seed = seed;
            let plan = wish.plan(id.clone(), request.prompt.clone(), camera, &self.config);
            let desk = Arc::new(Desk::new(plan, self.clock));
            hold_up(&desk, self.faults.as_ref());
            // One that has just closed is not found again.
            if hall.join(&desk) {
                return Ok(desk);
            }
        }
    }

    pub(super) fn world(&self, id: &str) -> Result<Arc<Hosted>, Refusal> {
        self.register().find(id).cloned().ok_or_else(Refusal::unknown_world)
    }

    /// All worlds, newest first.
    pub(super) fn list(&self) -> Vec<WorldInfo> {
        self.register().all().map(|world| world.info()).collect()
    }

    /// Ends a world and forgets it; what it came to.
    pub(super) fn delete(&self, id: &str) -> Result<WorldInfo, Refusal> {
        let mut register = self.register();
        // Defect: the answer says what it would say, and nothing ends.
        if self.config.defects.has(Defect::Undead) {
            return register.find(id).map(|world| world.info()).ok_or_else(Refusal::unknown_world);
        }
        register.find(id).ok_or_else(Refusal::unknown_world)?.desk.end(EndReason::Deleted);
        register.take(id).map(|world| world.info()).ok_or_else(Refusal::unknown_world)
    }

    /// Ends the world of a key, and sees to it that a create which is still on its way makes none. Says nothing of what there was:
    /// who asks does not know whether the create ever arrived, and need not.
    pub(super) fn void(&self, key: &str) {
        if !is_idempotency_key(key) {
            return;
        }
        let mut register = self.register();
        if let Some(Known::Alive(world)) = register.known(key) {
            world.desk.end(EndReason::Deleted);
            drop(register.take(world.id()));
        }
        register.void(key);
    }

    /// What the worlds have used, the newest 4096 of them, or those that have this id and this key.
    pub(super) fn usage(&self, id: Option<&str>, key: Option<&str>) -> Usage {
        self.register().usage(|world| {
            id.is_none_or(|id| world.id.as_str() == id)
                && key.is_none_or(|key| world.idempotency_key.as_deref() == Some(key))
        })
    }

    /// Ends every world; their threads, for who wants to wait for them.
    pub(super) fn end_all(&self, reason: &EndReason) -> Vec<JoinHandle<()>> {
        let worlds = self.register().take_all();
        worlds.iter().for_each(|world| world.desk.end(reason.clone()));
        let halls = self.halls.close(reason);
        worlds.iter().filter_map(|world| world.take_thread()).chain(halls).collect()
    }

    /// The desks of all worlds that live.
    pub(super) fn living(&self) -> Vec<Arc<Desk>> {
        self.register().all().filter(|world| !world.desk.ended()).map(|world| Arc::clone(&world.desk)).collect()
    }

    fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
