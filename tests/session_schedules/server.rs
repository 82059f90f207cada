//! A model of a server that keeps to the protocol: worlds, keys, streams, commands, bills. Small enough to be right by reading.

use std::collections::{BTreeMap, BTreeSet};

use seaglass::media::{Monotonic, Tier};
use seaglass::session::{Bill, LeaseAnswer, LeaseRequest};
use seaglass::wire::{
    AckStatus, AudioState, CommandId, Down, EndReason, Hello, Key, TierInfo, TierName, Token, Up, WorldId, WorldState,
};

/// One world.
#[derive(Debug)]
pub struct World {
    pub ended: Option<EndReason>,
    /// Every command that was applied, in order: its id and its words.
    pub applied: Vec<(CommandId, String)>,
    pub keys: Vec<Key>,
    pub tier: TierName,
    pub pinned: bool,
    pub sound: bool,
    pub paused: bool,
    pub version: u32,
    /// The connection that has the stream.
    pub connection: Option<u32>,
    /// Since when there is none.
    pub alone_since: Option<Monotonic>,
    acks: BTreeMap<CommandId, Down>,
    streams: u32,
    holder: Option<Token>,
    holders: u32,
    created: Monotonic,
    bill: Option<Bill>,
}

/// The server.
#[derive(Debug, Default)]
pub struct Server {
    /// How long a world outlives its stream, in seconds.
    grace: u64,
    pub worlds: BTreeMap<WorldId, World>,
    by_key: BTreeMap<u64, WorldId>,
    void: BTreeSet<u64>,
}

/// Why a stream is not opened.
#[derive(Debug, PartialEq, Eq)]
pub enum NotOpened {
    NoWorld,
    Ended,
    Replaced,
}

impl Server {
    /// A server that keeps worlds without a stream for so many seconds.
    pub fn new(grace: u64) -> Self {
        Self { grace, ..Self::default() }
    }

    /// Carries out a request of a lease.
    pub fn request(&mut self, now: Monotonic, key: u64, request: &LeaseRequest) -> LeaseAnswer {
        match request {
            LeaseRequest::Create | LeaseRequest::Recall => {
                if self.void.contains(&key) {
                    return LeaseAnswer::Gone;
                }
                if let Some(id) = self.by_key.get(&key) {
                    let ended = self.worlds[id].ended.is_some();
                    return if ended { LeaseAnswer::Gone } else { LeaseAnswer::Made(id.clone()) };
                }
                let id = WorldId::new(format!("w_{}", self.worlds.len() + 1)).unwrap();
                self.by_key.insert(key, id.clone());
                self.worlds.insert(id.clone(), World::new(now));
                LeaseAnswer::Made(id)
            }
            LeaseRequest::Delete(id) => match self.worlds.get_mut(id) {
                Some(world) if world.ended.is_none() => LeaseAnswer::Ended(Some(world.end(now, EndReason::Deleted))),
                Some(world) if world.ended != Some(EndReason::Deleted) => LeaseAnswer::Ended(world.bill),
                _ => LeaseAnswer::Gone,
            },
            LeaseRequest::Void => {
                self.void.insert(key);
                match self.by_key.get(&key).and_then(|id| self.worlds.get_mut(id)) {
                    Some(world) if world.ended.is_none() => {
                        world.end(now, EndReason::Deleted);
                    }
                    _ => {}
                }
                LeaseAnswer::Ended(None)
            }
            LeaseRequest::List => {
                let alive = |id: &&WorldId| self.worlds[*id].ended.is_none();
                LeaseAnswer::Listed(self.by_key.get(&key).filter(alive).cloned())
            }
            LeaseRequest::Usage => {
                LeaseAnswer::Cost(self.by_key.get(&key).and_then(|id| self.worlds.get(id)).and_then(|world| world.bill))
            }
        }
    }

    /// Opens a stream: what the world says first, and the connection that it takes the stream from.
    pub fn open(
        &mut self,
        id: &WorldId,
        connection: u32,
        resume: Option<&Token>,
    ) -> Result<(Hello, Option<u32>), NotOpened> {
        let world = self.worlds.get_mut(id).ok_or(NotOpened::NoWorld)?;
        if world.ended.is_some() {
            return Err(if world.ended == Some(EndReason::Deleted) { NotOpened::NoWorld } else { NotOpened::Ended });
        }
        if resume.is_some() && resume != world.holder.as_ref() {
            return Err(NotOpened::Replaced);
        }
        if resume.is_none() {
            world.holders += 1;
            world.holder = Some(Token::new(format!("holder-{}", world.holders)).unwrap());
        }
        let before = world.connection.replace(connection);
        world.alone_since = None;
        world.keys.clear();
        world.streams += 1;
        Ok((world.hello(id, resume.is_some(), self.grace), before))
    }

    /// A connection is gone.
    pub fn closed(&mut self, now: Monotonic, id: &WorldId, connection: u32) {
        if let Some(world) = self.worlds.get_mut(id)
            && world.connection == Some(connection)
        {
            world.connection = None;
            world.alone_since = Some(now);
            world.keys.clear();
        }
    }

    /// Worlds whose grace time is over end.
    pub fn tick(&mut self, now: Monotonic) {
        let grace = self.grace;
        for world in self.worlds.values_mut().filter(|world| world.ended.is_none()) {
            if world.alone_since.is_some_and(|since| now.since(since).as_secs() >= grace) {
                world.end(now, EndReason::Abandoned);
            }
        }
    }

    /// Worlds that cost something.
    pub fn alive(&self) -> Vec<&WorldId> {
        self.worlds.iter().filter(|(_, world)| world.ended.is_none()).map(|(id, _)| id).collect()
    }
}

impl World {
    fn new(now: Monotonic) -> Self {
        Self {
            ended: None,
            applied: Vec::new(),
            keys: Vec::new(),
            tier: TierName::Known(Tier::Standard),
            pinned: false,
            sound: true,
            paused: false,
            version: 1,
            connection: None,
            alone_since: Some(now),
            acks: BTreeMap::new(),
            streams: 0,
            holder: None,
            holders: 0,
            created: now,
            bill: None,
        }
    }

    /// Ends it; what it has cost.
    pub fn end(&mut self, now: Monotonic, reason: EndReason) -> Bill {
        self.ended = Some(reason);
        let bill = Bill { seconds: now.since(self.created).as_secs_f64(), credits: 0.0 };
        self.bill = Some(bill);
        bill
    }

    /// What it has cost, once it has ended.
    pub fn bill(&self) -> Option<Bill> {
        self.bill
    }

    /// Takes a message of the stream, or by POST; what is answered.
    pub fn take(&mut self, now: Monotonic, message: &Up) -> Vec<Down> {
        if self.ended.is_some() {
            return Vec::new();
        }
        match message {
            Up::Ping { issued_us } => vec![Down::Pong { issued_us: *issued_us, server_us: now.as_micros() }],
            Up::Control(control) => {
                self.keys.clone_from(&control.keys);
                Vec::new()
            }
            _ => match message.id() {
                Some(id) => self.command(&id.clone(), message),
                None => Vec::new(),
            },
        }
    }

    fn command(&mut self, id: &CommandId, message: &Up) -> Vec<Down> {
        if let Some(Down::Ack { id, message, state_version, input, .. }) = self.acks.get(id).cloned() {
            return vec![Down::Ack { id, status: AckStatus::Duplicate, message, state_version, input }];
        }
        let mut down = Vec::new();
        let words = match message {
            Up::Direct { text, .. } => text.clone().unwrap_or_default(),
            Up::Quality { tier, pinned, .. } => {
                (self.tier, self.pinned) = (tier.clone(), *pinned);
                down.push(Down::Quality { tier: self.tier_info(), reason: "asked for".to_owned(), pinned: *pinned });
                message.kind().to_owned()
            }
            Up::Audio { audio, .. } => {
                self.sound = audio.enabled;
                down.push(Down::Audio(self.audio()));
                message.kind().to_owned()
            }
            Up::Pause { .. } | Up::Resume { .. } => {
                self.paused = matches!(message, Up::Pause { .. });
                self.version += 1;
                down.push(Down::State { state: self.state(), state_version: self.version });
                message.kind().to_owned()
            }
            other => panic!("the schedule sends no {}", other.kind()),
        };
        self.version += 1;
        self.applied.push((id.clone(), words.clone()));
        let ack = Down::Ack {
            id: id.clone(),
            status: AckStatus::Applied,
            message: words,
            state_version: self.version,
            input: None,
        };
        self.acks.insert(id.clone(), ack.clone());
        down.push(ack);
        down
    }

    /// Where it stands.
    pub fn state(&self) -> WorldState {
        if self.paused { WorldState::Paused } else { WorldState::Running }
    }

    fn tier_info(&self) -> TierInfo {
        let (name, codec) = (self.tier.clone(), "h264".to_owned());
        TierInfo { name, width: 64, height: 64, fps: 30.0, codec, ..TierInfo::default() }
    }

    fn audio(&self) -> AudioState {
        let text = if self.sound {
            r#"{"enabled":true,"format":"opus","rate":48000,"channels":2,"pre_skip":312}"#
        } else {
            r#"{"enabled":false}"#
        };
        serde_json::from_str(text).unwrap()
    }

    fn hello(&self, id: &WorldId, resumed: bool, grace: u64) -> Hello {
        let mut hello: Hello = serde_json::from_value(serde_json::json!({
            "version": 1, "world": id, "state": "running", "epoch": self.streams, "stream": self.streams, "resumed": resumed,
            "limits": { "grace_s": grace }, "tier": self.tier_info(), "pinned": self.pinned, "audio": self.audio(),
        }))
        .unwrap();
        (hello.state, hello.state_version, hello.resume) = (self.state(), self.version, self.holder.clone());
        hello
    }
}
