//! For tests: draws a picture with an overlay on it, without a window, and looks at the pixels.

use egui::{Context, Vec2};

use super::paint;
use crate::media::{Picture, Size};
use crate::render::{Gpu, GpuError, Offscreen, Renderer};

/// A picture of one brightness.
pub(super) fn flat(size: Size, luma: u8) -> Picture {
    let mut picture = Picture::black(size);
    picture.planes_mut()[0].fill(luma);
    picture
}

/// A scene of bands from black to white over slow colours: the worst of all grounds at once.
pub(super) fn scene(size: Size) -> Picture {
    let mut picture = Picture::black(size);
    let [y, u, v] = picture.planes_mut();
    let (wide, half) = (size.width as usize, size.width.div_ceil(2) as usize);
    for (index, sample) in y.iter_mut().enumerate() {
        *sample = 16 + ((index % wide) * 9 / wide * 219 / 8) as u8;
    }
    for (index, (u, v)) in u.iter_mut().zip(v).enumerate() {
        (*u, *v) = (100 + (index / half / 5) as u8, 150 - (index % half / 12) as u8);
    }
    picture
}

/// What was drawn: RGBA, top row first.
pub(super) struct Drawn {
    rgba: Vec<u8>,
    size: Size,
}

impl Drawn {
    /// The pixel at a column and a row: red, green, blue.
    pub(super) fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let place = (y * self.size.width as usize + x) * 4;
        [self.rgba[place], self.rgba[place + 1], self.rgba[place + 2]]
    }

    /// How many channels of pixels differ clearly from another drawing's.
    pub(super) fn differs(&self, other: &Self) -> usize {
        self.rgba.iter().zip(&other.rgba).filter(|(a, b)| a.abs_diff(**b) > 40).count()
    }
}

/// An adapter to draw with; nothing, and the reason on stderr, where the machine has none.
pub(super) fn gpu() -> Option<Gpu> {
    match Gpu::headless() {
        Ok(gpu) => Some(gpu),
        Err(error @ GpuError::NoAdapter { .. }) => {
            eprintln!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Draws a picture into a target of a size with an overlay on it. With `SEAGLASS_TEST_PICTURES` set to a folder, leaves what it
/// drew there for the eye.
pub(super) fn draw(gpu: &Gpu, name: &str, size: Size, picture: &Picture, mut overlay: impl FnMut(&Context)) -> Drawn {
    let mut renderer = Renderer::new(gpu, Offscreen::FORMAT).expect("renderer");
    renderer.upload(picture).expect("uploaded");
    let target = Offscreen::new(gpu, size).expect("target");
    let mut egui = egui_wgpu::Renderer::new(gpu.device(), Offscreen::FORMAT, egui_wgpu::RendererOptions::default());
    let context = Context::default();
    paint::prepare(&context);
    let area = egui::Rect::from_min_size(egui::Pos2::ZERO, Vec2::new(size.width as f32, size.height as f32));
    let screen = egui_wgpu::ScreenDescriptor { size_in_pixels: [size.width, size.height], pixels_per_point: 1.0 };
    let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    renderer.draw(&mut encoder, target.view(), size);
    // The first pass measures, the second stands.
    for pass in 0..2 {
        let raw = egui::RawInput { screen_rect: Some(area), ..egui::RawInput::default() };
        let mut output = context.run_ui(raw, |ui| overlay(ui.ctx()));
        for (id, deltas) in output.textures_delta.set.drain() {
            deltas.iter().for_each(|delta| egui.update_texture(gpu.device(), gpu.queue(), id, delta));
        }
        if pass == 1 {
            let jobs = context.tessellate(output.shapes, 1.0);
            egui.update_buffers(gpu.device(), gpu.queue(), &mut encoder, &jobs, &screen);
            let view = target.view();
            let ops = wgpu::Operations { load: wgpu::LoadOp::Load, store: wgpu::StoreOp::Store };
            let attachment = wgpu::RenderPassColorAttachment { view, depth_slice: None, resolve_target: None, ops };
            let pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                color_attachments: &[Some(attachment)],
                ..wgpu::RenderPassDescriptor::default()
            });
            egui.render(&mut pass.forget_lifetime(), &jobs, &screen);
        }
    }
    gpu.queue().submit([encoder.finish()]);
    let mut rgba = Vec::new();
    target.read(&mut rgba).expect("read");
    if let Some(folder) = std::env::var_os("SEAGLASS_TEST_PICTURES") {
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        crate::app::explore::screenshot::save(&path, &rgba, size).expect("saved");
    }
    Drawn { rgba, size }
}

/// Relative luminance of a gamma-coded colour (WCAG 2.2, relative luminance).
pub(super) fn luminance(pixel: [u8; 3]) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(pixel[0]) + 0.7152 * linear(pixel[1]) + 0.0722 * linear(pixel[2])
}
