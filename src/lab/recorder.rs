//! What a person in front of the machine would hear and see, written down as it happens. The same for every algorithm, which tells
//! nothing of its own: the figures come from here and from the trace alone.

use std::collections::VecDeque;

use super::earliest::Earliest;
use super::trace::Trace;
use crate::media::Track;

/// How far a refresh may lie ahead of the sound that is known, in microseconds: a refresh, a period and their latencies.
const MOST_AHEAD_US: f64 = 200e3;

/// What sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heard {
    /// Media from a presentation time on, at a speed (above 1: faster).
    Media {
        /// Presentation time of the first frame, in microseconds.
        pts_us: f64,
        /// Media seconds per second.
        speed: f64,
    },
    /// Sound that stands in for media, or silence where there should be some.
    MadeUp,
    /// Silence that the user wants.
    Off,
}

/// Steps of the histogram-free records: one delay per callback, one offset per refresh.
#[derive(Debug)]
pub struct Recorder<'a> {
    earliest: &'a Earliest,
    /// Presentation times of the trace's pictures, in order.
    pictures: Vec<i64>,
    from_us: f64,
    until_us: f64,
    frame_us: f64,
    /// What the device sounds now: moment, length, and what.
    playing: Vec<(f64, f64, Heard)>,
    begun: bool,
    made_up_before: bool,
    expected_pts: Option<f64>,
    shown: Option<Shown>,
    /// Refreshes that light up later than any sound is known yet.
    ahead: VecDeque<(f64, Option<(i64, i64)>)>,
    /// The log that the figures are made of.
    pub log: Log,
}

#[derive(Clone, Copy, Debug)]
struct Shown {
    pts_us: f64,
    duration_us: f64,
    offset_us: Option<f64>,
    at_us: f64,
}

/// The raw record of the measured part of a run. Times in microseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    /// Delay of the sound, once per callback in which media sounds.
    pub audio_delays: Vec<f32>,
    /// Sound that should have been media, all of it.
    pub sounded_us: f64,
    /// Of that, what was made up or silent.
    pub made_up_us: f64,
    /// How often that began.
    pub made_up_events: u64,
    /// Media added or left out by changes of speed beyond 0.2 %: what RTC statistics call inserted and removed samples.
    pub stretched_us: f64,
    /// Media that sounded at a speed beyond 0.2 %.
    pub off_speed_us: f64,
    /// Media that never sounded although later media did.
    pub skipped_us: f64,
    /// Delay of each picture as it lit up.
    pub video_delays: Vec<f32>,
    /// Between two pictures.
    pub intervals: Vec<f32>,
    /// Sound minus picture at each refresh while both play.
    pub offsets: Vec<f32>,
    /// When media sounded at last for the first time, and when a picture lit up for the first time, over the whole run.
    pub first_sound_us: Option<f64>,
    /// See `first_sound_us`.
    pub first_picture_us: Option<f64>,
    /// Delay over time for plots and for questions of recovery: moment, delay of the sound or picture.
    pub audio_path: Vec<(f64, f32)>,
    /// As `audio_path`, of pictures.
    pub video_path: Vec<(f64, f32)>,
}

impl<'a> Recorder<'a> {
    /// Measures from one moment to another, in microseconds.
    #[must_use]
    pub fn new(trace: &'a Trace, from_us: f64, until_us: f64, frame_us: f64) -> Self {
        let mut pictures: Vec<i64> =
            trace.units.iter().filter(|unit| unit.track == Track::Video).map(|unit| unit.pts_us).collect();
        pictures.sort_unstable();
        Self {
            earliest: &trace.earliest,
            pictures,
            from_us,
            until_us,
            frame_us,
            playing: Vec::new(),
            begun: false,
            made_up_before: false,
            expected_pts: None,
            shown: None,
            ahead: VecDeque::new(),
            log: Log::default(),
        }
    }

    /// A new period of the device begins; what it sounds follows by [`Recorder::hear`].
    pub fn period(&mut self) {
        // Half a second of the past is enough for any refresh.
        if self.playing.len() > 256 {
            self.playing.drain(..128);
        }
    }

    /// The device sounds `frames` from `at_us` on.
    pub fn hear(&mut self, at_us: f64, frames: f64, heard: Heard) {
        let length = frames * self.frame_us;
        self.playing.push((at_us, length, heard));
        self.light_up(at_us + length);
        let inside = (self.from_us..self.until_us).contains(&at_us);
        match heard {
            Heard::Media { pts_us, speed } => {
                self.begun = true;
                self.log.first_sound_us.get_or_insert(at_us);
                let delay = self.earliest.delay(at_us, pts_us);
                if inside {
                    self.log.sounded_us += length;
                    self.log.audio_delays.push(delay as f32);
                    if (speed - 1.0).abs() > 0.0021 {
                        self.log.stretched_us += length * (speed - 1.0).abs();
                        self.log.off_speed_us += length;
                    }
                    if let Some(gap) = self.expected_pts.map(|expected| pts_us - expected).filter(|gap| *gap > 1_000.0) {
                        self.log.skipped_us += gap;
                    }
                }
                self.log.audio_path.push((at_us, delay as f32));
                self.expected_pts = Some(pts_us + length * speed);
                self.made_up_before = false;
            }
            Heard::MadeUp if self.begun && inside => {
                self.log.sounded_us += length;
                self.log.made_up_us += length;
                self.log.made_up_events += u64::from(!self.made_up_before);
                self.made_up_before = true;
            }
            Heard::MadeUp => {}
            Heard::Off => {
                (self.made_up_before, self.expected_pts, self.begun) = (false, None, false);
            }
        }
    }

    /// The timeline ended: what follows continues nothing.
    pub fn cut(&mut self) {
        self.finish();
        self.expected_pts = None;
        self.shown = None;
    }

    /// A refresh lights up, with a new picture (presentation time and duration) or with the one before. It may be told ahead of
    /// the sound that accompanies it.
    pub fn refresh(&mut self, visible_us: f64, picture: Option<(i64, i64)>) {
        self.ahead.push_back((visible_us, picture));
        let known = self.playing.last().map_or(f64::NEG_INFINITY, |(at, length, _)| at + length);
        // Where nothing sounds any more, a few periods are waited for and no longer.
        self.light_up(known.max(visible_us - MOST_AHEAD_US));
    }

    /// The run is over: what was told ahead counts with the sound that is known.
    pub fn finish(&mut self) {
        self.light_up(f64::INFINITY);
    }

    fn light_up(&mut self, before_us: f64) {
        while let Some((visible_us, picture)) = self.ahead.pop_front_if(|(visible, _)| *visible < before_us) {
            self.lit(visible_us, picture);
        }
    }

    fn lit(&mut self, visible_us: f64, picture: Option<(i64, i64)>) {
        let inside = (self.from_us..self.until_us).contains(&visible_us);
        let sound = self.sound_at(visible_us);
        if let Some((pts, duration)) = picture {
            let pts_us = pts as f64;
            let delay = self.earliest.delay(visible_us, pts_us) as f32;
            self.log.first_picture_us.get_or_insert(visible_us);
            self.log.video_path.push((visible_us, delay));
            if inside {
                self.log.video_delays.push(delay);
                if let Some(before) = self.shown {
                    self.log.intervals.push((visible_us - before.at_us) as f32);
                }
            }
            let offset_us = sound.map(|sound| sound - pts_us);
            self.shown = Some(Shown { pts_us, duration_us: duration as f64, offset_us, at_us: visible_us });
        }
        if let (Some(shown), Some(sound), true) = (&mut self.shown, sound, inside) {
            // A held picture is right while it lasts, and behind once its time is over and another's has come. Where the server
            // sends no more pictures, sound alone plays.
            let beyond = sound - (shown.pts_us + shown.duration_us);
            if beyond > 0.0 {
                let next = self.pictures.partition_point(|pts| *pts as f64 <= shown.pts_us);
                if self.pictures.get(next).is_none_or(|pts| *pts as f64 > sound) {
                    return;
                }
            }
            if beyond > 0.0 || shown.offset_us.is_none() {
                shown.offset_us = Some(beyond.max(0.0));
            }
            self.log.offsets.push(shown.offset_us.unwrap_or_default() as f32);
        }
    }

    fn sound_at(&self, at_us: f64) -> Option<f64> {
        let (from, _, heard) =
            self.playing.iter().rev().find(|(from, length, _)| (*from..from + length + 1.0).contains(&at_us))?;
        match heard {
            Heard::Media { pts_us, speed } => Some(pts_us + (at_us - from) * speed),
            Heard::MadeUp | Heard::Off => None,
        }
    }
}
