//! Claims about how a director's words are understood: a table of phrases and what they mean, a table of phrases that mean
//! nothing here, and any text at all without a panic (HO-2, X-12).
#![cfg(feature = "server")]

mod cases;

use proptest::prelude::*;
use seaglass::sim::director::{scene_words, understand};
use seaglass::wire::{CameraMove, Direction, TimeOfDay};
use serde_json::Value;

/// A direction in a few words, for tables: its name, its values, then what is optional.
fn brief(direction: &Direction) -> String {
    let name = |value: &dyn erased::Name| value.name();
    let mut out = Vec::new();
    match direction {
        Direction::Weather { kind, intensity } => {
            out.push(name(kind));
            out.extend(intensity.map(|x| x.to_string()));
        }
        Direction::Time { to, over_ms } => {
            out.push(match to {
                TimeOfDay::Hour(hour) => format!("hour {hour}"),
                TimeOfDay::Name(name) => name.clone(),
            });
            out.extend(over_ms.map(|ms| format!("over {ms}")));
        }
        Direction::Light { brightness, warmth } => {
            out.push(format!("light {brightness}"));
            out.extend(warmth.map(|x| format!("warmth {x}")));
        }
        Direction::Mood { mood } => out.push(name(mood)),
        Direction::Camera { kind, amount, over_ms, target } => {
            out.push(name(kind));
            out.extend(amount.map(|x| x.to_string()));
            out.extend(target.clone());
            out.extend(over_ms.map(|ms| format!("over {ms}")));
        }
        Direction::Spawn { what, count, at } => {
            out.push("spawn".into());
            out.extend(count.map(|x| x.to_string()));
            out.push(what.clone());
            out.extend(at.as_ref().map(|at| name(at)));
        }
        Direction::Remove { what } => out.push(format!("remove {what}")),
        Direction::Other(_) => out.push("other".into()),
    }
    out.join(" ")
}

mod erased {
    use serde::Serialize;

    /// The protocol's own word for a value.
    pub trait Name {
        fn name(&self) -> String;
    }

    impl<T: Serialize> Name for T {
        fn name(&self) -> String {
            serde_json::to_value(self).ok().as_ref().and_then(super::Value::as_str).unwrap_or("?").to_owned()
        }
    }
}

const UNDERSTOOD: &[(&str, &[&str])] = &[
    // Weather.
    ("make it rain", &["rain"]),
    ("Make it rain!", &["rain"]),
    ("rain", &["rain"]),
    ("let it snow heavily", &["snow 0.9"]),
    ("a storm rolls in", &["storm"]),
    ("A storm rolls in over the bay", &["storm"]),
    ("it starts to drizzle", &["rain 0.25"]),
    ("light rain", &["rain 0.3"]),
    ("very light snow, please", &["snow 0.15"]),
    ("make it rain cats and dogs", &["rain 1"]),
    ("heavy fog", &["fog 0.9"]),
    ("it is getting foggy", &["fog"]),
    ("a thick mist descends", &["fog 0.9"]),
    ("clear the sky", &["clear"]),
    ("the sky clears", &["clear"]),
    ("clear up the weather", &["clear"]),
    ("make it sunny", &["clear"]),
    ("blue skies please", &["clear"]),
    ("let the sun come out", &["clear"]),
    ("no rain", &["clear"]),
    ("stop the storm", &["clear"]),
    ("stop raining", &["clear"]),
    ("don't rain", &["clear"]),
    ("Don’t let it rain", &["clear"]),
    ("do not stop the rain", &["rain"]),
    ("the fog lifts", &["clear"]),
    ("remove the clouds", &["clear"]),
    ("stop the rain and the fog", &["clear"]),
    ("cloudy", &["cloudy"]),
    ("overcast", &["cloudy 0.9"]),
    ("a sandstorm is coming", &["dust 1"]),
    ("bring on a blizzard", &["snow 1"]),
    ("bring a dust storm", &["dust 1"]),
    ("rain at 40 %", &["rain 0.4"]),
    ("thunder and lightning", &["storm"]),
    ("could you make it snow slightly", &["snow 0.2"]),
    ("I want it to rain", &["rain"]),
    ("a violent thunderstorm", &["storm 1"]),
    ("make it snow a little harder", &["snow 0.9"]),
    ("make the fog thicker", &["fog 0.9"]),
    ("less rain", &["rain 0.3"]),
    ("calm the storm", &["clear"]),
    ("the clouds part", &["clear"]),
    ("I would love some rain", &["rain"]),
    // Time.
    ("sunset", &["dusk"]),
    ("make it night", &["night"]),
    ("turn to night over ten seconds", &["night over 10000"]),
    ("set the time to 6 pm", &["hour 18"]),
    ("set the time to 6:30 p.m.", &["hour 18.5"]),
    ("set time to 18:30", &["hour 18.5"]),
    ("make it 7 o'clock", &["hour 7"]),
    ("12 am", &["hour 0"]),
    ("slowly change to dawn", &["dawn over 20000"]),
    ("golden hour", &["dusk"]),
    ("skip to the morning", &["morning"]),
    ("the sun sets", &["dusk"]),
    ("let the sun rise", &["dawn"]),
    ("high noon", &["noon"]),
    ("midnight in 5 seconds", &["midnight over 5000"]),
    ("fast forward to the evening", &["dusk"]),
    ("a rainy night", &["rain", "night"]),
    ("night falls", &["night"]),
    ("advance to noon", &["noon"]),
    ("make it rain at night", &["rain", "night"]),
    // Camera.
    ("turn the camera left 30 degrees", &["pan -30"]),
    ("turn left", &["pan -45"]),
    ("turn right a little", &["pan 15"]),
    ("look up", &["tilt 20"]),
    ("look down slightly", &["tilt -6.67"]),
    ("pan right slowly", &["pan 45 over 6000"]),
    ("pan left by twenty five degrees over 3 seconds", &["pan -25 over 3000"]),
    ("tilt up 10°", &["tilt 10"]),
    ("turn around", &["pan 180"]),
    ("look behind me", &["pan 180"]),
    ("rotate the view 90 degrees right", &["pan 90"]),
    ("rotate 90 degrees", &["pan 90"]),
    ("camera up", &["tilt 20"]),
    ("orbit left", &["orbit -90"]),
    ("dolly in", &["dolly 5"]),
    ("dolly out 3m", &["dolly -3"]),
    ("move forward ten metres", &["dolly 10"]),
    ("go back 6 feet", &["dolly -1.83"]),
    ("zoom in quickly", &["dolly 5 over 1000"]),
    ("pull back", &["dolly -5"]),
    ("orbit the lighthouse", &["orbit lighthouse"]),
    ("orbit around the bell tower 180 degrees", &["orbit 180 bell tower"]),
    ("fly around the tower", &["orbit tower"]),
    ("cut to the tower", &["cut tower"]),
    ("show me the landmark", &["cut landmark"]),
    ("look at the lighthouse", &["pan lighthouse"]),
    // Things.
    ("spawn three trees ahead", &["spawn 3 tree ahead"]),
    ("add a house on the left", &["spawn 1 house left"]),
    ("put a lantern behind me", &["spawn 1 lantern behind"]),
    ("add some rocks around", &["spawn 5 rock around"]),
    ("plant a dozen palm trees to the right", &["spawn 12 palm tree right"]),
    ("spawn a red dragon in front of me", &["spawn 1 dragon ahead"]),
    ("give me a boat", &["spawn 1 boat"]),
    ("let there be a lighthouse", &["spawn 1 lighthouse"]),
    ("add a tree and two rocks", &["spawn 1 tree", "spawn 2 rock"]),
    ("create a forest of pine trees", &["spawn 12 pine tree"]),
    ("add 500 trees", &["spawn 64 tree"]),
    ("remove the trees", &["remove tree"]),
    ("Delete all houses", &["remove house"]),
    ("remove the trees and the rocks", &["remove tree", "remove rock"]),
    ("get rid of the lanterns", &["remove lantern"]),
    ("clear everything", &["remove all"]),
    ("no trees", &["remove tree"]),
    // Light.
    ("brighter", &["light 1.4"]),
    ("dim the light", &["light 0.6"]),
    ("make it a bit darker", &["light 0.77"]),
    ("much brighter", &["light 1.83"]),
    ("warmer light", &["light 1 warmth 0.5"]),
    ("colder", &["light 1 warmth -0.5"]),
    ("brighter and warmer", &["light 1.4 warmth 0.5"]),
    ("set the brightness to 150%", &["light 1.5"]),
    ("turn off the lights", &["light 0.2"]),
    ("more light", &["light 1.4"]),
    ("dim the lights slowly", &["light 0.6"]),
    ("let there be light", &["light 1.4"]),
    // Mood.
    ("eerie mood", &["eerie"]),
    ("calm", &["calm"]),
    ("make it spooky", &["eerie"]),
    ("set the mood to joyful", &["joyful"]),
    ("dramatic atmosphere", &["dramatic"]),
    // Several at once.
    ("make it rain and turn left 30 degrees", &["rain", "pan -30"]),
    ("sunset, light fog, then look up", &["dusk", "fog 0.3", "tilt 20"]),
    ("dark and stormy", &["light 0.6", "storm"]),
    ("a calm sunset with light rain", &["calm", "dusk", "rain 0.3"]),
    ("make it night and add three lanterns ahead", &["night", "spawn 3 lantern ahead"]),
    // Chinese.
    ("下雨", &["rain"]),
    ("请下大雨", &["rain 0.9"]),
    ("下雪了", &["snow"]),
    ("夜晚", &["night"]),
    ("日落，有雾", &["dusk", "fog"]),
    ("晴天", &["clear"]),
    ("停止下雨", &["clear"]),
    ("向左转３０度", &["pan -30"]),
];

const NOT_UNDERSTOOD: &[&str] = &[
    "",
    "   ",
    "train station",
    "brainstorm",
    "I like trains",
    "I like rain",
    "rain man",
    "a brain transplant",
    "what time is it?",
    "is it raining?",
    "why does it snow",
    "walk in the rain",
    "night club",
    "good morning everyone",
    "turn the page",
    "look up the word",
    "cut to the chase",
    "create an account",
    "place your bets",
    "make a wish",
    "I was left alone",
    "the right answer",
    "pull out the knife",
    "when it rains, it pours",
    "hello",
    "I am happy",
    "set fire to the house",
    "she was calm",
    "xyzzy plugh",
    "42",
    "and and and",
    "don't turn left",
    "don't make it night",
    "don't add trees",
    "!?!?",
    "天気",
];

#[test]
fn ordinary_directions_mean_what_a_director_means() {
    assert!(UNDERSTOOD.len() >= 80);
    let mut wrong = Vec::new();
    for (text, meaning) in UNDERSTOOD {
        let understood: Vec<_> = understand(text).directions.iter().map(brief).collect();
        if understood != *meaning {
            wrong.push(format!("{text:?}: understood {understood:?}, meant {meaning:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), UNDERSTOOD.len(), wrong.join("\n"));
}

#[test]
fn words_that_only_look_like_directions_mean_nothing() {
    let wrong: Vec<_> =
        NOT_UNDERSTOOD.iter().map(|text| (text, understand(text).directions)).filter(|(_, d)| !d.is_empty()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn case_and_punctuation_change_nothing() {
    for (text, _) in UNDERSTOOD.iter().filter(|(text, _)| !text.contains("p.m.")) {
        let plain = understand(text).directions;
        assert_eq!(understand(&text.to_uppercase()).directions, plain, "{text}");
        assert_eq!(understand(&format!("  {text} ... ")).directions, plain, "{text}");
    }
}

#[test]
fn what_was_not_understood_is_named() {
    let ignored = |text: &str| understand(text).ignored;
    assert_eq!(ignored("make it rain"), Vec::<String>::new());
    assert_eq!(ignored("make it rain, and play Chopin"), ["play", "Chopin"]);
    assert_eq!(ignored("spawn a red dragon"), ["red"]);
    assert_eq!(ignored("xyzzy"), ["xyzzy"]);
}

#[test]
fn a_flood_of_words_gives_a_bounded_answer() {
    let flood = understand(&"turn left and xyzzy. ".repeat(1000));
    assert_eq!(flood.directions.len(), 16);
    assert!(flood.ignored.len() <= 32);
    // What lies beyond 2000 characters is not read.
    assert!(understand(&format!("{}rain", " ".repeat(2000))).directions.is_empty());
}

fn words() -> impl Strategy<Value = String> {
    let known: Vec<String> = UNDERSTOOD
        .iter()
        .flat_map(|(text, _)| text.split(' '))
        .chain(NOT_UNDERSTOOD.iter().flat_map(|text| text.split(' ')))
        .map(str::to_owned)
        .collect();
    let word = prop_oneof![4 => prop::sample::select(known), 1 => any::<String>(), 1 => "[0-9]{1,40}(\\.[0-9]{1,3})?"];
    prop::collection::vec(word, 0..40).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(cases::config(256))]

    #[test]
    fn any_text_is_understood_within_bounds_or_not_at_all(text in prop_oneof![words(), any::<String>(), "\\PC{0,300}"]) {
        let understanding = understand(&text);
        prop_assert!(understanding.directions.len() <= 16 && understanding.ignored.len() <= 32);
        prop_assert_eq!(&understanding, &understand(&text));
        for direction in &understanding.directions {
            match direction {
                Direction::Weather { intensity: Some(x), .. } => prop_assert!((0.0..=1.0).contains(x)),
                Direction::Time { to: TimeOfDay::Hour(hour), .. } => prop_assert!((0.0..=24.0).contains(hour)),
                Direction::Light { brightness, warmth } => {
                    prop_assert!((0.2..=3.0).contains(brightness));
                    prop_assert!(warmth.is_none_or(|warmth| (-1.0..=1.0).contains(&warmth)));
                }
                Direction::Camera { kind, amount, .. } => {
                    prop_assert!(!matches!(kind, CameraMove::Other(_)));
                    prop_assert!(amount.is_none_or(|amount| amount.abs() <= 1080.0));
                }
                Direction::Spawn { what, count, .. } => {
                    prop_assert!(!what.is_empty() && count.is_none_or(|count| (1..=64).contains(&count)));
                }
                _ => {}
            }
        }
        let _ = scene_words(&text);
    }
}
