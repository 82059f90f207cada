//! The picture of a world: gathers what is seen, lets the rasteriser fill it band by band, and keeps the memory for the next
//! frame. The same world gives the same picture, on however many threads.

use super::dome::Dome;
use super::water::{Mirror, WaterView};
use crate::media::Picture;
use crate::sim::raster::{Band, BandPlanes, Camera, Frame, Sprite, Triangles, draw_sprites, fill, write_band};

/// Most triangles of a frame.
const MOST_TRIANGLES: usize = 60_000;

/// Memory of the renderer.
#[derive(Debug)]
pub struct Stage {
    /// Solid things.
    pub triangles: Triangles,
    /// Shadows on the ground and lights in the sky: under the water.
    pub under: Vec<Sprite>,
    /// Everything above water and in the air.
    pub over: Vec<Sprite>,
    frame: Frame,
    mirror: Mirror,
    workers: usize,
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            triangles: Triangles::new(MOST_TRIANGLES),
            under: Vec::new(),
            over: Vec::new(),
            frame: Frame::default(),
            mirror: Mirror::default(),
            workers: 1,
        }
    }
}

/// What is common to all bands of a frame.
#[derive(Debug)]
pub struct Backdrop<'a> {
    /// The sky.
    pub dome: &'a Dome,
    /// Water, but for its mirror, which the stage fills in.
    pub water: WaterParts<'a>,
}

/// [`WaterView`] without the mirror; its fields mean the same.
#[derive(Clone, Copy, Debug)]
pub struct WaterParts<'a> {
    pub look: &'a super::theme::WaterLook,
    pub air: &'a super::air::Air,
    pub seconds: f32,
    pub wind: f32,
    pub rain: f32,
}

impl Stage {
    /// Lets a frame be filled by up to this many threads (1 to 8).
    pub fn workers(&mut self, workers: usize) {
        self.workers = workers.clamp(1, 8);
    }

    /// Forgets the last frame.
    pub fn begin(&mut self, camera: &Camera) {
        self.triangles.begin(camera);
        self.under.clear();
        self.over.clear();
    }

    /// Fills the picture with what has been gathered.
    pub fn fill(&mut self, camera: &Camera, backdrop: &Backdrop<'_>, picture: &mut Picture) {
        let size = picture.size();
        let (width, height) = (size.width as usize, size.height as usize);
        if width == 0 || height == 0 {
            return;
        }
        self.frame.begin(size);
        self.mirror.begin(width, height);
        let rows = self.frame.rows_for(self.workers);
        let (triangles, under) = (self.triangles.list(), &self.under);
        let solid = |band: &mut Band<'_>, piece: &mut [(glam::Vec3A, f32)]| {
            triangles.iter().for_each(|triangle| fill(band, triangle));
            backdrop.dome.paint(band);
            draw_sprites(band, camera, under);
            Mirror::copy(band, piece);
        };
        each(self.workers, self.frame.bands(rows).zip(self.mirror.bands(rows)), |(mut band, piece)| solid(&mut band, piece));

        let parts = backdrop.water;
        let water = WaterView {
            look: parts.look,
            air: parts.air,
            mirror: &self.mirror,
            seconds: parts.seconds,
            wind: parts.wind,
            rain: parts.rain,
        };
        let over = &self.over;
        let [y, u, v] = picture.planes_mut();
        let chroma = width.div_ceil(2) * rows / 2;
        let planes = y.chunks_mut(width * rows).zip(u.chunks_mut(chroma).zip(v.chunks_mut(chroma)));
        each(self.workers, self.frame.bands(rows).zip(planes), |(mut band, (y, (u, v)))| {
            water.draw(&mut band, camera);
            draw_sprites(&mut band, camera, over);
            write_band(&band, &mut BandPlanes { y, u, v });
        });
    }
}

/// Runs a job on every item, on threads of its own when more than one is allowed.
fn each<T: Send>(workers: usize, items: impl Iterator<Item = T>, job: impl Fn(T) + Sync) {
    if workers <= 1 {
        items.for_each(job);
        return;
    }
    let job = &job;
    std::thread::scope(|scope| {
        for item in items {
            scope.spawn(move || job(item));
        }
    });
}
