//! The way in: a text, clause by clause, through the grammar; what comes out of it, and what does not.

use super::camera::camera;
use super::clause::Found;
use super::lexicon;
use super::scene::{light, mood, time, weather};
use super::things::{remove, spawn};
use super::tokens::{Clause, Join, clauses};
use crate::wire::Direction;

/// Most directions of one text.
const MAX_DIRECTIONS: usize = 16;

/// Most words reported as not understood.
const MAX_IGNORED: usize = 32;

/// What was understood of a text, and what was not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Understanding {
    /// In the order said; at most 16. Empty where nothing was understood.
    pub directions: Vec<Direction>,
    /// Words that no direction came from, as written, words without weight ("the", "please") left out; at most 32. For the
    /// message to the user.
    pub ignored: Vec<String>,
}

/// What a clause passes on to one that only names more of the same: "remove the trees and the rocks".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    Spawn,
    Remove,
    Negated,
}

/// Understands a director's free text: ordinary English, and the commonest words in Chinese. Reads at most 2000 characters; never
/// panics; the same text is always understood the same way.
#[must_use]
pub fn understand(text: &str) -> Understanding {
    let mut understanding = Understanding::default();
    let (mut frame, mut condition) = (None, false);
    for mut clause in clauses(text) {
        let carried = frame.filter(|_| clause.join != Join::Break || clause.is_determiner(0));
        // "when it rains, it pours" tells; "when you are ready, make it rain" directs.
        let told = std::mem::replace(&mut condition, lexicon::conditions(clause.word(0))) && is_noun_phrase(&clause);
        let found = if told { Vec::new() } else { read(&mut clause, carried) };
        frame = passed_on(&clause, &found, carried);
        for (_, direction) in found {
            add(&mut understanding.directions, direction);
        }
        let left = clause.tokens.iter().filter(|token| {
            let light = lexicon::fills(&token.word) || lexicon::directs(&token.word) || lexicon::boosts(&token.word);
            !token.used && (token.is_unknown() || !(light || token.value.is_some()))
        });
        understanding.ignored.extend(left.map(|token| token.raw.clone()));
    }
    understanding.directions.truncate(MAX_DIRECTIONS);
    understanding.ignored.truncate(MAX_IGNORED);
    understanding
}

/// All directions of one clause, in the order said.
fn read(clause: &mut Clause, carried: Option<Frame>) -> Vec<Found> {
    if lexicon::asks(clause.word(0)) {
        return Vec::new();
    }
    let mut found: Vec<Found> = Vec::new();
    found.extend(camera(clause));
    found.extend(time(clause));
    found.extend(remove(clause, carried == Some(Frame::Remove)));
    found.extend(spawn(clause, carried == Some(Frame::Spawn)));
    let negated = clause.is_negated() || matches!(carried, Some(Frame::Negated | Frame::Remove)) && is_noun_phrase(clause);
    found.extend(weather(clause, negated));
    found.extend(light(clause));
    found.extend(mood(clause));
    if !found.is_empty() {
        clause.tokens.iter_mut().filter(|token| lexicon::knows(&token.word)).for_each(|token| token.used = true);
    }
    found.sort_by_key(|(index, _)| *index);
    found
}

/// Whether a clause only names things or weather: no word in it directs.
fn is_noun_phrase(clause: &Clause) -> bool {
    !clause.tokens.iter().any(|token| lexicon::directs(&token.word) || lexicon::moves(&token.word))
}

fn passed_on(clause: &Clause, found: &[Found], carried: Option<Frame>) -> Option<Frame> {
    match found.last() {
        Some((_, Direction::Spawn { .. })) => Some(Frame::Spawn),
        Some((_, Direction::Remove { .. })) => Some(Frame::Remove),
        Some((_, Direction::Weather { .. })) => {
            (clause.is_negated() || carried == Some(Frame::Negated) && is_noun_phrase(clause)).then_some(Frame::Negated)
        }
        _ => None,
    }
}

/// Adds a direction; words about one light are one light, and saying a thing twice says it once.
fn add(directions: &mut Vec<Direction>, direction: Direction) {
    if let Direction::Light { brightness, warmth } = direction {
        let before = directions.iter_mut().find_map(|before| match before {
            Direction::Light { brightness, warmth } => Some((brightness, warmth)),
            _ => None,
        });
        if let Some((old_brightness, old_warmth)) = before {
            match warmth {
                Some(_) => *old_warmth = warmth,
                None => *old_brightness = brightness,
            }
            return;
        }
    }
    let repeats = matches!(direction, Direction::Weather { .. } | Direction::Time { .. } | Direction::Mood { .. });
    if !(repeats && directions.contains(&direction)) {
        directions.push(direction);
    }
}
