//! The worlds of one server.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::auth::{same, ticket};
use super::config::ServerConfig;
use super::create::negotiate;
use super::refusal::Refusal;
use super::worlds::builder;
use crate::clock::Clock;
use crate::sim::host::{Desk, spawn};
use crate::wire::{CreateWorld, EndReason, ErrorCode, Token, WorldId, WorldInfo};

/// Worlds that have ended by themselves and are remembered for those who ask why.
const REMEMBERED: usize = 64;

/// Everything that the server's tasks share.
pub(super) struct House {
    pub(super) config: ServerConfig,
    pub(super) clock: Clock,
    pub(super) closing: CancellationToken,
    /// Every open stream holds it for reading; who may write knows that all are closed.
    pub(super) streams: Arc<RwLock<()>>,
    worlds: Mutex<Vec<Arc<Hosted>>>,
}

/// One world.
pub(super) struct Hosted {
    pub(super) desk: Arc<Desk>,
    request: CreateWorld,
    ticket: Mutex<Option<Token>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl House {
    pub(super) fn new(config: ServerConfig) -> Self {
        Self {
            config,
            clock: Clock::start(),
            closing: CancellationToken::new(),
            streams: Arc::default(),
            worlds: Mutex::new(Vec::new()),
        }
    }

    /// Makes a world, or finds the one that the same key made before; says whether it is new.
    pub(super) fn create(&self, request: CreateWorld) -> Result<(Arc<Hosted>, bool), Refusal> {
        let wish = negotiate(&request, &self.config)?;
        let mut worlds = self.worlds();
        if let Some(key) = &request.idempotency_key
            && let Some(world) = worlds.iter().find(|world| world.request.idempotency_key.as_ref() == Some(key))
        {
            if world.request == request {
                return Ok((Arc::clone(world), false));
            }
            let message = "this idempotency key made another world: use a fresh key for a different request";
            return Err(Refusal::new(ErrorCode::Conflict, message));
        }
        if self.closing.is_cancelled() {
            return Err(Refusal::new(ErrorCode::ShuttingDown, "the server is going down"));
        }
        let alive = worlds.iter().filter(|world| world.alive()).count();
        if alive >= self.config.max_worlds {
            let message = format!("all {alive} worlds of this server are taken: end one, or try again later");
            return Err(Refusal::new(ErrorCode::Busy, message).retry_after_ms(5000));
        }
        let internal = |what: &str| Refusal::new(ErrorCode::Internal, format!("the world cannot be made: {what}"));
        let id = WorldId::new(format!("w_{}", Uuid::now_v7().simple())).map_err(|_| internal("no id for it"))?;
        let (build, camera) = builder(&request, wish.seed);
        let desk = Arc::new(Desk::new(wish.plan(id, request.prompt.clone(), camera, self.config.adaptation), self.clock));
        let thread = spawn(Arc::clone(&desk), self.clock, build).map_err(|error| internal(&error.to_string()))?;
        let world = Arc::new(Hosted { desk, request, ticket: Mutex::new(ticket()), thread: Mutex::new(Some(thread)) });
        worlds.push(Arc::clone(&world));
        forget_old(&mut worlds);
        Ok((world, true))
    }

    pub(super) fn world(&self, id: &str) -> Result<Arc<Hosted>, Refusal> {
        self.worlds().iter().find(|world| world.id() == id).cloned().ok_or_else(Refusal::unknown_world)
    }

    /// All worlds, newest first.
    pub(super) fn list(&self) -> Vec<WorldInfo> {
        self.worlds().iter().rev().map(|world| world.info()).collect()
    }

    /// Ends a world and forgets it.
    pub(super) fn delete(&self, id: &str) -> Result<(), Refusal> {
        let mut worlds = self.worlds();
        let at = worlds.iter().position(|world| world.id() == id).ok_or_else(Refusal::unknown_world)?;
        worlds.remove(at).desk.end(EndReason::Deleted);
        Ok(())
    }

    /// Ends every world; their threads, for who wants to wait for them.
    pub(super) fn end_all(&self, reason: &EndReason) -> Vec<JoinHandle<()>> {
        let worlds = std::mem::take(&mut *self.worlds());
        worlds.iter().for_each(|world| world.desk.end(reason.clone()));
        worlds.iter().filter_map(|world| lock(&world.thread).take()).collect()
    }

    fn worlds(&self) -> MutexGuard<'_, Vec<Arc<Hosted>>> {
        lock(&self.worlds)
    }
}

impl Hosted {
    pub(super) fn id(&self) -> &str {
        self.desk.plan().id.as_str()
    }

    pub(super) fn info(&self) -> WorldInfo {
        let (plan, now) = (self.desk.plan(), self.desk.snapshot());
        let mut extra = serde_json::Map::new();
        extra.insert("video_dropped".to_owned(), now.video_dropped.into());
        extra.insert("video_skipped".to_owned(), now.video_skipped.into());
        extra.insert("media_bytes".to_owned(), now.media_bytes.into());
        if let Some(feedback) = &now.feedback {
            extra.insert("feedback".to_owned(), serde_json::json!(feedback));
        }
        WorldInfo {
            id: plan.id.clone(),
            state: now.state,
            state_version: now.state_version,
            prompt: plan.prompt.clone(),
            seed: Some(plan.seed),
            tier: Some(now.tier.into()),
            seconds_used: now.lived.as_secs_f64(),
            attached: now.attached,
            ended: now.ended,
            ticket: None,
            extra,
        }
    }

    /// What the creator is told: with the ticket, as long as it is unused.
    pub(super) fn info_for_creator(&self) -> WorldInfo {
        let mut info = self.info();
        info.ticket = lock(&self.ticket).clone();
        if self.request.first_frame.is_some() {
            let words = "first_frame is not used: this server generates its worlds from the prompt alone";
            info.extra.insert("warnings".to_owned(), serde_json::json!([words]));
        }
        info
    }

    /// Whether this is the world's ticket; it is used up by that.
    pub(super) fn take_ticket(&self, given: &str) -> bool {
        let mut ticket = lock(&self.ticket);
        let right = ticket.as_ref().is_some_and(|ticket| same(given.as_bytes(), ticket.expose().as_bytes()));
        if right {
            *ticket = None;
        }
        right
    }

    fn alive(&self) -> bool {
        self.desk.snapshot().ended.is_none()
    }
}

fn forget_old(worlds: &mut Vec<Arc<Hosted>>) {
    let mut surplus = worlds.iter().filter(|world| !world.alive()).count().saturating_sub(REMEMBERED);
    worlds.retain(|world| {
        let forget = surplus > 0 && !world.alive();
        surplus -= usize::from(forget);
        !forget
    });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
