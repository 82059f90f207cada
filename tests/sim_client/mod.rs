//! What tests of the client against the reference server need: a server, a client, and waiting for what comes.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![allow(dead_code, reason = "every test file uses a part of it")]

use std::time::Duration;

use seaglass::client::World;
use seaglass::media::{Packet, PacketSink, Pushed};
use seaglass::session::Event;
use tokio::sync::mpsc;

/// A bound that only a stuck test runs into.
pub const STUCK: Duration = Duration::from_secs(90);

/// Hands packets to the test; full, it drops them, as a player would.
pub struct Channel(pub mpsc::Sender<Packet>);

impl PacketSink for Channel {
    fn push(&mut self, packet: Packet) -> Pushed {
        match self.0.try_send(packet) {
            Ok(()) => Pushed::Accepted,
            Err(mpsc::error::TrySendError::Full(_)) => Pushed::Full,
            Err(mpsc::error::TrySendError::Closed(_)) => Pushed::Closed,
        }
    }
}

/// Waits for an event that fits.
pub async fn event(world: &mut World, fits: impl Fn(&Event) -> bool) -> Event {
    let found = async {
        loop {
            match world.next_event().await {
                Some(event) if fits(&event) => return event,
                Some(event @ Event::Ended { .. }) => panic!("{event:?}"),
                Some(_) => {}
                None => panic!("the stream is over"),
            }
        }
    };
    tokio::time::timeout(STUCK, found).await.expect("the event did not come")
}

/// Waits for a packet that fits.
pub async fn packet(packets: &mut mpsc::Receiver<Packet>, fits: impl Fn(&Packet) -> bool) -> Packet {
    let found = async {
        loop {
            let packet = packets.recv().await.expect("the stream goes on");
            if fits(&packet) {
                return packet;
            }
        }
    };
    tokio::time::timeout(STUCK, found).await.expect("the packet did not come")
}
