//! The goals that layer L0 can prove, as data: on which traces, with which presets, what has to hold.

/// A figure that has to stay on one side of a limit.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// What it is called.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Where it stands in the figures of a run.
    pub pointer: &'static str,
    /// The limit.
    pub limit: f64,
    /// Whether it has to reach the limit; otherwise it may not pass it.
    pub at_least: bool,
}

/// A goal.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    /// In words.
    pub text: &'static str,
    /// The traces that it is about.
    pub traces: &'static [&'static str],
    /// The presets of ours that it is about; empty: every one with its own cap.
    pub presets: &'static [&'static str],
    /// What has to hold.
    pub measures: &'static [Measure],
}

const fn most(name: &'static str, unit: &'static str, pointer: &'static str, limit: f64) -> Measure {
    Measure { name, unit, pointer, limit, at_least: false }
}

const fn least(name: &'static str, unit: &'static str, pointer: &'static str, limit: f64) -> Measure {
    Measure { name, unit, pointer, limit, at_least: true }
}

const TOGETHER_P99: &str = "/av_offset_ms/p99_abs";
const NOTICED: Measure = most("outside of BT.1359", "%", "/av_offset_ms/outside_bt1359_pct", 0.0);
const CONCEALED: &str = "/audio/concealed_pct";
const SHOWN: Measure = least("shown", "%", "/video/shown_pct", 99.0);

/// Every goal that is a limit on a trace. The regret of every trace stands in a table of its own.
pub const GOALS: &[Goal] = &[
    Goal {
        text: "sound and picture together, clean and Wi-Fi",
        traces: &["S1", "S2"],
        presets: &["balanced"],
        measures: &[
            most("\\|A/V\\| p50", "ms", "/av_offset_ms/p50_abs", 5.0),
            most("\\|A/V\\| p99", "ms", TOGETHER_P99, 10.0),
            NOTICED,
        ],
    },
    Goal {
        text: "sound and picture together, other networks",
        traces: &["S3", "S4", "S5", "S8", "S9", "S10", "S11"],
        presets: &["balanced"],
        measures: &[most("\\|A/V\\| p99", "ms", TOGETHER_P99, 20.0), NOTICED],
    },
    Goal {
        text: "clean link: delay that the client adds to sound",
        traces: &["S1"],
        presets: &[],
        measures: &[most("p99", "ms", "/audio/delay_ms/p99", 25.0)],
    },
    Goal {
        text: "clean link: delay that the client adds to pictures at 60 Hz",
        traces: &["S1"],
        presets: &["latency"],
        measures: &[most("p95", "ms", "/video/delay_ms/p95", 18.0)],
    },
    Goal {
        text: "Wi-Fi: sound whole at a bounded delay",
        traces: &["S2"],
        presets: &["balanced"],
        measures: &[
            most("concealed", "%", CONCEALED, 0.45),
            most("mean delay", "ms", "/audio/delay_ms/mean", 110.0),
            most("stretched", "%", "/audio/stretched_pct", 0.6),
        ],
    },
    Goal {
        text: "cellular link with a cap of 250 ms",
        traces: &["S5"],
        presets: &["latency cap 250", "balanced cap 250", "smooth cap 250"],
        measures: &[most("p99", "ms", "/audio/delay_ms/p99", 300.0)],
    },
    Goal {
        text: "after a stall of 1 s back to within 10 ms of the delay before",
        traces: &["S9"],
        presets: &[],
        measures: &[most("sound", "s", "/recovery/0/audio_s", 1.0), most("pictures", "", "/recovery/0/pictures", 2.0)],
    },
    Goal {
        text: "chunks of 4 frames (span 125 ms)",
        traces: &["S6a"],
        presets: &[],
        measures: &[
            SHOWN,
            most("concealed", "%", CONCEALED, 0.7),
            most("mean delay", "ms", "/audio/delay_ms/mean", 125.0 + 110.0),
        ],
    },
    Goal {
        text: "chunks of 12 frames (span 458 ms)",
        traces: &["S6b"],
        presets: &[],
        measures: &[
            SHOWN,
            most("concealed", "%", CONCEALED, 0.7),
            most("mean delay", "ms", "/audio/delay_ms/mean", 458.3 + 110.0),
        ],
    },
    Goal {
        text: "an hour of drift",
        traces: &["S7a", "S7b"],
        presets: &[],
        measures: &[
            most("at a speed beyond 0.2 %", "%", "/audio/off_speed_pct", 0.0),
            most("delay off its median by", "ms", "/audio_swing_ms", 5.0),
        ],
    },
    Goal {
        text: "first picture (a refresh, a decode and a draw), first sound",
        traces: &["S1"],
        presets: &[],
        measures: &[
            most("picture", "ms", "/video/first_ms", 16.7 + 4.0 + 2.0),
            most("sound", "ms", "/audio/first_ms", 60.0),
        ],
    },
];

/// Regret that is allowed, in per cent: by the median, and by the 95th percentile.
pub const REGRET: (f64, f64) = (5.0, 10.0);
