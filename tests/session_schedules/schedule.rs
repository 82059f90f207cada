//! What may happen in a schedule, and how schedules are made up.

use proptest::prelude::*;

/// Something that happens at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The user directs the world.
    Say,
    /// The user holds these keys from now on, as bits.
    Hold(u8),
    /// The user pins the draft tier, or the standard one.
    Pin(bool),
    /// The user turns the sound on or off.
    Sound(bool),
    /// The user stops the world's time, or lets it run.
    Pause(bool),
    /// Another process directs the world by POST.
    Visit,
    /// The connection breaks; with it what was on its way up, or down.
    Cut { up: bool, down: bool },
    /// The connection carries nothing any more, and nobody is told.
    HalfOpen,
    /// Streams are refused in this way for so many fifths of a second.
    Refuse(Refused, u8),
    /// The next stream breaks before its hello arrives.
    SwallowHello,
    /// From now on everything takes so many times ten milliseconds longer.
    Slow(u8),
    /// The next acknowledgement is lost, comes twice, or after what follows it.
    Acknowledgement(Mangled),
    /// Something that is no message comes.
    Garbage,
    /// The next request over HTTP is lost on its way there.
    LoseRequest,
    /// Its answer is lost on the way back.
    LoseAnswer,
    /// Its answer takes so many seconds.
    LateAnswer(u8),
    /// No answer over HTTP arrives for so many seconds.
    Deaf(u8),
    /// It comes twice.
    DoubleRequest,
    /// The server answers it with 503.
    Busy,
    /// The world ends by itself.
    End,
    /// Somebody else takes the stream over.
    TakeOver,
    /// The client's process is killed, after it has done so many more things.
    Kill(u8),
}

/// How a stream is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    Unreachable,
    Busy,
    Failed,
}

/// What becomes of an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mangled {
    Lost,
    Twice,
    Late,
}

/// A life of a world.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Of everything that is chosen on the way: delays, waits.
    pub seed: u64,
    /// Milliseconds after the step before, and what happens.
    pub steps: Vec<(u16, Step)>,
}

fn step() -> impl Strategy<Value = Step> {
    use Step::*;
    prop_oneof![
        10 => Just(Say),
        5 => (0..16_u8).prop_map(Hold),
        3 => any::<bool>().prop_map(Pin),
        3 => any::<bool>().prop_map(Sound),
        3 => any::<bool>().prop_map(Pause),
        3 => Just(Visit),
        8 => any::<(bool, bool)>().prop_map(|(up, down)| Cut { up, down }),
        2 => Just(HalfOpen),
        3 => (prop_oneof![Just(Refused::Unreachable), Just(Refused::Busy), Just(Refused::Failed)], prop_oneof![6 => 1..30_u8, 1 => 150..u8::MAX])
            .prop_map(|(how, time)| Refuse(how, time)),
        3 => Just(SwallowHello),
        3 => (0..40_u8).prop_map(Slow),
        5 => prop_oneof![Just(Mangled::Lost), Just(Mangled::Twice), Just(Mangled::Late)].prop_map(Acknowledgement),
        2 => Just(Garbage),
        2 => Just(LoseRequest),
        2 => Just(LoseAnswer),
        2 => (0..40_u8).prop_map(LateAnswer),
        1 => (0..100_u8).prop_map(Deaf),
        2 => Just(DoubleRequest),
        2 => Just(Busy),
        1 => Just(End),
        1 => Just(TakeOver),
        2 => (0..12_u8).prop_map(Kill),
    ]
}

/// Schedules of up to forty steps, most of them close together: that is where races are.
pub fn schedules() -> impl Strategy<Value = Schedule> {
    let gap = prop_oneof![3 => Just(0_u16), 6 => 0..120_u16, 3 => 0..1500_u16, 1 => 0..12_000_u16];
    (any::<u64>(), prop::collection::vec((gap, step()), 0..40)).prop_map(|(seed, steps)| Schedule { seed, steps })
}
