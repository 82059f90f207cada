//! Which scene a request asks for.

use super::generated::Generated;
use crate::sim::calibration::{CAMERA, Calibration};
use crate::sim::scene::Build;
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
    (Box::new(move |progress| Box::new(Generated::new(&prompt, seed, progress))), CAMERA)
}
