//! The window and what is drawn into it: surface, picture, overlay. Decides neither when nor what.

use std::sync::Arc;

use winit::dpi::PhysicalSize;
use winit::event_loop::ActiveEventLoop;
use winit::window::{Fullscreen, Window};

use super::options::{WindowError, WindowOptions};
use super::overlay::Overlay;
use crate::clock::Clock;
use crate::media::{Monotonic, Size};
use crate::render::{Gpu, GpuError, Offscreen, Renderer};

/// A window with its surface.
pub(crate) struct Screen {
    pub(crate) window: Arc<Window>,
    pub(crate) gpu: Gpu,
    pub(crate) renderer: Renderer,
    pub(crate) overlay: Overlay,
    surface: wgpu::Surface<'static>,
    config: wgpu::SurfaceConfiguration,
}

/// What became of a draw.
pub(crate) enum Drawn {
    /// It is on its way to the display.
    Yes {
        /// When the work was handed to the adapter.
        submitted: Monotonic,
        /// When present returned.
        presented: Monotonic,
    },
    /// Nothing can be seen now: the window is hidden or has no area.
    Hidden,
    /// The surface had to be made anew: draw again.
    Again,
}

/// Pixels, RGBA, top row first, and their size.
pub(crate) type Image = (Vec<u8>, Size);

/// A picture on its way from the adapter.
#[derive(Debug)]
pub(crate) struct Shot {
    target: Offscreen,
}

impl Screen {
    /// Opens the window and chooses the adapter.
    pub(crate) fn open(event_loop: &ActiveEventLoop, options: &WindowOptions) -> Result<Self, WindowError> {
        let title = if options.title.is_empty() { "seaglass".to_owned() } else { format!("{} – seaglass", options.title) };
        let attributes = Window::default_attributes()
            .with_title(title)
            .with_inner_size(PhysicalSize::new(options.size.width, options.size.height))
            .with_min_inner_size(PhysicalSize::new(160, 90))
            .with_fullscreen(options.fullscreen.then_some(Fullscreen::Borderless(None)));
        let window =
            event_loop.create_window(attributes).map_err(|error| WindowError::Refused { reason: error.to_string() })?;
        let window = Arc::new(window);
        let (gpu, surface) = Gpu::for_window(Box::new(event_loop.owned_display_handle()), Arc::clone(&window))?;
        let config = configuration(&gpu, &surface, size_of(&window))?;
        surface.configure(gpu.device(), &config);
        let renderer = Renderer::new(&gpu, config.format)?;
        let overlay = Overlay::new(&gpu, &window, config.format);
        gpu.check()?;
        tracing::info!(adapter = %gpu.describe(), format = ?config.format, mode = ?config.present_mode, "window");
        Ok(Self { window, gpu, renderer, overlay, surface, config })
    }

    /// Size of the drawing area in pixels.
    pub(crate) const fn size(&self) -> Size {
        Size { width: self.config.width, height: self.config.height }
    }

    /// Follows the window's size.
    pub(crate) fn resize(&mut self) {
        let size = size_of(&self.window);
        // A minimised window has no area; its surface stays as it was.
        if size.width > 0 && size.height > 0 && size != self.size() {
            let most = self.gpu.most();
            (self.config.width, self.config.height) = (size.width.min(most), size.height.min(most));
            self.surface.configure(self.gpu.device(), &self.config);
        }
        self.overlay.touch();
    }

    /// Draws picture and overlay and presents them.
    pub(crate) fn draw(&mut self, clock: Clock) -> Result<Drawn, GpuError> {
        let size = size_of(&self.window);
        if size.width == 0 || size.height == 0 {
            return Ok(Drawn::Hidden);
        }
        let (texture, outdated) = match self.surface.get_current_texture() {
            wgpu::CurrentSurfaceTexture::Success(texture) => (texture, false),
            wgpu::CurrentSurfaceTexture::Suboptimal(texture) => (texture, true),
            wgpu::CurrentSurfaceTexture::Timeout | wgpu::CurrentSurfaceTexture::Occluded => return Ok(Drawn::Hidden),
            wgpu::CurrentSurfaceTexture::Outdated => {
                self.surface.configure(self.gpu.device(), &self.config);
                self.gpu.check()?;
                return Ok(Drawn::Again);
            }
            wgpu::CurrentSurfaceTexture::Lost => {
                self.gpu.check()?;
                self.surface = self.gpu.instance().create_surface(Arc::clone(&self.window)).map_err(surface_error)?;
                self.surface.configure(self.gpu.device(), &self.config);
                return Ok(Drawn::Again);
            }
            wgpu::CurrentSurfaceTexture::Validation => {
                self.gpu.check()?;
                return Ok(Drawn::Again);
            }
        };
        let view = texture.texture.create_view(&wgpu::TextureViewDescriptor::default());
        self.render(&view, self.size(), true);
        let submitted = clock.now();
        self.window.pre_present_notify();
        self.gpu.queue().present(texture);
        let presented = clock.now();
        if outdated {
            self.surface.configure(self.gpu.device(), &self.config);
        }
        self.gpu.check()?;
        Ok(Drawn::Yes { submitted, presented })
    }

    /// Orders a screenshot: the window as it is, or the picture alone at its own size. `None` before the first picture.
    pub(crate) fn shoot(&mut self, overlay: bool) -> Result<Option<Shot>, GpuError> {
        let Some(size) = (if overlay { Some(self.size()) } else { self.renderer.picture_size() }) else { return Ok(None) };
        let target = Offscreen::matching(&self.gpu, size, self.config.format)?;
        self.render(target.view(), size, overlay);
        target.begin_read();
        Ok(Some(Shot { target }))
    }

    /// The picture alone at its own size, waited for; `None` before the first one.
    pub(crate) fn picture(&mut self) -> Result<Option<Image>, GpuError> {
        let Some(shot) = self.shoot(false)? else { return Ok(None) };
        self.gpu.finish()?;
        shot.take()
    }

    fn render(&mut self, view: &wgpu::TextureView, size: Size, overlay: bool) {
        let mut encoder = self.gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        if overlay {
            self.overlay.upload(&self.gpu, &mut encoder, size);
        }
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("window"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::BLACK), store: wgpu::StoreOp::Store },
            })],
            ..Default::default()
        });
        self.renderer.paint(&mut pass, size);
        if overlay {
            self.overlay.paint(pass);
        } else {
            drop(pass);
        }
        self.gpu.queue().submit([encoder.finish()]);
        if overlay {
            self.overlay.release();
        }
    }
}

impl Shot {
    /// The picture, if it is there.
    pub(crate) fn take(&self) -> Result<Option<Image>, GpuError> {
        let mut rgba = Vec::new();
        let there = self.target.try_read(&mut rgba)?;
        Ok(there.then(|| (rgba, self.target.size())))
    }
}

fn size_of(window: &Window) -> Size {
    let size = window.inner_size();
    Size { width: size.width, height: size.height }
}

fn surface_error(error: wgpu::CreateSurfaceError) -> GpuError {
    GpuError::Surface { reason: error.to_string() }
}

/// How frames go to the display: the newest one where the window system offers that, else in order; never torn, never more than
/// one ahead. Formats that code gamma themselves are taken last, since the picture comes gamma-coded.
fn configuration(gpu: &Gpu, surface: &wgpu::Surface<'_>, size: Size) -> Result<wgpu::SurfaceConfiguration, GpuError> {
    let offers = surface.get_capabilities(gpu.adapter());
    let plain = [wgpu::TextureFormat::Bgra8Unorm, wgpu::TextureFormat::Rgba8Unorm];
    let format = plain
        .into_iter()
        .find(|format| offers.formats.contains(format))
        .or_else(|| offers.formats.first().copied())
        .ok_or_else(|| GpuError::Surface { reason: "the adapter cannot draw to this window".to_owned() })?;
    let newest = wgpu::PresentMode::Mailbox;
    let present_mode = if offers.present_modes.contains(&newest) { newest } else { wgpu::PresentMode::Fifo };
    let opaque = wgpu::CompositeAlphaMode::Opaque;
    let alpha_mode = if offers.alpha_modes.contains(&opaque) { opaque } else { wgpu::CompositeAlphaMode::Auto };
    let mut config = surface
        .get_default_config(gpu.adapter(), size.width.max(1), size.height.max(1))
        .ok_or_else(|| GpuError::Surface { reason: "the adapter cannot draw to this window".to_owned() })?;
    config.format = format;
    config.present_mode = present_mode;
    config.alpha_mode = alpha_mode;
    config.desired_maximum_frame_latency = 1;
    Ok(config)
}
