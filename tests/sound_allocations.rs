//! The claim that the synthesiser allocates when it is made and never again, counted by the allocator itself.
#![cfg(feature = "server")]
#![allow(unsafe_code, reason = "counting allocations takes a global allocator, which is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use seaglass::media::{MediaDelta, MediaTime};
use seaglass::sim::sound::{Ambience, AmbienceKind, MoodTint, SoundEvent, SoundScene, Surface, Synth, Water, WaterKind};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: hands every call on to the system's allocator unchanged; the counter is a plain thread-local without a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_running_synthesiser_neither_allocates_nor_frees() {
    let mut synth = Synth::new(1);
    let mut out = vec![0.0; 960 * 2];
    let scenes = [
        SoundScene {
            wind: 0.6,
            rain: 0.7,
            water: Water { kind: WaterKind::Sea, nearness: 0.8, pan: 0.4 },
            ambience: Ambience { kind: AmbienceKind::Jungle, level: 0.9, daylight: 0.4 },
            space: 0.5,
            mood: MoodTint::Eerie,
            ..SoundScene::default()
        },
        SoundScene {
            snow: 0.6,
            dust: 0.7,
            water: Water { kind: WaterKind::Lake, nearness: 0.8, pan: 0.4 },
            ambience: Ambience { kind: AmbienceKind::City, level: 0.9, daylight: 0.4 },
            ..SoundScene::default()
        },
    ];
    let counted = COUNT.with(Cell::get);
    for block in 0..500_i64 {
        let start = MediaTime::from_micros(block * 20_000);
        let later = start + MediaDelta::from_millis(700);
        // Floods the voices and the queue of what is to come.
        let events = [
            SoundEvent::Bell { at: start, distance_m: 60.0, pan: 0.2 },
            SoundEvent::Thunder { at: later, distance_m: 400.0, pan: -0.5 },
            SoundEvent::Splash { at: later, size: 0.7, pan: 0.1 },
            SoundEvent::Chime { at: start, pan: 0.6 },
            SoundEvent::Click { at: start },
            SoundEvent::Step { at: start, surface: Surface::Snow, running: true },
        ];
        synth.render(start, &scenes[usize::from(block % 100 > 50)], &events, &mut out);
    }
    assert_eq!(COUNT.with(Cell::get), counted);
}
