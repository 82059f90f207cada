//! Recordings as runs make them, from a seed, for what shows them: no clock, no server. Included by unit tests of the outputs, too.

#![allow(dead_code, reason = "each test takes what it needs")]

use seaglass::measure::{
    CommandRow, End, FrameRow, MarkRow, Metric, Objective, Recording, Report, Run, SCHEMA, Scalar, SessionRow, StepRow,
};
use serde_json::json;

/// What a made-up run is like.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its scenario's name, and the text in its marks.
    pub name: String,
    /// Sessions.
    pub sessions: u32,
    /// How many of them are traced in full.
    pub traced: u32,
    /// Whether those are decoded.
    pub decoded: bool,
    /// Seconds.
    pub seconds: u64,
    /// The seed of its noise.
    pub seed: u64,
    /// Milliseconds that everything is slower.
    pub slower: f64,
}

impl Default for Made {
    fn default() -> Self {
        Self { name: "canyon.toml".into(), sessions: 8, traced: 2, decoded: true, seconds: 75, seed: 7, slower: 0.0 }
    }
}

/// Noise from a seed (Steele, Lea and Flood's SplitMix64), so that every machine makes the same.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Around a middle, in milliseconds, with a long tail as networks have one; in microseconds.
    fn span(&mut self, middle_ms: f64, spread_ms: f64) -> u64 {
        let tail = -(1.0 - self.next()).ln();
        ((middle_ms + spread_ms * (tail - 0.7)).max(0.02) * 1e3) as u64
    }
}

/// The report of a recording, by its own objectives.
pub fn report(recording: &Recording) -> Report {
    let objectives: Vec<Objective> =
        recording.run.objectives.iter().map(|text| Objective::parse(text).expect("an objective")).collect();
    Report::of(recording, &objectives)
}

const SECOND: u64 = 1_000_000;

impl Made {
    /// The recording.
    pub fn recording(&self) -> Recording {
        let mut noise = Noise(self.seed);
        let mut made = Recording { run: self.run(), ..Recording::default() };
        let (from, to) = made.run.window_us;
        let stretch = |at: u64| ((at.saturating_sub(from)) * 32 / (to - from).max(1)).min(31) as usize;
        let stalled = |at: u64| (30 * SECOND..33 * SECOND).contains(&at);
        let mut count = |metric: Metric, at: u64, value: i64| {
            if (from..to).contains(&at)
                || at < from
                    && matches!(
                        metric,
                        Metric::Ttff
                            | Metric::Ttfa
                            | Metric::Create
                            | Metric::Connect
                            | Metric::Ready
                            | Metric::TtffPresented
                            | Metric::Close
                    )
            {
                made.spreads.entry(metric).or_default().record(stretch(at), value);
            }
        };
        for session in 0..self.sessions {
            let due = u64::from(session) * 3 * SECOND / u64::from(self.sessions.max(1));
            let decoded = self.decoded && session < self.traced;
            let created = due + noise.span(60.0 + self.slower, 20.0);
            let running = created + noise.span(220.0, 60.0);
            let first = running + noise.span(90.0, 30.0);
            count(Metric::Create, due, (created - due) as i64);
            count(Metric::Ready, due, (running - due) as i64);
            count(Metric::Connect, due, noise.span(12.0, 4.0) as i64);
            count(Metric::Ttff, due, (first - due) as i64);
            count(Metric::Ttfa, due, (first - due) as i64 + 20_000);
            if decoded {
                count(Metric::TtffPresented, due, (first - due) as i64 + 61_000);
            }
            let frames = self.seconds * 24;
            let mut before = None;
            let mut shown_before = None;
            for number in 0..frames {
                let pts = number * 41_667;
                let base = first + pts;
                if base > self.seconds * SECOND {
                    break;
                }
                let render = noise.span(9.0, 2.0);
                let encode = noise.span(4.0, 1.0);
                let queue = noise.span(0.6, 0.3);
                let network = noise.span(18.0 + self.slower, 5.0) + if stalled(base) { noise.span(180.0, 160.0) } else { 0 };
                let transfer = noise.span(1.2, 0.6);
                let last = base + network + transfer + render + encode;
                let wait_here = noise.span(34.0, 3.0);
                let decode = noise.span(3.1, 0.8);
                let wait = noise.span(9.0, 4.0);
                let present = noise.span(1.1, 0.3);
                let presented = last + wait_here + decode + wait + present;
                let wave = (base as f64 / 9e6).sin() * 6.0;
                let av = ((wave - 4.0 + noise.next() * 10.0) * 1e3) as i64 - if stalled(base) { 60_000 } else { 0 };
                if let Some(before) = before.replace(last) {
                    count(Metric::FrameInterval, base, last.saturating_sub(before) as i64);
                }
                for (metric, value) in [
                    (Metric::ServerRender, render),
                    (Metric::ServerEncode, encode),
                    (Metric::ServerQueue, queue),
                    (Metric::Network, network),
                    (Metric::Transfer, transfer),
                    (Metric::Lateness, network / 4),
                    (Metric::Jitter, network / 9),
                ] {
                    count(metric, base, value as i64);
                }
                if decoded {
                    for (metric, value) in [
                        (Metric::Buffer, wait_here),
                        (Metric::Decode, decode),
                        (Metric::Wait, wait),
                        (Metric::Present, present),
                        (Metric::Client, presented - last),
                    ] {
                        count(metric, base, value as i64);
                    }
                    count(Metric::AvOffset, base, av);
                    if let Some(before) = shown_before.replace(presented) {
                        count(Metric::PresentInterval, base, presented.saturating_sub(before) as i64);
                    }
                }
                if session < self.traced {
                    made.frames.push(FrameRow {
                        session,
                        epoch: 1 + u32::from(base > 45 * SECOND),
                        sequence: number,
                        pts_us: pts as i64,
                        bytes: 9_000 + (noise.next() * 7_000.0) as u32,
                        keyframe: number % 96 == 0,
                        input: Some((pts / 250_000) as u32),
                        render_us: Some(render),
                        encode_us: Some(encode),
                        queue_us: Some(queue),
                        network_us: Some(network),
                        first_byte_us: last - transfer,
                        last_byte_us: last,
                        unbuffered_us: decoded.then_some(last + wait_here),
                        decoded_us: decoded.then_some(last + wait_here + decode),
                        chosen_us: decoded.then_some(last + wait_here + decode + wait),
                        presented_us: decoded.then_some(presented),
                        av_offset_us: decoded.then_some(av),
                    });
                }
                if number % 6 == 0 {
                    let late = noise.span(0.4, 0.2);
                    let stall = if stalled(base) { (33 * SECOND - base) * 2 / 5 } else { 0 };
                    let answer = network + transfer + noise.span(42.0, 14.0) + stall;
                    count(Metric::SendLag, base, late as i64);
                    count(Metric::CmdToFrame, base, answer as i64);
                    count(Metric::CmdToAck, base, (answer * 6 / 10) as i64);
                    if stall == 0 || number % 48 == 0 {
                        count(Metric::CmdToFrameUncorrected, base, (answer - late) as i64);
                        count(Metric::CmdToAckUncorrected, base, (answer * 6 / 10 - late) as i64);
                    }
                    if decoded {
                        count(Metric::CmdToPresent, base, (answer + 48_000) as i64);
                        if stall == 0 || number % 48 == 0 {
                            count(Metric::CmdToPresentUncorrected, base, (answer + 48_000 - late) as i64);
                        }
                    }
                    if session < self.traced {
                        let reflecting = made.frames.last().filter(|_| number % 12 == 0).map(|frame| frame.last_byte_us);
                        let reflected = reflecting.unwrap_or(base + answer);
                        made.commands.push(CommandRow {
                            session,
                            kind: "hands".into(),
                            input: Some((pts / 250_000) as u32),
                            due_us: reflected.saturating_sub(answer + 3_000),
                            issued_us: reflected.saturating_sub(answer + 3_000) + late,
                            sent_us: Some(reflected.saturating_sub(answer + 3_000) + late + 90),
                            acknowledged_us: None,
                            status: None,
                            reflected_us: Some(reflected),
                            presented_us: decoded.then_some(reflected + 48_000),
                            pixels_us: None,
                        });
                    }
                }
            }
            count(Metric::Close, due, noise.span(38.0, 9.0) as i64);
            let failed = session == 5;
            made.sessions.push(SessionRow {
                session,
                decoded,
                due_us: due,
                created_us: Some(created),
                connected_us: Some(created + 9_000),
                running_us: Some(running),
                first_frame_us: (!failed).then_some(first),
                first_audio_us: (!failed).then_some(first + 20_000),
                closing_us: Some(self.seconds * SECOND),
                closed_us: Some(self.seconds * SECOND + 40_000),
                outcome: if failed { "failed" } else { "completed" }.into(),
                error: failed.then(|| ("session".into(), format!("the world of {} was withdrawn", self.name))),
                transport: Some("websocket".into()),
                tier: Some("standard".into()),
                frames: frames - u64::from(session % 3),
                presented: decoded.then_some(frames - 9),
                bytes: frames * 12_000,
                lost: u64::from(session % 3),
                dropped: u64::from(session % 2),
                freezes: u64::from(session % 4),
                reconnects: u32::from(session == 1),
                switches: 2,
                server_ahead_us: Some((12_000, 900)),
                seconds_used: self.seconds as f64,
                credits: Some(self.seconds as f64 / 10.0),
            });
        }
        made.frames.sort_by_key(|frame| (frame.last_byte_us, frame.session));
        made.commands.sort_by_key(|command| (command.due_us, command.session));
        self.course(&mut made, &mut noise);
        self.rest(&mut made);
        made
    }

    fn run(&self) -> Run {
        Run {
            schema: SCHEMA,
            id: format!("0198c1f2-6f1e-7c3a-9b1d-{:012x}", self.seed),
            started: "2026-11-22T14:03:05Z".into(),
            name: self.name.clone(),
            scenario: json!({ "schema": 1, "session": { "mode": "wander", "prompt": self.name } }),
            configuration: [
                ("profile", json!("constant")),
                ("sessions", json!(self.sessions)),
                ("duration", json!(format!("{}s", self.seconds))),
                ("tier", json!("standard")),
                ("audio", json!("opus")),
                ("world", json!(self.name)),
                ("decode", json!(if self.decoded { self.traced.to_string() } else { "none".into() })),
                ("preset", json!("balanced")),
                ("transport", json!("websocket")),
            ]
            .map(|(key, value)| (key.to_owned(), value))
            .into(),
            environment: [
                ("version", json!("0.1.0")),
                ("commit", json!("66c501a")),
                ("system", json!("Debian GNU/Linux 13")),
                ("cpu", json!("AMD EPYC 9454 48-Core Processor")),
                ("cores", json!(2)),
                ("server", json!("seaglass-serve 0.1.0")),
                ("origin", json!("http://127.0.0.1:8090")),
                ("seed", json!(self.seed)),
            ]
            .map(|(key, value)| (key.to_owned(), value))
            .into(),
            window_us: (5 * SECOND, (self.seconds - 5) * SECOND),
            objectives: [
                "ttff:p50<2s",
                "cmd_to_present:p95<120ms",
                "av_offset:abs_p95<100ms",
                "cmd_to_frame:p99_9<1s",
                "leaked_sessions:count==0",
            ]
            .map(str::to_owned)
            .into(),
            ..Run::default()
        }
    }

    fn course(&self, made: &mut Recording, noise: &mut Noise) {
        for second in 0..self.seconds {
            let bad = (30..33).contains(&second);
            let warm = second > 1;
            let sessions = self.sessions.min(((second + 1) * u64::from(self.sessions)).div_ceil(3) as u32);
            let calm = |value: f64| warm.then_some(value);
            made.course.push(StepRow {
                at_us: second * SECOND,
                span_us: SECOND,
                sessions,
                frames: u64::from(sessions)
                    * if bad {
                        15
                    } else if warm {
                        24
                    } else {
                        6
                    },
                bytes: u64::from(sessions) * 290_000,
                interval_p50: calm(41.6 + noise.next()),
                interval_max: calm(if bad { 240.0 + noise.next() * 180.0 } else { 52.0 + noise.next() * 14.0 }),
                cmd_p50: calm(if bad { 480.0 + noise.next() * 200.0 } else { 62.0 + noise.next() * 8.0 }),
                cmd_max: calm(if bad { 1_150.0 } else { 118.0 + noise.next() * 40.0 }),
                av_p50: if self.decoded {
                    calm((second as f64 / 9.0).sin() * 6.0 - if bad { 62.0 } else { 0.0 })
                } else {
                    None
                },
                av_far: if self.decoded { calm(if bad { -118.0 } else { 16.0 - noise.next() * 36.0 }) } else { None },
                freezes: u64::from(bad),
                cuts: u64::from(second == 45),
                cpu_cores: Some(0.18 + noise.next() * 0.05),
                memory_mib: Some(84.0 + second as f64 * 0.02),
            });
        }
    }

    fn rest(&self, made: &mut Recording) {
        let mark = |at: u64, until: Option<u64>, kind: &str, session: Option<u32>, text: String| MarkRow {
            at_us: at * SECOND,
            until_us: until.map(|until| until * SECOND),
            kind: kind.into(),
            session,
            text,
        };
        made.marks = vec![
            mark(5, None, "phase", None, "measuring".into()),
            mark(30, Some(33), "fault", None, "bandwidth 1.5 Mbit/s".into()),
            mark(31, None, "tier", Some(0), format!("economy: {}", self.name)),
            mark(45, None, "fault", None, "reset".into()),
            mark(45, None, "reconnect", Some(1), "the connection was reset".into()),
            mark(50, None, "tier", Some(0), "standard: the link has room".into()),
            mark(58, None, "warning", Some(3), "the server is about to be restarted".into()),
        ];
        made.spreads.entry(Metric::Reconnect).or_default().record(20, 612_000);
        for value in [231_000, 402_000, 255_000, 318_000] {
            made.spreads.entry(Metric::Freeze).or_default().record(12, value);
        }
        made.spreads.entry(Metric::Network).or_default().bounded_by(900);
        made.spreads.entry(Metric::CmdToFrame).or_default().record_unanswered(31, 900_000);
        let frames = u64::from(self.sessions) * self.seconds * 24;
        made.scalars = [
            (Scalar::Sessions, f64::from(self.sessions)),
            (Scalar::SessionsCompleted, f64::from(self.sessions.saturating_sub(1))),
            (Scalar::SessionsFailed, f64::from(u8::from(self.sessions > 5))),
            (Scalar::LeakedSessions, 0.0),
            (Scalar::Frames, frames as f64),
            (Scalar::Lost, f64::from(self.sessions)),
            (Scalar::Drops, 4.0),
            (Scalar::Stutters, 11.0),
            (Scalar::Freezes, 4.0),
            (Scalar::FrozenPct, 0.21),
            (Scalar::Fps, 23.9),
            (Scalar::FpsLow, 14.2),
            (Scalar::Goodput, f64::from(self.sessions) * 2.3),
            (Scalar::QualitySwitches, 2.0),
            (Scalar::Reconnects, 1.0),
            (Scalar::FramesLostPerReconnect, 6.0),
            (Scalar::Commands, frames as f64 / 6.0),
            (Scalar::CommandsRejected, 0.0),
            (Scalar::CommandsUnanswered, 1.0),
            (Scalar::CpuCores, 0.21),
            (Scalar::CpuPerSession, 26.2),
            (Scalar::Memory, 85.5),
            (Scalar::WorldSeconds, (u64::from(self.sessions) * self.seconds) as f64),
        ]
        .into();
        made.drops = [("late".to_owned(), 3), ("after_loss".to_owned(), 1)].into();
        made.errors = [("session".to_owned(), 1)].into();
        made.end = End {
            at_us: self.seconds * SECOND + 90_000,
            complete: true,
            notes: vec![
                "The tier of session 0 was changed by the server.".into(),
                format!("What {} says is shown as it is.", self.name),
            ],
        };
    }
}
