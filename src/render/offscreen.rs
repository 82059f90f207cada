//! A target without a window, and the way back from it to memory. Draws nothing itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::error::GpuError;
use super::gpu::Gpu;
use crate::media::Size;

/// Bytes of one pixel.
const PIXEL: u32 = 4;

/// A texture to draw to and a buffer, kept between reads, to bring it back.
#[derive(Debug)]
pub struct Offscreen {
    gpu: Gpu,
    size: Size,
    texture: wgpu::Texture,
    view: wgpu::TextureView,
    buffer: wgpu::Buffer,
    row: u32,
    mapped: Arc<AtomicU8>,
}

/// States of a read back.
const IDLE: u8 = 0;
const ORDERED: u8 = 1;
const MAPPED: u8 = 2;
const FAILED: u8 = 3;

impl Offscreen {
    /// The usual format of the target: gamma-coded values, stored as they are drawn.
    pub const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

    /// A target of the size, in pixels.
    ///
    /// # Errors
    /// [`GpuError::Empty`] or [`GpuError::TooLarge`].
    pub fn new(gpu: &Gpu, size: Size) -> Result<Self, GpuError> {
        Self::matching(gpu, size, Self::FORMAT)
    }

    /// A target of the size for a renderer that was made for another target, such as a window's. Any 8-bit format of red, green,
    /// blue and alpha; reads give RGBA whichever it is.
    ///
    /// # Errors
    /// [`GpuError::Empty`] or [`GpuError::TooLarge`]; [`GpuError::Fault`] for a format of another kind.
    pub fn matching(gpu: &Gpu, size: Size, format: wgpu::TextureFormat) -> Result<Self, GpuError> {
        gpu.takes(size)?;
        if !matches!(format.remove_srgb_suffix(), wgpu::TextureFormat::Rgba8Unorm | wgpu::TextureFormat::Bgra8Unorm) {
            return Err(GpuError::Fault { reason: format!("targets of format {format:?} cannot be read back") });
        }
        let texture = gpu.device().create_texture(&wgpu::TextureDescriptor {
            label: Some("offscreen"),
            size: wgpu::Extent3d { width: size.width, height: size.height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let row = (size.width * PIXEL).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = gpu.device().create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size: u64::from(row) * u64::from(size.height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        gpu.check()?;
        Ok(Self { gpu: gpu.clone(), size, texture, view, buffer, row, mapped: Arc::new(AtomicU8::new(IDLE)) })
    }

    /// What to draw to.
    #[must_use]
    pub const fn view(&self) -> &wgpu::TextureView {
        &self.view
    }

    /// Its size in pixels.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Waits for what was drawn and fills `out` with it: RGBA, 8 bit, as stored, top row first, rows without padding. `out` keeps
    /// its memory from read to read.
    ///
    /// # Errors
    /// [`GpuError::Stalled`], or a fault of the device.
    pub fn read(&self, out: &mut Vec<u8>) -> Result<(), GpuError> {
        self.begin_read();
        if let Err(error) = self.gpu.finish() {
            self.end_read();
            return Err(error);
        }
        let read = self.try_read(out)?;
        debug_assert!(read, "all work is finished, so the buffer is mapped");
        Ok(())
    }

    /// Orders what was drawn so far to be brought back; does not wait. One read at a time: a second order replaces the first.
    pub fn begin_read(&self) {
        self.end_read();
        let mut encoder = self.gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let layout =
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(self.row), rows_per_image: Some(self.size.height) };
        encoder.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo { buffer: &self.buffer, layout },
            self.texture.size(),
        );
        self.gpu.queue().submit([encoder.finish()]);
        self.mapped.store(ORDERED, Ordering::Release);
        let mapped = Arc::clone(&self.mapped);
        self.buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            mapped.store(if result.is_ok() { MAPPED } else { FAILED }, Ordering::Release);
        });
    }

    /// Fills `out` as [`Offscreen::read`] does if what [`Offscreen::begin_read`] ordered is there; says whether it was. Does not
    /// wait.
    ///
    /// # Errors
    /// A fault of the device; the order is void then.
    pub fn try_read(&self, out: &mut Vec<u8>) -> Result<bool, GpuError> {
        // What a poll without waiting returns says nothing that the state of the buffer does not.
        let _ = self.gpu.device().poll(wgpu::PollType::Poll);
        match self.mapped.load(Ordering::Acquire) {
            IDLE | ORDERED => return self.gpu.check().map(|()| false),
            MAPPED => {}
            _ => {
                self.end_read();
                self.gpu.check()?;
                return Err(GpuError::Fault { reason: "the picture could not be brought back".to_owned() });
            }
        }
        let copied = self.copy(out);
        self.end_read();
        copied.map(|()| true)
    }

    fn copy(&self, out: &mut Vec<u8>) -> Result<(), GpuError> {
        let mapped = self.buffer.get_mapped_range(..).map_err(|error| GpuError::Fault { reason: error.to_string() })?;
        out.clear();
        for row in mapped.chunks_exact(self.row as usize) {
            out.extend_from_slice(&row[..(self.size.width * PIXEL) as usize]);
        }
        if self.texture.format().remove_srgb_suffix() == wgpu::TextureFormat::Bgra8Unorm {
            for pixel in out.chunks_exact_mut(PIXEL as usize) {
                pixel.swap(0, 2);
            }
        }
        Ok(())
    }

    /// Unmapping also takes back a mapping that is still on its way; its callback has run when this returns, or never comes.
    fn end_read(&self) {
        // A buffer that is not mapped must not be unmapped.
        if matches!(self.mapped.load(Ordering::Acquire), ORDERED | MAPPED) {
            self.buffer.unmap();
        }
        self.mapped.store(IDLE, Ordering::Release);
    }
}
