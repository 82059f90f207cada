//! How the overlay looks: colours, panels, text. Reads on bright and on dark scenes, because every text stands on its own dark
//! ground. Decides nothing.

use egui::{
    Align2, Area, Color32, Context, CornerRadius, FontFamily, FontId, Frame, Id, Margin, RichText, Sense, Stroke, Ui, Vec2,
};

use super::prompt::{Meaning, Prompt};
use super::view::{Card, Toast, Tone};
use crate::wire::MAX_PROMPT_CHARS;

/// Distance of panels from the window's edge.
pub(crate) const EDGE: f32 = 14.0;

const GROUND: Color32 = Color32::from_rgba_premultiplied(9, 11, 14, 196);
const GROUND_DENSE: Color32 = Color32::from_rgba_premultiplied(12, 15, 19, 232);
/// Behind small text on any scene.
pub(crate) const GROUND_FIGURES: Color32 = Color32::from_rgba_premultiplied(10, 12, 15, 220);
const RIM: Color32 = Color32::from_rgba_premultiplied(26, 26, 26, 26);
pub(crate) const TEXT: Color32 = Color32::from_rgb(238, 241, 244);
pub(crate) const DIM: Color32 = Color32::from_rgb(158, 168, 178);
pub(super) const GOOD: Color32 = Color32::from_rgb(126, 214, 168);
pub(super) const WARN: Color32 = Color32::from_rgb(244, 202, 110);
pub(super) const BAD: Color32 = Color32::from_rgb(255, 138, 122);
/// The colour of the name: worn glass.
pub(crate) const GLASS: Color32 = Color32::from_rgb(122, 205, 205);

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

pub(super) const fn colour(tone: Tone) -> Color32 {
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

pub(super) fn panel(ground: Color32) -> Frame {
    Frame::new()
        .fill(ground)
        .stroke(Stroke::new(1.0, RIM))
        .corner_radius(CornerRadius::same(9))
        .inner_margin(Margin::symmetric(13, 10))
}

pub(super) fn area(name: &str, corner: Align2, offset: Vec2) -> Area {
    Area::new(Id::unique(name)).anchor(corner, offset).fade_in(false).interactable(false).sense(Sense::hover())
}

/// What stands behind everything before there is a picture.
pub(crate) fn ground(context: &Context) {
    let painter = context.layer_painter(egui::LayerId::background());
    painter.rect_filled(context.content_rect(), 0, Color32::from_rgb(11, 17, 21));
}

/// A message in the middle, over a veil that lets the last picture shine through.
pub(crate) fn card(context: &Context, card: &Card, veil: bool) {
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
pub(crate) fn toasts<'a>(context: &Context, toasts: impl DoubleEndedIterator<Item = &'a Toast>, above_line: bool) {
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
                let id = Id::unique("prompt");
                // Before it is shown, so that the line takes what was typed since it opened also where this is its first picture.
                // Only once: every request breaks off what an input method composes.
                if !ui.memory(|memory| memory.has_focus(id)) {
                    ui.memory_mut(|memory| memory.request_focus(id));
                }
                if std::mem::take(&mut prompt.to_end) {
                    let mut state = egui::TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
                    let end = egui::text::CCursor::new(prompt.text.chars().count());
                    state.cursor.set_char_range(Some(egui::text::CCursorRange::one(end)));
                    state.store(ui.ctx(), id);
                }
                let edit = egui::TextEdit::singleline(&mut prompt.text)
                    .id(id)
                    .font(FontId::new(16.0, FontFamily::Proportional))
                    .hint_text(text(hint, 16.0, Color32::from_rgb(110, 119, 128)))
                    .frame(Frame::NONE)
                    .char_limit(MAX_PROMPT_CHARS)
                    .desired_width(f32::INFINITY);
                edit.show(ui);
            });
            ui.label(text("Enter sends · Tab direct or wander · Up earlier lines · Esc closes", 12.0, DIM));
        });
    });
}

/// Keys and what they do.
pub(crate) fn help(context: &Context, table: &[(&str, &str)]) {
    area("help", Align2::CENTER_CENTER, Vec2::ZERO).show(context, |ui| {
        panel(GROUND_DENSE).inner_margin(Margin::symmetric(26, 20)).show(ui, |ui| {
            ui.spacing_mut().item_spacing = Vec2::new(22.0, 7.0);
            ui.label(text("Keys", 19.0, TEXT));
            ui.add_space(2.0);
            egui::Grid::new("keys").num_columns(2).show(ui, |ui| {
                for (keys, deed) in table {
                    ui.label(figures(*keys, 13.0, GLASS));
                    ui.label(text(*deed, 14.0, TEXT));
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
    use crate::app::explore::window::bindings::TABLE;
    use crate::app::explore::window::easel;
    use crate::app::explore::window::options::Hud;
    use crate::app::explore::window::view::{Stage, View};
    use crate::media::{Monotonic, Size};

    /// One picture of the line, with what was typed since the one before.
    fn typed(context: &Context, line: &mut Prompt, texts: &[&str]) {
        let events = texts.iter().map(|text| egui::Event::Text((*text).to_owned())).collect();
        let input = egui::RawInput { events, ..egui::RawInput::default() };
        context.run_ui(input, |ui| prompt(ui.ctx(), line)).drop_without_applying_deltas();
    }

    #[test]
    fn what_is_typed_before_the_first_picture_of_the_line_is_in_it() {
        let context = Context::default();
        prepare(&context);
        let mut line = Prompt::default();
        for (slash, before, after) in [(false, "l", "let it rain"), (true, "/w", "/wander on")] {
            line.open(slash);
            let first = after.split_at(before.len()).0.trim_start_matches('/');
            typed(&context, &mut line, &[first]);
            assert_eq!(line.text, before);
            let rest = after.split_at(before.len()).1;
            typed(&context, &mut line, &[&rest[..3], &rest[3..]]);
            assert_eq!(line.text, after);
            line.send();
            context.run_ui(egui::RawInput::default(), |_| {}).drop_without_applying_deltas();
        }
    }

    #[test]
    fn a_draft_that_is_opened_again_goes_on_at_its_end() {
        let context = Context::default();
        prepare(&context);
        let mut line = Prompt::default();
        line.open(false);
        typed(&context, &mut line, &["let it "]);
        line.close();
        context.run_ui(egui::RawInput::default(), |_| {}).drop_without_applying_deltas();
        line.open(false);
        typed(&context, &mut line, &["rain"]);
        assert_eq!(line.text, "let it rain");
    }

    #[test]
    fn every_part_of_the_overlay_draws_something_on_a_varied_scene() {
        let Some(gpu) = easel::gpu() else { return };
        let size = Size { width: 960, height: 540 };
        let scene = easel::scene(Size { width: 640, height: 360 });
        let plain = easel::draw(&gpu, "plain", size, &scene, |_| {});
        let now = Monotonic::ZERO;
        let mut view = View::new(Hud::Line);
        view.toast(now, Tone::Good, "understood: rain");
        view.toast(now, Tone::Warn, "not understood: make it purple inside out");
        let mut line = Prompt::default();
        line.open(false);
        line.text = "let it rain".to_owned();
        let both = easel::draw(&gpu, "live", size, &scene, |context| {
            toasts(context, view.toasts.iter(), true);
            prompt(context, &mut line);
        });
        assert!(plain.differs(&both) > 2000);
        assert!(plain.differs(&easel::draw(&gpu, "help", size, &scene, |context| help(context, &TABLE))) > 2000);
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
            let drawn = easel::draw(&gpu, name, size, &scene, |context| card(context, &message, true));
            assert!(plain.differs(&drawn) > 2000, "{name}");
        }
    }
}
