//! The window's main thread: winit's events in, redraws out. Decides when to look for a frame and when to draw; what a key means
//! is in `bindings`, what is shown in `view` and `hud`, how in `paint` and `screen`.

use std::time::Duration;

use winit::event::{ElementState, KeyEvent};
use winit::event_loop::{ActiveEventLoop, EventLoop};
use winit::keyboard::{Key as Printed, ModifiersState, NamedKey, PhysicalKey};
use winit::window::{CursorGrabMode, Fullscreen};

use super::bindings::{Action, action};
use super::hands::Hands;
use super::hud::Content;
use super::options::{Hud, Outcome, WindowError, WindowOptions};
use super::pace::Pace;
use super::prompt::{Prompt, Said};
use super::screen::{Drawn, Screen};
use super::shots::{Shots, Told};
use super::view::{Asked, Tone, View};
use crate::app::explore::actor::Actor;
use crate::app::explore::live::{Live, LiveEvent};
use crate::client::{Refused, WorldEvent, WorldHandle};
use crate::media::{Monotonic, VideoFrame};
use crate::player::{AudioState, Presented};
use crate::wire::{AudioRequest, CommandId};

/// How often the figures are read anew: fast enough to follow, slow enough to read.
const FIGURES: Duration = Duration::from_millis(200);

/// How long the question whether to leave stands.
const SURE: Duration = Duration::from_secs(3);

/// Opens the window and stays in it until the user leaves, the time is up, or a signal comes. Must be called on the program's
/// main thread, once: window systems allow no other.
///
/// # Errors
/// [`WindowError`]; the world is untouched, ending it is up to the caller.
pub fn run(live: &Live, options: WindowOptions) -> Result<Outcome, WindowError> {
    let event_loop = EventLoop::new().map_err(|error| WindowError::NoDisplay { reason: error.to_string() })?;
    let proxy = event_loop.create_proxy();
    // A window that is gone needs no waking.
    live.wake_by(Box::new(move || {
        let _ = proxy.send_event(());
    }));
    let mut program = Program::new(live, options);
    event_loop.run_app(&mut program).map_err(|error| WindowError::Gone { reason: error.to_string() })?;
    program.finish()
}

/// The window's state. `handler` tells it what happens.
pub(super) struct Program<'a> {
    pub(super) live: &'a Live,
    options: WindowOptions,
    outcome: Outcome,
    error: Option<WindowError>,
    pub(super) screen: Option<Screen>,
    pub(super) view: View,
    pub(super) prompt: Prompt,
    pub(super) hands: Hands,
    pub(super) modifiers: ModifiersState,
    pub(super) pace: Pace,
    actor: Option<Actor>,
    /// The mouse looks around.
    pub(super) captured: bool,
    sound: bool,
    adapter: String,
    /// The figures as they were last read; kept between readings, whatever else has the overlay made anew.
    figures: Option<Content>,
    figures_at: Monotonic,
    /// A redraw was asked for by us; any other one comes from the window system, which wants to see everything again.
    pub(super) asked: bool,
    /// Something but a new frame is to be drawn.
    pub(super) dirty: bool,
    /// Until when pressing Q again leaves.
    sure_until: Option<Monotonic>,
    shots: Shots,
}

impl<'a> Program<'a> {
    fn new(live: &'a Live, options: WindowOptions) -> Self {
        let now = live.clock.now();
        Self {
            live,
            outcome: Outcome::default(),
            error: None,
            screen: None,
            view: View::new(options.hud),
            prompt: Prompt::default(),
            hands: Hands::default(),
            modifiers: ModifiersState::default(),
            pace: Pace::new(now),
            actor: options.scenario.as_ref().map(Actor::new),
            captured: false,
            sound: options.sound,
            adapter: String::new(),
            figures: None,
            figures_at: now,
            asked: false,
            dirty: true,
            sure_until: None,
            shots: Shots::default(),
            options,
        }
    }

    fn finish(mut self) -> Result<Outcome, WindowError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if let Some(first) = self.outcome.milestones.first_picture {
            self.outcome.presented_for = self.live.clock.now().since(first);
        }
        if self.options.keep_picture
            && self.view.seen
            && let Some(screen) = &mut self.screen
        {
            self.outcome.picture = screen.picture()?;
        }
        self.outcome.milestones = self.outcome.milestones.or(self.live.milestones());
        Ok(self.outcome)
    }

    pub(super) fn open(&mut self, event_loop: &ActiveEventLoop) {
        match Screen::open(event_loop, &self.options) {
            Ok(screen) => {
                let adapter = screen.gpu.describe();
                // Drivers put versions in brackets; the report has them in full.
                let name = adapter.name.split(" (").next().unwrap_or_default();
                let where_drawn = if adapter.software { " · on the processor" } else { "" };
                self.adapter = format!("{name} · {}{where_drawn}", adapter.backend);
                self.outcome.adapter = adapter.to_string();
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

    pub(super) fn follow_display(&mut self) {
        let Some(screen) = &self.screen else { return };
        let rate = screen.window.current_monitor().and_then(|monitor| monitor.refresh_rate_millihertz());
        self.live.player.set_refresh(self.pace.display(rate));
    }

    /// Has the overlay made and drawn anew.
    pub(super) fn touch(&mut self) {
        self.dirty = true;
        if let Some(screen) = &mut self.screen {
            screen.overlay.touch();
        }
    }

    pub(super) fn read_events(&mut self) {
        while let Some(event) = self.live.next_event() {
            let now = self.live.clock.now();
            match event {
                LiveEvent::Creating => {}
                LiveEvent::World(event) => {
                    if let WorldEvent::Connected(hello) = &event {
                        self.outcome.server.clone_from(&hello.server);
                    }
                    self.view.event(now, event);
                }
                LiveEvent::Failed(failure) => {
                    let why = if failure.why.is_empty() { String::new() } else { format!(": {}", failure.why) };
                    self.view.failed(format!("{}{why}", failure.what), failure.fix);
                }
            }
            self.touch();
        }
    }

    /// What comes by time and not by an event.
    pub(super) fn look_around(&mut self, event_loop: &ActiveEventLoop, now: Monotonic) {
        if self.view.expire(now) {
            self.touch();
        }
        if now >= self.figures_at {
            self.figures_at = now + FIGURES;
            for notice in self.live.player.notices() {
                self.view.toast(now, Tone::Warn, notice.text);
                self.touch();
            }
            if self.view.hud != Hud::Off {
                self.read_figures();
            }
            if self.outcome.milestones.first_sound.is_none() && self.live.player.audio() == AudioState::Playing {
                self.outcome.milestones.first_sound = Some(now);
            }
        }
        for Told { tone, text } in self.shots.collect(&self.options.screenshots) {
            self.view.toast(now, tone, text);
            self.touch();
        }
        if let Some(first) = self.outcome.milestones.first_picture {
            let elapsed = now.since(first);
            if let (Some(actor), Some(handle)) = (&mut self.actor, self.live.handle()) {
                actor.act(elapsed, handle, &self.live.player);
            }
            if self.options.run_for.is_some_and(|run_for| elapsed >= run_for) {
                self.outcome.time_up = true;
                event_loop.exit();
            }
        }
        if self.options.run_for.is_some() && self.view.is_over() {
            event_loop.exit();
        }
        if let Some(signal) = self.live.stop.asked() {
            self.outcome.signal = Some(signal);
            event_loop.exit();
        }
    }

    fn read_figures(&mut self) {
        self.figures = Some(Content::of(&self.view, &self.live.player.snapshot(), &self.adapter));
        self.touch();
    }

    /// One refresh of the display: takes the frame that is due and draws if anything changed.
    pub(super) fn refresh(&mut self, event_loop: &ActiveEventLoop) {
        let Some(screen) = &mut self.screen else { return };
        let clock = self.live.clock;
        let chosen = clock.now();
        let frame = self.live.player.frame_for(chosen, self.pace.visible_at(chosen));
        if self.view.seen {
            self.outcome.refreshes.0 += u64::from(frame.is_none());
            self.outcome.refreshes.1 += 1;
        }
        let mut uploaded = None;
        if let Some(frame) = &frame {
            if let Err(error) = screen.renderer.upload(&frame.picture) {
                return self.fail(event_loop, error);
            }
            uploaded = Some(clock.now());
            if !self.view.seen {
                self.view.seen = true;
                screen.overlay.touch();
            }
        }
        if frame.is_none() && !self.dirty && !screen.overlay.is_stale(chosen) {
            return;
        }
        if screen.overlay.is_stale(chosen) {
            screen.overlay.make(chosen, &screen.window, &self.view, &mut self.prompt, self.figures.as_ref());
            // egui shows the cursor whenever it sets one.
            if self.captured {
                screen.window.set_cursor_visible(false);
            }
        }
        match screen.draw(clock) {
            Ok(Drawn::Yes { submitted, presented }) => {
                self.dirty = false;
                if let Some(frame) = frame {
                    self.pace.worked(presented.since(chosen));
                    self.presented(&frame, uploaded, submitted, presented);
                }
            }
            // The frame is lost to the eye; the player counts it as never presented.
            Ok(Drawn::Hidden) => self.dirty = false,
            Ok(Drawn::Again) => self.dirty = true,
            Err(error) => self.fail(event_loop, error),
        }
    }

    fn presented(&mut self, frame: &VideoFrame, uploaded: Option<Monotonic>, submitted: Monotonic, presented: Monotonic) {
        self.outcome.milestones.first_picture.get_or_insert(presented);
        self.live.player.presented(Presented {
            epoch: frame.epoch,
            sequence: frame.sequence,
            uploaded,
            submitted: Some(submitted),
            presented: Some(presented),
        });
    }

    pub(super) fn tell_hands(&mut self) {
        if let (Some(handle), Some(hands)) = (self.live.handle(), self.hands.take()) {
            let input = handle.control(hands);
            tracing::debug!(?input, "hands");
        }
    }

    pub(super) fn key(&mut self, event_loop: &ActiveEventLoop, event: &KeyEvent) {
        let pressed = event.state == ElementState::Pressed;
        let place = match event.physical_key {
            PhysicalKey::Code(code) => Some(code),
            PhysicalKey::Unidentified(_) => None,
        };
        let control = self.modifiers.control_key();
        let wanted = action(&event.logical_key, place, control);
        // With control held a letter is a command, also where the letter walks on some layouts.
        if !(control && wanted.is_some()) && place.is_some_and(|place| self.hands.key(place, pressed)) {
            return;
        }
        if let (true, false, Some(wanted)) = (pressed, event.repeat, wanted) {
            self.act(event_loop, wanted);
        }
    }

    fn act(&mut self, event_loop: &ActiveEventLoop, wanted: Action) {
        let now = self.live.clock.now();
        match wanted {
            Action::Help => self.view.help = !self.view.help,
            Action::Hud => {
                self.view.hud = self.view.hud.next();
                self.read_figures();
            }
            Action::Screenshot { overlay } => self.shoot(now, overlay),
            Action::Tier(tier) => self.ask(now, Asked::Tier(tier), |handle| handle.quality(tier, true)),
            Action::Sound => self.toggle_sound(now),
            Action::FullScreen => self.toggle_fullscreen(),
            Action::Prompt { slash } => {
                self.hands.let_go();
                self.release();
                self.view.help = false;
                self.prompt.open(slash);
            }
            Action::Back if self.view.help => self.view.help = false,
            Action::Back if self.captured => self.release(),
            Action::Back => {
                if self.screen.as_ref().is_some_and(|screen| screen.window.fullscreen().is_some()) {
                    self.toggle_fullscreen();
                }
            }
            Action::QuitNow => event_loop.exit(),
            Action::Quit => {
                // Nothing is lost where no world runs, and Q lies beside W.
                let sure = self.sure_until.is_some_and(|until| now < until);
                if sure || self.view.is_over() || !self.view.seen {
                    event_loop.exit();
                } else {
                    self.sure_until = Some(now + SURE);
                    self.view.toast(now, Tone::Warn, "Q once more ends the world and leaves");
                }
            }
        }
        self.touch();
    }

    /// Sends a command and remembers it for its acknowledgement; a refusal is shown at once.
    fn ask(&mut self, now: Monotonic, what: Asked, send: impl FnOnce(&WorldHandle) -> Result<CommandId, Refused>) {
        match self.live.handle().map(send) {
            Some(Ok(id)) => self.view.asked(id, what),
            Some(Err(refused)) => self.view.toast(now, Tone::Bad, refused.to_string()),
            None => self.view.toast(now, Tone::Warn, "there is no world yet"),
        }
        self.touch();
    }

    fn say(&mut self) {
        let now = self.live.clock.now();
        match self.prompt.send() {
            Some(Said::Direct(text)) => self.ask(now, Asked::Words(text.clone()), |handle| handle.direct(&text)),
            Some(Said::Wander(text)) => self.ask(now, Asked::Words(text.clone()), |handle| handle.wander(&text)),
            Some(Said::Pause) => self.ask(now, Asked::Time, WorldHandle::pause),
            Some(Said::Resume) => self.ask(now, Asked::Time, WorldHandle::resume),
            Some(Said::Nonsense(why)) => self.view.toast(now, Tone::Warn, why),
            None => {}
        }
        self.touch();
    }

    fn toggle_sound(&mut self, now: Monotonic) {
        self.sound = !self.sound;
        let request =
            if self.sound { self.options.audio.clone() } else { AudioRequest { enabled: false, formats: Vec::new() } };
        self.live.player.set_sound(self.sound);
        self.ask(now, Asked::Sound, |handle| handle.audio(request));
    }

    fn toggle_fullscreen(&mut self) {
        if let Some(screen) = &self.screen {
            let full = screen.window.fullscreen().is_none().then_some(Fullscreen::Borderless(None));
            screen.window.set_fullscreen(full);
        }
    }

    pub(super) fn capture(&mut self) {
        let Some(screen) = &self.screen else { return };
        // Locked holds the pointer still; where that is not offered, confined keeps it in the window and its raw movement counts.
        let locked = screen.window.set_cursor_grab(CursorGrabMode::Locked);
        match locked.or_else(|_| screen.window.set_cursor_grab(CursorGrabMode::Confined)) {
            Ok(()) => {
                screen.window.set_cursor_visible(false);
                self.captured = true;
            }
            Err(error) => {
                let text = format!("the mouse cannot be captured ({error})");
                self.view.toast(self.live.clock.now(), Tone::Warn, text);
            }
        }
        self.touch();
    }

    pub(super) fn release(&mut self) {
        if let (true, Some(screen)) = (std::mem::take(&mut self.captured), &self.screen) {
            // Releasing what the window system already took back fails, and harms nobody.
            let _ = screen.window.set_cursor_grab(CursorGrabMode::None);
            screen.window.set_cursor_visible(true);
        }
    }

    fn shoot(&mut self, now: Monotonic, overlay: bool) {
        let Some(screen) = &mut self.screen else { return };
        if let Err(Told { tone, text }) = self.shots.order(screen, overlay) {
            self.view.toast(now, tone, text);
        }
    }

    /// Hands the line what was typed since its last picture, as far as more than `most` events wait for the next one.
    pub(super) fn settle_line(&mut self, most: usize) {
        if let Some(screen) = &mut self.screen
            && self.prompt.open
            && screen.overlay.waiting() > most
        {
            let now = self.live.clock.now();
            screen.overlay.make(now, &screen.window, &self.view, &mut self.prompt, self.figures.as_ref());
        }
    }

    /// Keys of the open text line that are not text. Says whether this was one.
    pub(super) fn line_key(&mut self, event: &KeyEvent) -> bool {
        if event.state != ElementState::Pressed {
            return false;
        }
        if let Printed::Named(NamedKey::Enter | NamedKey::Escape | NamedKey::ArrowUp | NamedKey::ArrowDown) =
            event.logical_key
        {
            self.settle_line(0);
        }
        match event.logical_key {
            Printed::Named(NamedKey::Enter) => self.say(),
            Printed::Named(NamedKey::Escape) => self.prompt.close(),
            Printed::Named(NamedKey::Tab) => self.prompt.toggle(),
            Printed::Named(NamedKey::ArrowUp) => self.prompt.recall(true),
            Printed::Named(NamedKey::ArrowDown) => self.prompt.recall(false),
            _ => return false,
        }
        self.touch();
        true
    }
}
