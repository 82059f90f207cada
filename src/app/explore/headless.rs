//! The same pipeline without a window: an offscreen picture on a display of 60 Hz that is none, and a paced stand-in for the sound
//! device. Owns the refresh clock and the adapter; decides nothing about when a frame is due.

use std::time::Duration;

use super::actor::Actor;
use super::live::{Live, LiveEvent};
use super::plan::Plan;
use super::recorder::Recorder;
use super::report::Milestones;
use super::screenshot;
use super::status;
use crate::app::errors::{Exit, Failure};
use crate::app::refresh::{Grid, Work};
use crate::client::WorldEvent;
use crate::media::{Monotonic, Size, VideoFrame};
use crate::player::{AudioState, Presented};
use crate::render::{Gpu, GpuError, Offscreen, Renderer};
use crate::wire::Hello;

/// How long the first picture may take: building a world, and a software adapter's first frame.
const FIRST_PICTURE: Duration = Duration::from_secs(60);

/// Sound from the stand-in device.
pub type Sounded = std::sync::mpsc::Receiver<(Vec<f32>, Monotonic)>;

/// Somebody who looks at every refresh of the display that is none.
pub trait Watch {
    /// Whether pictures are to be read back. It costs time, and the pictures come later by it.
    fn wants_pictures(&self) -> bool;

    /// A refresh has passed.
    fn look(&mut self, look: &Look<'_>);
}

/// One refresh.
pub struct Look<'a> {
    /// When the choice was made.
    pub chosen: Monotonic,
    /// When it lights up.
    pub visible: Monotonic,
    /// The new frame; `None` where the one before is held.
    pub frame: Option<&'a VideoFrame>,
    /// The new picture as it came back, where it was wanted.
    pub rgba: Option<&'a [u8]>,
}

/// What a headless run saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// Milestones of the run.
    pub milestones: Milestones,
    /// How long pictures were presented.
    pub presented_for: Duration,
    /// Refreshes without a new frame, and all of them.
    pub refreshes: (u64, u64),
    /// The adapter, in words.
    pub adapter: String,
    /// The server, in its own words.
    pub server: String,
    /// The recording, still open: it ends after the sound device is gone.
    pub recorder: Option<Recorder>,
    /// The signal that ended the run.
    pub signal: Option<Exit>,
}

struct Adapter {
    gpu: Gpu,
    renderer: Renderer,
}

struct Stage {
    gpu: Gpu,
    renderer: Renderer,
    screen: Offscreen,
    size: Size,
    /// The last picture, for the screenshot.
    last: Vec<u8>,
}

/// Runs until the time is over, a signal comes, or the world ends.
pub fn run(
    live: &Live,
    plan: &Plan,
    mut sounded: Option<Sounded>,
    mut watch: Option<&mut dyn Watch>,
) -> Result<Seen, Failure> {
    let mut seen = Seen::default();
    // Opened before the world is there: an adapter takes hundreds of milliseconds, in which frames would be missed.
    let mut adapter = Some(Adapter::open()?);
    seen.adapter = adapter.as_ref().map(|adapter| adapter.gpu.describe().to_string()).unwrap_or_default();
    let mut stage: Option<Stage> = None;
    let mut actor = plan.scenario.as_ref().map(Actor::new);
    let keep_picture = plan.record.is_some();
    let mut playback = status::Playback::default();
    let begun = live.clock.now();
    let mut grid = Grid::new(begun);
    let mut work = Work::default();
    loop {
        // A frame is chosen as late as drawing it allows: what comes until then can still be shown.
        let now = live.clock.now();
        let visible_at = grid.next(now + work.lead());
        std::thread::sleep((visible_at - work.lead()).since(now));
        let mut ended = false;
        while let Some(event) = live.next_event() {
            match &event {
                LiveEvent::World(WorldEvent::Connected(hello)) => {
                    seen.server.clone_from(&hello.server);
                    let size = plan.size.unwrap_or_else(|| picture_size(hello));
                    let fps = hello.tier.fps.round().clamp(1.0, 120.0) as u32;
                    if let Some(adapter) = adapter.take() {
                        stage = Some(Stage::new(adapter, size)?);
                    }
                    if let (Some(path), Some(sounded)) = (&plan.record, sounded.take()) {
                        seen.recorder = Some(Recorder::start(path, size, fps, sounded)?);
                    }
                }
                LiveEvent::World(WorldEvent::Ended { .. }) | LiveEvent::Failed(_) => ended = true,
                _ => {}
            }
            status::tell(&event);
        }
        live.player.notices().iter().for_each(|notice| eprintln!("seaglass: {}", notice.text));
        let now = live.clock.now();
        if let Some(first) = seen.milestones.first_picture {
            seen.presented_for = now.since(first);
            if let (Some(actor), Some(handle)) = (&mut actor, live.handle()) {
                actor.act(seen.presented_for, handle, &live.player);
            }
        }
        if let Some(stage) = &mut stage {
            let recorder = keep_picture.then_some(&mut seen.recorder).and_then(Option::as_mut);
            let new = stage.refresh(
                live,
                visible_at,
                &mut grid,
                &mut work,
                recorder,
                watch.as_mut().map(|watch| &mut **watch as &mut dyn Watch),
            )?;
            if seen.milestones.first_picture.is_some() {
                seen.refreshes.0 += u64::from(new.is_none());
                seen.refreshes.1 += 1;
            }
            if new.is_some() {
                seen.milestones.first_picture = seen.milestones.first_picture.or(new);
            }
        }
        if seen.milestones.first_sound.is_none() && live.player.audio() == AudioState::Playing {
            seen.milestones.first_sound = Some(now);
        }
        if seen.milestones.first_picture.is_some()
            && playback.is_due(now)
            && let Some(line) = playback.line(now, &live.player.snapshot())
        {
            eprintln!("seaglass: {line}");
        }
        seen.signal = live.stop.asked();
        let over = plan.duration.is_some_and(|duration| seen.presented_for >= duration);
        if ended || over || seen.signal.is_some() {
            break;
        }
        if seen.milestones.first_picture.is_none() && now.since(begun) > FIRST_PICTURE {
            let why = format!("none came within {} s of the start", FIRST_PICTURE.as_secs());
            return Err(Failure::new(
                "session",
                Exit::Session,
                "the world shows no picture",
                why,
                "try again; see the server's log",
            ));
        }
    }
    seen.milestones = seen.milestones.or(live.milestones());
    if let (Some(path), Some(stage)) = (&plan.screenshot, &mut stage)
        && seen.milestones.first_picture.is_some()
    {
        if !keep_picture {
            stage.screen.read(&mut stage.last).map_err(|error| gpu_failure(&error))?;
        }
        screenshot::save(path, &stage.last, stage.size)?;
        eprintln!("seaglass: screenshot {}", path.display());
    }
    Ok(seen)
}

impl Adapter {
    fn open() -> Result<Self, Failure> {
        let gpu = Gpu::headless().map_err(|error| gpu_failure(&error))?;
        let renderer = Renderer::new(&gpu, Offscreen::FORMAT).map_err(|error| gpu_failure(&error))?;
        Ok(Self { gpu, renderer })
    }
}

impl Stage {
    fn new(Adapter { gpu, renderer }: Adapter, size: Size) -> Result<Self, Failure> {
        let screen = Offscreen::new(&gpu, size).map_err(|error| gpu_failure(&error))?;
        Ok(Self { gpu, renderer, screen, size, last: Vec::new() })
    }

    /// Draws what is due at `visible_at`; the moment at which it is seen, if that is a new frame.
    fn refresh(
        &mut self,
        live: &Live,
        visible_at: Monotonic,
        grid: &mut Grid,
        work: &mut Work,
        recorder: Option<&mut Recorder>,
        watch: Option<&mut dyn Watch>,
    ) -> Result<Option<Monotonic>, Failure> {
        let fail = |error: GpuError| gpu_failure(&error);
        let chosen = live.clock.now();
        let Some(frame) = live.player.frame_for(chosen, visible_at) else {
            if let Some(watch) = watch {
                watch.look(&Look { chosen, visible: visible_at, frame: None, rgba: None });
            }
            return Ok(None);
        };
        self.renderer.upload(&frame.picture).map_err(fail)?;
        let uploaded = live.clock.now();
        let mut encoder = self.gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.renderer.draw(&mut encoder, self.screen.view(), self.size);
        self.gpu.queue().submit([encoder.finish()]);
        let submitted = live.clock.now();
        let mut shot = None;
        match recorder {
            Some(recorder) => {
                // The picture goes into the file from here, so its memory is taken from what the encoder gave back.
                let mut rgba = recorder.memory();
                self.screen.read(&mut rgba).map_err(fail)?;
                shot = Some((recorder, rgba));
            }
            None if watch.as_ref().is_some_and(|watch| watch.wants_pictures()) => {
                self.screen.read(&mut self.last).map_err(fail)?;
            }
            None => self.gpu.finish().map_err(fail)?,
        }
        let done = live.clock.now();
        work.took(done.since(chosen));
        let seen_at = grid.lights_up(done);
        if let Some((recorder, rgba)) = shot {
            self.last.clone_from(&rgba);
            recorder.picture(rgba, seen_at);
        }
        if let Some(watch) = watch {
            let rgba = watch.wants_pictures().then_some(&*self.last);
            watch.look(&Look { chosen, visible: seen_at, frame: Some(&frame), rgba });
        }
        live.player.presented(Presented {
            epoch: frame.epoch,
            sequence: frame.sequence,
            uploaded: Some(uploaded),
            submitted: Some(submitted),
            presented: Some(seen_at),
        });
        Ok(Some(seen_at))
    }
}

fn picture_size(hello: &Hello) -> Size {
    // Encoders of 4:2:0 want even sizes.
    let even = |length: u32| length.clamp(64, 3840) / 2 * 2;
    Size { width: even(hello.tier.width), height: even(hello.tier.height) }
}

fn gpu_failure(error: &GpuError) -> Failure {
    let (code, exit) = match error {
        GpuError::NoAdapter { .. } => ("no-adapter", Exit::Usage),
        _ => ("player", Exit::Unexpected),
    };
    Failure::new(code, exit, "the picture cannot be drawn", error, "`seaglass doctor` shows what this machine has")
}
