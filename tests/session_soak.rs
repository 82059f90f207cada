//! A day of a session in virtual time: frames, walking, words, pings, and a cut every few minutes. After it the session holds no more memory
//! than after its first hour, its timers are what they were, and the last command is acknowledged as fast as the first (HO-8, HO-19).
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod session_lab;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use seaglass::media::Monotonic;
use seaglass::session::{Command, Event, Hands, Input, Loss, Options, Output, Session, Transmit};
use seaglass::wire::{Down, Key, Up};
use session_lab::{audio, bytes_of, video};

/// Counts the bytes that this thread holds.
struct Counter;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "an allocator is unsafe by its nature; this one counts and hands on")]
unsafe impl GlobalAlloc for Counter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.with(|held| held.set(held.get() + layout.size() as isize));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.with(|held| held.set(held.get() - layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTER: Counter = Counter;

const HELLO: &str = r#"{"type":"hello","version":1,"world":"w_7","server":"lab 1","state":"running","state_version":1,"epoch":EPOCH,
    "stream":1,"resume":"token-7","limits":{"grace_s":30},
    "tier":{"name":"standard","width":640,"height":360,"fps":30,"codec":"h264"},
    "audio":{"enabled":true,"format":"opus","rate":48000,"channels":2,"pre_skip":312}}"#;

/// From a message to its answer.
const WAY: Duration = Duration::from_millis(40);

struct Day {
    session: Session,
    now: Monotonic,
    epoch: u32,
    sequence: u64,
    opening: bool,
    answers: Vec<String>,
    latest: Duration,
    streams: u64,
}

impl Day {
    fn drain(&mut self) -> Option<Monotonic> {
        let mut sent = false;
        loop {
            match self.session.poll_output() {
                Output::Open(_) => self.opening = true,
                Output::Abandon => self.opening = false,
                Output::Transmit(Transmit::Text(text)) => {
                    sent = true;
                    self.answer(&text);
                }
                Output::Transmit(Transmit::Close(code)) => panic!("closed with {code:?} at {:?}", self.now),
                Output::Event(Event::Acknowledged { sent, acknowledged, .. }) => self.latest = acknowledged.since(sent),
                Output::Event(Event::Ended { ending }) => panic!("ended at {:?}: {ending}", self.now),
                Output::Event(_) | Output::Media(_) => {}
                Output::Timeout(_) if std::mem::take(&mut sent) => self.session.handle_input(self.now, Input::Flushed),
                Output::Timeout(deadline) => return deadline,
            }
        }
    }

    fn answer(&mut self, text: &str) {
        let answer = match Up::parse(text).unwrap() {
            Up::Ping { issued_us } => Down::Pong { issued_us, server_us: self.now.as_micros() },
            Up::Direct { id, .. } => {
                let text = format!(r#"{{"type":"ack","id":"{id}","status":"applied","state_version":1}}"#);
                Down::parse(&text).unwrap()
            }
            _ => return,
        };
        self.answers.push(answer.print());
    }

    fn tell(&mut self, input: Input<'_>) {
        self.session.handle_input(self.now, input);
        self.drain();
    }

    fn come_back(&mut self) {
        while !self.opening {
            self.now = self.drain().unwrap().max(self.now);
            self.tell(Input::Deadline);
        }
        self.opening = false;
        self.epoch += 1;
        self.sequence = 0;
        self.streams += 1;
        self.tell(Input::Opened);
        self.tell(Input::Text(&HELLO.replace("EPOCH", &self.epoch.to_string())));
    }

    /// A third of a second of it: a frame, sound, and what the user does; then the server's answers.
    fn third(&mut self, number: u64) {
        let mut frame = video(self.sequence, self.sequence == 0);
        let mut sound = audio(self.sequence);
        (frame.epoch, sound.epoch) = (self.epoch, self.epoch);
        self.sequence += 1;
        self.tell(Input::Binary(bytes_of(&frame)));
        self.tell(Input::Binary(bytes_of(&sound)));
        let keys = if number % 7 < 3 { vec![Key::Forward] } else { Vec::new() };
        self.session.control(self.now, Hands { keys, ..Hands::turning(0.01, 0.0) });
        if number.is_multiple_of(30) {
            let words = Command::Direct { text: Some("let it rain".to_owned()), action: None };
            self.session.command(self.now, words).unwrap();
        }
        self.drain();
        self.now += WAY;
        self.tell(Input::Deadline);
        for answer in std::mem::take(&mut self.answers) {
            self.tell(Input::Text(&answer));
        }
        self.now += Duration::from_millis(333) - WAY;
        self.tell(Input::Deadline);
    }
}

#[test]
fn after_a_day_with_hundreds_of_cuts_a_session_is_as_light_and_as_quick_as_after_an_hour() {
    let now = Monotonic::from_millis(1000);
    let mut day = Day {
        session: Session::new(now, Options::new("soak")),
        now,
        epoch: 0,
        sequence: 0,
        opening: false,
        answers: Vec::new(),
        latest: Duration::ZERO,
        streams: 0,
    };
    day.drain();
    day.come_back();
    let mut after_an_hour = None;
    const HOUR: u64 = 3600 * 3;
    for third in 0..24 * HOUR {
        day.third(third);
        // Every seven minutes, at ever another moment of the walk.
        if third % 1261 == 1260 {
            day.tell(Input::Lost { loss: Loss::Broken, detail: "cut" });
            day.come_back();
        }
        if third == HOUR {
            after_an_hour = Some((HELD.with(Cell::get), day.latest));
        }
    }
    let (held, latest) = after_an_hour.unwrap();
    let now_held = HELD.with(Cell::get);
    assert!(day.streams > 200, "{} streams", day.streams);
    assert_eq!(day.session.stats().streams as u64, day.streams);
    assert_eq!(day.session.stats().unacknowledged, 0);
    assert_eq!(day.latest, latest, "the last acknowledgement took as long as one of the first hour");
    assert_eq!(day.session.stats().lost, 0);
    // Buffers keep the size that they once needed; what grows by so little as a byte a frame would be far above this.
    assert!(now_held - held < 4096, "{held} bytes after an hour, {now_held} after a day");
    assert!(HELD.with(Cell::get) != 0, "the counter does not count");
}
