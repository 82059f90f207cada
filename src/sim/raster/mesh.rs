//! Low-poly meshes and the few solids they are built from. Faces are flat and carry a slot; what a slot looks like is the
//! scene's business.

use glam::{Vec2, Vec3A};

/// A flat triangle of a mesh, wound counter-clockwise as seen from outside.
#[derive(Clone, Copy, Debug)]
pub struct Face {
    /// Indices of its corners.
    pub corners: [u16; 3],
    /// Unit normal.
    pub normal: Vec3A,
    /// Which material, by the scene's own count.
    pub slot: u8,
}

/// A mesh in its own metres: y up, standing on 0.
#[derive(Clone, Debug, Default)]
pub struct Mesh {
    /// Corners.
    pub points: Vec<Vec3A>,
    /// Faces.
    pub faces: Vec<Face>,
    /// Radius of the sphere around `(0, height / 2, 0)` that holds it.
    pub radius: f32,
    /// Height of the highest corner.
    pub height: f32,
}

/// Builds a mesh out of solids.
#[derive(Debug, Default)]
pub struct Builder {
    mesh: Mesh,
    slot: u8,
}

impl Builder {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a slot for the faces that follow.
    #[must_use]
    pub const fn slot(mut self, slot: u8) -> Self {
        self.slot = slot;
        self
    }

    /// A triangle, counter-clockwise from outside.
    #[must_use]
    pub fn triangle(mut self, corners: [Vec3A; 3]) -> Self {
        self.face(corners);
        self
    }

    /// A flat four-sided face, counter-clockwise from outside.
    #[must_use]
    pub fn quad(mut self, [a, b, c, d]: [Vec3A; 4]) -> Self {
        self.face([a, b, c]);
        self.face([a, c, d]);
        self
    }

    /// A box around a point, by half sides, without its floor.
    #[must_use]
    pub fn cuboid(self, middle: Vec3A, half: Vec3A) -> Self {
        let at = |x: f32, y: f32, z: f32| middle + half * Vec3A::new(x, y, z);
        self.quad([at(-1., -1., 1.), at(1., -1., 1.), at(1., 1., 1.), at(-1., 1., 1.)])
            .quad([at(1., -1., -1.), at(-1., -1., -1.), at(-1., 1., -1.), at(1., 1., -1.)])
            .quad([at(1., -1., 1.), at(1., -1., -1.), at(1., 1., -1.), at(1., 1., 1.)])
            .quad([at(-1., -1., -1.), at(-1., -1., 1.), at(-1., 1., 1.), at(-1., 1., -1.)])
            .quad([at(-1., 1., 1.), at(1., 1., 1.), at(1., 1., -1.), at(-1., 1., -1.)])
    }

    /// An upright frustum of `sides` sides from a ring at the bottom to one at the top; a radius of 0 makes a point. `lean`
    /// moves the top aside, `turn` twists where the ring begins. The bottom is open, the top closed.
    #[must_use]
    pub fn frustum(mut self, sides: u16, bottom: (Vec3A, f32), top: (Vec3A, f32), turn: f32) -> Self {
        let ring = |(middle, radius): (Vec3A, f32), index: u16| {
            let (sin, cos) = ((f32::from(index) / f32::from(sides)) * std::f32::consts::TAU + turn).sin_cos();
            middle + Vec3A::new(cos * radius, 0.0, sin * radius)
        };
        for index in 0..sides {
            let next = (index + 1) % sides;
            let (a, b) = (ring(bottom, index), ring(bottom, next));
            let (c, d) = (ring(top, next), ring(top, index));
            if top.1 <= 0.0 {
                self.face([b, a, top.0]);
            } else {
                if bottom.1 > 0.0 {
                    self.face([b, a, d]);
                } else {
                    self.face([c, a, d]);
                }
                if bottom.1 > 0.0 {
                    self.face([b, d, c]);
                }
                self.face([c, d, top.0]);
            }
        }
        self
    }

    /// A lump: an octahedron split once, its corners pushed in and out by `jitter` (a hash of the corner's index, 0 to 1).
    #[must_use]
    pub fn lump(mut self, middle: Vec3A, half: Vec3A, jitter: impl Fn(u32) -> f32) -> Self {
        let axes = [Vec3A::X, Vec3A::Y, Vec3A::Z, -Vec3A::X, -Vec3A::Y, -Vec3A::Z];
        let place = |direction: Vec3A| {
            // The same direction has the same jitter in all the faces that meet in it.
            let key = direction.x.mul_add(3.0, direction.y.mul_add(17.0, direction.z * 59.0)).mul_add(64.0, 8192.0) as u32;
            middle + direction.normalize() * half * (0.78 + 0.44 * jitter(key))
        };
        for octant in 0..8_u32 {
            let pick = |axis: usize| if octant >> axis & 1 == 0 { axes[axis] } else { axes[axis + 3] };
            let (x, y, z) = (pick(0), pick(1), pick(2));
            let corners = if octant.count_ones() % 2 == 0 { [x, y, z] } else { [x, z, y] };
            let middles = [0, 1, 2].map(|side| corners[side] + corners[(side + 1) % 3]);
            let [a, b, c] = corners.map(place);
            let [ab, bc, ca] = middles.map(place);
            self.face([a, ab, ca]);
            self.face([ab, b, bc]);
            self.face([ca, bc, c]);
            self.face([ab, bc, ca]);
        }
        self
    }

    /// A gabled roof over a rectangle, by half sides, its ridge along z.
    #[must_use]
    pub fn gable(self, base: Vec3A, half: Vec2, rise: f32) -> Self {
        let at = |x: f32, y: f32, z: f32| base + Vec3A::new(x * half.x, y * rise, z * half.y);
        self.quad([at(1., 0., 1.), at(1., 0., -1.), at(0., 1., -1.), at(0., 1., 1.)])
            .quad([at(-1., 0., -1.), at(-1., 0., 1.), at(0., 1., 1.), at(0., 1., -1.)])
            .triangle([at(-1., 0., 1.), at(1., 0., 1.), at(0., 1., 1.)])
            .triangle([at(1., 0., -1.), at(-1., 0., -1.), at(0., 1., -1.)])
    }

    /// A flat leaf or sail that shows both its sides.
    #[must_use]
    pub fn leaf(self, [a, b, c]: [Vec3A; 3]) -> Self {
        self.triangle([a, b, c]).triangle([a, c, b])
    }

    /// The mesh.
    #[must_use]
    pub fn build(mut self) -> Mesh {
        self.mesh.height = self.mesh.points.iter().fold(0.0, |most, point| point.y.max(most));
        let middle = Vec3A::Y * (self.mesh.height * 0.5);
        self.mesh.radius = self.mesh.points.iter().fold(0.0, |most, point| point.distance(middle).max(most));
        self.mesh
    }

    fn face(&mut self, corners: [Vec3A; 3]) {
        let [a, b, c] = corners;
        let normal = (b - a).cross(c - a).normalize_or_zero();
        if normal == Vec3A::ZERO {
            return;
        }
        let corners = corners.map(|corner| {
            let known = self.mesh.points.iter().position(|point| point.distance_squared(corner) < 1e-8);
            let index = known.unwrap_or_else(|| {
                self.mesh.points.push(corner);
                self.mesh.points.len() - 1
            });
            u16::try_from(index).unwrap_or(u16::MAX)
        });
        self.mesh.faces.push(Face { corners, normal, slot: self.slot });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outward(mesh: &Mesh, middle: Vec3A) {
        for face in &mesh.faces {
            let [a, b, c] = face.corners.map(|index| mesh.points[usize::from(index)]);
            let out = (a + b + c) / 3.0 - middle;
            assert!(out.dot(face.normal) > 0.0, "{face:?} looks inward");
        }
    }

    #[test]
    fn every_face_of_every_solid_looks_outward() {
        outward(&Builder::new().cuboid(Vec3A::Y, Vec3A::ONE).build(), Vec3A::Y);
        let bottom = (Vec3A::ZERO, 1.0);
        outward(&Builder::new().frustum(6, bottom, (Vec3A::Y * 2.0, 0.5), 0.3).build(), Vec3A::Y);
        outward(&Builder::new().frustum(5, bottom, (Vec3A::Y * 2.0, 0.0), 0.0).build(), Vec3A::Y * 0.5);
        outward(&Builder::new().frustum(5, (Vec3A::ZERO, 0.0), (Vec3A::Y * 2.0, 1.0), 0.0).build(), Vec3A::Y);
        outward(&Builder::new().lump(Vec3A::Y, Vec3A::ONE, |key| (key % 7) as f32 / 7.0).build(), Vec3A::Y);
        outward(&Builder::new().gable(Vec3A::ZERO, Vec2::ONE, 1.0).build(), Vec3A::Y * 0.4);
    }
}
