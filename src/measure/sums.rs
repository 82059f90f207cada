//! What a run adds up: quantities of which sums are meaningful, so that runs of many machines merge, and the scalars that follow.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::metric::{Metric, Scalar};
use super::spread::{Spread, samples_needed};

/// Sums over all sessions. Times in microseconds; `_window` is of the measured window alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    /// Sessions that were begun.
    pub sessions: u64,
    /// Sessions that completed.
    pub completed: u64,
    /// Sessions that failed.
    pub failed: u64,
    /// Worlds that nobody could confirm as ended.
    pub leaked: u64,
    /// Sessions that were decoded.
    pub decoded: u64,
    /// Length of the measured window, as far as the run came.
    pub window_us: u64,
    /// Time in which sessions streamed, from the first frame to the wish to end, pauses left out.
    pub session_us_window: u64,
    /// Frames received.
    pub frames_window: u64,
    /// Media bytes received.
    pub bytes_window: u64,
    /// Frames presented.
    pub presented_window: u64,
    /// Units lost on their way.
    pub lost: u64,
    /// Units that came and were not used.
    pub drops: u64,
    /// Stutters.
    pub stutters_window: u64,
    /// Freezes.
    pub freezes_window: u64,
    /// Time spent in freezes.
    pub frozen_us_window: u64,
    /// Changes of tier.
    pub switches_window: u64,
    /// Streams taken up again.
    pub reconnects_window: u64,
    /// Of those, the ones of which it is known how many frames they lost.
    pub recoveries_window: u64,
    /// Frames lost for them.
    pub recovery_lost_window: u64,
    /// Commands that were due.
    pub commands_window: u64,
    /// Commands that were rejected.
    pub rejected_window: u64,
    /// Commands without an answer.
    pub unanswered_window: u64,
    /// Sound that was made up.
    pub concealed_us: u64,
    /// Sound in all.
    pub sounded_us: u64,
    /// CPU of the process in the window.
    pub cpu_us_window: u64,
    /// The time for which it is known.
    pub cpu_known_us_window: u64,
    /// Largest resident memory of a process, in bytes.
    pub memory_most: u64,
    /// Growth of memory from before the first session to the peak, in bytes.
    pub memory_growth: u64,
    /// Most sessions that streamed at once.
    pub streaming_most: u64,
    /// World time.
    pub world_us: u64,
    /// Credits, where a server told.
    pub credits: Option<f64>,
}

impl Sums {
    /// Adds another's, as runs that went side by side: what is a peak of one process stays one.
    pub fn add(&mut self, other: &Self) {
        let Self {
            sessions,
            completed,
            failed,
            leaked,
            decoded,
            window_us,
            session_us_window,
            frames_window,
            bytes_window,
            presented_window,
            lost,
            drops,
            stutters_window,
            freezes_window,
            frozen_us_window,
            switches_window,
            reconnects_window,
            recoveries_window,
            recovery_lost_window,
            commands_window,
            rejected_window,
            unanswered_window,
            concealed_us,
            sounded_us,
            cpu_us_window,
            cpu_known_us_window,
            memory_most,
            memory_growth,
            streaming_most,
            world_us,
            credits,
        } = other;
        for (ours, theirs) in [
            (&mut self.sessions, sessions),
            (&mut self.completed, completed),
            (&mut self.failed, failed),
            (&mut self.leaked, leaked),
            (&mut self.decoded, decoded),
            (&mut self.session_us_window, session_us_window),
            (&mut self.frames_window, frames_window),
            (&mut self.bytes_window, bytes_window),
            (&mut self.presented_window, presented_window),
            (&mut self.lost, lost),
            (&mut self.drops, drops),
            (&mut self.stutters_window, stutters_window),
            (&mut self.freezes_window, freezes_window),
            (&mut self.frozen_us_window, frozen_us_window),
            (&mut self.switches_window, switches_window),
            (&mut self.reconnects_window, reconnects_window),
            (&mut self.recoveries_window, recoveries_window),
            (&mut self.recovery_lost_window, recovery_lost_window),
            (&mut self.commands_window, commands_window),
            (&mut self.rejected_window, rejected_window),
            (&mut self.unanswered_window, unanswered_window),
            (&mut self.concealed_us, concealed_us),
            (&mut self.sounded_us, sounded_us),
            (&mut self.memory_growth, memory_growth),
            (&mut self.streaming_most, streaming_most),
            (&mut self.world_us, world_us),
            (&mut self.cpu_us_window, cpu_us_window),
        ] {
            *ours = ours.saturating_add(*theirs);
        }
        self.window_us = self.window_us.max(*window_us);
        self.cpu_known_us_window = self.cpu_known_us_window.max(*cpu_known_us_window);
        self.memory_most = self.memory_most.max(*memory_most);
        if let Some(theirs) = credits {
            self.credits = Some(self.credits.unwrap_or(0.0) + theirs);
        }
    }

    /// The scalars that follow. What cannot be known is left out.
    #[must_use]
    pub fn scalars(&self, spreads: &BTreeMap<Metric, Spread>) -> BTreeMap<Scalar, f64> {
        let presents = self.decoded > 0;
        let of = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let count = |count: u64| Some(count as f64);
        let streamed = self.session_us_window > 0;
        let cores = of(self.cpu_us_window, self.cpu_known_us_window);
        let streaming = of(self.session_us_window, self.window_us).filter(|mean| *mean > 0.0);
        let intervals = spreads.get(&Metric::PresentInterval).or_else(|| spreads.get(&Metric::FrameInterval));
        let low =
            intervals.filter(|spread| spread.n() >= samples_needed(0.99)).and_then(|spread| spread.mean_of_slowest(0.01));
        let value = |scalar| match scalar {
            Scalar::Sessions => count(self.sessions),
            Scalar::SessionsCompleted => count(self.completed),
            Scalar::SessionsFailed => count(self.failed),
            Scalar::LeakedSessions => count(self.leaked),
            Scalar::Frames => count(self.frames_window),
            Scalar::FramesPresented => count(self.presented_window).filter(|_| presents),
            Scalar::Lost => count(self.lost),
            Scalar::Drops => count(self.drops),
            Scalar::Stutters => count(self.stutters_window).filter(|_| streamed),
            Scalar::Freezes => count(self.freezes_window).filter(|_| streamed),
            Scalar::FrozenPct => of(self.frozen_us_window, self.session_us_window).map(|share| (share * 100.0).min(100.0)),
            Scalar::Fps => of(self.frames_window, self.session_us_window).map(|per_us| per_us * 1e6),
            Scalar::FpsLow => low.filter(|slowest| *slowest > 0.0).map(|slowest| 1e3 / slowest),
            // Bits in a microsecond are megabits in a second.
            Scalar::Goodput => of(self.bytes_window.saturating_mul(8), self.window_us),
            Scalar::QualitySwitches => count(self.switches_window),
            Scalar::Reconnects => count(self.reconnects_window),
            Scalar::FramesLostPerReconnect => of(self.recovery_lost_window, self.recoveries_window),
            Scalar::Commands => count(self.commands_window),
            Scalar::CommandsRejected => count(self.rejected_window),
            Scalar::CommandsUnanswered => count(self.unanswered_window),
            Scalar::ConcealedPct => of(self.concealed_us, self.sounded_us).map(|share| (share * 100.0).min(100.0)),
            Scalar::CpuCores => cores,
            Scalar::CpuPerSession => cores.zip(streaming).map(|(cores, sessions)| cores / sessions * 1e3),
            Scalar::Memory => count(self.memory_most).filter(|most| *most > 0.0).map(|bytes| bytes / MIB),
            Scalar::MemoryPerSession => {
                of(self.memory_growth, self.streaming_most).filter(|_| self.memory_most > 0).map(|bytes| bytes / 1024.0)
            }
            Scalar::WorldSeconds => Some(self.world_us as f64 / 1e6),
            Scalar::Credits => self.credits,
        };
        Scalar::ALL.into_iter().filter_map(|scalar| Some((scalar, value(scalar)?))).collect()
    }
}

/// Bytes in a MiB.
pub(super) const MIB: f64 = 1_048_576.0;
