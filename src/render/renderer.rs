//! Uploads pictures and draws them. Keeps the latest picture on the adapter, so that drawing again costs no upload. Chooses no
//! moment and owns no target.

use super::error::GpuError;
use super::gpu::Gpu;
use super::letterbox::letterbox;
use crate::media::{Picture, Size};

/// Draws the latest picture, letterboxed, to targets of one format.
#[derive(Debug)]
pub struct Renderer {
    gpu: Gpu,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    exact: wgpu::RenderPipeline,
    scaled: wgpu::RenderPipeline,
    planes: Option<Planes>,
}

/// A picture on the adapter: three single-channel textures. Not NV12: software rasterisers do not offer it.
#[derive(Debug)]
struct Planes {
    size: Size,
    textures: [wgpu::Texture; 3],
    bindings: wgpu::BindGroup,
}

impl Renderer {
    /// A renderer for targets of the format, with no picture yet.
    ///
    /// # Errors
    /// A fault of the device.
    pub fn new(gpu: &Gpu, target: wgpu::TextureFormat) -> Result<Self, GpuError> {
        let device = gpu.device();
        let plane = |binding| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
            ty: wgpu::BindingType::Texture {
                sample_type: wgpu::TextureSampleType::Float { filterable: true },
                view_dimension: wgpu::TextureViewDimension::D2,
                multisampled: false,
            },
            count: None,
        };
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("picture"),
            entries: &[
                plane(0),
                plane(1),
                plane(2),
                wgpu::BindGroupLayoutEntry {
                    binding: 3,
                    visibility: wgpu::ShaderStages::FRAGMENT,
                    ty: wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
                    count: None,
                },
            ],
        });
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("bilinear"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("picture.wgsl"),
            source: wgpu::ShaderSource::Wgsl(include_str!("../../shaders/picture.wgsl").into()),
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("picture"),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = |entry_point| {
            let constants = [("target_is_linear", f64::from(u8::from(target.is_srgb())))];
            let options = wgpu::PipelineCompilationOptions { constants: &constants, ..Default::default() };
            device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some(entry_point),
                layout: Some(&pipeline_layout),
                vertex: wgpu::VertexState {
                    module: &module,
                    entry_point: Some("cover"),
                    compilation_options: options.clone(),
                    buffers: &[],
                },
                primitive: wgpu::PrimitiveState::default(),
                depth_stencil: None,
                multisample: wgpu::MultisampleState::default(),
                fragment: Some(wgpu::FragmentState {
                    module: &module,
                    entry_point: Some(entry_point),
                    compilation_options: options,
                    targets: &[Some(target.into())],
                }),
                multiview_mask: None,
                cache: None,
            })
        };
        let (exact, scaled) = (pipeline("exact"), pipeline("scaled"));
        gpu.check()?;
        Ok(Self { gpu: gpu.clone(), layout, sampler, exact, scaled, planes: None })
    }

    /// Replaces the picture. Textures are made anew only when the size changes; otherwise nothing of ours allocates. The upload
    /// takes effect with the next submission to the queue.
    ///
    /// # Errors
    /// [`GpuError::Empty`] or [`GpuError::TooLarge`] for a picture the adapter cannot hold; the picture before it stays.
    pub fn upload(&mut self, picture: &Picture) -> Result<(), GpuError> {
        let size = picture.size();
        if self.planes.as_ref().is_none_or(|planes| planes.size != size) {
            self.planes = Some(self.planes_for(size)?);
        }
        let Some(planes) = &self.planes else { return Ok(()) };
        for (texture, plane) in planes.textures.iter().zip(picture.planes()) {
            let bytes_per_row = u32::try_from(plane.stride).ok();
            self.gpu.queue().write_texture(
                texture.as_image_copy(),
                plane.data,
                wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row, rows_per_image: None },
                texture.size(),
            );
        }
        Ok(())
    }

    /// The size of the picture held, if there is one.
    #[must_use]
    pub fn picture_size(&self) -> Option<Size> {
        self.planes.as_ref().map(|planes| planes.size)
    }

    /// Forgets the picture: the next draw is black.
    pub fn clear(&mut self) {
        self.planes = None;
    }

    /// Fills the target with the picture and black bars in a pass of its own. `size` is the target's, in pixels.
    pub fn draw(&self, encoder: &mut wgpu::CommandEncoder, target: &wgpu::TextureView, size: Size) {
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("picture"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: target,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::BLACK), store: wgpu::StoreOp::Store },
            })],
            ..Default::default()
        });
        self.paint(&mut pass, size);
    }

    /// Draws the picture, letterboxed, in a pass that stands; the bars keep what the pass cleared to. Leaves the viewport on the
    /// whole target. `size` is the target's, in pixels.
    pub fn paint(&self, pass: &mut wgpu::RenderPass<'_>, size: Size) {
        let Some(planes) = &self.planes else { return };
        let rect = letterbox(planes.size, size);
        if rect.size.width == 0 {
            return;
        }
        let viewport = [rect.x, rect.y, rect.size.width, rect.size.height].map(|pixels| pixels as f32);
        pass.set_viewport(viewport[0], viewport[1], viewport[2], viewport[3], 0.0, 1.0);
        pass.set_pipeline(if rect.size == planes.size { &self.exact } else { &self.scaled });
        pass.set_bind_group(0, &planes.bindings, &[]);
        pass.draw(0..3, 0..1);
        pass.set_viewport(0.0, 0.0, size.width as f32, size.height as f32, 0.0, 1.0);
    }

    /// Draws to a view and hands the work to the adapter at once: what a caller without an overlay needs per frame.
    ///
    /// # Errors
    /// A fault of the device met so far.
    pub fn present(&self, target: &wgpu::TextureView, size: Size) -> Result<(), GpuError> {
        let mut encoder = self.gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.draw(&mut encoder, target, size);
        self.gpu.queue().submit([encoder.finish()]);
        self.gpu.check()
    }

    fn planes_for(&self, size: Size) -> Result<Planes, GpuError> {
        self.gpu.takes(size)?;
        let chroma = Size { width: size.width.div_ceil(2), height: size.height.div_ceil(2) };
        let textures = [("y", size), ("u", chroma), ("v", chroma)].map(|(label, plane)| {
            self.gpu.device().create_texture(&wgpu::TextureDescriptor {
                label: Some(label),
                size: wgpu::Extent3d { width: plane.width, height: plane.height, depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: wgpu::TextureFormat::R8Unorm,
                usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
                view_formats: &[],
            })
        });
        let views = textures.each_ref().map(|texture| texture.create_view(&wgpu::TextureViewDescriptor::default()));
        let bindings = self.gpu.device().create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("picture"),
            layout: &self.layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(&views[0]) },
                wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::TextureView(&views[1]) },
                wgpu::BindGroupEntry { binding: 2, resource: wgpu::BindingResource::TextureView(&views[2]) },
                wgpu::BindGroupEntry { binding: 3, resource: wgpu::BindingResource::Sampler(&self.sampler) },
            ],
        });
        Ok(Planes { size, textures, bindings })
    }
}
