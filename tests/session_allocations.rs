//! The steady way of media through the session allocates nothing of ours: counted, not believed.

mod session_lab;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use bytes::Bytes;
use seaglass::media::Monotonic;
use seaglass::session::{Input, Options, Output, Session};
use session_lab::{HELLO, RUNNING, audio, bytes_of, video};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: every call is passed on unchanged to the system's allocator.
#[allow(unsafe_code, reason = "an allocator can be counted no other way")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        unsafe { System.realloc(memory, layout, size) }
    }
}

/// Takes what the session has to say about media; returns the number of packets.
fn drain(session: &mut Session) -> u64 {
    let mut packets = 0;
    loop {
        match session.poll_output() {
            Output::Media(packet) => packets += u64::from(packet.payload.len() == 64),
            Output::Timeout(_) => return packets,
            Output::Open(_) | Output::Abandon | Output::Transmit(_) | Output::Event(_) => {}
        }
    }
}

#[test]
fn a_steady_stream_of_single_fragments_allocates_nothing_from_message_to_packet() {
    let mut now = Monotonic::ZERO;
    let mut session = Session::new(now, Options::new("steady"));
    session.handle_input(now, Input::Opened);
    session.handle_input(now, Input::Text(HELLO));
    session.handle_input(now, Input::Text(RUNNING));
    drain(&mut session);
    // The messages stand ready as the socket would hand them out: in memory of its own.
    let messages: Vec<Bytes> = (0..600).flat_map(|n| [bytes_of(&video(n, n == 0)), bytes_of(&audio(n))]).collect();
    assert!(ALLOCATIONS.with(Cell::get) > 1200, "the counter does not count");
    let mut messages = messages.into_iter();
    let mut packets = 0;
    let mut run = |now: &mut Monotonic, count: usize| {
        let before = ALLOCATIONS.with(Cell::get);
        for message in messages.by_ref().take(count) {
            // A virtual 1.2 s in all, so that no ping of the session falls into the measurement.
            *now += std::time::Duration::from_millis(1);
            session.handle_input(*now, Input::Binary(message));
            packets += drain(&mut session);
        }
        ALLOCATIONS.with(Cell::get) - before
    };
    run(&mut now, 100);
    let allocations = run(&mut now, 1100);
    assert_eq!(packets, 1200);
    assert_eq!(allocations, 0, "for 1100 packets");
}
