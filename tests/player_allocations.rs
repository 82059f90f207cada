//! Between the intake and the one who draws, a frame in steady state costs no allocation: counted over every thread of the
//! player, with decoders that allocate nothing themselves, so that all that is counted is ours.
#![cfg(feature = "player")]
#![allow(unsafe_code, reason = "a counting allocator is an allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use seaglass::audio::{DeviceChoice, StandIn};
use seaglass::clock::Clock;
use seaglass::codec::{AudioDecode, CodecError, VideoDecode};
use seaglass::media::{
    Arrival, AudioBlock, AudioCodec, Chunk, Epoch, Format, MediaDelta, MediaTime, Monotonic, Packet, Picture, PicturePool,
    ServerStages, Size, VideoCodec,
};
use seaglass::player::{Decoders, Player, PlayerOptions, Presented};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Pictures;

impl VideoDecode for Pictures {
    fn decode(&mut self, _packet: &Packet, pool: &PicturePool) -> Result<Option<Picture>, CodecError> {
        Ok(Some(pool.take(Size { width: 640, height: 360 })))
    }
    fn reset(&mut self) {}
}

struct Sounds;

impl AudioDecode for Sounds {
    fn decode(&mut self, packet: &Packet, out: &mut AudioBlock) -> Result<(), CodecError> {
        (out.pts, out.rate, out.channels) = (packet.pts, 48_000, 2);
        out.samples.resize(1920, 0.1);
        Ok(())
    }
    fn conceal(&mut self, frames: usize, out: &mut AudioBlock) -> Result<(), CodecError> {
        out.samples.resize(2 * frames, 0.0);
        Ok(())
    }
    fn reset(&mut self) {}
}

fn packet(format: Format, sequence: u64, pts: i64, duration: i64, at: Monotonic) -> Packet {
    Packet {
        format,
        epoch: Epoch(0),
        sequence,
        pts: MediaTime::from_micros(pts),
        duration: MediaDelta::from_micros(duration),
        keyframe: true,
        discontinuity: false,
        chunk: Chunk::default(),
        input: None,
        server: ServerStages::default(),
        arrival: Arrival { first_byte: at, last_byte: at },
        payload: Bytes::from_static(b"coded"),
    }
}

#[test]
fn a_frame_in_steady_state_allocates_nothing_between_intake_and_draw() {
    let clock = Clock::start();
    let options = PlayerOptions {
        device: DeviceChoice::StandIn(StandIn::default()),
        decoders: Decoders { video: |_| Ok(Box::new(Pictures)), audio: |_| Ok(Box::new(Sounds)) },
        keep_traces: 64,
        ..PlayerOptions::new(clock)
    };
    let (player, mut sink) = Player::start(options).expect("player");
    let start = clock.now();
    let (mut video, mut audio, mut shown) = (0_u64, 0_u64, 0_u64);
    let mut counts = Vec::with_capacity(8);
    // Two seconds fill every buffer and store; then each second counts for itself.
    while video < 160 {
        let now = clock.now();
        let played = now.signed_since(start).as_micros();
        while video as i64 * 33_333 <= played {
            sink.push(packet(Format::Video(VideoCodec::Mjpeg), video, video as i64 * 33_333, 33_333, now));
            video += 1;
        }
        while audio as i64 * 20_000 <= played {
            sink.push(packet(Format::Audio(AudioCodec::PcmS16le), audio, audio as i64 * 20_000, 20_000, now));
            audio += 1;
        }
        if video >= 60 + 30 * counts.len() as u64 {
            counts.push((ALLOCATIONS.load(Ordering::Relaxed), shown));
        }
        if let Some(frame) = player.frame_for(now, now + Duration::from_millis(10)) {
            shown += 1;
            let (epoch, sequence) = (frame.epoch, frame.sequence);
            let presented = Some(clock.now());
            player.presented(Presented { epoch, sequence, uploaded: presented, submitted: presented, presented });
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let seconds: Vec<(u64, u64)> = counts.windows(2).map(|two| (two[1].0 - two[0].0, two[1].1 - two[0].1)).collect();
    println!("(allocations, frames shown) second by second: {seconds:?}");
    assert!(seconds.len() >= 3 && seconds.iter().all(|(_, frames)| *frames > 0), "{seconds:?}");
    // Something that is needed once may be made late (a thread's first wait for a lock). What every frame costs shows in every
    // second.
    let clean = seconds.iter().filter(|(allocations, _)| *allocations == 0).count();
    assert!(clean + 1 >= seconds.len(), "{seconds:?}");
}
