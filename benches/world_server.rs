//! What a watched world costs its server: each part of a frame by itself, and the world's thread while it streams in real time.
//! `cargo bench --bench world_server`. Times hold for the machine that prints them and compare only within one run.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use seaglass::codec::{AUDIO_FRAMES, audio_encoder, video_encoder};
use seaglass::media::{AudioCodec, MediaDelta, Picture, Tier, VideoCodec};
use seaglass::sim::sound::Synth;
use seaglass::sim::world::World;
use seaglass::sim::{Server, ServerConfig};
use seaglass::wire::{Control, CreateWorld, Key, Look, PROTOCOL, WorldInfo};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const PROMPT: &str = "stormy coast with pines at dusk";
const FRAMES: u32 = 150;
const WATCH: Duration = Duration::from_secs(10);

fn main() {
    // `cargo test` builds benches too and starts them without this; measuring is not testing.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    drop(rustls::crypto::ring::default_provider().install_default());
    for tier in Tier::ALL {
        parts(tier);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for (tier, codec) in [(Tier::Draft, "h264"), (Tier::Standard, "h264"), (Tier::Standard, "mjpeg"), (Tier::High, "h264")] {
        runtime.block_on(streaming(tier, codec));
    }
}

/// Median and 95th percentile of some times, in milliseconds.
fn percentiles(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
    format!("p50 {:6.2} ms  p95 {:6.2} ms", at(50), at(95))
}

/// Step, render and encode of one frame, and 20 ms of sound, one after the other on one thread.
#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn parts(tier: Tier) {
    let spec = tier.spec();
    let mut world = World::generate(PROMPT, 7, &mut |_, _| {});
    let mut picture = Picture::black(spec.size);
    let codecs = [VideoCodec::H264, VideoCodec::Mjpeg];
    let mut encoders =
        codecs.map(|codec| video_encoder(codec, spec.size, spec.fps, spec.video_bitrate).expect("an encoder"));
    let mut opus = audio_encoder(AudioCodec::Opus, spec.audio_bitrate).expect("an encoder");
    let mut synth = Synth::new(7);
    let (mut coded, mut events, mut block) = (Vec::new(), Vec::new(), vec![0.0; AUDIO_FRAMES * 2]);
    let mut times: [Vec<Duration>; 5] = Default::default();
    let mut bytes = [0, 0];
    let span = MediaDelta::from_micros(1_000_000 / i64::from(spec.fps));
    let mut timed = |at: usize, work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        times[at].push(start.elapsed());
    };
    for frame in 0..FRAMES {
        let look = Look { yaw: frame as f32 * 0.02, pitch: 0.0 };
        world.control(&Control { keys: vec![Key::Forward], look, ..Control::default() });
        timed(0, &mut || world.step(span));
        timed(1, &mut || world.render(&mut picture));
        for (index, encoder) in encoders.iter_mut().enumerate() {
            timed(2 + index, &mut || drop(encoder.encode(&picture, false, &mut coded)));
            bytes[index] += coded.len();
        }
        world.drain_events(&mut events);
        let (scene, now) = (world.sound_scene(), world.now());
        timed(4, &mut || {
            synth.render(now, &scene, &events, &mut block);
            opus.encode(&block, &mut coded).expect("a packet");
        });
        events.clear();
    }
    println!("{tier}: {} at {} frames a second, walking and turning", spec.size, spec.fps);
    for (name, times) in ["step", "render", "encode h264", "encode mjpeg", "20 ms of sound"].iter().zip(&mut times) {
        println!("  {name:14} {}", percentiles(times));
    }
    for (codec, bytes) in codecs.iter().zip(bytes) {
        let rate = bytes as f64 * 8.0 / f64::from(FRAMES) * f64::from(spec.fps) / 1e6;
        println!("  {codec} comes to {rate:.2} Mbit/s");
    }
}

/// Share of one core that the world's thread uses while a client watches, and how many frames came.
async fn streaming(tier: Tier, codec: &str) {
    let server = Server::start(ServerConfig::new(([127, 0, 0, 1], 0).into())).await.expect("a server");
    let request = CreateWorld {
        prompt: PROMPT.into(),
        seed: Some(7),
        tier: Some(tier.into()),
        video_formats: vec![codec.into()],
        ..CreateWorld::default()
    };
    let address = server.address();
    let post = reqwest::Client::new().post(format!("http://{address}/v1/worlds")).json(&request);
    let world: WorldInfo = post.send().await.expect("an answer").json().await.expect("a world");
    let mut upgrade = format!("ws://{address}/v1/worlds/{}/stream", world.id).into_client_request().expect("a request");
    upgrade.headers_mut().insert("Sec-WebSocket-Protocol", PROTOCOL.parse().expect("a header"));
    let (mut socket, _) = tokio_tungstenite::connect_async(upgrade).await.expect("a stream");
    while !socket.next().await.expect("a message").expect("a message").is_binary() {}
    let (before, mut frames) = (thread_time(), 0);
    let end = tokio::time::sleep(WATCH);
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => break,
            message = socket.next() => {
                let message = message.expect("a message").expect("a message").into_data();
                // Track 0 and fragment 0 in the envelope's header.
                frames += u32::from(message.starts_with(b"SG") && message[6] == 0 && message[12..14] == [0, 0]);
            }
        }
    }
    let used = before.zip(thread_time()).map(|(before, after)| after - before);
    let share = used.map_or_else(
        || "unknown share".to_owned(),
        |used| format!("{:.0} %", used.as_secs_f64() / WATCH.as_secs_f64() * 100.0),
    );
    let due = f64::from(tier.spec().fps) * WATCH.as_secs_f64();
    println!("{tier} as {codec}, streamed: the world's thread takes {share} of one core; {frames} of {due} frames came");
    server.shutdown().await;
}

/// CPU time of the threads that live a world, by /proc; `None` elsewhere than on Linux.
fn thread_time() -> Option<Duration> {
    let mut ticks = 0;
    for task in std::fs::read_dir("/proc/self/task").ok()? {
        let stat = std::fs::read_to_string(task.ok()?.path().join("stat")).ok()?;
        let (name, fields) = stat.split_once('(')?.1.rsplit_once(')')?;
        if name.starts_with("world") {
            let fields: Vec<&str> = fields.split_whitespace().collect();
            ticks += fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        }
    }
    // USER_HZ is 100 on every Linux of today (proc(5)).
    Some(Duration::from_millis(ticks * 10))
}
