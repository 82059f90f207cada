//! A clip in a window: the picture, the bar under it, keys and mouse. Takes the main thread until the user leaves; decides when to look
//! for a frame, and what a press means for the reel.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use egui::{Pos2, Rect, Vec2};
use winit::application::ApplicationHandler;
use winit::event::{ElementState, KeyEvent, MouseButton, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop};
use winit::keyboard::ModifiersState;
use winit::window::{Fullscreen, WindowId};

use super::bar::{self, Press};
use super::keys::{Action, TABLE, action};
use crate::app::errors::Exit;
use crate::app::explore::WindowError;
use crate::app::explore::window::{Card, Drawn, Pace, Screen, Shots, Toast, Told, Tone, WindowOptions, paint};
use crate::app::signals::Stop;
use crate::clock::Clock;
use crate::media::{MediaDelta, Monotonic, Size, VideoFrame};
use crate::player::{Player, Presented};
use crate::reel::{Order, Reel, Status};

/// The bar goes so long after the mouse or a key was last used, while the clip plays.
const BAR: Duration = Duration::from_millis(2_500);
/// How often the figures on the bar are read anew.
const FIGURES: Duration = Duration::from_millis(50);
/// How long a short message stands, and how many at most.
const TOAST: Duration = Duration::from_millis(2_500);
const TOASTS: usize = 3;
/// Between two presses of a double click.
const DOUBLE: Duration = Duration::from_millis(350);
/// The largest window that a clip opens by itself.
const LARGEST: Size = Size { width: 1280, height: 800 };

/// How the window behaves.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// In its title, beside the program's name.
    pub(super) title: String,
    /// Size of its drawing area.
    pub(super) size: Option<Size>,
    /// Size of the clip's picture.
    pub(super) picture: Option<Size>,
    /// Begin in full screen.
    pub(super) fullscreen: bool,
    /// Where screenshots go.
    pub(super) screenshots: PathBuf,
    /// Leave after so many pictures, or so long after the first.
    pub(super) frames: Option<u64>,
    /// See `frames`.
    pub(super) duration: Option<Duration>,
    /// The clip's sound plays.
    pub(super) sound: bool,
    /// When the last picture begins.
    pub(super) last: MediaDelta,
    /// Bring the last picture back.
    pub(super) keep_picture: bool,
}

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The signal that ended it.
    pub(super) signal: Option<Exit>,
    /// The last picture, RGBA, without the bar.
    pub(super) picture: Option<(Vec<u8>, Size)>,
}

/// Opens the window and stays in it until the user leaves, the time is up, or a signal comes. Must be called on the program's main
/// thread, once.
pub(super) fn run(
    player: &Player,
    reel: &Reel,
    clock: Clock,
    stop: &Stop,
    options: Options,
) -> Result<Outcome, WindowError> {
    let event_loop = EventLoop::new().map_err(|error| WindowError::NoDisplay { reason: error.to_string() })?;
    let mut program = Program::new(player, reel, clock, stop, options);
    event_loop.run_app(&mut program).map_err(|error| WindowError::Gone { reason: error.to_string() })?;
    program.finish()
}

struct Program<'a> {
    player: &'a Player,
    reel: &'a Reel,
    clock: Clock,
    stop: &'a Stop,
    options: Options,
    outcome: Outcome,
    error: Option<WindowError>,
    screen: Option<Screen>,
    pace: Pace,
    modifiers: ModifiersState,
    status: Status,
    status_at: Monotonic,
    toasts: VecDeque<Toast>,
    help: bool,
    sound: bool,
    /// Until when the bar is shown, and whether it was at the last look.
    bar_until: Monotonic,
    shown: bool,
    cursor: Option<Pos2>,
    dragging: bool,
    clicked: Option<Monotonic>,
    shots: Shots,
    seen: u64,
    first: Option<Monotonic>,
    /// A redraw was asked for by us; any other one comes from the window system.
    asked: bool,
    dirty: bool,
}

impl<'a> Program<'a> {
    fn new(player: &'a Player, reel: &'a Reel, clock: Clock, stop: &'a Stop, options: Options) -> Self {
        let now = clock.now();
        Self {
            player,
            reel,
            clock,
            stop,
            outcome: Outcome::default(),
            error: None,
            screen: None,
            pace: Pace::new(now),
            modifiers: ModifiersState::default(),
            status: reel.status(),
            status_at: now,
            toasts: VecDeque::new(),
            help: false,
            sound: options.sound,
            bar_until: now + BAR,
            shown: true,
            cursor: None,
            dragging: false,
            clicked: None,
            shots: Shots::default(),
            seen: 0,
            first: None,
            asked: false,
            dirty: true,
            options,
        }
    }

    fn finish(mut self) -> Result<Outcome, WindowError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.options.keep_picture
            && self.seen > 0
            && let Some(screen) = &mut self.screen
        {
            self.outcome.picture = screen.picture()?;
        }
        Ok(self.outcome)
    }

    fn open(&mut self, event_loop: &ActiveEventLoop) {
        let mut options = WindowOptions::titled(self.options.title.clone());
        options.fullscreen = self.options.fullscreen;
        options.size = self.options.size.unwrap_or_else(|| fitting(self.options.picture));
        match Screen::open(event_loop, &options) {
            Ok(screen) => {
                self.screen = Some(screen);
                self.follow_display();
                self.touch();
            }
            Err(error) => self.fail(event_loop, error),
        }
    }

    fn fail(&mut self, event_loop: &ActiveEventLoop, error: impl Into<WindowError>) {
        self.error.get_or_insert(error.into());
        event_loop.exit();
    }

    fn follow_display(&mut self) {
        let Some(screen) = &self.screen else { return };
        let rate = screen.window.current_monitor().and_then(|monitor| monitor.refresh_rate_millihertz());
        self.player.set_refresh(self.pace.display(rate));
    }

    /// Has the overlay made and drawn anew.
    fn touch(&mut self) {
        self.dirty = true;
        if let Some(screen) = &mut self.screen {
            screen.overlay.touch();
        }
    }

    /// Somebody is there: the bar comes.
    fn wake(&mut self) {
        self.bar_until = self.clock.now() + BAR;
        if let Some(screen) = &self.screen {
            screen.window.set_cursor_visible(true);
        }
        self.touch();
    }

    fn shows_bar(&self, now: Monotonic) -> bool {
        now < self.bar_until || self.dragging || !self.status.moves || self.seen == 0
    }

    fn toast(&mut self, tone: Tone, text: impl Into<String>) {
        if self.toasts.len() == TOASTS {
            self.toasts.pop_front();
        }
        self.toasts.push_back(Toast { text: text.into(), tone, until: self.clock.now() + TOAST });
        self.touch();
    }

    /// What comes by time and not by an event.
    fn look_around(&mut self, event_loop: &ActiveEventLoop, now: Monotonic) {
        let before = self.toasts.len();
        self.toasts.retain(|toast| now < toast.until);
        if self.toasts.len() < before {
            self.touch();
        }
        if now >= self.status_at {
            self.status_at = now + FIGURES;
            let changed = std::mem::replace(&mut self.status, self.reel.status()) != self.status;
            let shown = self.shows_bar(now);
            if shown && changed || shown != self.shown {
                self.touch();
            }
            if let Some(screen) = self.screen.as_ref().filter(|_| shown != self.shown) {
                screen.window.set_cursor_visible(shown);
            }
            self.shown = shown;
            for notice in self.player.notices() {
                self.toast(Tone::Warn, notice.text);
            }
        }
        for Told { tone, text } in self.shots.collect(&self.options.screenshots.clone()) {
            self.toast(tone, text);
        }
        let late = self.options.duration.zip(self.first).is_some_and(|(most, first)| now.since(first) >= most);
        if late || self.options.frames.is_some_and(|most| self.seen >= most) {
            event_loop.exit();
        }
        if let Some(signal) = self.stop.asked() {
            self.outcome.signal = Some(signal);
            event_loop.exit();
        }
    }

    /// One refresh of the display: takes the frame that is due and draws if anything changed.
    fn refresh(&mut self, event_loop: &ActiveEventLoop) {
        let Some(screen) = &mut self.screen else { return };
        let chosen = self.clock.now();
        let frame = self.player.frame_for(chosen, self.pace.visible_at(chosen));
        let mut uploaded = None;
        if let Some(frame) = &frame {
            if let Err(error) = screen.renderer.upload(&frame.picture) {
                return self.fail(event_loop, error);
            }
            uploaded = Some(self.clock.now());
            if self.seen == 0 {
                screen.overlay.touch();
            }
            self.seen += 1;
            self.first.get_or_insert(chosen);
        }
        if frame.is_none() && !self.dirty && !screen.overlay.is_stale(chosen) {
            return;
        }
        if screen.overlay.is_stale(chosen) {
            self.make_overlay(chosen);
        }
        let Some(screen) = &mut self.screen else { return };
        match screen.draw(self.clock) {
            Ok(Drawn::Yes { submitted, presented }) => {
                self.dirty = false;
                if let Some(frame) = frame {
                    self.pace.worked(presented.since(chosen));
                    self.presented(&frame, uploaded, submitted, presented);
                }
            }
            Ok(Drawn::Hidden) => self.dirty = false,
            Ok(Drawn::Again) => self.dirty = true,
            Err(error) => self.fail(event_loop, error),
        }
    }

    fn make_overlay(&mut self, now: Monotonic) {
        let (shows_bar, seen, help) = (self.shows_bar(now), self.seen > 0, self.help);
        let area = self.area();
        let card = self.status.failed.as_ref().map(|why| Card {
            title: "The clip ends here".to_owned(),
            detail: why.clone(),
            hint: "Q leaves".to_owned(),
            progress: None,
            tone: Tone::Bad,
        });
        let (status, toasts, sound) = (&self.status, &self.toasts, self.sound);
        let Some(screen) = &mut self.screen else { return };
        let window = std::sync::Arc::clone(&screen.window);
        screen.overlay.make_with(now, &window, &mut |context| {
            if !seen {
                paint::ground(context);
            }
            if shows_bar {
                bar::draw(context, area, status, sound);
            }
            if help {
                paint::help(context, &TABLE);
            } else if let Some(card) = &card {
                paint::card(context, card, seen);
            }
            paint::toasts(context, toasts.iter(), shows_bar);
        });
    }

    fn presented(&mut self, frame: &VideoFrame, uploaded: Option<Monotonic>, submitted: Monotonic, presented: Monotonic) {
        self.player.presented(Presented {
            epoch: frame.epoch,
            sequence: frame.sequence,
            uploaded,
            submitted: Some(submitted),
            presented: Some(presented),
        });
    }

    /// The drawing area in points.
    fn area(&self) -> Vec2 {
        let Some(screen) = &self.screen else { return Vec2::ZERO };
        let (size, scale) = (screen.size(), screen.window.scale_factor() as f32);
        Vec2::new(size.width as f32 / scale, size.height as f32 / scale)
    }

    fn bar(&self) -> Rect {
        bar::place(self.area())
    }

    fn key(&mut self, event_loop: &ActiveEventLoop, event: &KeyEvent) {
        let wanted = action(&event.logical_key, self.modifiers.shift_key(), self.modifiers.control_key());
        // Held keys repeat what adds up, and nothing else.
        let repeats = matches!(wanted, Some(Action::Order(Order::Jump(_) | Order::Step(_))));
        if let (ElementState::Pressed, Some(wanted)) = (event.state, wanted)
            && (!event.repeat || repeats)
        {
            self.wake();
            self.act(event_loop, wanted);
        }
    }

    fn act(&mut self, event_loop: &ActiveEventLoop, wanted: Action) {
        match wanted {
            Action::Order(order) => self.reel.order(order),
            Action::Tenth(tenth) => self.seek(f32::from(tenth) / 10.0),
            Action::Last => self.reel.order(Order::Seek(self.options.last)),
            Action::Sound if !self.options.sound => self.toast(Tone::Warn, "there is no sound to play"),
            Action::Sound => {
                self.sound = !self.sound;
                self.player.set_sound(self.sound);
            }
            Action::Screenshot { overlay } => {
                let told = self.screen.as_mut().and_then(|screen| self.shots.order(screen, overlay).err());
                if let Some(Told { tone, text }) = told {
                    self.toast(tone, text);
                }
            }
            Action::FullScreen => self.toggle_fullscreen(),
            Action::Help => self.help = !self.help,
            Action::Back if self.help => self.help = false,
            Action::Back => {
                if self.screen.as_ref().is_some_and(|screen| screen.window.fullscreen().is_some()) {
                    self.toggle_fullscreen();
                }
            }
            Action::Quit => event_loop.exit(),
        }
        // What was ordered is seen at once, not at the next look.
        self.status_at = self.clock.now();
        self.touch();
    }

    fn seek(&mut self, part: f32) {
        let to = MediaDelta::from_secs_f64(self.status.length.as_secs_f64() * f64::from(part));
        self.reel.order(Order::Seek(to.min(self.options.last.max(MediaDelta::ZERO))));
    }

    fn toggle_fullscreen(&mut self) {
        if let Some(screen) = &self.screen {
            let full = screen.window.fullscreen().is_none().then_some(Fullscreen::Borderless(None));
            screen.window.set_fullscreen(full);
        }
    }

    fn press(&mut self, event_loop: &ActiveEventLoop) {
        let now = self.clock.now();
        match self.cursor.and_then(|at| bar::press(self.bar(), at)) {
            Some(Press::Sign) => self.act(event_loop, Action::Order(Order::Toggle)),
            Some(Press::Part(part)) => {
                self.dragging = true;
                self.seek(part);
            }
            None if self.clicked.take().is_some_and(|before| now.since(before) < DOUBLE) => self.toggle_fullscreen(),
            None => {
                self.clicked = Some(now);
                self.help = false;
            }
        }
        self.wake();
    }
}

impl ApplicationHandler<()> for Program<'_> {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.screen.is_none() {
            self.open(event_loop);
        }
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let Some(screen) = &mut self.screen else { return };
        match &event {
            WindowEvent::RedrawRequested => {
                if !std::mem::take(&mut self.asked) {
                    self.dirty = true;
                }
                return self.refresh(event_loop);
            }
            WindowEvent::CloseRequested | WindowEvent::Destroyed => return event_loop.exit(),
            WindowEvent::Resized(_) => screen.resize(),
            WindowEvent::ScaleFactorChanged { .. } => {
                let window = std::sync::Arc::clone(&screen.window);
                screen.overlay.event(&window, &event);
                screen.resize();
            }
            WindowEvent::Moved(_) => return self.follow_display(),
            WindowEvent::ModifiersChanged(modifiers) => self.modifiers = modifiers.state(),
            WindowEvent::KeyboardInput { event: key, is_synthetic: false, .. } => return self.key(event_loop, key),
            WindowEvent::CursorMoved { position, .. } => {
                let scale = screen.window.scale_factor() as f32;
                let at = Pos2::new(position.x as f32 / scale, position.y as f32 / scale);
                // Window systems tell of a pointer that does not move.
                if self.cursor.replace(at) != Some(at) {
                    if self.dragging {
                        self.seek(bar::part(self.bar(), at));
                    }
                    self.wake();
                }
                return;
            }
            WindowEvent::CursorLeft { .. } => self.cursor = None,
            WindowEvent::MouseInput { state, button: MouseButton::Left, .. } => {
                if state.is_pressed() {
                    return self.press(event_loop);
                }
                self.dragging = false;
            }
            _ => return,
        }
        self.touch();
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        let now = self.clock.now();
        self.look_around(event_loop, now);
        if event_loop.exiting() {
            return;
        }
        let Some(screen) = &self.screen else { return };
        if self.pace.due(now) {
            self.asked = true;
            screen.window.request_redraw();
        }
        let wakes = [Some(self.pace.next()), screen.overlay.again_at()];
        let wake = wakes.into_iter().flatten().fold(self.status_at.max(now), Monotonic::min);
        event_loop.set_control_flow(ControlFlow::WaitUntil(self.clock.instant(wake.max(now))));
    }
}

/// A window that shows a picture pixel by pixel, or as large a part of its size as a usual display takes.
fn fitting(picture: Option<Size>) -> Size {
    let Some(Size { width, height }) = picture.filter(|size| size.width > 0 && size.height > 0) else {
        return Size { width: 640, height: 200 };
    };
    let scale =
        f64::min(f64::from(LARGEST.width) / f64::from(width), f64::from(LARGEST.height) / f64::from(height)).min(1.0);
    let scaled = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    // A bar needs some room, whatever the clip.
    Size { width: scaled(width).max(480), height: scaled(height).max(200) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_opens_at_its_own_size_or_as_large_as_a_display_takes() {
        let size = |width, height| fitting(Some(Size { width, height }));
        assert_eq!(size(640, 360), Size { width: 640, height: 360 });
        assert_eq!(size(3840, 2160), Size { width: 1280, height: 720 });
        assert_eq!(size(1080, 1920), Size { width: 480, height: 800 });
        assert_eq!(fitting(None), Size { width: 640, height: 200 });
    }
}
