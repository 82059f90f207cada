//! A target without a window, and the way back from it to memory. Draws nothing itself.

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
}

impl Offscreen {
    /// The format of the target: gamma-coded values, stored as they are drawn.
    pub const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

    /// A target of the size, in pixels.
    ///
    /// # Errors
    /// [`GpuError::Empty`] or [`GpuError::TooLarge`].
    pub fn new(gpu: &Gpu, size: Size) -> Result<Self, GpuError> {
        gpu.takes(size)?;
        let texture = gpu.device().create_texture(&wgpu::TextureDescriptor {
            label: Some("offscreen"),
            size: wgpu::Extent3d { width: size.width, height: size.height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: Self::FORMAT,
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
        Ok(Self { gpu: gpu.clone(), size, texture, view, buffer, row })
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

    /// Waits for what was drawn and fills `out` with it: RGBA, 8 bit, gamma-coded, top row first, rows without padding. `out`
    /// keeps its memory from read to read.
    ///
    /// # Errors
    /// [`GpuError::Stalled`], or a fault of the device.
    pub fn read(&self, out: &mut Vec<u8>) -> Result<(), GpuError> {
        let mut encoder = self.gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let layout =
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(self.row), rows_per_image: Some(self.size.height) };
        encoder.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo { buffer: &self.buffer, layout },
            self.texture.size(),
        );
        self.gpu.queue().submit([encoder.finish()]);
        // `get_mapped_range` says whether mapping worked, so the callback has nothing to add.
        self.buffer.map_async(wgpu::MapMode::Read, .., |_| {});
        let finished = self.gpu.finish();
        let read = finished.and_then(|()| {
            let mapped = self.buffer.get_mapped_range(..).map_err(|error| GpuError::Fault { reason: error.to_string() })?;
            out.clear();
            for row in mapped.chunks_exact(self.row as usize) {
                out.extend_from_slice(&row[..(self.size.width * PIXEL) as usize]);
            }
            Ok(())
        });
        // Also after a failure: unmapping takes back a mapping that is still on its way.
        self.buffer.unmap();
        read
    }
}
