//! Which scene a request asks for.

use super::generated::Generated;
use crate::media::{Size, Tier};
use crate::sim::calibration::{CAMERA, Calibration};
use crate::sim::scene::Build;
use crate::sim::world::FIELD_OF_VIEW;
use crate::wire::{CameraModel, CreateWorld};

/// Names of the worlds that are not generated.
pub(super) const NAMED: [&str; 1] = ["calibration"];

/// How to build the scene that a checked request asks for, and its camera.
pub(super) fn builder(request: &CreateWorld, seed: u64) -> (Build, CameraModel) {
    if request.world.is_some() {
        let build: Build = Box::new(|progress| {
            progress("calibration", 100.0);
            Box::new(Calibration::new())
        });
        return (build, CAMERA);
    }
    let prompt = request.prompt.clone();
    (Box::new(move |progress| Box::new(Generated::new(&prompt, seed, progress))), camera())
}

/// The generated world's camera: it turns by radians, and every tier has the same shape of picture.
fn camera() -> CameraModel {
    let Size { width, height } = Tier::Standard.spec().size;
    let half = (FIELD_OF_VIEW / 2.0).tan() * height as f32 / width as f32;
    CameraModel { fov_y_deg: 2.0 * half.atan().to_degrees(), look_unit_rad: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_camera_fits_every_tier() {
        assert!((camera().fov_y_deg - 46.7).abs() < 0.1);
        for tier in Tier::ALL {
            let Size { width, height } = tier.spec().size;
            assert_eq!(width * 9, height * 16, "{tier}");
        }
    }
}
