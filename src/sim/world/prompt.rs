//! From a prompt to a theme: known words choose it, unknown words bend it, so that every prompt gives a world of its own.

use super::catalogue;
use super::kind::Kind;
use super::noise::{Dice, hash_text};
use super::theme::{Hex, Scatter, Theme};
use super::vocabulary;

/// Words that say nothing about a place.
const SILENT: [&str; 40] = [
    "a",
    "an",
    "the",
    "of",
    "in",
    "on",
    "at",
    "with",
    "and",
    "to",
    "by",
    "from",
    "for",
    "under",
    "over",
    "near",
    "into",
    "me",
    "my",
    "world",
    "place",
    "scene",
    "land",
    "landscape",
    "walk",
    "through",
    "where",
    "is",
    "are",
    "some",
    "very",
    "beautiful",
    "big",
    "small",
    "make",
    "it",
    "this",
    "that",
    "create",
    "show",
];

/// The theme of a prompt. Known words choose; the first kind of theme in the catalogue's order wins, and the earliest such word.
/// Words that are not known shift hues and give the world a growth of its own; without any known word they choose everything.
#[must_use]
pub fn theme_of(prompt: &str) -> Theme {
    let lower = prompt.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(64).collect();
    let known = vocabulary::NAMES.into_iter().find(|name| words.iter().any(|word| vocabulary::words(name).contains(word)));
    let strange: String = words
        .iter()
        .filter(|word| {
            !SILENT.contains(word) && !vocabulary::NAMES.iter().any(|name| vocabulary::words(name).contains(word))
        })
        .fold(String::new(), |all, word| all + " " + word);
    let mut theme = match known {
        Some(name) => catalogue::theme(name),
        None => dreamed(&strange),
    };
    color_words(&mut theme, &words);
    add_things(&mut theme, &words);
    theme
}

/// A theme out of a hash of words: the bones of one, the colours of another, and a turn of the hues.
fn dreamed(words: &str) -> Theme {
    if words.is_empty() {
        return catalogue::theme("meadow");
    }
    let mut dice = Dice::new(hash_text(words), 0xd7);
    let mut pick = || catalogue::theme(vocabulary::NAMES[dice.below(vocabulary::NAMES.len())]);
    let (bones, colors, growth) = (pick(), pick(), pick());
    let turn = dice.between(-0.5, 0.5);
    let mut theme = Theme {
        name: "dream",
        ground: colors.ground,
        sky: colors.sky,
        leaf: growth.leaf,
        accent: colors.accent,
        scatter: growth.scatter,
        landmark: colors.landmark,
        tufts: growth.tufts,
        haze: 320.0 + 400.0 * dice.unit(),
        hour: 6.5 + 11.5 * dice.unit(),
        snow: 0.0,
        motes: growth.motes,
        ..bones
    };
    turn_hues(&mut theme, turn);
    theme
}

fn each_color(theme: &mut Theme, change: &dyn Fn(Hex) -> Hex) {
    let (ground, sky) = (&mut theme.ground, &mut theme.sky);
    let colors = [&mut ground.shore, &mut ground.rock, &mut ground.cap, &mut theme.tufts.0];
    colors.into_iter().chain(&mut ground.plain).chain(&mut theme.leaf).for_each(|color| *color = change(*color));
    for color in [&mut sky.zenith, &mut sky.horizon, &mut sky.dusk_zenith, &mut sky.dusk_glow] {
        *color = change(*color);
    }
}

fn turn_hues(theme: &mut Theme, turn: f32) {
    each_color(theme, &|color| turn_hue(color, turn));
}

/// Turns a colour's hue by a part of the circle, keeping its luma about as it is (rotation around the grey axis).
fn turn_hue(color: Hex, turn: f32) -> Hex {
    let [r, g, b] = [16, 8, 0].map(|shift| ((color >> shift) & 0xff) as f32);
    let (sin, cos) = (turn * std::f32::consts::TAU).sin_cos();
    let (third, root) = ((1.0 - cos) / 3.0, (1.0_f32 / 3.0).sqrt() * sin);
    let mix =
        |a: f32, b: f32, c: f32| (a * (cos + third) + b * (third - root) + c * (third + root)).clamp(0.0, 255.0) as u32;
    (mix(r, g, b) << 16) | (mix(g, b, r) << 8) | mix(b, r, g)
}

fn blend(color: Hex, with: Hex, part: f32) -> Hex {
    [16, 8, 0].into_iter().fold(0, |sum, shift| {
        let (a, b) = (((color >> shift) & 0xff) as f32, ((with >> shift) & 0xff) as f32);
        sum | (((a + (b - a) * part) as u32 & 0xff) << shift)
    })
}

/// "purple", "golden" … tint the land.
fn color_words(theme: &mut Theme, words: &[&str]) {
    const COLORS: [(&str, Hex); 14] = [
        ("red", 0xc03a2c),
        ("crimson", 0xa01f35),
        ("orange", 0xe0832c),
        ("yellow", 0xe8d04a),
        ("gold", 0xe0b040),
        ("green", 0x4aa03c),
        ("emerald", 0x1fa06a),
        ("teal", 0x2f9a98),
        ("blue", 0x3f6fd0),
        ("purple", 0x7a4ab8),
        ("violet", 0x8a5ad0),
        ("pink", 0xf08ab8),
        ("black", 0x26262c),
        ("white", 0xf0f0f0),
    ];
    for (_, tint) in COLORS.into_iter().filter(|(name, _)| words.contains(name)) {
        each_color(theme, &|color| blend(color, tint, 0.42));
    }
}

/// "with mushrooms", "crystals" … stand in the land in numbers.
fn add_things(theme: &mut Theme, words: &[&str]) {
    for word in words {
        let Some(kind) = Kind::named(word) else { continue };
        let named_by_theme = vocabulary::words(theme.name).contains(word);
        let stands = theme.scatter.iter().any(|scatter| scatter.kind == kind);
        if named_by_theme || stands || theme.scatter.len() >= 12 {
            continue;
        }
        if matches!(kind, Kind::Lighthouse | Kind::BellTower | Kind::Beacon | Kind::ClockTower | Kind::Obelisk) {
            theme.landmark = kind;
        } else if kind != Kind::Birds {
            theme.scatter.insert(0, Scatter::new(kind, 24.0, 0.6));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_choose_their_theme() {
        for (prompt, name) in [
            ("Stormy coast at dusk", "coast"),
            ("a neon CITY by night", "city"),
            ("snowy mountains", "snow"),
            ("the sahara", "desert"),
            ("fishing port", "harbour"),
            ("", "meadow"),
        ] {
            assert_eq!(theme_of(prompt).name, name, "{prompt}");
        }
    }

    #[test]
    fn unknown_words_give_worlds_that_differ_and_stay_the_same() {
        let (one, other) = (theme_of("zorblax quim"), theme_of("frell nimbatsu"));
        assert_ne!(one, other);
        assert_eq!(one, theme_of("zorblax quim"));
        assert_ne!(theme_of("desert"), theme_of("purple desert with crystals"));
    }
}
