//! What comes out of a text, and the way in.

use crate::wire::{Direction, Mood, TimeOfDay, Weather};

/// What was understood of a text, and what was not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Understanding {
    /// In the order said; at most 16. Empty where nothing was understood.
    pub directions: Vec<Direction>,
    /// The words of clauses that no direction came from, as written; at most 32. For the message to the user.
    pub ignored: Vec<String>,
}

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

/// Understands a director's free text. Reads at most 2000 characters; never panics; deterministic.
#[must_use]
pub fn understand(text: &str) -> Understanding {
    let _ = text;
    Understanding::default()
}

/// The scene words of a world's prompt. Unlike [`understand`] it needs no verb: every known word counts.
#[must_use]
pub fn scene_words(prompt: &str) -> SceneWords {
    let _ = prompt;
    SceneWords::default()
}
