//! Triangles on the picture: projection, clipping against the near plane, and the filling of a band.
//!
//! Spans follow the rule "a pixel belongs to the triangle that holds its centre", with edges always computed from the upper
//! corner to the lower one: two triangles that share an edge share it bit by bit, so there are neither holes nor double pixels.
//! Rows and columns are computed absolutely, never by increments across rows, so a picture does not depend on its bands.

use glam::Vec3A;

use super::camera::{Camera, NEAR};
use super::frame::{Band, MAGIC, pack};

/// Widest picture that a span is filled in one go for.
const MAX_SPAN: usize = 4096;

/// 0, 1, 2 … as floats: a span multiplies them by its gradients, which vectorises where a running sum does not.
static RAMP: [f32; MAX_SPAN] = {
    let mut ramp = [0.0; MAX_SPAN];
    let mut index = 0;
    while index < MAX_SPAN {
        ramp[index] = index as f32;
        index += 1;
    }
    ramp
};

/// A corner in camera axes (right, up, depth) with its display colour.
#[derive(Clone, Copy, Debug)]
pub struct Corner {
    /// Position in camera axes, metres.
    pub view: Vec3A,
    /// Display colour, 0 to 255.
    pub color: Vec3A,
}

/// A triangle on the picture, corners sorted from top to bottom.
#[derive(Clone, Copy, Debug)]
pub struct Triangle {
    x: [f32; 3],
    y: [f32; 3],
    inverse: [f32; 3],
    color: [u32; 3],
}

/// The triangles of one frame. Keeps its memory from frame to frame; full, it drops what comes last, which is drawn from near to
/// far and so the least seen.
#[derive(Debug)]
pub struct Triangles {
    list: Vec<Triangle>,
    most: usize,
    center: (f32, f32),
}

impl Triangles {
    /// A list that holds at most `most` triangles.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { list: Vec::new(), most, center: (0.0, 0.0) }
    }

    /// Forgets the last frame's triangles and takes the picture size of this one.
    pub fn begin(&mut self, camera: &Camera) {
        self.list.clear();
        self.center = camera.center;
    }

    /// What has been pushed, in order.
    #[must_use]
    pub fn list(&self) -> &[Triangle] {
        &self.list
    }

    /// Adds a triangle that is wound counter-clockwise as seen from its front; back faces are dropped.
    #[inline]
    pub fn push(&mut self, camera: &Camera, corners: [Corner; 3]) {
        let behind = corners.iter().filter(|corner| corner.view.z < NEAR).count();
        match behind {
            0 => {
                let points = corners.map(|corner| camera.to_screen(corner.view));
                self.push_screen(points, corners.map(|corner| pack(corner.color)));
            }
            3 => {}
            _ => self.push_clipped(camera, corners),
        }
    }

    /// Adds a triangle whose corners are already on the picture as x, y, inverse depth, with packed colours.
    #[inline]
    pub fn push_screen(&mut self, points: [(f32, f32, f32); 3], color: [u32; 3]) {
        let [a, b, c] = points;
        // On the picture y grows downwards, so what turns counter-clockwise to the eye has a negative cross product.
        let turn = (b.0 - a.0) * (c.1 - a.1) - (c.0 - a.0) * (b.1 - a.1);
        if turn >= 0.0 || self.list.len() >= self.most {
            return;
        }
        let (left, right) = (a.0.min(b.0).min(c.0), a.0.max(b.0).max(c.0));
        if right <= 0.0 || left >= self.center.0 * 2.0 {
            return;
        }
        let mut order = [0, 1, 2];
        let y = [a.1, b.1, c.1];
        if y[order[1]] < y[order[0]] {
            order.swap(0, 1);
        }
        if y[order[2]] < y[order[1]] {
            order.swap(1, 2);
            if y[order[1]] < y[order[0]] {
                order.swap(0, 1);
            }
        }
        let (top, bottom) = (y[order[0]], y[order[2]]);
        if bottom <= 0.5 || top >= self.center.1 * 2.0 || ceil(top - 0.5) == ceil(bottom - 0.5) {
            return;
        }
        self.list.push(Triangle {
            x: order.map(|index| points[index].0),
            y: order.map(|index| points[index].1),
            inverse: order.map(|index| points[index].2),
            color: order.map(|index| color[index]),
        });
    }

    #[cold]
    fn push_clipped(&mut self, camera: &Camera, corners: [Corner; 3]) {
        let mut kept = [corners[0]; 4];
        let mut count = 0;
        for index in 0..3 {
            let (here, next) = (corners[index], corners[(index + 1) % 3]);
            if here.view.z >= NEAR {
                kept[count] = here;
                count += 1;
            }
            if (here.view.z >= NEAR) != (next.view.z >= NEAR) {
                let part = (NEAR - here.view.z) / (next.view.z - here.view.z);
                let mut view = here.view + (next.view - here.view) * part;
                view.z = NEAR;
                kept[count] = Corner { view, color: here.color + (next.color - here.color) * part };
                count += 1;
            }
        }
        for index in 2..count {
            let fan = [kept[0], kept[index - 1], kept[index]];
            self.push_screen(fan.map(|corner| camera.to_screen(corner.view)), fan.map(|corner| pack(corner.color)));
        }
    }
}

/// Fills the part of a triangle that lies in the band.
#[inline]
pub fn fill(band: &mut Band<'_>, triangle: &Triangle) {
    let (x, y) = (&triangle.x, &triangle.y);
    let (band_top, band_bottom) = (band.top as f32, (band.top + band.rows) as f32);
    let first = ceil(y[0] - 0.5).max(band_top);
    let last = ceil(y[2] - 0.5).min(band_bottom);
    if first >= last {
        return;
    }
    let long = slope(x[0], y[0], x[2], y[2]);
    let upper = slope(x[0], y[0], x[1], y[1]);
    let lower = slope(x[1], y[1], x[2], y[2]);
    let middle_is_right = (x[1] - x[0]) > (y[1] - y[0]) * long;
    let plane = Planes::of(triangle);
    let width = band.width.min(MAX_SPAN) as f32;
    // Truncation is exact here: rows lie within the band.
    let (first, last) = (first as usize, last as usize);
    for row in first..last {
        let center = row as f32 + 0.5;
        let far_edge = x[0] + (center - y[0]) * long;
        let near_edge = if center < y[1] { x[0] + (center - y[0]) * upper } else { x[1] + (center - y[1]) * lower };
        let (left, right) = if middle_is_right { (far_edge, near_edge) } else { (near_edge, far_edge) };
        let (left, right) = (ceil(left - 0.5).max(0.0), ceil(right - 0.5).min(width));
        if left >= right {
            continue;
        }
        let (from, to) = (left as usize, right as usize);
        let base = (row - band.top) * band.width;
        let (depths, colors) = (&mut band.depth[base + from..base + to], &mut band.color[base + from..base + to]);
        plane.span(from as f32 + 0.5, center, depths, colors);
    }
}

/// The least whole number not below a number; a libm call where the processor has no such instruction, so by hand.
#[inline]
fn ceil(value: f32) -> f32 {
    let whole = value as i32 as f32;
    if whole < value { whole + 1.0 } else { whole }
}

fn slope(x0: f32, y0: f32, x1: f32, y1: f32) -> f32 {
    let height = y1 - y0;
    if height > 1e-6 { (x1 - x0) / height } else { 0.0 }
}

/// Inverse depth and colours as planes over the picture.
struct Planes {
    origin: (f32, f32),
    inverse: [f32; 3],
    most: f32,
    color: [[f32; 3]; 3],
    flat: Option<u32>,
}

impl Planes {
    fn of(triangle: &Triangle) -> Self {
        let Triangle { x, y, inverse, color } = triangle;
        let (dx1, dy1, dx2, dy2) = (x[1] - x[0], y[1] - y[0], x[2] - x[0], y[2] - y[0]);
        let area = dx1 * dy2 - dx2 * dy1;
        // A sliver has no gradient worth the name: it takes the values of its first corner.
        let scale = if area.abs() > 0.02 { 1.0 / area } else { 0.0 };
        let gradient = |v: [f32; 3]| {
            let (d1, d2) = (v[1] - v[0], v[2] - v[0]);
            [v[0], (d1 * dy2 - d2 * dy1) * scale, (d2 * dx1 - d1 * dx2) * scale]
        };
        let flat = (color[0] == color[1] && color[1] == color[2]).then_some(color[0]);
        let channel = |shift: u32| gradient(color.map(|packed| ((packed >> shift) & 0xff) as f32));
        let color = if flat.is_some() { [[0.0; 3]; 3] } else { [channel(16), channel(8), channel(0)] };
        let most = inverse[0].max(inverse[1]).max(inverse[2]);
        Self { origin: (x[0], y[0]), inverse: gradient(*inverse), most, color, flat }
    }

    #[inline]
    fn span(&self, x: f32, y: f32, depths: &mut [f32], colors: &mut [u32]) {
        let (dx, dy) = (x - self.origin.0, y - self.origin.1);
        let at = |plane: &[f32; 3]| plane[0] + plane[1] * dx + plane[2] * dy;
        let (inverse, step, most) = (at(&self.inverse), self.inverse[1], self.most);
        if let Some(flat) = self.flat {
            for ((depth, color), ramp) in depths.iter_mut().zip(colors.iter_mut()).zip(&RAMP) {
                let here = (inverse + step * ramp).min(most);
                let nearer = here > *depth;
                *depth = if nearer { here } else { *depth };
                *color = if nearer { flat } else { *color };
            }
            return;
        }
        let [red, green, blue] = [at(&self.color[0]), at(&self.color[1]), at(&self.color[2])];
        let [red_step, green_step, blue_step] = [self.color[0][1], self.color[1][1], self.color[2][1]];
        let byte = |value: f32| (value.clamp(0.0, 255.0) + MAGIC).to_bits() & 0xff;
        for ((depth, color), ramp) in depths.iter_mut().zip(colors.iter_mut()).zip(&RAMP) {
            let here = (inverse + step * ramp).min(most);
            let nearer = here > *depth;
            let shade =
                (byte(red + red_step * ramp) << 16) | (byte(green + green_step * ramp) << 8) | byte(blue + blue_step * ramp);
            *depth = if nearer { here } else { *depth };
            *color = if nearer { shade } else { *color };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::Frame;
    use super::*;
    use crate::media::Size;

    const SIZE: Size = Size { width: 64, height: 48 };

    fn count(frame: &mut Frame, points: [(f32, f32); 3], color: u32) -> usize {
        let camera = Camera::new(Vec3A::ZERO, 0.0, 0.0, 1.2, SIZE);
        let mut triangles = Triangles::new(8);
        triangles.begin(&camera);
        let flat = points.map(|(x, y)| (x, y, 0.5));
        triangles.push_screen(flat, [color; 3]);
        triangles.push_screen([flat[0], flat[2], flat[1]], [color; 3]);
        for mut band in frame.bands(BIG) {
            for triangle in triangles.list() {
                fill(&mut band, triangle);
            }
        }
        frame.bands(BIG).flat_map(|band| band.color.to_vec()).filter(|&here| here == color).count()
    }

    const BIG: usize = 48;

    #[test]
    fn triangles_that_share_an_edge_leave_no_hole_and_cover_no_pixel_twice() {
        for seed in 0..200_u32 {
            let r = |k: u32| ((seed.wrapping_mul(2_654_435_761).wrapping_add(k.wrapping_mul(40_503))) >> 7) % 1000;
            let inner = (8.0 + r(1) as f32 * 0.045, 6.0 + r(2) as f32 * 0.033);
            let ring = [(2.3, 3.1), (60.2, 1.7), (61.9, 45.2), (1.2, 44.4)];
            let mut sum = 0;
            for side in 0..4 {
                let mut frame = Frame::default();
                frame.begin(SIZE);
                sum += count(&mut frame, [inner, ring[side], ring[(side + 1) % 4]], 7);
            }
            let mut frame = Frame::default();
            frame.begin(SIZE);
            count(&mut frame, [ring[0], ring[1], ring[2]], 7);
            let whole = count(&mut frame, [ring[0], ring[2], ring[3]], 7);
            assert_eq!(sum, whole, "seed {seed}");
        }
    }

    #[test]
    fn the_nearer_triangle_wins_whatever_the_order() {
        let camera = Camera::new(Vec3A::ZERO, 0.0, 0.0, 1.2, SIZE);
        let at = |depth: f32, shade: f32| {
            [(-9.0, -9.0), (9.0, -9.0), (0.0, 9.0)]
                .map(|(x, y)| Corner { view: Vec3A::new(x, y, depth), color: Vec3A::splat(shade) })
        };
        for order in [[2.0, 6.0], [6.0, 2.0]] {
            let mut triangles = Triangles::new(8);
            triangles.begin(&camera);
            for depth in order {
                triangles.push(&camera, at(depth, depth * 10.0));
            }
            assert_eq!(triangles.list().len(), 2, "both face the eye");
            let mut frame = Frame::default();
            frame.begin(SIZE);
            let middle = frame.bands(BIG).next().map(|mut band| {
                triangles.list().iter().for_each(|triangle| fill(&mut band, triangle));
                band.color[24 * 64 + 32]
            });
            assert_eq!(middle, Some(0x0014_1414));
        }
    }

    #[test]
    fn a_triangle_through_the_near_plane_is_clipped_and_not_mirrored() {
        let camera = Camera::new(Vec3A::ZERO, 0.0, 0.0, 1.2, SIZE);
        let mut triangles = Triangles::new(8);
        triangles.begin(&camera);
        let corner = |x, y, z| Corner { view: Vec3A::new(x, y, z), color: Vec3A::splat(9.0) };
        triangles.push(&camera, [corner(-5.0, -1.0, -3.0), corner(5.0, -1.0, -3.0), corner(0.0, -1.0, 20.0)]);
        assert!(!triangles.list().is_empty());
        for triangle in triangles.list() {
            assert!(triangle.y.iter().all(|&y| y > 24.0), "the floor stays below the horizon: {triangle:?}");
        }
    }
}
