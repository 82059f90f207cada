//! The calibration world's picture and sound: grey with a slowly moving bar, once a second a white flash of one frame and a click
//! of the same media time, and the row of cells. Any command changes its input number and nothing else.

use super::cells::{Cells, draw_cells};
use crate::media::{MediaTime, Picture};
use crate::sim::scene::{Applied, FrameLabel, Scene, Shown};
use crate::sim::sound::{SoundEvent, SoundScene, Synth};
use crate::wire::{AckStatus, CameraModel, Control, Direction};

/// Luma of the flash.
pub const FLASH_LUMA: u8 = 235;

/// Luma of the background.
pub const GREY_LUMA: u8 = 126;

/// Luma of the bar, and how many seconds it takes across.
const BAR_LUMA: u8 = 96;
const BAR_SECONDS: i64 = 20;

const SECOND: i64 = 1_000_000;

/// Clicks that wait to sound at most; one is due each second, and sound is asked for every 20 ms.
const MAX_CLICKS: usize = 8;

/// Nothing turns here; a client's prediction has the same work as in a world where it does.
pub const CAMERA: CameraModel = CameraModel { fov_y_deg: 60.0, look_unit_rad: 1.0 };

/// The calibration world.
pub struct Calibration {
    now: MediaTime,
    flash: bool,
    /// A second passed while no frame was rendered; the next one that is shows it.
    owed: bool,
    clicks: Vec<SoundEvent>,
    synth: Synth,
}

impl Calibration {
    /// The world at its beginning; there is but one, whatever the seed.
    #[must_use]
    pub fn new() -> Self {
        Self {
            now: MediaTime::ZERO,
            flash: false,
            owed: false,
            clicks: Vec::with_capacity(MAX_CLICKS),
            synth: Synth::new(0),
        }
    }
}

impl Default for Calibration {
    fn default() -> Self {
        Self::new()
    }
}

impl Scene for Calibration {
    fn control(&mut self, _hands: &Control) {}

    fn release(&mut self) {}

    fn direct(&mut self, _text: Option<&str>, _action: Option<&Direction>) -> Applied {
        noted()
    }

    fn wander(&mut self, _prompt: &str) -> Applied {
        noted()
    }

    fn step(&mut self, frame: Shown) {
        let second = |at: MediaTime| at.as_micros().div_euclid(SECOND);
        self.owed |= second(frame.pts) > second(self.now);
        self.now = frame.pts;
        self.flash = frame.rendered && std::mem::take(&mut self.owed);
        // A flash that is not rendered stays owed: no click without its flash.
        if self.flash && self.clicks.len() < MAX_CLICKS {
            self.clicks.push(SoundEvent::Click { at: frame.pts });
        }
    }

    fn render(&mut self, picture: &mut Picture, label: FrameLabel) {
        let (width, height) = (picture.size().width as usize, picture.size().height as usize);
        let [y, u, v] = picture.planes_mut();
        u.fill(128);
        v.fill(128);
        if self.flash {
            y.fill(FLASH_LUMA);
        } else {
            y.fill(GREY_LUMA);
            let bar = width / 16;
            let way = i64::try_from(width - bar).unwrap_or(i64::MAX);
            let period = BAR_SECONDS * SECOND;
            let at = (self.now.as_micros().rem_euclid(period) * way / period) as usize;
            for line in y.chunks_exact_mut(width).skip(height / 4).take(height / 4) {
                line[at..at + bar].fill(BAR_LUMA);
            }
        }
        draw_cells(picture, Cells { frame: label.frame, input: label.input });
    }

    fn sound(&mut self, start: MediaTime, out: &mut [f32]) {
        self.synth.render(start, &SoundScene::default(), &self.clicks, out);
        self.clicks.clear();
    }

    fn take_cut(&mut self) -> bool {
        false
    }
}

/// Whether a decoded calibration frame is a flash: the mean luma of all but the cells lies nearer to white than to grey.
#[must_use]
pub fn flash(picture: &Picture) -> bool {
    let [luma, ..] = picture.planes();
    let above = &luma.data[..luma.stride * (luma.height - luma.height / 9)];
    let sum: u64 = above.iter().map(|sample| u64::from(*sample)).sum();
    sum / (above.len() as u64).max(1) > u64::from(FLASH_LUMA / 2 + GREY_LUMA / 2)
}

fn noted() -> Applied {
    Applied { status: AckStatus::Applied, message: "noted: the calibration world shows the number of this input".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{MediaDelta, Tier};

    const FRAME: MediaDelta = MediaDelta::from_micros(33_333);

    /// The frames that flash and the times that click, where only the `rendered` frames are shown.
    fn flashes(frames: i64, rendered: impl Fn(i64) -> bool) -> (Vec<i64>, Vec<MediaTime>) {
        let mut world = Calibration::new();
        let mut seen = Vec::new();
        for frame in 0..frames {
            world.step(Shown { pts: pts(frame), duration: FRAME, rendered: rendered(frame) });
            if rendered(frame) {
                let mut picture = Picture::black(Tier::Draft.spec().size);
                world.render(&mut picture, FrameLabel::default());
                if flash(&picture) {
                    seen.push(frame);
                }
            }
        }
        (seen, world.clicks.iter().map(SoundEvent::at).collect())
    }

    fn pts(frame: i64) -> MediaTime {
        MediaTime::from_micros(frame * FRAME.as_micros())
    }

    #[test]
    fn one_frame_a_second_is_white_and_clicks() {
        let (seen, clicks) = flashes(100, |_| true);
        assert_eq!(seen, [31, 61, 91]);
        assert_eq!(clicks, [31, 61, 91].map(pts));
    }

    #[test]
    fn a_skipped_flash_comes_with_its_click_in_the_next_shown_frame() {
        let (seen, clicks) = flashes(50, |frame| !(30..35).contains(&frame));
        assert_eq!(seen, [35]);
        assert_eq!(clicks, [pts(35)]);
    }
}
