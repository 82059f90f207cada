//! Decoded pictures in pooled memory: planar YUV 4:2:0, 8 bit, BT.709 limited range.
//!
//! A [`Picture`] goes back to its pool when it is dropped, so steady playback allocates nothing.

use std::sync::{Arc, Mutex, PoisonError};

use super::tier::Size;

/// One plane of samples, top row first.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    /// The samples, `stride * height` of them.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
    /// Samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// A planar YUV 4:2:0 picture without padding: plane strides equal plane widths.
#[derive(Debug)]
pub struct Picture {
    size: Size,
    samples: Vec<u8>,
    home: Option<Arc<Shelf>>,
}

/// A bounded shelf of picture memory.
#[derive(Clone, Debug)]
pub struct PicturePool {
    shelf: Arc<Shelf>,
}

#[derive(Debug)]
struct Shelf {
    free: Mutex<Vec<Vec<u8>>>,
    keep: usize,
}

impl Picture {
    /// A black picture of its own, outside any pool. Chroma rounds up for odd sizes.
    #[must_use]
    pub fn black(size: Size) -> Self {
        let mut picture = Self { size, samples: Vec::new(), home: None };
        picture.fill_black();
        picture
    }

    /// Width and height in luma samples.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// The planes Y, U, V.
    #[must_use]
    pub fn planes(&self) -> [Plane<'_>; 3] {
        let (luma, chroma) = (plane_size(self.size, 0), plane_size(self.size, 1));
        let (y, rest) = self.samples.split_at(luma.0 * luma.1);
        let (u, v) = rest.split_at(chroma.0 * chroma.1);
        let plane = |data, (width, height)| Plane { data, stride: width, width, height };
        [plane(y, luma), plane(u, chroma), plane(v, chroma)]
    }

    /// The planes Y, U, V to write, each `width * height` samples.
    pub fn planes_mut(&mut self) -> [&mut [u8]; 3] {
        let (luma, chroma) = (plane_size(self.size, 0), plane_size(self.size, 1));
        let (y, rest) = self.samples.split_at_mut(luma.0 * luma.1);
        let (u, v) = rest.split_at_mut(chroma.0 * chroma.1);
        [y, u, v]
    }

    fn fill_black(&mut self) {
        let (luma, chroma) = (plane_size(self.size, 0), plane_size(self.size, 1));
        self.samples.clear();
        self.samples.resize(luma.0 * luma.1, 16);
        self.samples.resize(luma.0 * luma.1 + 2 * chroma.0 * chroma.1, 128);
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        if let Some(shelf) = self.home.take() {
            let mut free = shelf.free.lock().unwrap_or_else(PoisonError::into_inner);
            if free.len() < shelf.keep {
                free.push(std::mem::take(&mut self.samples));
            }
        }
    }
}

impl PicturePool {
    /// A pool that keeps at most `keep` pictures on its shelf; more are freed.
    #[must_use]
    pub fn new(keep: usize) -> Self {
        Self { shelf: Arc::new(Shelf { free: Mutex::new(Vec::with_capacity(keep)), keep }) }
    }

    /// A picture of the size, with samples of whatever stood there before.
    #[must_use]
    pub fn take(&self, size: Size) -> Picture {
        let samples = self.shelf.free.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let mut picture = Picture { size, samples, home: Some(Arc::clone(&self.shelf)) };
        let (luma, chroma) = (plane_size(size, 0), plane_size(size, 1));
        picture.samples.resize(luma.0 * luma.1 + 2 * chroma.0 * chroma.1, 128);
        picture
    }
}

fn plane_size(size: Size, plane: usize) -> (usize, usize) {
    let (width, height) = (size.width as usize, size.height as usize);
    if plane == 0 { (width, height) } else { (width.div_ceil(2), height.div_ceil(2)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_picture_goes_back_to_its_shelf() {
        let pool = PicturePool::new(1);
        let first = pool.take(Size { width: 5, height: 3 });
        let address = first.planes()[0].data.as_ptr();
        drop(first);
        assert_eq!(pool.take(Size { width: 5, height: 3 }).planes()[0].data.as_ptr(), address);
    }

    #[test]
    fn chroma_of_odd_sizes_rounds_up() {
        let picture = Picture::black(Size { width: 5, height: 3 });
        let [y, u, v] = picture.planes();
        assert_eq!((y.width, y.height, u.width, u.height, v.data.len()), (5, 3, 3, 2, 6));
    }
}
