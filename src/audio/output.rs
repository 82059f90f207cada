//! Opening a device.

use super::choice::DeviceChoice;
use super::device;
use super::position::Position;
use super::ring::{Writer, connect};
use super::stand_in;
use super::status::Status;
use crate::clock::Clock;

/// An open output: the half that is written and the half that tells what is heard.
#[derive(Debug)]
pub struct Output {
    /// For the thread that produces sound. Dropping it closes the device.
    pub writer: Writer,
    /// For anyone.
    pub position: Position,
}

/// Opens the device on a thread of its own and returns at once; [`Position::status`] tells how it went. With
/// [`DeviceChoice::None`] the ring fills up and stays full.
#[must_use]
pub fn open(choice: DeviceChoice, clock: Clock) -> Output {
    let (mut writer, feed, position) = connect();
    match choice {
        DeviceChoice::None => {
            writer.shared().describe("no sound device was asked for".into());
            writer.shared().set_status(Status::Off);
        }
        DeviceChoice::StandIn(stand_in) => {
            if let Some(thread) = stand_in::start(feed, stand_in, clock) {
                writer.keep(thread);
            }
        }
        DeviceChoice::Default => device::start(feed, None, clock),
        DeviceChoice::Named(name) => device::start(feed, Some(name), clock),
    }
    Output { writer, position }
}
