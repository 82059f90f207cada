//! Where packets come in. Called by the task that reads the socket: never blocks on a decoder, a device or a display.

use std::sync::Arc;

use super::shared::Shared;
use crate::audio::Status;
use crate::media::{Format, Monotonic, Packet, PacketSink, Place, Pushed, Stage};

/// The player's packet sink. The queues behind it are bounded: see [`crate::playout::Controller`].
pub(super) struct Intake {
    shared: Arc<Shared>,
    /// Packets arrive, and how they do says something.
    live: bool,
}

impl Intake {
    pub(super) fn new(shared: Arc<Shared>, live: bool) -> Self {
        Self { shared, live }
    }
}

impl PacketSink for Intake {
    fn push(&mut self, packet: Packet) -> Pushed {
        if self.shared.is_stopped() {
            return Pushed::Closed;
        }
        let format = packet.format;
        if self.live {
            let target = self.shared.lock().controller.clock().target();
            self.shared.arrivals().note(&packet, target);
        }
        let pushed = self.shared.lock().controller.push(packet);
        match format {
            Format::Video(_) => self.shared.wake_video(),
            Format::Audio(_) => self.shared.wake_sound(),
        }
        pushed
    }
}

impl Stage for Intake {
    fn start(&mut self, at: Monotonic) {
        self.shared.lock().controller.start(at);
        self.shared.wake_video();
        self.shared.wake_sound();
    }

    fn place(&self) -> Place {
        let now = self.shared.clock.now();
        let heard = self.shared.heard(now);
        let sound_is_ready = self.shared.position.status() != Status::Opening;
        let mut state = self.shared.lock();
        let controller = &mut state.controller;
        Place {
            epoch: controller.epoch(),
            position: controller.position_at(now, heard),
            shown: controller.shown(),
            picture_is_ready: controller.is_cued(),
            sound_is_ready,
            coded: controller.held().0,
        }
    }
}
