//! What the figures are called for people, and what they mean: one place, so that every form says the same.

use crate::measure::{Metric, Outcome, Scalar};

/// A metric's title.
#[must_use]
pub const fn title(metric: Metric) -> &'static str {
    match metric {
        Metric::Create => "create answered",
        Metric::Connect => "stream connected",
        Metric::Ready => "world running",
        Metric::Ttff => "first frame",
        Metric::TtffPresented => "first frame presented",
        Metric::Ttfa => "first sound",
        Metric::CmdToAck => "command to ack",
        Metric::CmdToFrame => "command to frame",
        Metric::CmdToPresent => "command to present",
        Metric::CmdToPixels => "command to pixels",
        Metric::CmdToAckUncorrected | Metric::CmdToFrameUncorrected | Metric::CmdToPresentUncorrected => "uncorrected",
        Metric::SendLag => "send lag of this side",
        Metric::FrameInterval => "frame interval",
        Metric::PresentInterval => "presented interval",
        Metric::Jitter => "jitter (RFC 3550)",
        Metric::Lateness => "lateness of frames",
        Metric::AvOffset => "A/V offset, clocks",
        Metric::AvContent => "A/V offset, content",
        Metric::Freeze => "freeze",
        Metric::Reconnect => "reconnect",
        Metric::Close => "close",
        Metric::Rtt => "round trip",
        Metric::ServerRender => "server render",
        Metric::ServerEncode => "server encode",
        Metric::ServerQueue => "server queue",
        Metric::Network => "network, down",
        Metric::ToServer => "to the server's picture",
        Metric::Transfer => "transfer",
        Metric::Buffer => "jitter buffer",
        Metric::Decode => "decode",
        Metric::Wait => "wait for refresh",
        Metric::Present => "present",
        Metric::Client => "all of this side",
    }
}

/// What a metric is, in a sentence.
#[must_use]
pub const fn meaning(metric: Metric) -> &'static str {
    match metric {
        Metric::Create => "From the moment at which a world was due to be created to the answer of the create.",
        Metric::Connect => "From the opening of the stream to the server's hello.",
        Metric::Ready => "From the create's due moment to the world's first running.",
        Metric::Ttff => "Time to first frame: from the create's due moment to the last byte of the first picture.",
        Metric::TtffPresented => "From the create's due moment to the first picture presented. Decoded sessions only.",
        Metric::Ttfa => "From the create's due moment to the last byte of the first packet of sound.",
        Metric::CmdToAck => "From the moment at which a command was due to its acknowledgement.",
        Metric::CmdToFrame => {
            "From the moment at which a command was due to the last byte of the first frame that reflects it."
        }
        Metric::CmdToPresent => {
            "Input to photon: from the moment at which a command was due to the presentation of the first frame that \
             reflects it, or a later one. Decoded sessions only."
        }
        Metric::CmdToPixels => {
            "The same, read from the presented pixels of the calibration world instead of the echoed number."
        }
        Metric::CmdToAckUncorrected => {
            "Command to ack as a closed loop would see it: from the moment at which the command left."
        }
        Metric::CmdToFrameUncorrected => {
            "Command to frame as a closed loop would see it: once for every answer, from the issue of the newest input."
        }
        Metric::CmdToPresentUncorrected => "Command to present as a closed loop would see it.",
        Metric::SendLag => "How late this side took a command up: from due to taken up.",
        Metric::FrameInterval => "From the last byte of one frame to that of the next.",
        Metric::PresentInterval => "From one presented frame to the next. Decoded sessions only.",
        Metric::Jitter => "Interarrival jitter of video (RFC 3550, section 6.4.1).",
        Metric::Lateness => "How much later than the fastest frame of its timeline a frame came, against its time.",
        Metric::AvOffset => {
            "Sound minus picture at each presented frame, by the player's clocks. Positive: the sound is early."
        }
        Metric::AvContent => {
            "Sound minus picture by what was seen and heard: flash against click of the calibration world. Positive: the \
             sound is early."
        }
        Metric::Freeze => "How long each freeze lasted (W3C webrtc-stats, freezeCount).",
        Metric::Reconnect => "From the loss of a stream to the first new frame.",
        Metric::Close => "From the wish to end a world to the server's word that it has ended.",
        Metric::Rtt => "Round trips of pings.",
        Metric::ServerRender => "The server simulated and rendered, as it says.",
        Metric::ServerEncode => "The server encoded, as it says.",
        Metric::ServerQueue => "From encoded to the server's socket, as it says.",
        Metric::Network => {
            "From the server's socket to the frame's first message here, by the estimated offset of the two clocks; the bound \
             is the most that the estimate can be wrong."
        }
        Metric::ToServer => {
            "From issued to the completion of the picture that reflects it, by the estimated offset of the two clocks."
        }
        Metric::Transfer => "From the first message of a frame to its last, of frames that come in several.",
        Metric::Buffer => "In the jitter buffer.",
        Metric::Decode => "In the decoder.",
        Metric::Wait => "Decoded, waiting for its refresh.",
        Metric::Present => "From chosen to presented.",
        Metric::Client => "All that this side adds: from the last byte to presented.",
    }
}

/// A scalar's title.
#[must_use]
pub const fn scalar_title(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Sessions => "sessions begun",
        Scalar::SessionsCompleted => "completed",
        Scalar::SessionsFailed => "failed",
        Scalar::LeakedSessions => "leaked",
        Scalar::Frames => "frames received",
        Scalar::FramesPresented => "frames presented",
        Scalar::Lost => "units lost",
        Scalar::Drops => "units dropped",
        Scalar::Stutters => "stutters",
        Scalar::Freezes => "freezes",
        Scalar::FrozenPct => "time frozen",
        Scalar::Fps => "frame rate",
        Scalar::FpsLow => "1 % low",
        Scalar::Goodput => "goodput",
        Scalar::QualitySwitches => "quality switches",
        Scalar::Reconnects => "reconnects",
        Scalar::FramesLostPerReconnect => "frames lost each",
        Scalar::Commands => "commands due",
        Scalar::CommandsRejected => "rejected",
        Scalar::CommandsUnanswered => "unanswered",
        Scalar::ConcealedPct => "sound concealed",
        Scalar::CpuCores => "CPU of this side",
        Scalar::CpuPerSession => "CPU per session",
        Scalar::Memory => "memory of this side",
        Scalar::MemoryPerSession => "memory per session",
        Scalar::WorldSeconds => "world time",
        Scalar::Credits => "credits",
    }
}

/// What a scalar is, in a sentence.
#[must_use]
pub const fn scalar_meaning(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Sessions => "Sessions that were begun.",
        Scalar::SessionsCompleted => "Sessions that reached their first frame and ended as planned.",
        Scalar::SessionsFailed => "Sessions that failed, at any point.",
        Scalar::LeakedSessions => "Worlds that nobody could confirm as ended.",
        Scalar::Frames => "Frames received in the measured window.",
        Scalar::FramesPresented => "Frames presented. Decoded sessions only.",
        Scalar::Lost => "Units that a gap in the numbers shows as lost.",
        Scalar::Drops => "Units that came and were not used, all causes.",
        Scalar::Stutters => "Gaps between frames that a viewer notices and that are no freeze.",
        Scalar::Freezes => {
            "Gaps of at least three average intervals, or of the average and 150 ms, whichever is more (W3C webrtc-stats)."
        }
        Scalar::FrozenPct => "Share of the session time that was spent in freezes.",
        Scalar::Fps => "Frames a second for each session.",
        Scalar::FpsLow => "Frames a second over the slowest hundredth of the intervals.",
        Scalar::Goodput => "Media received by all sessions together.",
        Scalar::QualitySwitches => "Changes of tier by the server.",
        Scalar::Reconnects => "Streams that were taken up again.",
        Scalar::FramesLostPerReconnect => "Frames lost for each of them, on average.",
        Scalar::Commands => "Commands that were due.",
        Scalar::CommandsRejected => "Commands that were rejected, by this side or the server.",
        Scalar::CommandsUnanswered => {
            "Commands without an answer at the end; they count in corrected latencies with the time that they had waited."
        }
        Scalar::ConcealedPct => "Sound made up for want of the real one. Decoded sessions only.",
        Scalar::CpuCores => "CPU that this process used, in cores.",
        Scalar::CpuPerSession => "The same for each running session, in thousandths of a core.",
        Scalar::Memory => "Largest resident memory of this process.",
        Scalar::MemoryPerSession => "Growth of it for each session at the peak.",
        Scalar::WorldSeconds => "World seconds that were billed, or else counted here.",
        Scalar::Credits => "Credits used, where the server tells.",
    }
}

/// An outcome in a word.
#[must_use]
pub const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::None => "no objectives",
        Outcome::Pass => "pass",
        Outcome::Insufficient => "insufficient data",
        Outcome::Fail => "fail",
    }
}
