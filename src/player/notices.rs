//! What the user should hear of once, in bounded storage.

use super::snapshot::Notice;

/// Notices kept until somebody reads them; further ones are counted.
const KEPT: usize = 16;

/// Notices that nobody has read yet. Each text is told once in a player's life, up to a bound of texts remembered.
#[derive(Debug, Default)]
pub(super) struct Notices {
    waiting: Vec<Notice>,
    told: Vec<String>,
    left_out: u64,
}

impl Notices {
    /// Adds a notice, unless the same was told before.
    pub(super) fn tell(&mut self, text: String) {
        if self.told.contains(&text) {
            return;
        }
        if self.waiting.len() == KEPT || self.told.len() == 4 * KEPT {
            self.left_out += 1;
            return;
        }
        self.told.push(text.clone());
        self.waiting.push(Notice { text });
    }

    /// Takes what waits.
    pub(super) fn take(&mut self) -> Vec<Notice> {
        let mut taken = std::mem::take(&mut self.waiting);
        if self.left_out > 0 {
            taken.push(Notice { text: format!("{} further playback notices were left out", self.left_out) });
            self.left_out = 0;
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_told_once_and_a_flood_is_counted() {
        let mut notices = Notices::default();
        notices.tell("a".into());
        notices.tell("a".into());
        assert_eq!(notices.take().len(), 1);
        notices.tell("a".into());
        assert!(notices.take().is_empty());
        (0..1000).for_each(|n| notices.tell(format!("{n}")));
        let taken = notices.take();
        assert_eq!(taken.len(), KEPT + 1);
        assert!(taken[KEPT].text.starts_with("984 "));
    }
}
