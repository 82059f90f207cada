//! winit's events, told apart: which go to the overlay, which to the walking keys, which to the window itself. Decides nothing
//! that outlives an event.

use std::sync::Arc;
use std::time::Duration;

use winit::application::ApplicationHandler;
use winit::event::{DeviceEvent, DeviceId, ElementState, MouseButton, StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow};
use winit::keyboard::PhysicalKey;
use winit::window::WindowId;

use super::program::Program;
use crate::media::Monotonic;

/// How often to look around while there is no picture to show.
const IDLE: Duration = Duration::from_millis(100);

/// So many events of the line to type in wait for its next picture; then it takes them without one.
const MOST_WAITING: usize = 256;

impl ApplicationHandler<()> for Program<'_> {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.screen.is_none() {
            self.open(event_loop);
        }
    }

    fn new_events(&mut self, _: &ActiveEventLoop, _: StartCause) {}

    fn user_event(&mut self, _: &ActiveEventLoop, (): ()) {
        self.read_events();
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        if is_of_the_user(&event) && self.view.user_is_there() {
            if let Some(handle) = self.live.handle() {
                handle.stay();
            }
            self.touch();
        }
        let Some(screen) = &mut self.screen else { return };
        match &event {
            WindowEvent::RedrawRequested => {
                if !std::mem::take(&mut self.asked) {
                    self.dirty = true;
                }
                return self.refresh(event_loop);
            }
            // Destroyed: somebody closed it over our head, as window managers do with programs that they take for dead.
            WindowEvent::CloseRequested | WindowEvent::Destroyed => return event_loop.exit(),
            WindowEvent::Resized(_) => screen.resize(),
            WindowEvent::ScaleFactorChanged { .. } => {
                screen.overlay.event(&Arc::clone(&screen.window), &event);
                screen.resize();
            }
            WindowEvent::Moved(_) => return self.follow_display(),
            WindowEvent::ModifiersChanged(modifiers) => {
                self.modifiers = modifiers.state();
                screen.overlay.event(&Arc::clone(&screen.window), &event);
            }
            WindowEvent::Focused(focused) => {
                screen.overlay.event(&Arc::clone(&screen.window), &event);
                if !focused {
                    self.hands.let_go();
                    self.release();
                }
            }
            WindowEvent::KeyboardInput { event: key, .. } if self.prompt.open => {
                if !self.line_key(key)
                    && let Some(screen) = &mut self.screen
                {
                    screen.overlay.event(&Arc::clone(&screen.window), &event);
                    self.settle_line(MOST_WAITING);
                    // A release that the walking keys wait for must not get lost in the text line.
                    if key.state == ElementState::Released
                        && let PhysicalKey::Code(place) = key.physical_key
                    {
                        self.hands.key(place, false);
                    }
                }
            }
            WindowEvent::KeyboardInput { event: key, is_synthetic: false, .. } => return self.key(event_loop, key),
            WindowEvent::MouseInput { state: ElementState::Pressed, button: MouseButton::Left, .. } if !self.captured => {
                let on_line = self.prompt.open && screen.overlay.event(&Arc::clone(&screen.window), &event);
                if !on_line && !self.view.is_over() {
                    self.settle_line(0);
                    self.prompt.close();
                    self.view.help = false;
                    self.capture();
                }
            }
            // While the mouse looks around it does not point at anything.
            WindowEvent::CursorMoved { .. } | WindowEvent::MouseInput { .. } | WindowEvent::MouseWheel { .. }
                if self.captured || !self.prompt.open =>
            {
                return;
            }
            _ => {
                screen.overlay.event(&Arc::clone(&screen.window), &event);
                return;
            }
        }
        self.touch();
    }

    fn device_event(&mut self, _: &ActiveEventLoop, _: DeviceId, event: DeviceEvent) {
        if let (true, DeviceEvent::MouseMotion { delta }) = (self.captured, event) {
            self.hands.mouse(delta);
        }
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        self.tell_hands();
        let now = self.live.clock.now();
        self.look_around(event_loop, now);
        if event_loop.exiting() {
            return;
        }
        let Some(screen) = &self.screen else { return };
        // Between refreshes nothing is drawn, however much the overlay changes: the eye would not see it.
        let idle = !self.view.seen && !self.dirty && self.live.handle().is_none();
        if self.pace.due(now) {
            self.asked = true;
            screen.window.request_redraw();
        }
        let wake = if idle { now + IDLE } else { self.pace.next() };
        let wake = [screen.overlay.again_at(), self.view.next_expiry()].into_iter().flatten().fold(wake, Monotonic::min);
        event_loop.set_control_flow(ControlFlow::WaitUntil(self.live.clock.instant(wake.max(now))));
    }
}

/// Whether somebody pressed something: any key means that somebody is there (HO-22).
fn is_of_the_user(event: &WindowEvent) -> bool {
    match event {
        WindowEvent::KeyboardInput { event, is_synthetic: false, .. } => event.state.is_pressed(),
        WindowEvent::MouseInput { state, .. } => state.is_pressed(),
        _ => false,
    }
}
