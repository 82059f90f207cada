//! One world of the house: its desk, what it was asked to be, its ticket, its thread, and how it is described.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::auth::ticket;
use crate::sim::host::{Desk, same};
use crate::wire::{CreateWorld, Token, WorldInfo, WorldUsage};

/// One world.
pub(super) struct Hosted {
    pub(super) desk: Arc<Desk>,
    request: CreateWorld,
    ticket: Mutex<Option<Token>>,
    /// None: it lives in a hall.
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Hosted {
    pub(super) fn new(desk: Arc<Desk>, request: CreateWorld, thread: Option<JoinHandle<()>>) -> Self {
        Self { desk, request, ticket: Mutex::new(ticket()), thread: Mutex::new(thread) }
    }

    pub(super) fn id(&self) -> &str {
        self.desk.plan().id.as_str()
    }

    pub(super) fn key(&self) -> Option<&str> {
        self.request.idempotency_key.as_deref()
    }

    pub(super) fn was_asked(&self, request: &CreateWorld) -> bool {
        self.request == *request
    }

    pub(super) fn info(&self) -> WorldInfo {
        let (plan, now) = (self.desk.plan(), self.desk.snapshot());
        let mut extra = serde_json::Map::new();
        extra.insert("video_dropped".to_owned(), now.video_dropped.into());
        extra.insert("video_skipped".to_owned(), now.video_skipped.into());
        extra.insert("media_bytes".to_owned(), now.media_bytes.into());
        if plan.shared {
            extra.insert("shared".to_owned(), true.into());
        }
        if let Some(feedback) = &now.feedback {
            extra.insert("feedback".to_owned(), serde_json::json!(feedback));
        }
        let seconds_used = now.lived.as_secs_f64();
        WorldInfo {
            id: plan.id.clone(),
            state: now.state,
            state_version: now.state_version,
            prompt: plan.prompt.clone(),
            seed: Some(plan.seed),
            tier: Some(now.tier.into()),
            seconds_used,
            credits_used: plan.credits(seconds_used),
            attached: now.attached,
            ended: now.ended,
            idempotency_key: self.request.idempotency_key.clone(),
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

    /// What it has used.
    pub(super) fn usage(&self) -> WorldUsage {
        let (plan, now) = (self.desk.plan(), self.desk.snapshot());
        let seconds_used = now.lived.as_secs_f64();
        WorldUsage {
            id: plan.id.clone(),
            idempotency_key: self.request.idempotency_key.clone(),
            seconds_used,
            credits_used: plan.credits(seconds_used),
            ended: now.ended,
            extra: serde_json::Map::new(),
        }
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

    /// Its thread, for who wants to wait for it; once.
    pub(super) fn take_thread(&self) -> Option<JoinHandle<()>> {
        lock(&self.thread).take()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
