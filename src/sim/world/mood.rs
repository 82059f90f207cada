//! Mood and directed light: how the picture is graded. Glides from one grade to the next.

use glam::Vec3A;

use crate::sim::raster::Grade;
use crate::wire::Mood;

/// The look that directors ask for.
#[derive(Clone, Debug)]
pub struct Look {
    mood: Mood,
    brightness: f32,
    warmth: f32,
    now: Grade,
}

impl Default for Look {
    fn default() -> Self {
        Self { mood: Mood::Neutral, brightness: 1.0, warmth: 0.0, now: Grade::default() }
    }
}

impl Look {
    /// A mood from the beginning.
    #[must_use]
    pub fn of(mood: Option<Mood>) -> Self {
        let mut look = Self { mood: mood.unwrap_or(Mood::Neutral), ..Self::default() };
        look.now = look.goal();
        look
    }

    /// The grade of this moment.
    #[must_use]
    pub const fn grade(&self) -> Grade {
        self.now
    }

    /// The mood that was asked for last.
    #[must_use]
    pub const fn mood(&self) -> &Mood {
        &self.mood
    }

    /// Turns to a mood; `false` for one that is not known.
    pub fn set_mood(&mut self, mood: &Mood) -> bool {
        let known = !matches!(mood, Mood::Other(_));
        if known {
            self.mood = mood.clone();
        }
        known
    }

    /// Turns to a brightness and a warmth, both clamped to their ranges.
    pub fn set_light(&mut self, brightness: f32, warmth: Option<f32>) {
        if brightness.is_finite() {
            self.brightness = brightness.clamp(0.2, 3.0);
        }
        if let Some(warmth) = warmth.filter(|warmth| warmth.is_finite()) {
            self.warmth = warmth.clamp(-1.0, 1.0);
        }
    }

    /// Lets time pass.
    pub fn step(&mut self, seconds: f32) {
        let goal = self.goal();
        let part = 1.0 - (-seconds * 2.2).exp();
        let now = &mut self.now;
        now.gain += (goal.gain - now.gain) * part;
        now.saturation += (goal.saturation - now.saturation) * part;
        now.contrast += (goal.contrast - now.contrast) * part;
        now.white += (goal.white - now.white) * part;
    }

    fn goal(&self) -> Grade {
        let grade =
            |gain: [f32; 3], saturation, contrast| Grade { gain: Vec3A::from(gain), saturation, contrast, white: 4.0 };
        let mut grade = match &self.mood {
            Mood::Neutral | Mood::Other(_) => grade([1.0, 1.0, 1.0], 1.06, 0.12),
            Mood::Calm => grade([1.03, 1.04, 1.08], 0.86, -0.10),
            Mood::Dramatic => grade([0.92, 0.86, 0.82], 1.18, 0.62),
            Mood::Eerie => grade([0.42, 0.56, 0.54], 0.48, 0.30),
            Mood::Joyful => grade([1.30, 1.22, 1.08], 1.32, 0.05),
        };
        grade.gain *= self.brightness;
        grade.gain *= Vec3A::new(1.0 + 0.32 * self.warmth, 1.0 + 0.04 * self.warmth, 1.0 - 0.34 * self.warmth);
        grade
    }
}
