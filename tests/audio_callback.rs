//! The body of every audio callback, under an allocator that counts.
#![cfg(feature = "player")]
#![allow(unsafe_code, reason = "a global allocator is one; it forwards to the system's")]
#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use seaglass::audio::{Stretch, connect};
use seaglass::media::Monotonic;

thread_local! {
    /// Allocations, reallocations and frees of this thread while it watches itself.
    static WATCHED: Cell<Option<u64>> = const { Cell::new(None) };
}

struct Counting;

fn count() {
    // A thread that is being torn down has no cell any more, and nothing to count.
    let _ = WATCHED.try_with(|watched| watched.set(watched.get().map(|count| count + 1)));
}

// SAFETY: every call goes to the system's allocator unchanged; counting touches a thread-local `Cell` without a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count();
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn heap_calls(work: impl FnOnce()) -> u64 {
    WATCHED.with(|watched| watched.set(Some(0)));
    work();
    WATCHED.with(|watched| watched.take()).unwrap()
}

#[test]
fn the_count_sees_an_allocation() {
    assert!(heap_calls(|| drop(std::hint::black_box(vec![1_u8; 100]))) >= 2);
}

/// The invariant of the design: the callback never allocates or frees; not with sound, not while the ring is dry, not when
/// periods are lost, and not on the reader's or the writer's side either.
#[test]
fn neither_the_callback_nor_its_neighbours_touch_the_heap() {
    let (mut writer, mut feed, position) = connect();
    let (sound, mut period) = (vec![0.3_f32; 2 * 480], vec![0.0_f32; 2 * 480]);
    let mut heard = 0.0;
    let calls = heap_calls(|| {
        for number in 0..3000_u64 {
            let now = Monotonic::from_millis(10 * number);
            // Sound in two of three seconds, a lost period now and then.
            if number % 300 < 200 {
                writer.write(&sound);
            }
            if number % 97 == 0 {
                feed.missed(480);
            }
            feed.fill(&mut period, now + Duration::from_millis(20));
            heard = position.sounding(now).unwrap();
            let _ = (position.underruns(), position.drift_ppm(), position.status(), writer.queued());
        }
    });
    assert_eq!(calls, 0);
    assert!(heard > 900_000.0 && position.underruns().events > 5, "it did play: {heard}");
}

/// Resampling, stretching with pieces taken out and put in, skips short and long, and gaps of all lengths.
#[test]
fn neither_stretching_nor_skipping_nor_concealing_touches_the_heap() {
    let mut stretch = Stretch::new();
    // A pitch that glides, so that the searches find something else each time.
    let sound: Vec<f32> =
        (0..48_000).flat_map(|frame| [(frame as f32 * (0.02 + frame as f32 * 1e-6)).sin() * 0.3; 2]).collect();
    let mut out = Vec::with_capacity(2 * 16_384);
    let (mut frames, mut skipped) = (0, 0);
    let calls = heap_calls(|| {
        for (number, block) in sound.chunks_exact(2 * 240).cycle().take(8000).enumerate() {
            out.clear();
            stretch.rate(1.0 + f64::from((number / 40 % 31) as i32 - 15) * 0.01);
            if number % 500 == 77 {
                skipped += 700 + number % 9 * 3000;
                stretch.skip(700 + number % 9 * 3000);
            }
            if number % 300 == 211 {
                stretch.conceal(240 * (1 + number / 300 % 30), &mut out);
            }
            stretch.process(block, &mut out);
            frames += out.len() / 2;
        }
    });
    assert_eq!(calls, 0);
    assert!(stretch.removed() > 20_000 && stretch.inserted() > 20_000 && skipped > 50_000, "it did work");
    assert!(frames > 1_500_000, "{frames}");
}
