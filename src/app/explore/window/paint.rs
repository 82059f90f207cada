//! How the overlay looks: colours, panels, text. Reads on bright and on dark scenes, because every text stands on its own dark
//! ground. Decides nothing.

use egui::{
    Align2, Area, Color32, Context, CornerRadius, FontFamily, FontId, Frame, Id, Margin, RichText, Sense, Stroke, Ui, Vec2,
};

use super::bindings::TABLE;
use super::hud::Row;
use super::prompt::{Meaning, Prompt};
use super::view::{Card, Toast, Tone};
use crate::wire::MAX_PROMPT_CHARS;

/// Distance of panels from the window's edge.
const EDGE: f32 = 14.0;

const GROUND: Color32 = Color32::from_rgba_premultiplied(9, 11, 14, 196);
const GROUND_DENSE: Color32 = Color32::from_rgba_premultiplied(12, 15, 19, 232);
const RIM: Color32 = Color32::from_rgba_premultiplied(26, 26, 26, 26);
const TEXT: Color32 = Color32::from_rgb(238, 241, 244);
const DIM: Color32 = Color32::from_rgb(158, 168, 178);
const GOOD: Color32 = Color32::from_rgb(126, 214, 168);
const WARN: Color32 = Color32::from_rgb(244, 202, 110);
const BAD: Color32 = Color32::from_rgb(255, 138, 122);
/// The colour of the name: worn glass.
const GLASS: Color32 = Color32::from_rgb(122, 205, 205);

/// Settings of the context that hold for the whole run.
pub(super) fn prepare(context: &Context) {
    context.set_theme(egui::Theme::Dark);
    context.all_styles_mut(|style| {
        // Animation would have the whole picture drawn again for a fading edge.
        style.animation_time = 0.0;
        style.visuals.override_text_color = Some(TEXT);
        style.visuals.text_cursor.stroke = Stroke::new(2.0, GLASS);
        style.visuals.selection.bg_fill = Color32::from_rgb(38, 88, 92);
        style.interaction.selectable_labels = false;
    });
}

const fn colour(tone: Tone) -> Color32 {
    match tone {
        Tone::Plain => TEXT,
        Tone::Good => GOOD,
        Tone::Warn => WARN,
        Tone::Bad => BAD,
    }
}

fn text(words: impl Into<String>, size: f32, colour: Color32) -> RichText {
    RichText::new(words).font(FontId::new(size, FontFamily::Proportional)).color(colour)
}

fn figures(words: impl Into<String>, size: f32, colour: Color32) -> RichText {
    RichText::new(words).font(FontId::new(size, FontFamily::Monospace)).color(colour)
}

fn panel(ground: Color32) -> Frame {
    Frame::new()
        .fill(ground)
        .stroke(Stroke::new(1.0, RIM))
        .corner_radius(CornerRadius::same(9))
        .inner_margin(Margin::symmetric(13, 10))
}

fn area(name: &str, corner: Align2, offset: Vec2) -> Area {
    Area::new(Id::unique(name)).anchor(corner, offset).fade_in(false).interactable(false).sense(Sense::hover())
}

/// The figures, top left.
pub(super) fn hud(context: &Context, rows: &[Row]) {
    area("figures", Align2::LEFT_TOP, Vec2::new(EDGE, EDGE)).show(context, |ui| {
        panel(GROUND).show(ui, |ui| {
            ui.spacing_mut().item_spacing = Vec2::new(12.0, 3.5);
            egui::Grid::new("rows").num_columns(2).show(ui, |ui| {
                for row in rows {
                    ui.label(text(row.label, 12.5, DIM));
                    ui.label(figures(row.value.as_str(), 12.0, colour(row.tone)));
                    ui.end_row();
                }
            });
        });
    });
}

/// What stands behind everything before there is a picture.
pub(super) fn ground(context: &Context) {
    let painter = context.layer_painter(egui::LayerId::background());
    painter.rect_filled(context.content_rect(), 0, Color32::from_rgb(11, 17, 21));
}

/// A message in the middle, over a veil that lets the last picture shine through.
pub(super) fn card(context: &Context, card: &Card, veil: bool) {
    let whole = context.content_rect();
    if veil {
        let painter = context.layer_painter(egui::LayerId::background());
        painter.rect_filled(whole, 0, Color32::from_black_alpha(120));
    }
    let width = (whole.width() - 2.0 * EDGE).clamp(80.0, 420.0);
    area("card", Align2::CENTER_CENTER, Vec2::ZERO).show(context, |ui| {
        panel(GROUND_DENSE).inner_margin(Margin::symmetric(26, 22)).show(ui, |ui| {
            ui.set_width(width - 52.0);
            ui.vertical_centered(|ui| {
                ui.spacing_mut().item_spacing = Vec2::new(0.0, 9.0);
                ui.label(text("seaglass", 12.5, GLASS));
                let title = if card.tone == Tone::Bad { BAD } else { TEXT };
                ui.label(text(card.title.as_str(), 23.0, title));
                ui.label(text(card.detail.as_str(), 14.5, if card.tone == Tone::Bad { TEXT } else { DIM }));
                if let Some(part) = card.progress {
                    progress(ui, part);
                }
                if !card.hint.is_empty() {
                    ui.add_space(3.0);
                    ui.label(text(card.hint.as_str(), 13.0, if card.tone == Tone::Bad { WARN } else { DIM }));
                }
            });
        });
    });
}

fn progress(ui: &mut Ui, part: f32) {
    ui.add_space(4.0);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 6.0), Sense::hover());
    ui.painter().rect_filled(rect, 3, Color32::from_white_alpha(28));
    let mut done = rect;
    done.set_width((rect.width() * part).max(6.0));
    ui.painter().rect_filled(done, 3, GLASS);
}

/// Short messages, the newest undermost, above the text line.
pub(super) fn toasts<'a>(context: &Context, toasts: impl DoubleEndedIterator<Item = &'a Toast>, above_line: bool) {
    let mut lift = if above_line { 92.0 } else { 24.0 };
    let most = (context.content_rect().width() - 4.0 * EDGE).clamp(60.0, 720.0);
    for (place, toast) in toasts.rev().enumerate() {
        let shown = area(&format!("toast {place}"), Align2::CENTER_BOTTOM, Vec2::new(0.0, -lift)).show(context, |ui| {
            panel(GROUND).inner_margin(Margin::symmetric(14, 7)).show(ui, |ui| {
                ui.set_max_width(most);
                ui.label(text(toast.text.as_str(), 14.5, colour(toast.tone)));
            });
        });
        lift += shown.response.rect.height() + 6.0;
    }
}

/// The text line, at the bottom.
pub(super) fn prompt(context: &Context, prompt: &mut Prompt) {
    let width = (context.content_rect().width() - 2.0 * EDGE).clamp(80.0, 760.0);
    let (name, hint) = match prompt.meaning {
        Meaning::Direct => ("direct", "let it rain · at dusk · pan left · three lanterns ahead"),
        Meaning::Wander => ("wander", "a new theme for this land: frozen coast, neon city"),
    };
    let line = area("line", Align2::CENTER_BOTTOM, Vec2::new(0.0, -EDGE)).interactable(true);
    line.show(context, |ui| {
        panel(GROUND_DENSE).show(ui, |ui| {
            ui.set_width(width - 26.0);
            ui.spacing_mut().item_spacing = Vec2::new(10.0, 6.0);
            ui.horizontal(|ui| {
                ui.label(text(name, 15.0, GLASS));
                let edit = egui::TextEdit::singleline(&mut prompt.text)
                    .id(Id::unique("prompt"))
                    .font(FontId::new(16.0, FontFamily::Proportional))
                    .hint_text(text(hint, 16.0, Color32::from_rgb(110, 119, 128)))
                    .frame(Frame::NONE)
                    .char_limit(MAX_PROMPT_CHARS)
                    .desired_width(f32::INFINITY);
                let mut shown = edit.show(ui);
                shown.response.request_focus();
                if std::mem::take(&mut prompt.to_end) {
                    let end = egui::text::CCursor::new(prompt.text.chars().count());
                    shown.state.cursor.set_char_range(Some(egui::text::CCursorRange::one(end)));
                    shown.state.store(ui.ctx(), shown.response.id);
                }
            });
            ui.label(text("Enter sends · Tab direct or wander · Up earlier lines · Esc closes", 12.0, DIM));
        });
    });
}

/// Keys and what they do.
pub(super) fn help(context: &Context) {
    area("help", Align2::CENTER_CENTER, Vec2::ZERO).show(context, |ui| {
        panel(GROUND_DENSE).inner_margin(Margin::symmetric(26, 20)).show(ui, |ui| {
            ui.spacing_mut().item_spacing = Vec2::new(22.0, 7.0);
            ui.label(text("Keys", 19.0, TEXT));
            ui.add_space(2.0);
            egui::Grid::new("keys").num_columns(2).show(ui, |ui| {
                for (keys, deed) in TABLE {
                    ui.label(figures(keys, 13.0, GLASS));
                    ui.label(text(deed, 14.0, TEXT));
                    ui.end_row();
                }
            });
            ui.add_space(2.0);
            ui.label(text("F1 closes this", 12.5, DIM));
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::explore::window::hud::{Photon, rows};
    use crate::app::explore::window::view::{Stage, View};
    use crate::media::{DropCause, MediaDelta, Monotonic, Picture, Size};
    use crate::player::{AudioState, Snapshot, Verdict};
    use crate::render::{Gpu, GpuError, Offscreen, Renderer};

    const SIZE: Size = Size { width: 960, height: 540 };

    /// A scene of bands from black to white over slow colours: the worst of all grounds at once.
    fn scene(size: Size) -> Picture {
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

    fn flat(luma: u8) -> Picture {
        let mut picture = Picture::black(SIZE);
        picture.planes_mut()[0].fill(luma);
        picture
    }

    /// Draws a picture with an overlay on it; nothing where the machine has no adapter. With `SEAGLASS_TEST_PICTURES` set to a
    /// folder, leaves what it drew there for the eye.
    fn drawn(name: &str, picture: &Picture, mut overlay: impl FnMut(&Context)) -> Option<Vec<u8>> {
        let gpu = match Gpu::headless() {
            Ok(gpu) => gpu,
            Err(error @ GpuError::NoAdapter { .. }) => {
                eprintln!("skipped: {error}");
                return None;
            }
            Err(error) => panic!("{error}"),
        };
        let mut renderer = Renderer::new(&gpu, Offscreen::FORMAT).expect("renderer");
        renderer.upload(picture).expect("uploaded");
        let target = Offscreen::new(&gpu, SIZE).expect("target");
        let mut egui = egui_wgpu::Renderer::new(gpu.device(), Offscreen::FORMAT, egui_wgpu::RendererOptions::default());
        let context = Context::default();
        prepare(&context);
        let area = egui::Rect::from_min_size(egui::Pos2::ZERO, Vec2::new(960.0, 540.0));
        let screen = egui_wgpu::ScreenDescriptor { size_in_pixels: [SIZE.width, SIZE.height], pixels_per_point: 1.0 };
        let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        renderer.draw(&mut encoder, target.view(), SIZE);
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
            crate::app::explore::screenshot::save(&path, &rgba, SIZE).expect("saved");
        }
        Some(rgba)
    }

    fn some_rows() -> Vec<Row> {
        let mut view = View::new(true);
        view.seconds_left = Some(754.0);
        let mut now = Snapshot {
            delay: Some(MediaDelta::from_millis(52)),
            target: MediaDelta::from_millis(48),
            cap: MediaDelta::from_millis(150),
            verdict: Verdict::Steady,
            av_offset: Some(MediaDelta::from_micros(3400)),
            decode: Some(MediaDelta::from_micros(1900)),
            size: Some(Size { width: 640, height: 360 }),
            audio: AudioState::Playing,
            audio_text: "null sink".to_owned(),
            ..Snapshot::default()
        };
        now.drops.add(DropCause::Late, 3);
        rows(&view, &now, Some(Photon { p50_ms: 84.0, p95_ms: 121.0 }), "llvmpipe (software)")
    }

    /// Relative luminance of a gamma-coded colour (WCAG 2.2, relative luminance).
    fn luminance(pixel: &[u8]) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(pixel[0]) + 0.7152 * linear(pixel[1]) + 0.0722 * linear(pixel[2])
    }

    #[test]
    fn figures_read_on_bright_and_on_dark_scenes() {
        let rows = some_rows();
        for (name, luma) in [("figures-bright", 235), ("figures-dark", 16)] {
            let Some(rgba) = drawn(name, &flat(luma), |context| hud(context, &rows)) else { return };
            // Inside the panel, clear of its rim.
            let pixel = |x: usize, y: usize| &rgba[(y * SIZE.width as usize + x) * 4..][..4];
            let panel: Vec<f64> =
                (20..120).flat_map(|y| (20..220).map(move |x| (x, y))).map(|(x, y)| luminance(pixel(x, y))).collect();
            let ground = panel.iter().copied().fold(f64::MAX, f64::min);
            let text = panel.iter().copied().fold(0.0, f64::max);
            let contrast = (text + 0.05) / (ground + 0.05);
            // WCAG 2.2 success criterion 1.4.3 asks for 4.5.
            assert!(contrast >= 4.5, "contrast {contrast:.1} on a scene of luma {luma}");
            let inked = panel.iter().filter(|luminance| **luminance > ground * 2.0 + 0.1).count();
            assert!((200..panel.len() / 2).contains(&inked), "{inked} of {} pixels are text", panel.len());
        }
    }

    #[test]
    fn every_part_of_the_overlay_draws_something_on_a_varied_scene() {
        let scene = scene(Size { width: 640, height: 360 });
        let Some(plain) = drawn("plain", &scene, |_| {}) else { return };
        let now = Monotonic::ZERO;
        let mut view = View::new(true);
        view.toast(now, Tone::Good, "understood: rain");
        view.toast(now, Tone::Warn, "not understood: make it purple inside out");
        let mut line = Prompt::default();
        line.open(false);
        line.text = "let it rain".to_owned();
        let rows = some_rows();
        let differs = |other: Vec<u8>| plain.iter().zip(other).filter(|(a, b)| a.abs_diff(*b) > 40).count() > 2000;
        let both = drawn("live", &scene, |context| {
            hud(context, &rows);
            toasts(context, view.toasts.iter(), true);
            prompt(context, &mut line);
        });
        assert!(differs(both.expect("an adapter")));
        assert!(differs(drawn("help", &scene, help).expect("an adapter")));
        for (name, stage) in [
            ("connecting", Stage::Connecting),
            ("queued", Stage::Queued { position: 2, size: 5 }),
            ("warming", Stage::Warming { stage: "terrain".to_owned(), percent: 42.0 }),
            ("ended", Stage::Ended { why: "the world ended: no command came for too long".to_owned(), clean: false }),
            (
                "failed",
                Stage::Failed {
                    what: "nothing answers at http://127.0.0.1:8787".to_owned(),
                    advice: "Check that the server runs and can be reached, then try again.".to_owned(),
                },
            ),
        ] {
            view.stage = stage;
            let message = view.card().expect("a card");
            assert!(differs(drawn(name, &scene, |context| card(context, &message, true)).expect("an adapter")), "{name}");
        }
    }
}
