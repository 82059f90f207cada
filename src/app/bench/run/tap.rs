//! The sink of a session: every packet is told to its meter first, then to the player where the session is decoded.

use tokio::sync::oneshot;

use crate::measure::Meter;
use crate::media::{Packet, PacketSink, Pushed, Track};

/// A meter in the way of packets.
pub struct Tap {
    meter: Meter,
    first: Option<oneshot::Sender<()>>,
    player: Option<Box<dyn PacketSink>>,
}

impl Tap {
    /// Of a session; `first` hears when its first picture has come.
    pub fn new(meter: Meter, first: oneshot::Sender<()>, player: Option<Box<dyn PacketSink>>) -> Self {
        Self { meter, first: Some(first), player }
    }
}

impl PacketSink for Tap {
    fn push(&mut self, packet: Packet) -> Pushed {
        self.meter.packet(&packet);
        if packet.track() == Track::Video
            && let Some(first) = self.first.take()
        {
            // Nobody waits where the session is ending already.
            let _ = first.send(());
        }
        self.player.as_mut().map_or(Pushed::Accepted, |player| player.push(packet))
    }
}
