//! From light to display values: exposure, saturation, a film-like shoulder, contrast.
//!
//! Everything that is drawn is graded where it is shaded (corners, sky cells, water cells), never pixel by pixel afterwards.
//! Transfer is a square root (gamma 2), the inverse of how palettes are decoded: cheap, and close to BT.709's.

use glam::Vec3A;

/// BT.709 luma weights.
const LUMA: Vec3A = Vec3A::new(0.2126, 0.7152, 0.0722);

/// How light becomes colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grade {
    /// Exposure and white balance, per channel.
    pub gain: Vec3A,
    /// 0 is grey, 1 as it is.
    pub saturation: f32,
    /// 0 is plain; positive steepens the middle.
    pub contrast: f32,
    /// Light that the curve reaches white at.
    pub white: f32,
}

impl Default for Grade {
    fn default() -> Self {
        Self { gain: Vec3A::ONE, saturation: 1.0, contrast: 0.0, white: 4.0 }
    }
}

impl Grade {
    /// Display values 0 to 255 of linear light. The shoulder is Reinhard's extended curve (Reinhard et al., "Photographic tone
    /// reproduction for digital images", 2002, eq. 4).
    #[inline]
    #[must_use]
    pub fn display(&self, linear: Vec3A) -> Vec3A {
        let light = (linear * self.gain).max(Vec3A::ZERO);
        let luma = Vec3A::splat(light.dot(LUMA));
        let light = (luma + (light - luma) * self.saturation).max(Vec3A::ZERO);
        let toned = light * (Vec3A::ONE + light / (self.white * self.white)) / (Vec3A::ONE + light);
        let toned = toned.min(Vec3A::ONE);
        let shown = Vec3A::new(toned.x.sqrt(), toned.y.sqrt(), toned.z.sqrt());
        let steep = shown + (shown - Vec3A::splat(0.5)) * shown * (Vec3A::ONE - shown) * (self.contrast * 4.0);
        steep.clamp(Vec3A::ZERO, Vec3A::ONE) * 255.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_light_is_never_shown_darker() {
        let grade = Grade { contrast: 0.3, ..Grade::default() };
        let mut last = -1.0;
        for step in 0..400 {
            let shown = grade.display(Vec3A::splat(step as f32 * 0.01)).x;
            assert!(shown >= last, "at {step}");
            last = shown;
        }
    }

    #[test]
    fn no_saturation_is_grey() {
        let grade = Grade { saturation: 0.0, ..Grade::default() };
        let shown = grade.display(Vec3A::new(0.9, 0.1, 0.3));
        assert!((shown.x - shown.y).abs() < 0.01 && (shown.y - shown.z).abs() < 0.01);
    }
}
