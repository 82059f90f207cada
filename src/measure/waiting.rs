//! Commands of one session that wait for answers: an acknowledgement, a frame that reflects them, its presentation, its pixels. Bounded;
//! moments are microseconds since the run's start. Its neighbour `seat` records what comes out.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Most commands of a session that wait. When there are more, the oldest counts as unanswered.
const MOST: usize = 1024;
/// Answered commands that are kept for their pixels, which come behind their presentation.
const KEPT: usize = 64;
/// Echoes that are remembered, for commands whose number is told behind its first echo.
const ECHOES: usize = 8;

/// What a command waits for.
pub(super) mod wants {
    pub const ACK: u8 = 1;
    pub const FRAME: u8 = 2;
    pub const PRESENT: u8 = 4;
    pub const PIXELS: u8 = 8;
    pub const ALL: [u8; 4] = [ACK, FRAME, PRESENT, PIXELS];
}

/// A command that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// When it was due.
    pub(super) due_us: u64,
    /// When it was issued.
    pub(super) issued_us: u64,
    /// Its input number; 0: none yet.
    pub(super) input: u32,
    /// What it waits for, of [`wants`].
    pub(super) wants: u8,
    /// Whether it is a state of the hands: it may travel in a later one.
    pub(super) hands: bool,
    /// Whether it asks the world to stand still.
    pub(super) pauses: bool,
    /// Its row in the trace, where it has one.
    pub(super) row: Option<u32>,
    id: u64,
}

/// When the first frames with new echoes came.
#[derive(Clone, Copy, Debug, Default)]
struct Echoes {
    newest: u32,
    recent: [(u32, u64); ECHOES],
    next: u8,
}

/// The commands of one session that wait.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    commands: VecDeque<Command>,
    received: Echoes,
    presented: Echoes,
    pixels_seen: bool,
}

impl Command {
    /// A command; an empty id is none.
    pub(super) fn new(due_us: u64, issued_us: u64, id: Option<&str>, input: Option<u32>, wants: u8, hands: bool) -> Self {
        Self {
            due_us,
            issued_us,
            input: input.unwrap_or(0),
            wants,
            hands,
            pauses: false,
            row: None,
            id: id.map_or(0, print),
        }
    }

    fn reflected_by(&self, input: u32) -> bool {
        self.input != 0 && self.input <= input
    }
}

impl Echoes {
    /// Notes an echo; whether it is a new one.
    fn note(&mut self, input: u32, at_us: u64) -> bool {
        if input <= self.newest {
            return false;
        }
        self.newest = input;
        self.recent[usize::from(self.next)] = (input, at_us);
        self.next = (self.next + 1) % ECHOES as u8;
        true
    }

    /// When an input was first reflected, where it has been: by the oldest echo that is remembered of it or a later one.
    fn first(&self, input: u32) -> Option<u64> {
        let covers = self.recent.iter().filter(|(echo, _)| input != 0 && *echo >= input);
        covers.map(|(_, at)| *at).min()
    }
}

impl Waiting {
    /// Takes a new command. Gives the oldest one where there is no room for both.
    pub(super) fn push(&mut self, mut command: Command) -> Option<Command> {
        let input = command.input;
        if input != 0 {
            let raced = self.received.first(input).is_some_and(|at| at >= command.issued_us);
            if input <= self.received.newest && !raced {
                self.begin_anew(input);
            }
            if command.hands {
                // The state of the hands replaces what could not be sent before it.
                for earlier in self.commands.iter_mut().filter(|earlier| earlier.hands && earlier.input == 0) {
                    earlier.input = input;
                }
            }
        }
        self.retire();
        let oldest = if self.commands.len() >= MOST { self.commands.pop_front() } else { None };
        if command.wants & wants::PRESENT != 0 {
            command.wants |= wants::PIXELS;
        }
        self.commands.push_back(command);
        oldest
    }

    /// Takes the acknowledgement of a command: `answered` gets it, once. Where it changed nothing no frame will reflect it. The number
    /// that the answer tells counts where the command had none.
    pub(super) fn acknowledged(
        &mut self,
        id: &str,
        input: Option<u32>,
        applied: bool,
        answered: impl FnOnce(&Command),
    ) -> bool {
        let id = print(id);
        let Some(command) = self.commands.iter_mut().find(|command| command.id == id && command.wants & wants::ACK != 0)
        else {
            return false;
        };
        command.wants &= if applied { !wants::ACK } else { 0 };
        if command.input == 0 {
            command.input = input.unwrap_or(0);
        }
        answered(command);
        true
    }

    /// Frames that have already come answer commands whose number was told behind them.
    pub(super) fn catch_up(&mut self, mut answered: impl FnMut(&Command, u8, u64)) {
        for command in &mut self.commands {
            for (want, echoes) in [(wants::FRAME, &self.received), (wants::PRESENT, &self.presented)] {
                if command.wants & want != 0
                    && let Some(at) = echoes.first(command.input).filter(|at| *at >= command.issued_us)
                {
                    command.wants &= !want;
                    answered(command, want, at);
                }
            }
        }
    }

    /// Takes an echo in a frame received or presented (`want` says which). Where it is a new one: `answered` gets each command that
    /// waited for it, and the oldest issue under exactly that number is returned, if it is known.
    pub(super) fn echoed(
        &mut self,
        want: u8,
        input: u32,
        at_us: u64,
        mut answered: impl FnMut(&Command),
    ) -> Option<Option<u64>> {
        let echoes = if want == wants::PRESENT { &mut self.presented } else { &mut self.received };
        if !echoes.note(input, at_us) {
            return None;
        }
        let mut issued = None;
        for command in &mut self.commands {
            if command.input == input && issued.is_none() {
                issued = Some(command.issued_us);
            }
            if command.wants & want != 0 && command.reflected_by(input) {
                command.wants &= !want;
                answered(command);
            }
        }
        Some(issued)
    }

    /// Whether no frame that was received has reflected this input or a later one.
    pub(super) const fn is_news(&self, input: u32) -> bool {
        input > self.received.newest
    }

    /// Takes what the pixels of a presented frame say.
    pub(super) fn pixels(&mut self, input: u32, mut answered: impl FnMut(&Command)) {
        self.pixels_seen = true;
        for command in self.commands.iter_mut().filter(|command| command.wants & wants::PIXELS != 0) {
            if command.reflected_by(input) {
                command.wants &= !wants::PIXELS;
                answered(command);
            }
        }
    }

    /// Gives up: `left` gets every command with what it still waits for. Pixels are waited for only where there were any.
    pub(super) fn give_up(&mut self, mut left: impl FnMut(&Command)) {
        for mut command in self.commands.drain(..) {
            if !self.pixels_seen {
                command.wants &= !wants::PIXELS;
            }
            if command.wants != 0 {
                left(&command);
            }
        }
    }

    /// What waits now, with what it waits for.
    pub(super) fn pending(&self) -> impl Iterator<Item = Command> + '_ {
        let unseen = if self.pixels_seen { 0 } else { wants::PIXELS };
        self.commands.iter().map(move |command| Command { wants: command.wants & !unseen, ..*command })
    }

    /// The count of inputs began anew, as it does on a server that resumes no streams: what waits is answered by what reflects
    /// the first of the new count.
    fn begin_anew(&mut self, first: u32) {
        (self.received, self.presented) = (Echoes::default(), Echoes::default());
        for command in self.commands.iter_mut().filter(|command| command.input != 0) {
            command.input = first;
        }
    }

    fn retire(&mut self) {
        while let Some(front) = self.commands.front() {
            let done =
                front.wants == 0 || (front.wants == wants::PIXELS && !self.pixels_seen && self.commands.len() >= KEPT);
            if !done {
                return;
            }
            self.commands.pop_front();
        }
    }
}

fn print(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    // 0 says that there is no id.
    hasher.finish().max(1)
}
