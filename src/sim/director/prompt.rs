//! What a world's prompt says about the scene beside its theme.

use super::lexicon::{self, Form};
use super::tokens::clauses;
use crate::wire::{Mood, TimeOfDay, Weather};

/// What a prompt such as "stormy coast at dusk" says about the scene beside its theme.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SceneWords {
    /// Weather and its strength, 0 to 1.
    pub weather: Option<(Weather, Option<f32>)>,
    /// Time of day.
    pub time: Option<TimeOfDay>,
    /// Mood.
    pub mood: Option<Mood>,
}

/// The scene words of a world's prompt. Unlike a direction, a prompt needs no verb: every known word counts, the first of each
/// kind wins. Reads at most 2000 characters; never panics.
#[must_use]
pub fn scene_words(prompt: &str) -> SceneWords {
    let mut words = SceneWords::default();
    for clause in clauses(prompt) {
        let strength = clause.strength();
        for (index, token) in clause.tokens.iter().enumerate() {
            let word = token.word.as_str();
            let next = clause.word(index + 1);
            let negated = (1..=index.min(2)).any(|back| lexicon::negates(clause.word(index - back)));
            if let Some(weather) = lexicon::weather(word)
                && words.weather.is_none()
            {
                // A rain forest need not be raining, and clear water is no sky.
                let other = match weather.form {
                    Form::Noun => matches!(next, "forest" | "leopard" | "globe" | "shelter" | "bowl"),
                    Form::Adjective => word == "clear" && lexicon::time(next).is_none() && !matches!(next, "" | "weather"),
                };
                if !other {
                    let kind = if negated { Weather::Clear } else { weather.kind };
                    let strength = if kind == Weather::Clear { None } else { strength.or(weather.strength) };
                    words.weather = Some((kind, strength));
                }
            }
            if let (Some(name), None, false) = (lexicon::time(word), &words.time, negated) {
                words.time = Some(TimeOfDay::Name(name.to_owned()));
            }
            if let (Some(mood), None, false) = (lexicon::mood(word), &words.mood, negated) {
                words.mood = Some(mood);
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_sets_weather_time_and_mood() {
        let named = |name: &str| Some(TimeOfDay::Name(name.to_owned()));
        let cases = [
            ("stormy coast at dusk", Some((Weather::Storm, None)), named("dusk"), None),
            ("an eerie foggy forest, midnight", Some((Weather::Fog, None)), named("midnight"), Some(Mood::Eerie)),
            ("Snowy village in the early MORNING", Some((Weather::Snow, None)), named("morning"), None),
            ("a peaceful lake under a clear sky", Some((Weather::Clear, None)), None, Some(Mood::Calm)),
            ("city in heavy rain by night", Some((Weather::Rain, Some(0.9))), named("night"), None),
            ("desert without clouds", Some((Weather::Clear, None)), None, None),
            ("lush rain forest", None, None, None),
            ("a clear mountain stream", None, None, None),
            ("雪山 日落 大雾", Some((Weather::Fog, Some(0.9))), named("dusk"), None),
            ("train station for brainstorming", None, None, None),
            ("", None, None, None),
        ];
        for (prompt, weather, time, mood) in cases {
            assert_eq!(scene_words(prompt), SceneWords { weather, time, mood }, "{prompt}");
        }
    }
}
