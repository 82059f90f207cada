//! The grammar of the camera: "turn left 30 degrees", "look up", "dolly in", "orbit the lighthouse", "cut to the tower".

use super::clause::{Found, hundredths};
use super::lexicon::{self, Unit};
use super::things::named;
use super::tokens::Clause;
use crate::wire::{CameraMove, Direction};

/// Degrees of a turn, degrees of a tilt and metres of a move, where the words name none.
const TURN: f32 = 45.0;
const TILT: f32 = 20.0;
const TRAVEL: f32 = 5.0;

/// What "slowly" means for the camera, in milliseconds.
const SLOW: u32 = 6000;

/// Which way a word points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Left,
    Right,
    Up,
    Down,
    Round,
    Forward,
    Back,
}

fn way(word: &str) -> Option<Way> {
    Some(match word {
        "left" | "leftward" | "leftwards" => Way::Left,
        "right" | "rightward" | "rightwards" => Way::Right,
        "up" | "upward" | "upwards" => Way::Up,
        "down" | "downward" | "downwards" => Way::Down,
        "around" | "round" => Way::Round,
        "forward" | "forwards" | "ahead" | "in" | "closer" => Way::Forward,
        "back" | "backward" | "backwards" | "out" | "away" => Way::Back,
        _ => return None,
    })
}

/// A clause that moves the camera.
pub(super) fn camera(clause: &mut Clause) -> Option<Found> {
    let verb = clause
        .find(|token| lexicon::moves(&token.word) || matches!(token.word.as_str(), "switch" | "show"))
        .or_else(|| {
            (0..clause.tokens.len()).find(|&index| clause.word(index) == "camera" && way(clause.word(index + 1)).is_some())
        })?;
    let scenery =
        clause.tokens.iter().any(|token| lexicon::weather(&token.word).is_some() || lexicon::time(&token.word).is_some());
    let common = matches!(
        clause.word(verb),
        "turn" | "jump" | "cut" | "go" | "move" | "switch" | "show" | "fly" | "step" | "back" | "push" | "advance"
    );
    let about_light = clause.has(&["light", "brightness", "mood", "atmosphere"]) && !clause.has(&["camera", "view"]);
    if about_light || (scenery && common) || clause.tokens[..verb].iter().any(|token| token.is_unknown()) {
        return None;
    }
    let direction = read(clause, verb)?;
    let negated = clause.is_negated();
    clause.take_from(verb);
    (!negated).then_some((verb, direction))
}

fn read(clause: &Clause, verb: usize) -> Option<Direction> {
    let word = clause.word(verb);
    let ways = || (verb + 1..clause.tokens.len()).filter_map(|index| Some((index, way(clause.word(index))?)));
    let first = |wanted: &[Way]| ways().find(|(_, way)| wanted.contains(way));
    let scale = scale(clause);
    let angle = || amount(clause, |unit| if let Unit::Angle(degrees) = unit { Some(degrees) } else { None });
    let length = || amount(clause, |unit| if let Unit::Length(metres) = unit { Some(metres) } else { None });
    let target = |from: usize| named(clause, from).filter(|named| !lexicon::figurative(&named.what)).map(|named| named.what);
    let make = |kind, amount: Option<f32>, target| {
        Some(Direction::Camera { kind, amount: amount.map(limit), over_ms: clause.over_ms(SLOW), target })
    };
    if word == "turnaround" {
        return make(CameraMove::Pan, Some(180.0), None);
    }
    let around = first(&[Way::Round]).map(|(index, _)| index).and_then(|index| target(index + 1));
    if lexicon::circles(word) {
        let to = around.or_else(|| target(verb + 1));
        if word == "circle" && to.is_none() {
            return None;
        }
        let sign = if first(&[Way::Left]).is_some() { -1.0 } else { 1.0 };
        let part = if clause.has(&["half"]) { Some(180.0) } else { clause.has(&["full"]).then_some(360.0) };
        // The other way round takes a number to put the sign on.
        let usual = part.or((sign < 0.0).then_some(90.0));
        return make(CameraMove::Orbit, angle().or(usual).map(|degrees| degrees * sign), to);
    }
    if matches!(word, "go" | "fly" | "walk" | "move") && around.as_deref().is_some_and(lexicon::thing) {
        return make(CameraMove::Orbit, angle(), around);
    }
    if matches!(word, "cut" | "jump" | "focus" | "switch" | "show") {
        let lead = (verb + 1..clause.tokens.len()).find(|&index| matches!(clause.word(index), "to" | "on" | "me"))?;
        let to = named(clause, lead + 1).filter(|named| !lexicon::figurative(&named.what))?;
        let thing = lexicon::thing(&to.what) || to.what.contains(' ') || (to.marked && matches!(word, "cut" | "focus"));
        return if thing { make(CameraMove::Cut, None, Some(to.what)) } else { None };
    }
    if lexicon::turns(word) || matches!(word, "tilt" | "camera") {
        if let Some((index, way)) = first(&[Way::Left, Way::Right, Way::Up, Way::Down]) {
            if leads_elsewhere(clause, index) {
                return None;
            }
            let upright = matches!(way, Way::Up | Way::Down);
            // "turn up" alone is no tilt, and nothing here rolls.
            let allowed = if upright { word != "turn" || clause.has(&["camera", "view"]) } else { word != "tilt" };
            let sign = if matches!(way, Way::Left | Way::Down) { -1.0 } else { 1.0 };
            let (kind, usual) = if upright { (CameraMove::Tilt, TILT) } else { (CameraMove::Pan, TURN) };
            return if allowed { make(kind, Some(angle().unwrap_or(usual * scale) * sign), None) } else { None };
        }
        if first(&[Way::Round]).is_some() {
            let degrees = if matches!(word, "look" | "spin") { 360.0 } else { 180.0 };
            return make(CameraMove::Pan, Some(angle().unwrap_or(degrees)), None);
        }
        if clause.has(&["behind"]) {
            return make(CameraMove::Pan, Some(180.0), None);
        }
        if let (Some(degrees), "turn" | "rotate" | "pan") = (angle(), word) {
            return make(CameraMove::Pan, Some(degrees), None);
        }
        let lead =
            (verb + 1..clause.tokens.len()).find(|&index| matches!(clause.word(index), "at" | "to" | "toward" | "towards"));
        let to =
            lead.and_then(|lead| named(clause, lead + 1)).or_else(|| named(clause, verb + 1).filter(|_| word == "face"))?;
        return if lexicon::thing(&to.what) { make(CameraMove::Pan, None, Some(to.what)) } else { None };
    }
    // What is left travels; "in" and "out" belong to the camera's own verbs ("walk in the rain" goes nowhere).
    let own = matches!(word, "dolly" | "push" | "pull" | "zoom" | "move" | "track");
    let mut toward = ways().filter(|&(index, way)| {
        let far = matches!(clause.word(index), "in" | "out" | "away");
        matches!(way, Way::Forward | Way::Back) && (own || !far)
    });
    let (sign, at) = match toward.next() {
        Some((index, Way::Back)) => (-1.0, index),
        Some((index, _)) => (1.0, index),
        None if word == "back" && verb == 0 && (clause.word(1) == "up" || clause.tokens.len() == 1) => (-1.0, 1),
        None if word == "advance" => (1.0, verb),
        None => return None,
    };
    if leads_elsewhere(clause, at) {
        return None;
    }
    make(CameraMove::Dolly, Some(length().unwrap_or(TRAVEL * scale) * sign), None)
}

/// Whether an unknown object follows a direction word: "look up the word", "pull out the knife".
fn leads_elsewhere(clause: &Clause, index: usize) -> bool {
    let object = if matches!(clause.word(index + 1), "a" | "an" | "the") { index + 2 } else { index + 1 };
    clause.is_foreign(object)
}

/// A number with a unit of the wanted kind, or without any.
fn amount(clause: &Clause, read: impl Fn(Unit) -> Option<f32>) -> Option<f32> {
    clause.quantity(read).or_else(|| clause.bare_number()).map(|(_, amount)| amount)
}

/// "a little", "far".
fn scale(clause: &Clause) -> f32 {
    if clause.has(&["slightly", "slight", "little", "bit", "gently"]) {
        1.0 / 3.0
    } else if clause.has(&["far", "hard", "lot", "more", "way", "much"]) {
        2.0
    } else {
        1.0
    }
}

/// A sane amount: at most three turns, or about a kilometre.
fn limit(amount: f32) -> f32 {
    hundredths(amount.clamp(-1080.0, 1080.0))
}
