//! The seam of the laboratory: an algorithm that plays a trace on a machine. Implemented by our own playout and by its peers.

use super::conditions::Conditions;
use super::recorder::Recorder;
use super::trace::Trace;

/// Plays traces in virtual time.
pub trait Algorithm {
    /// Its name in reports.
    fn name(&self) -> String;

    /// Its preset or mode in reports.
    fn preset(&self) -> String;

    /// `implementation`, `policy model` or `oracle`.
    fn kind(&self) -> &'static str;

    /// Plays the whole trace and tells the recorder what is heard and seen.
    fn play(&mut self, trace: &Trace, conditions: &Conditions, recorder: &mut Recorder<'_>);
}
