//! Measuring is not what is measured: the steady way of packets and commands through a meter allocates nothing, a session's state is
//! small, and memory does not grow with the number of samples. Counted, not believed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod measure_support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use measure_support::{at, at_us, collector, echo, finish, frame, sound, value};
use seaglass::measure::{Meter, Scalar, SessionOutcome};
use seaglass::media::{Packet, ServerStages};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(bytes: i64) {
    // A thread that is going has no counters any more, and none of its frees matters.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + u64::from(bytes > 0)));
    let _ = HELD.try_with(|held| held.set(held.get() + bytes));
}

// SAFETY: every call is passed on unchanged to the system's allocator.
#[allow(unsafe_code, reason = "an allocator can be counted no other way")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as i64));
        unsafe { System.dealloc(memory, layout) }
    }
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as i64);
        count(-(layout.size() as i64));
        unsafe { System.realloc(memory, layout, size) }
    }
}

fn allocations() -> u64 {
    ALLOCATIONS.with(Cell::get)
}

/// A minute of frames, sound and hands of a session, with jitter that comes again every minute. Returns the allocations.
fn minute(meter: &Meter, from_s: u64) -> u64 {
    let before = allocations();
    for n in 0..1_500_u64 {
        let sequence = from_s * 25 + n;
        let sent = from_s * 1_000_000 + n * 40_000;
        let jitter = (n * 7_919) % 9_000;
        let input = sequence as u32 + 1;
        let due = at_us(sent);
        meter.commanded("hands", None, Some(input), due, due);
        let first = at_us(sent + 12_000 + jitter);
        let mut packet = Packet {
            input: echo(input, due),
            server: ServerStages {
                generated_us: Some(sent),
                sent_us: Some(sent + 900),
                render: Some(Duration::from_micros(6_000 + jitter)),
                encode: Some(Duration::from_micros(2_000)),
            },
            ..frame(first, sequence, sent as i64 / 1_000)
        };
        packet.arrival.last_byte = first + Duration::from_micros(300);
        meter.packet(&packet);
        for half in 0..2 {
            meter.packet(&sound(first, sequence * 2 + half));
        }
        if n % 25 == 0 {
            meter.link(first, Duration::from_micros(8_000 + jitter), -(START_US), 400);
        }
    }
    allocations() - before
}

const START_US: i64 = measure_support::START_MS as i64 * 1_000;

#[test]
fn the_steady_way_of_packets_and_commands_allocates_nothing() {
    // An hour of one window has stretches of 56 s and steps of 6 s: what a new one takes is bounded by their number.
    let collector = collector((0, 3_600_000), 0);
    let meter = collector.meter(0, at(0), false);
    let first = minute(&meter, 0);
    assert!(first > 0, "the counter does not count");
    let steady: u64 = (1..59).map(|m| minute(&meter, m * 60)).sum();
    let packets = 58 * 1_500 * 3;
    assert!(steady < 64 * 40 * 5 + 600 * 20, "{steady} allocations for {packets} packets");
    // Where no stretch, no step and no value is new there is none at all.
    let again = allocations();
    (0..100).for_each(|n| meter.packet(&sound(at_us(59 * 60_000_000 - 1_000_000), 2 * 59 * 1_500 + n)));
    assert_eq!(allocations() - again, 0);
    meter.closing(at(3_600_000));
    let recording = finish(&collector, 3_600_000);
    assert_eq!(value(&recording, Scalar::Frames), Some(59.0 * 1_500.0));
}

#[test]
fn a_packet_of_a_known_stretch_allocates_nothing() {
    let collector = collector((0, 36_000_000), 0);
    let meter = collector.meter(0, at(0), false);
    // Ten hours: steps of a minute, stretches of nine. The first rounds bring every value that there will be.
    (0..5).for_each(|_| {
        minute(&meter, 0);
    });
    let rounds: Vec<u64> = (0..5).map(|_| minute(&meter, 0)).collect();
    assert_eq!(rounds, [0; 5], "for 4,500 packets and 1,500 commands each");
}

#[test]
fn a_session_takes_little_memory_and_an_ended_one_less() {
    let collector = collector((0, 60_000), 0);
    let sessions = 2_000_u32;
    // Every shard has its distributions before anything is counted.
    for session in 0..8 {
        let warm = collector.meter(session, at(0), false);
        minute(&warm, 0);
        warm.closing(at(50_000));
        warm.closed(at(50_010), SessionOutcome::Completed);
    }
    let before = HELD.with(Cell::get);
    let meters: Vec<Meter> = (8..8 + sessions).map(|session| collector.meter(session, at(0), false)).collect();
    for meter in &meters {
        (0..50).for_each(|n| meter.packet(&frame(at(n * 40), n, n as i64 * 40)));
    }
    let each = (HELD.with(Cell::get) - before) / i64::from(sessions);
    assert!(each < 1_536, "{each} bytes for each session that runs");
    for meter in meters {
        meter.closing(at(50_000));
        meter.closed(at(50_010), SessionOutcome::Completed);
    }
    let ended = (HELD.with(Cell::get) - before) / i64::from(sessions);
    assert!(ended < 768, "{ended} bytes for each that has ended");
}

#[test]
fn memory_does_not_grow_with_the_number_of_samples() {
    let collector = collector((0, 600_000), 0);
    let meter = collector.meter(0, at(0), false);
    (0..10).for_each(|m| {
        minute(&meter, m * 60);
    });
    let before = HELD.with(Cell::get);
    // The same ten minutes of nine more sessions in the same shard.
    for session in 1..10 {
        let meter = collector.meter(session * 4, at(0), false);
        (0..10).for_each(|m| {
            minute(&meter, m * 60);
        });
    }
    let grown = HELD.with(Cell::get) - before;
    assert!(grown < 64 * 1024, "{grown} bytes for 400,000 more packets");
}

#[test]
fn many_threads_measure_at_once_and_nothing_is_lost() {
    let collector = collector((0, 60_000), 0);
    std::thread::scope(|scope| {
        for thread in 0..8_u32 {
            let collector = &collector;
            scope.spawn(move || {
                let meters: Vec<Meter> = (0..50).map(|n| collector.meter(thread * 50 + n, at(0), false)).collect();
                for n in 0..100_u64 {
                    meters.iter().for_each(|meter| meter.packet(&frame(at(n * 40), n, n as i64 * 40)));
                }
                for meter in meters {
                    meter.closing(at(4_000));
                    meter.closed(at(4_100), SessionOutcome::Completed);
                }
            });
        }
    });
    let recording = finish(&collector, 5_000);
    assert_eq!(value(&recording, Scalar::Frames), Some(40_000.0));
    assert_eq!(value(&recording, Scalar::SessionsCompleted), Some(400.0));
    assert_eq!(measure_support::figures(&recording, seaglass::measure::Metric::FrameInterval).n, 400 * 99);
}
