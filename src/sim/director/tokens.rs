//! From text to clauses of words in their base form. Knows the shapes of words, not their meaning.

use super::{lexicon, phrases};

/// Characters read; the rest of a longer text is left out.
const MAX_CHARS: usize = crate::wire::MAX_PROMPT_CHARS;

/// One word, number or unit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// As written.
    pub(super) raw: String,
    /// Lower case.
    pub(super) plain: String,
    /// Its base form where the lexicon has one, otherwise as `plain`.
    pub(super) word: String,
    /// Its value where it is a number.
    pub(super) value: Option<f32>,
    /// Hours since midnight where it is a time such as 18:30.
    pub(super) clock: Option<f32>,
    /// Whether a direction came from it.
    pub(super) used: bool,
}

impl Token {
    fn new(raw: &str) -> Self {
        let plain: String = raw.to_lowercase();
        let clock = clock(&plain);
        let value = if plain.starts_with(|c: char| c.is_ascii_digit()) && clock.is_none() {
            plain.parse().ok().filter(|value: &f32| value.is_finite())
        } else {
            lexicon::number(&plain)
        };
        let word = base(&plain);
        Self { raw: raw.to_owned(), plain, word, value, clock, used: false }
    }

    /// A known word in place of others, which it keeps as written.
    fn standing_for(raw: String, word: &str) -> Self {
        Self { raw, ..Self::new(word) }
    }

    /// Whether the lexicon has nothing for it.
    pub(super) fn is_unknown(&self) -> bool {
        self.value.is_none() && self.clock.is_none() && !lexicon::knows(&self.word) && !lexicon::thing(&self.word)
    }
}

/// What led to a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// The text's start, or a punctuation mark.
    Break,
    /// "and", "then", "with" …
    And,
    /// "or", "nor".
    Or,
}

/// Words that belong together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clause {
    pub(super) join: Join,
    pub(super) tokens: Vec<Token>,
}

enum Piece {
    Token(Token),
    Break,
}

/// Cuts a text into clauses. None of them is empty.
pub(super) fn clauses(text: &str) -> Vec<Clause> {
    let mut clauses = Vec::new();
    let mut clause = Clause { join: Join::Break, tokens: Vec::new() };
    let mut close = |clause: &mut Clause, join| {
        let full = std::mem::replace(clause, Clause { join, tokens: Vec::new() });
        if !full.tokens.is_empty() {
            clauses.push(full);
        }
    };
    for piece in join_phrases(pieces(text)) {
        match piece {
            Piece::Break => close(&mut clause, Join::Break),
            Piece::Token(token) => match token.word.as_str() {
                "and" | "then" | "while" | "plus" | "also" | "but" | "with" | "&" => close(&mut clause, Join::And),
                "or" | "nor" => close(&mut clause, Join::Or),
                _ => clause.tokens.push(token),
            },
        }
    }
    close(&mut clause, Join::Break);
    clauses
}

/// Splits a text at spaces, punctuation, and where digits meet letters.
fn pieces(text: &str) -> Vec<Piece> {
    let text: String = text.chars().take(MAX_CHARS).map(plain_mark).collect();
    let text = text.replace("p.m.", "pm ").replace("a.m.", "am ").replace("P.M.", "pm ").replace("A.M.", "am ");
    let mut pieces = Vec::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let length = if is_han(first) {
            rest.find(|c| !is_han(c)).unwrap_or(rest.len())
        } else if first.is_ascii_digit() {
            number_length(rest)
        } else if first.is_alphabetic() {
            rest.find(|c: char| !(c.is_alphabetic() || c == '\'') || is_han(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        if is_han(first) {
            han(piece, &mut pieces);
        } else if first.is_alphanumeric() || matches!(first, '°' | '%' | '&') {
            pieces.push(Piece::Token(Token::new(piece.trim_end_matches('\''))));
        } else if matches!(first, ',' | '.' | ';' | ':' | '!' | '?' | '\n' | '(' | ')' | '—' | '–') {
            pieces.push(Piece::Break);
        }
    }
    pieces
}

/// Curly apostrophes, full-width digits, letters and marks as plain ones.
fn plain_mark(mark: char) -> char {
    match mark {
        '’' | '‘' | '`' | '´' => '\'',
        '。' | '、' => ',',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(mark as u32 - 0xfee0).unwrap_or(mark),
        _ => mark,
    }
}

fn is_han(character: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&character)
}

/// The length of a number such as 30, 2.5 or 18:30 at the start of a text.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut length = 0;
    while length < bytes.len() {
        let joins = matches!(bytes[length], b'.' | b':') && bytes.get(length + 1).is_some_and(u8::is_ascii_digit);
        if !bytes[length].is_ascii_digit() && !joins {
            break;
        }
        length += 1;
    }
    length
}

/// 18:30 as 18.5.
fn clock(plain: &str) -> Option<f32> {
    let (hours, minutes) = plain.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?);
    (hours < 25 && minutes < 60).then(|| (hours as f32 + minutes as f32 / 60.0).min(24.0))
}

/// Chinese has no spaces: the longest known word from the left, and what is not known as one token.
fn han(mut rest: &str, pieces: &mut Vec<Piece>) {
    let mut unknown = String::new();
    while let Some(first) = rest.chars().next() {
        let known = phrases::CHINESE.iter().find(|(word, _)| rest.starts_with(word));
        let length = known.map_or(first.len_utf8(), |(word, _)| word.len());
        if known.is_none() && !phrases::PARTICLES.contains(&first) {
            unknown.push(first);
        } else if !unknown.is_empty() {
            pieces.push(Piece::Token(Token::new(&std::mem::take(&mut unknown))));
        }
        if let Some((word, english)) = known {
            pieces.extend(english.split(' ').map(|part| Piece::Token(Token::standing_for((*word).to_owned(), part))));
        }
        rest = &rest[length..];
    }
    if !unknown.is_empty() {
        pieces.push(Piece::Token(Token::new(&unknown)));
    }
}

/// Replaces phrases by the known word that they mean.
fn join_phrases(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        out.push(piece);
        // A phrase ends here if its words are the last ones; the longest wins.
        let ending =
            phrases::PHRASES.iter().filter(|(words, _)| ends_with(&out, words)).max_by_key(|(words, _)| words.len());
        if let Some((words, meaning)) = ending {
            let raw: Vec<String> = out
                .drain(out.len() - words.len()..)
                .filter_map(|piece| if let Piece::Token(token) = piece { Some(token.raw) } else { None })
                .collect();
            out.push(Piece::Token(Token::standing_for(raw.join(" "), meaning)));
        }
    }
    out
}

fn ends_with(pieces: &[Piece], words: &[&str]) -> bool {
    pieces.len() >= words.len()
        && pieces[pieces.len() - words.len()..].iter().zip(words).all(|(piece, word)| match piece {
            Piece::Token(token) => token.word == *word || token.plain == *word,
            Piece::Break => false,
        })
}

/// The base form that the lexicon knows of a word, or the word itself.
fn base(plain: &str) -> String {
    let known = |word: &str| {
        lexicon::knows(word) || lexicon::thing(word) || phrases::PHRASES.iter().any(|(words, _)| words.contains(&word))
    };
    if plain.ends_with("n't") {
        return "don't".to_owned();
    }
    if known(plain) || !plain.is_ascii() {
        return plain.to_owned();
    }
    let mut stems = Vec::new();
    for ending in ["'s", "s", "es", "ing", "ed", "d", "ly"] {
        if let Some(stem) = plain.strip_suffix(ending).filter(|stem| stem.len() >= 2) {
            stems.push(stem.to_owned());
            stems.push(format!("{stem}e"));
            // "stopping", "spinning".
            let mut ends = stem.chars().rev();
            if let (Some(last), true) = (ends.next(), stem.len() >= 4)
                && ends.next() == Some(last)
            {
                stems.push(stem[..stem.len() - last.len_utf8()].to_owned());
            }
        }
    }
    if let Some(stem) = plain.strip_suffix("ies").or_else(|| plain.strip_suffix("ied")) {
        stems.push(format!("{stem}y"));
    }
    stems.into_iter().find(|stem| known(stem)).unwrap_or_else(|| plain.to_owned())
}

/// The singular of an English noun.
pub(super) fn singular(noun: &str) -> String {
    let irregular = match noun {
        "people" => "person",
        "men" => "man",
        "women" => "woman",
        "children" => "child",
        "cacti" => "cactus",
        "mice" => "mouse",
        "geese" => "goose",
        "wolves" => "wolf",
        "leaves" => "leaf",
        "deer" | "sheep" | "fish" | "grass" | "glass" | "cactus" | "bus" => noun,
        _ => "",
    };
    if !irregular.is_empty() {
        return irregular.to_owned();
    }
    if let Some(stem) = noun.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    for ending in ["ches", "shes", "xes", "sses", "uses"] {
        if noun.ends_with(ending) && noun != "houses" {
            return noun[..noun.len() - 2].to_owned();
        }
    }
    match noun.strip_suffix('s') {
        Some(stem) if stem.len() > 1 && !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => noun.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<String>> {
        clauses(text).into_iter().map(|clause| clause.tokens.into_iter().map(|token| token.word).collect()).collect()
    }

    #[test]
    fn words_are_cut_at_marks_and_connectors_and_brought_to_their_base() {
        assert_eq!(
            words("It’s raining, and the CLOUDS rolled in"),
            [vec!["it's", "rain"], vec!["the", "cloud", "roll", "in"]]
        );
        assert_eq!(words("turn 30° left; wait 2.5s"), [vec!["turn", "30", "°", "left"], vec!["wait", "2.5", "s"]]);
        assert_eq!(words("下大雨，起雾"), [vec!["heavy", "rain"], vec!["fog"]]);
    }

    #[test]
    fn only_known_words_lose_their_endings() {
        assert_eq!(words("trains brainstorming nightly"), [vec!["trains", "brainstorming", "night"]]);
    }

    #[test]
    fn nouns_become_singular() {
        for (plural, one) in [
            ("trees", "tree"),
            ("houses", "house"),
            ("boxes", "box"),
            ("bushes", "bush"),
            ("lilies", "lily"),
            ("cactus", "cactus"),
        ] {
            assert_eq!(singular(plural), one);
        }
    }
}
