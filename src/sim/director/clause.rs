//! Questions that the grammar asks a clause: what stands where, what negates it, how much, how long. Marks what was understood.

use super::lexicon::{self, Unit};
use super::tokens::{Clause, Token};
use crate::wire::Direction;

/// A direction, and the place in the clause that it came from.
pub(super) type Found = (usize, Direction);

impl Clause {
    /// The word at an index, in its base form; empty beyond the end.
    pub(super) fn word(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| token.word.as_str())
    }

    /// Whether a word stands anywhere.
    pub(super) fn has(&self, words: &[&str]) -> bool {
        self.tokens.iter().any(|token| words.contains(&token.word.as_str()))
    }

    /// The first unused token that satisfies `test`.
    pub(super) fn find(&self, test: impl Fn(&Token) -> bool) -> Option<usize> {
        self.tokens.iter().position(|token| !token.used && test(token))
    }

    /// Marks a token as understood.
    pub(super) fn take(&mut self, index: usize) {
        if let Some(token) = self.tokens.get_mut(index) {
            token.used = true;
        }
    }

    /// Marks all tokens from an index on as understood.
    pub(super) fn take_from(&mut self, index: usize) {
        self.tokens.iter_mut().skip(index).for_each(|token| token.used = true);
    }

    /// Whether the clause as a whole is turned round: two negations cancel out ("don't stop the rain").
    pub(super) fn is_negated(&self) -> bool {
        self.tokens.iter().filter(|token| lexicon::negates(&token.word)).count() % 2 == 1
    }

    /// Whether nothing in the clause speaks against reading its known words as directions: either something in it directs, or
    /// every word outside "at the sea" and the like is known. "I like rain" is neither.
    pub(super) fn is_direction(&self) -> bool {
        let directs = self.tokens.iter().any(|token| lexicon::directs(&token.word));
        directs || (0..self.tokens.len()).all(|index| !self.is_foreign(index) || self.is_aside(index))
    }

    /// Whether a token says something that nothing here understands.
    pub(super) fn is_foreign(&self, index: usize) -> bool {
        self.tokens.get(index).is_some_and(|token| token.is_unknown())
    }

    /// Whether the noun at an index is only the first half of another: "rain coat", "night club".
    pub(super) fn is_compound(&self, index: usize) -> bool {
        let next = index + 1;
        self.is_foreign(next) || (lexicon::thing(self.word(next)) && !self.tokens[next].used)
    }

    /// Whether a token belongs to an aside that tells where: the words behind "at", "over" … up to the clause's end.
    pub(super) fn is_aside(&self, index: usize) -> bool {
        (1..=index.min(3)).any(|back| lexicon::leads(self.word(index - back)))
    }

    /// A strength said anywhere in the clause, 0 to 1.
    pub(super) fn strength(&self) -> Option<f32> {
        if let Some((_, part)) = self.quantity(|unit| if let Unit::Part(part) = unit { Some(part) } else { None }) {
            return Some(hundredths(part.clamp(0.0, 1.0)));
        }
        let boosted = self.tokens.iter().any(|token| lexicon::boosts(&token.word));
        // The last word counts: "a little harder" is harder.
        let said = self.tokens.iter().enumerate().rev().find_map(|(index, token)| {
            // "light" is a strength beside a weather word, elsewhere a noun.
            let noun = token.word == "light" && lexicon::weather(self.word(index + 1)).is_none();
            lexicon::strength(&token.word).filter(|_| !noun && !token.used)
        });
        match (said, boosted) {
            (Some(strength), true) if strength < 0.5 => Some(strength / 2.0),
            (Some(_), true) => Some(1.0),
            (Some(strength), false) => Some(strength),
            (None, true) => Some(0.9),
            (None, false) => None,
        }
    }

    /// The first number with a unit that `read` accepts, in the protocol's unit, and its index.
    pub(super) fn quantity(&self, read: impl Fn(Unit) -> Option<f32>) -> Option<(usize, f32)> {
        self.tokens.iter().enumerate().find_map(|(index, token)| {
            let factor = read(lexicon::unit(self.word(index + 1))?)?;
            // "twenty five" is one number.
            let tens = index.checked_sub(1).and_then(|before| self.tokens[before].value).filter(|tens| *tens >= 20.0);
            let value = token.value? + tens.filter(|_| token.value.is_some_and(|ones| ones < 10.0)).unwrap_or(0.0);
            Some((index, value * factor))
        })
    }

    /// A number without a unit, and its index.
    pub(super) fn bare_number(&self) -> Option<(usize, f32)> {
        let index = self.find(|token| token.value.is_some())?;
        (lexicon::unit(self.word(index + 1)).is_none()).then_some(())?;
        Some((index, self.tokens[index].value?))
    }

    /// How long a change is to take, in milliseconds; `slow` is what "slowly" means for it.
    pub(super) fn over_ms(&self, slow: u32) -> Option<u32> {
        let said = self.quantity(|unit| if let Unit::Time(ms) = unit { Some(ms) } else { None });
        if let Some((_, ms)) = said {
            // Up to ten minutes; at least 1, for 0 means the server's default.
            return Some(ms.clamp(1.0, 600_000.0) as u32);
        }
        if self.has(&["slowly", "slow", "gradually"]) {
            let very = self.tokens.iter().any(|token| lexicon::boosts(&token.word));
            return Some(if very { slow * 2 } else { slow });
        }
        if self.has(&["instantly", "immediately", "suddenly"]) {
            return Some(1);
        }
        self.has(&["quickly", "fast"]).then_some(slow / 6)
    }

    /// Whether the noun at an index means many of something.
    pub(super) fn is_group(&self, index: usize) -> bool {
        matches!(
            self.word(index),
            "forest" | "grove" | "group" | "row" | "cluster" | "field" | "bunch" | "circle" | "flock" | "herd"
        )
    }

    /// Whether a thing is called by a determiner: "a tree", "three trees", "all trees".
    pub(super) fn is_determiner(&self, index: usize) -> bool {
        self.tokens.get(index).is_some_and(|token| {
            token.value.is_some()
                || matches!(token.word.as_str(), "a" | "an" | "the" | "some" | "another" | "all" | "more" | "any" | "no")
        })
    }
}

/// Rounded to hundredths: no spoken amount is finer, and 40 × 0.01 reads as 0.4.
pub(super) fn hundredths(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}
