//! What takes the pictures of a measured session: nothing at all, or an offscreen picture of this machine's adapter. Neither is light.

use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Clock;
use crate::media::{Monotonic, Picture, Size};
use crate::render::{Gpu, GpuError, Offscreen, Renderer};

/// The display of a run, opened before its first session: an adapter takes hundreds of milliseconds, in which pictures would be
/// missed. One session at a time draws on the adapter; others have their pictures taken as they were decoded. Copies share it.
#[derive(Clone, Default)]
pub struct Display(Arc<Mutex<Option<Screen>>>);

impl Display {
    /// Opens this machine's adapter; blocks for as long as that takes.
    pub fn drawn() -> Result<Self, GpuError> {
        Ok(Self(Arc::new(Mutex::new(Some(Screen::adapter()?)))))
    }

    pub(super) fn take(&self) -> Screen {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or(Screen::Plain)
    }

    pub(super) fn give_back(&self, screen: Screen) {
        if matches!(screen, Screen::Offscreen(_)) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(screen);
        }
    }
}

impl std::fmt::Debug for Display {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Display").finish_non_exhaustive()
    }
}

/// A display that is none.
pub enum Screen {
    /// Takes a picture as it was decoded.
    Plain,
    /// Uploads and draws it, and waits until that is done.
    Offscreen(Box<Adapter>),
}

/// An adapter and the picture that it draws on, as large as the frames that come.
pub struct Adapter {
    gpu: Gpu,
    renderer: Renderer,
    screen: Option<(Size, Offscreen)>,
}

/// What was stamped on the way to the screen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stamps {
    /// Its samples were handed to the adapter.
    pub uploaded: Option<Monotonic>,
    /// The draw was submitted.
    pub submitted: Option<Monotonic>,
}

impl Screen {
    fn adapter() -> Result<Self, GpuError> {
        let gpu = Gpu::headless()?;
        let renderer = Renderer::new(&gpu, Offscreen::FORMAT)?;
        Ok(Self::Offscreen(Box::new(Adapter { gpu, renderer, screen: None })))
    }

    /// What it is, in words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Plain => "60 Hz stand-in display; upload and draw are not in it".to_owned(),
            Self::Offscreen(adapter) => format!("60 Hz stand-in display, drawn offscreen by {}", adapter.gpu.describe()),
        }
    }

    /// Shows a picture; returns when that is done.
    pub fn show(&mut self, picture: &Picture, clock: Clock) -> Result<Stamps, GpuError> {
        match self {
            Self::Plain => Ok(Stamps::default()),
            Self::Offscreen(adapter) => adapter.show(picture, clock),
        }
    }
}

impl Adapter {
    fn show(&mut self, picture: &Picture, clock: Clock) -> Result<Stamps, GpuError> {
        let size = picture.size();
        self.renderer.upload(picture)?;
        let uploaded = Some(clock.now());
        let screen = match &mut self.screen {
            Some((known, screen)) if *known == size => screen,
            screen => &mut screen.insert((size, Offscreen::new(&self.gpu, size)?)).1,
        };
        let mut encoder = self.gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.renderer.draw(&mut encoder, screen.view(), size);
        self.gpu.queue().submit([encoder.finish()]);
        let submitted = Some(clock.now());
        self.gpu.finish()?;
        Ok(Stamps { uploaded, submitted })
    }
}
