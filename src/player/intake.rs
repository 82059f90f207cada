//! Where packets come in. Called by the task that reads the socket: never blocks on a decoder, a device or a display.

use std::sync::Arc;

use super::shared::Shared;
use crate::media::{Format, Packet, PacketSink, Pushed};

/// The player's packet sink. The queues behind it are bounded: see [`crate::playout::Controller`].
pub(super) struct Intake {
    shared: Arc<Shared>,
}

impl Intake {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl PacketSink for Intake {
    fn push(&mut self, packet: Packet) -> Pushed {
        if self.shared.is_stopped() {
            return Pushed::Closed;
        }
        let format = packet.format;
        let target = self.shared.lock().controller.clock().target();
        self.shared.arrivals().note(&packet, target);
        let pushed = self.shared.lock().controller.push(packet);
        match format {
            Format::Video(_) => self.shared.wake_video(),
            Format::Audio(_) => self.shared.wake_sound(),
        }
        pushed
    }
}
