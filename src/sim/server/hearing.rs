//! What a client says on its stream, on whichever transport it came: each message is read, checked, and laid on the world's desk.

use std::sync::Arc;

use super::hosted::Hosted;
use super::refusal::brief;
use crate::clock::Clock;
use crate::sim::defect::Defect;
use crate::sim::host::{Order, Outlet, Reply};
use crate::wire::{AckStatus, CloseCode, CommandId, Down, ErrorBody, ErrorCode, MAX_TEXT_BYTES, PROTOCOL, Up, WireError};

/// Messages that do not parse before the stream is closed.
const MAX_GARBAGE: u32 = 16;

/// Hears one control message. What cannot be read is answered with an error, and ends the stream when it does not stop.
pub(super) fn hear(text: &str, outlet: &Arc<Outlet>, world: &Hosted, clock: Clock) {
    let Err(error) = obey(text, outlet, world, clock) else { return };
    // Defect: no error, and no more of the stream.
    if world.desk.plan().defects.has(Defect::Mute) {
        return outlet.close(CloseCode::Done, "");
    }
    let code = if matches!(error, WireError::TooLarge { .. }) { ErrorCode::TooLarge } else { ErrorCode::InvalidRequest };
    complain(outlet, code, &error.to_string());
    if outlet.count_garbage() == MAX_GARBAGE {
        outlet.close(CloseCode::Protocol, "too many messages that do not parse");
    }
}

fn obey(text: &str, outlet: &Arc<Outlet>, world: &Hosted, clock: Clock) -> Result<(), WireError> {
    // Defect: passed over without a word.
    if text.len() > MAX_TEXT_BYTES && world.desk.plan().defects.has(Defect::Swallows) {
        return Ok(());
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(WireError::TooLarge { what: "control message", have: text.len(), most: MAX_TEXT_BYTES });
    }
    let message = match Up::parse(text) {
        Ok(message) => message,
        Err(error) => {
            // A command that cannot be read is acknowledged all the same, or its sender would wait for ever.
            let Some(id) = Up::salvage_id(text) else { return Err(error) };
            outlet.tell(&refused(id, error.to_string()));
            return Ok(());
        }
    };
    match message {
        Up::Control(hands) => world.desk.hands(outlet, hands),
        Up::Keyframe {} => world.desk.keyframe(outlet),
        Up::Feedback(feedback) => world.desk.feedback(outlet, feedback),
        Up::Ping { issued_us } => outlet.tell(&Down::Pong { issued_us, server_us: clock.now().as_micros() }),
        Up::Other(_) => {
            let message = format!("a message of type {:?} is not part of {PROTOCOL}; it is ignored", message.kind());
            complain(outlet, ErrorCode::NotSupported, &message);
        }
        command => {
            let Some(id) = command.id().cloned() else { return Ok(()) };
            let order = Order { command, reply: Reply::Stream(Arc::clone(outlet)) };
            if let Err(full) = world.desk.order(order) {
                outlet.tell(&refused(id, full.to_string()));
            }
        }
    }
    Ok(())
}

fn refused(id: CommandId, message: String) -> Down {
    Down::Ack { id, status: AckStatus::Rejected, message, state_version: 0, input: None }
}

pub(super) fn complain(outlet: &Outlet, code: ErrorCode, message: &str) {
    outlet.tell(&Down::Error(ErrorBody::new(code, brief(message.to_owned()))));
}
