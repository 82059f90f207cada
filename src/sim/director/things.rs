//! The grammar of things: "spawn three trees ahead", "add a house on the left", "remove the trees".

use super::clause::Found;
use super::lexicon;
use super::tokens::{Clause, singular};
use crate::wire::{Direction, Place};

/// Most things of one direction, as in the protocol.
const MOST: f32 = 64.0;

/// A plural without a number: "add trees".
const SOME: u32 = 5;

/// A thing as a sentence names it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Named {
    /// In the singular.
    pub(super) what: String,
    pub(super) count: Option<u32>,
    /// Where the noun stands.
    pub(super) at: usize,
    /// Whether an article, a number or a plural marks it as a thing.
    pub(super) marked: bool,
    /// Whether somebody owns it: "your bets" are no thing of this world.
    pub(super) owned: bool,
}

/// The thing named from an index on, up to where it says where.
pub(super) fn named(clause: &Clause, from: usize) -> Option<Named> {
    let (mut count, mut one, mut marked, mut owned, mut all) = (None, false, false, false, false);
    let mut nouns: Vec<usize> = Vec::new();
    for index in from..clause.tokens.len() {
        let token = &clause.tokens[index];
        let word = token.word.as_str();
        match word {
            "a" | "an" | "another" => (one, marked) = (true, true),
            "the" | "some" | "any" | "no" => marked = true,
            "all" => (all, marked) = (true, true),
            "everything" | "anything" => {
                return Some(Named { what: "all".to_owned(), count: None, at: index, marked: true, owned });
            }
            "your" | "my" | "our" => owned = true,
            "lot" => count = Some(12.0),
            "of" | "more" | "me" | "us" | "it" | "that" | "there" | "be" | "in" if nouns.is_empty() => {}
            // "a forest of pines", "a row of lanterns": many of what follows.
            "of" if clause.is_group(index - 1) => {
                nouns.clear();
                count = count.or(Some(12.0));
            }
            _ if nouns.is_empty() && token.value.is_some() => {
                // "two dozen" multiplies, "a few" and "a dozen" count by themselves.
                count = Some(count.unwrap_or(1.0) * token.value.unwrap_or(1.0));
                marked = true;
            }
            _ if lexicon::place(word).is_some() || lexicon::leads(word) || matches!(word, "to" | "here" | "there") => break,
            _ if token.value.is_some() || lexicon::unit(word).is_some() || word.ends_with("ly") => break,
            _ if lexicon::fills(word) && !matches!(word, "light" | "sun") => {}
            _ => nouns.push(index),
        }
    }
    let at = match nouns.last() {
        Some(at) => *at,
        None if all => return Some(Named { what: "all".to_owned(), count: None, at: from, marked, owned }),
        None => return None,
    };
    let plain = |index: usize| clause.tokens[index].plain.clone();
    let last = plain(at);
    let one_of = singular(&last);
    let plural = one_of != last;
    let first = nouns.len().checked_sub(2).map(|before| plain(nouns[before]));
    let what = match first {
        Some(first) if lexicon::pair(&first, &one_of) => format!("{first} {one_of}"),
        _ => one_of,
    };
    let counted = count.map(|count: f32| count.clamp(1.0, MOST) as u32);
    let count = counted.or(if plural { Some(SOME) } else { one.then_some(1) });
    Some(Named { what, count, at, marked: marked || plural, owned })
}

/// Whether a noun belongs to another part of the grammar: weather, times, moods, light itself.
fn is_scenery(clause: &Clause, named: &Named) -> bool {
    let word = clause.word(named.at);
    lexicon::weather(word).is_some()
        || lexicon::time(word).is_some()
        || lexicon::mood(word).is_some()
        || lexicon::light(word).is_some()
        || lexicon::strength(word).is_some_and(|_| word != "light")
        || lexicon::negates(word)
        || lexicon::directs(word)
        || lexicon::moves(word)
}

/// Where a thing is to stand.
fn place(clause: &mut Clause, from: usize) -> Option<Place> {
    let index = (from..clause.tokens.len()).find(|&index| lexicon::place(clause.word(index)).is_some())?;
    clause.take(index);
    lexicon::place(clause.word(index))
}

/// A clause that brings something into the world. `carried`: the clause before did, and this one only names more.
pub(super) fn spawn(clause: &mut Clause, carried: bool) -> Option<Found> {
    let verb = clause.find(|token| lexicon::spawns(&token.word).is_some());
    let let_there_be = clause.word(0) == "let" && clause.word(1) == "there";
    if clause.is_negated() {
        return None;
    }
    let (from, strong) = match verb {
        Some(verb) => (verb + 1, lexicon::spawns(clause.word(verb)) == Some(true)),
        None if let_there_be => (2, false),
        None if carried && clause.is_determiner(0) => (0, true),
        None => return None,
    };
    let named = named(clause, from)?;
    let light = named.what == "light" && named.count.is_none();
    if named.owned || named.what == "all" || light || lexicon::figurative(&named.what) || is_scenery(clause, &named) {
        return None;
    }
    let summoned = verb.is_some_and(|verb| matches!(clause.word(verb), "spawn" | "summon" | "conjure"));
    let thing = lexicon::thing(&named.what) || named.what.contains(' ') || named.what == "light";
    let made = verb.is_some_and(|verb| matches!(clause.word(verb), "put" | "build" | "plant" | "drop")) && named.marked;
    if !(thing || made || (strong && (named.marked || summoned))) {
        return None;
    }
    let at = place(clause, named.at + 1);
    let words = named.what.split(' ').count();
    clause.take(named.at);
    if words == 2 {
        clause.take(named.at - 1);
    }
    Some((named.at, Direction::Spawn { what: named.what, count: named.count, at }))
}

/// A clause that takes something out of the world: "remove the trees", "no trees", "clear everything".
pub(super) fn remove(clause: &mut Clause, carried: bool) -> Option<Found> {
    let verb =
        clause.find(|token| lexicon::removes(&token.word) || matches!(token.word.as_str(), "clear" | "no" | "without"));
    let from = match verb {
        Some(verb) => verb + 1,
        None if carried && (clause.is_determiner(0) || lexicon::thing(clause.word(0))) => 0,
        None => return None,
    };
    // The verb itself counts as a negation.
    let others = clause.tokens.iter().take(from.saturating_sub(1)).filter(|token| lexicon::negates(&token.word)).count();
    if others > 0 || lexicon::spawns(clause.word(0)).is_some() && verb != Some(0) {
        return None;
    }
    let named = named(clause, from)?;
    let explicit = verb.is_none_or(|verb| lexicon::removes(clause.word(verb)));
    let thing = lexicon::thing(&named.what) || named.what.contains(' ') || named.what == "all";
    if named.owned || is_scenery(clause, &named) || !(thing || (explicit && named.marked)) {
        return None;
    }
    clause.take_from(from.saturating_sub(1));
    Some((named.at, Direction::Remove { what: named.what }))
}
