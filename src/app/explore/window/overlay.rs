//! The overlay as triangles: runs egui when something changed and keeps the result until then. What is on it is decided by
//! `view`, how it looks by `paint`.

use std::time::Duration;

use egui::{ClippedPrimitive, Context, TexturesDelta, ViewportId};
use egui_wgpu::ScreenDescriptor;
use winit::event::WindowEvent;
use winit::window::Window;

use super::bindings::TABLE;
use super::hud::Content;
use super::options::Hud;
use super::prompt::Prompt;
use super::view::View;
use super::{paint, panel};
use crate::media::{Monotonic, Size};
use crate::render::Gpu;

/// egui, its renderer, and what they last made.
pub(crate) struct Overlay {
    context: Context,
    input: egui_winit::State,
    renderer: egui_wgpu::Renderer,
    jobs: Vec<ClippedPrimitive>,
    /// Changes to glyphs and images that the adapter has not seen yet.
    textures: TexturesDelta,
    screen: ScreenDescriptor,
    /// The adapter holds the jobs as they are.
    held: bool,
    /// Something that it shows has changed.
    stale: bool,
    /// When egui itself wants to be run again, as for a blinking cursor.
    again_at: Option<Monotonic>,
}

impl Overlay {
    /// An overlay for a window and targets of a format.
    pub(crate) fn new(gpu: &Gpu, window: &Window, target: wgpu::TextureFormat) -> Self {
        let context = Context::default();
        paint::prepare(&context);
        let most = usize::try_from(gpu.most()).ok();
        let scale = Some(window.scale_factor() as f32);
        let input = egui_winit::State::new(context.clone(), ViewportId::ROOT, window, scale, None, most);
        let renderer = egui_wgpu::Renderer::new(gpu.device(), target, egui_wgpu::RendererOptions::default());
        let screen = ScreenDescriptor { size_in_pixels: [1, 1], pixels_per_point: 1.0 };
        Self {
            context,
            input,
            renderer,
            jobs: Vec::new(),
            textures: TexturesDelta::default(),
            screen,
            held: false,
            stale: true,
            again_at: None,
        }
    }

    /// Says that something it shows has changed.
    pub(crate) const fn touch(&mut self) {
        self.stale = true;
    }

    /// Whether it must be made anew before the next draw.
    pub(crate) fn is_stale(&self, now: Monotonic) -> bool {
        self.stale || self.again_at.is_some_and(|at| at <= now)
    }

    /// When it must be made anew without anything happening.
    pub(crate) const fn again_at(&self) -> Option<Monotonic> {
        self.again_at
    }

    /// Passes a window's event on; says whether the overlay took it for its own.
    pub(crate) fn event(&mut self, window: &Window, event: &WindowEvent) -> bool {
        let response = self.input.on_window_event(window, event);
        self.stale |= response.repaint;
        response.consumed
    }

    /// How many events wait for it to be made anew; text that was typed is among them.
    pub(super) fn waiting(&self) -> usize {
        self.input.egui_input().events.len()
    }

    /// Makes it anew, for a live world. `figures` are shown as far as the view says.
    pub(super) fn make(
        &mut self,
        now: Monotonic,
        window: &Window,
        view: &View,
        prompt: &mut Prompt,
        figures: Option<&Content>,
    ) {
        self.make_with(now, window, &mut |context| {
            if !view.seen {
                paint::ground(context);
            }
            if let (Some(figures), true, false) = (figures, view.seen, view.help) {
                match view.hud {
                    Hud::Off => {}
                    Hud::Line => panel::line(context, figures),
                    Hud::Panel => panel::panel(context, figures),
                }
            }
            if view.help {
                paint::help(context, &TABLE);
            } else if let Some(card) = view.card() {
                paint::card(context, &card, view.seen);
            }
            paint::toasts(context, view.toasts.iter(), prompt.open);
            if prompt.open {
                paint::prompt(context, prompt);
            }
        });
    }

    /// Makes it anew with what `draw` puts on it.
    pub(crate) fn make_with(&mut self, now: Monotonic, window: &Window, draw: &mut dyn FnMut(&Context)) {
        self.stale = false;
        let raw = self.input.take_egui_input(window);
        let output = self.context.run_ui(raw, |ui| draw(&ui.ctx().clone()));
        let delay = output.viewport_output.get(&ViewportId::ROOT).map_or(Duration::MAX, |viewport| viewport.repaint_delay);
        // An hour is never: the overlay is made anew long before.
        self.again_at = (delay < Duration::from_secs(3600)).then(|| now + delay);
        self.input.handle_platform_output(window, output.platform_output);
        self.jobs = self.context.tessellate(output.shapes, output.pixels_per_point);
        self.screen.pixels_per_point = output.pixels_per_point;
        self.textures.append(output.textures_delta);
        self.held = false;
    }

    /// Hands what was made to the adapter, once, for a target of the size. Call it before [`Overlay::paint`].
    pub(crate) fn upload(&mut self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, size: Size) {
        let pixels = [size.width, size.height];
        if self.held && self.screen.size_in_pixels == pixels {
            return;
        }
        self.screen.size_in_pixels = pixels;
        let (device, queue) = (gpu.device(), gpu.queue());
        for (id, deltas) in self.textures.set.drain() {
            for delta in deltas {
                self.renderer.update_texture(device, queue, id, &delta);
            }
        }
        // Only custom painting makes command buffers of its own, and there is none here.
        let extra = self.renderer.update_buffers(device, queue, encoder, &self.jobs, &self.screen);
        debug_assert!(extra.is_empty(), "nothing paints by itself");
        self.held = true;
    }

    /// Draws it over what the pass holds.
    pub(crate) fn paint(&self, pass: wgpu::RenderPass<'_>) {
        self.renderer.render(&mut pass.forget_lifetime(), &self.jobs, &self.screen);
    }

    /// Gives back glyphs and images that are drawn no more. Call it after submitting.
    pub(crate) fn release(&mut self) {
        for id in self.textures.free.drain() {
            self.renderer.free_texture(&id);
        }
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        // egui takes changes that nobody applied for a mistake; at the end they are none.
        self.textures.clear();
    }
}
