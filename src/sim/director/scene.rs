//! The grammar of weather, time, light and mood.

use super::clause::{Found, hundredths};
use super::lexicon::{self, Form, LightWord, Unit};
use super::tokens::Clause;
use crate::wire::{Direction, Mood, TimeOfDay, Weather};

/// What "slowly" means for the time of day, in milliseconds.
const SLOW: u32 = 20_000;

/// "make it rain", "a storm rolls in", "no clouds", "the fog lifts".
pub(super) fn weather(clause: &mut Clause, negated: bool) -> Option<Found> {
    if !clause.is_direction() {
        return None;
    }
    let index = clause.find(|token| lexicon::weather(&token.word).is_some())?;
    let word = lexicon::weather(clause.word(index))?;
    if word.form == Form::Noun && clause.is_compound(index) && !clause.tokens[index].plain.ends_with("ing") {
        return None;
    }
    // "walk in the rain" is about the walk.
    if clause.is_aside(index) && clause.tokens[..index].iter().any(|token| !token.used && lexicon::travels(&token.word)) {
        return None;
    }
    let strength = clause.strength();
    for index in 0..clause.tokens.len() {
        let word = clause.word(index);
        if lexicon::weather(word).is_some() || lexicon::strength(word).is_some() {
            clause.take(index);
        }
    }
    match (negated, word.kind) {
        (true, Weather::Clear) => None,
        (true, _) => Some((index, Direction::Weather { kind: Weather::Clear, intensity: None })),
        // How clear a sky is has no strength of its own.
        (false, Weather::Clear) => Some((index, Direction::Weather { kind: Weather::Clear, intensity: None })),
        (false, kind) => Some((index, Direction::Weather { kind, intensity: strength.or(word.strength) })),
    }
}

/// "sunset", "make it night over ten seconds", "set the time to 6:30 pm".
pub(super) fn time(clause: &mut Clause) -> Option<Found> {
    let (index, to) = hour(clause).or_else(|| {
        if !clause.is_direction() {
            return None;
        }
        let index = clause.find(|token| lexicon::time(&token.word).is_some())?;
        // "by day", "the day after"; "night sky" is night, "night club" is not.
        (!clause.is_compound(index)).then_some(())?;
        Some((index, TimeOfDay::Name(lexicon::time(clause.word(index))?.to_owned())))
    })?;
    clause.take(index);
    if clause.is_negated() {
        return None;
    }
    Some((index, Direction::Time { to, over_ms: clause.over_ms(SLOW) }))
}

/// A time by the clock. Without "am", "pm", "o'clock" or a colon it takes the word "time" to make a number an hour.
fn hour(clause: &mut Clause) -> Option<(usize, TimeOfDay)> {
    let index = clause.find(|token| token.clock.is_some()).or_else(|| {
        let said = |index: usize| matches!(clause.word(index + 1), "am" | "pm" | "o'clock");
        let about_time = clause.has(&["time", "hour"]) && clause.has(&["to", "at"]);
        (0..clause.tokens.len()).find(|&index| {
            let token = &clause.tokens[index];
            let unit = lexicon::unit(clause.word(index + 1)).is_some();
            !token.used && token.value.is_some() && (said(index) || (about_time && !unit))
        })
    })?;
    let token = &clause.tokens[index];
    let mut hour = token.clock.or(token.value)?;
    let half = clause.word(index + 1);
    match half {
        "pm" if hour < 12.0 => hour += 12.0,
        "am" if (12.0..13.0).contains(&hour) => hour -= 12.0,
        _ => {}
    }
    if matches!(half, "am" | "pm" | "o'clock") {
        clause.take(index + 1);
    }
    (0.0..=24.0).contains(&hour).then_some((index, TimeOfDay::Hour(hour)))
}

/// "brighter", "dim the light", "warmer light", "brightness 150 %".
pub(super) fn light(clause: &mut Clause) -> Option<Found> {
    if !clause.is_direction() {
        return None;
    }
    let about = clause.find(|token| matches!(token.word.as_str(), "light" | "brightness"));
    if let Some(found) = about.and_then(|about| level(clause, about)) {
        return Some(found);
    }
    let index = clause.find(|token| lexicon::light(&token.word).is_some())?;
    let word = lexicon::light(clause.word(index))?;
    if clause.is_compound(index) {
        return None;
    }
    let strength = clause.strength();
    let much = strength.map_or(1.0, |strength| if strength < 0.5 { 0.5 } else { 1.8 });
    let turned = if clause.is_negated() || clause.has(&["less"]) { -1.0 } else { 1.0 };
    for index in 0..clause.tokens.len() {
        let word = clause.word(index);
        if lexicon::light(word).is_some() || lexicon::strength(word).is_some() {
            clause.take(index);
        }
    }
    let direction = match word {
        LightWord::Brightness(factor) => light_of(factor.powf(much * turned), None),
        LightWord::Warmth(warmth) => light_of(1.0, Some((warmth * much * turned).clamp(-1.0, 1.0))),
    };
    Some((index, direction))
}

/// What is said about "light" or "brightness" itself: on, off, up, down, more, less, a percentage.
fn level(clause: &mut Clause, about: usize) -> Option<Found> {
    let part = clause.quantity(|unit| if let Unit::Part(part) = unit { Some(part) } else { None });
    let to = clause.bare_number().filter(|_| clause.word(about) == "brightness" && clause.has(&["to"]));
    let brightness = if let Some((_, value)) = part.or(to) {
        value
    } else if clause.has(&["off"]) || (clause.word(0) == "stop" && clause.tokens[0].raw.contains(' ')) {
        0.2
    } else if clause.tokens.iter().any(|token| lexicon::light(&token.word).is_some()) {
        return None;
    } else if clause.has(&["down", "less", "lower", "reduce"]) {
        0.6
    } else if clause.has(&["up", "more", "raise", "increase"]) {
        1.4
    } else if clause.has(&["normal", "reset", "normally"]) {
        1.0
    } else {
        return None;
    };
    clause.take_from(0);
    Some((about, light_of(brightness, None)))
}

fn light_of(brightness: f32, warmth: Option<f32>) -> Direction {
    Direction::Light { brightness: hundredths(brightness.clamp(0.2, 3.0)), warmth: warmth.map(hundredths) }
}

/// "eerie mood", "make it calm".
pub(super) fn mood(clause: &mut Clause) -> Option<Found> {
    if !clause.is_direction() {
        return None;
    }
    let index = clause.find(|token| lexicon::mood(&token.word).is_some())?;
    let mood = lexicon::mood(clause.word(index))?;
    clause.take(index);
    let mood = match (clause.is_negated(), mood) {
        (false, mood) => mood,
        (true, Mood::Neutral) => return None,
        (true, _) => Mood::Neutral,
    };
    Some((index, Direction::Mood { mood }))
}
