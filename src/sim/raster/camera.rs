//! The eye: where it is, where it looks, and how a point in the world becomes a point on the picture.
//!
//! Right-handed metres, y up; yaw 0 looks along −z and grows to the right, pitch grows upwards. No roll, ever: a level horizon
//! is what lets sky and water be computed row by row. Neighbours: `triangle` projects corners with it.

use glam::Vec3A;

use crate::media::Size;

/// Nearer than this nothing is drawn, in metres.
pub const NEAR: f32 = 0.12;

/// A perspective camera for one picture size.
#[derive(Clone, Copy, Debug)]
pub struct Camera {
    /// Position.
    pub eye: Vec3A,
    /// Unit vector to the right of the picture.
    pub right: Vec3A,
    /// Unit vector to the top of the picture.
    pub up: Vec3A,
    /// Unit vector into the picture.
    pub forward: Vec3A,
    /// Focal length in pixels.
    pub focal: f32,
    /// Centre of the picture in pixels.
    pub center: (f32, f32),
}

impl Camera {
    /// A camera with a horizontal field of view in radians.
    #[must_use]
    pub fn new(eye: Vec3A, yaw: f32, pitch: f32, field_of_view: f32, size: Size) -> Self {
        let (sin_yaw, cos_yaw) = yaw.sin_cos();
        let (sin_pitch, cos_pitch) = pitch.sin_cos();
        let forward = Vec3A::new(sin_yaw * cos_pitch, sin_pitch, -cos_yaw * cos_pitch);
        let right = Vec3A::new(cos_yaw, 0.0, sin_yaw);
        let center = (size.width as f32 * 0.5, size.height as f32 * 0.5);
        let focal = center.0 / (field_of_view * 0.5).tan();
        Self { eye, right, up: right.cross(forward), forward, focal, center }
    }

    /// A point relative to the eye, in camera axes: right, up, depth.
    #[inline]
    #[must_use]
    pub fn to_view(&self, relative: Vec3A) -> Vec3A {
        Vec3A::new(relative.dot(self.right), relative.dot(self.up), relative.dot(self.forward))
    }

    /// Where a point in camera axes lies on the picture, and its inverse depth. The depth must not be below `NEAR`.
    #[inline]
    #[must_use]
    pub fn to_screen(&self, view: Vec3A) -> (f32, f32, f32) {
        let inverse = 1.0 / view.z;
        let scale = self.focal * inverse;
        (self.center.0 + view.x * scale, self.center.1 - view.y * scale, inverse)
    }

    /// Where a point relative to the eye lies on the picture, with its inverse depth; `None` behind the near plane.
    #[must_use]
    pub fn project(&self, relative: Vec3A) -> Option<(f32, f32, f32)> {
        let view = self.to_view(relative);
        (view.z >= NEAR).then(|| self.to_screen(view))
    }

    /// The ray through a pixel position, with depth component 1 (not of unit length).
    #[inline]
    #[must_use]
    pub fn ray(&self, x: f32, y: f32) -> Vec3A {
        self.forward + self.right * ((x - self.center.0) / self.focal) + self.up * ((self.center.1 - y) / self.focal)
    }

    /// Whether a sphere relative to the eye can touch the picture.
    #[must_use]
    pub fn sees(&self, relative: Vec3A, radius: f32) -> bool {
        let view = self.to_view(relative);
        if view.z < NEAR - radius {
            return false;
        }
        let inside = |offset: f32, half: f32| {
            // Distance to a side plane of the frustum: the plane's normal is (focal, half) up to length.
            (self.focal * offset.abs() - half * view.z) <= radius * (self.focal * self.focal + half * half).sqrt()
        };
        inside(view.x, self.center.0) && inside(view.y, self.center.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(yaw: f32, pitch: f32) -> Camera {
        Camera::new(Vec3A::ZERO, yaw, pitch, 1.3, Size { width: 640, height: 360 })
    }

    #[test]
    fn a_point_on_the_ray_of_a_pixel_projects_back_to_it() {
        let camera = camera(0.7, -0.3);
        let (x, y, inverse) = camera.project(camera.ray(123.0, 45.0) * 8.0).expect("in front");
        assert!((x - 123.0).abs() < 0.01 && (y - 45.0).abs() < 0.01 && (inverse - 0.125).abs() < 1e-4);
    }

    #[test]
    fn turning_right_moves_the_scene_left() {
        let point = Vec3A::new(0.0, 0.0, -10.0);
        let (before, ..) = camera(0.0, 0.0).project(point).expect("in front");
        let (after, ..) = camera(0.2, 0.0).project(point).expect("in front");
        assert!(after < before);
    }

    #[test]
    fn spheres_beside_and_behind_the_picture_are_not_seen() {
        let camera = camera(0.0, 0.0);
        assert!(camera.sees(Vec3A::new(0.0, 0.0, -10.0), 1.0));
        assert!(!camera.sees(Vec3A::new(0.0, 0.0, 10.0), 1.0));
        assert!(!camera.sees(Vec3A::new(30.0, 0.0, -10.0), 1.0));
    }
}
