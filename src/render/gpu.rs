//! The adapter and its device: chosen once, described for people, watched for faults. Draws nothing; `renderer` and `offscreen`
//! work on it.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::error::GpuError;
use crate::media::Size;

/// How long work already handed to the adapter may take. Software rasterisers need tens of milliseconds for a frame.
const STALLED_AFTER: Duration = Duration::from_secs(10);

/// A graphics adapter in use.
#[derive(Clone)]
pub struct Gpu {
    instance: wgpu::Instance,
    adapter: wgpu::Adapter,
    device: wgpu::Device,
    queue: wgpu::Queue,
    fault: Arc<OnceLock<GpuError>>,
}

/// What an adapter is, for people and reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// The adapter's name, as its driver gives it.
    pub name: String,
    /// The programming interface it is reached by: `vulkan`, `gl`, `metal`, `dx12`.
    pub backend: String,
    /// The driver and its version; may be empty.
    pub driver: String,
    /// Draws on the processor.
    pub software: bool,
}

impl Gpu {
    /// The best adapter for drawing to textures. `WGPU_BACKEND`, `WGPU_POWER_PREF` and wgpu's other variables narrow the choice.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`], with what to install, or [`GpuError::NoDevice`].
    pub fn headless() -> Result<Self, GpuError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
        Self::choose(instance, None)
    }

    /// The best adapter for drawing to a window, with the window's surface, not yet configured.
    ///
    /// # Errors
    /// As [`Gpu::headless`], and [`GpuError::Surface`] where the window system gives none.
    pub fn for_window(
        display: Box<dyn wgpu::wgt::WgpuHasDisplayHandle>,
        window: impl Into<wgpu::SurfaceTarget<'static>>,
    ) -> Result<(Self, wgpu::Surface<'static>), GpuError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_with_display_handle_from_env(display));
        let surface = instance.create_surface(window).map_err(|error| GpuError::Surface { reason: error.to_string() })?;
        let gpu = Self::choose(instance, Some(&surface))?;
        Ok((gpu, surface))
    }

    fn choose(instance: wgpu::Instance, surface: Option<&wgpu::Surface<'_>>) -> Result<Self, GpuError> {
        // Low power: a picture of video size is no work for a second, hungrier adapter. Any preference sorts software last.
        let power_preference = wgpu::PowerPreference::from_env().unwrap_or(wgpu::PowerPreference::LowPower);
        let options = wgpu::RequestAdapterOptions { power_preference, compatible_surface: surface, ..Default::default() };
        let adapter = pollster::block_on(instance.request_adapter(&options))
            .map_err(|error| GpuError::NoAdapter { reason: error.to_string() })?;
        let limits = wgpu::Limits::downlevel_webgl2_defaults().using_resolution(adapter.limits());
        let descriptor = wgpu::DeviceDescriptor { label: Some("seaglass"), required_limits: limits, ..Default::default() };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor)).map_err(|error| {
            GpuError::NoDevice { adapter: Adapter::from(adapter.get_info()).to_string(), reason: error.to_string() }
        })?;
        let fault = Arc::new(OnceLock::new());
        // Without these two handlers wgpu ends the process at the first error.
        device.on_uncaptured_error(Arc::new({
            let fault = Arc::clone(&fault);
            move |error: wgpu::Error| record(&fault, GpuError::Fault { reason: error.to_string() })
        }));
        device.set_device_lost_callback({
            let fault = Arc::clone(&fault);
            move |reason, message| {
                if reason != wgpu::DeviceLostReason::Destroyed {
                    record(&fault, GpuError::Lost { reason: message });
                }
            }
        });
        Ok(Self { instance, adapter, device, queue, fault })
    }

    /// What the adapter is.
    #[must_use]
    pub fn describe(&self) -> Adapter {
        self.adapter.get_info().into()
    }

    /// The first fault since the device was opened, if there was one. Faults come asynchronously: ask once per frame.
    ///
    /// # Errors
    /// [`GpuError::Lost`] or [`GpuError::Fault`].
    pub fn check(&self) -> Result<(), GpuError> {
        self.fault.get().map_or(Ok(()), |fault| Err(fault.clone()))
    }

    /// Waits until the adapter has finished everything submitted so far.
    ///
    /// # Errors
    /// [`GpuError::Stalled`] after ten seconds, or the fault met meanwhile.
    pub fn finish(&self) -> Result<(), GpuError> {
        let wait = wgpu::PollType::Wait { submission_index: None, timeout: Some(STALLED_AFTER) };
        let polled = self.device.poll(wait);
        self.check()?;
        polled.map(|_| ()).map_err(|_| GpuError::Stalled { seconds: STALLED_AFTER.as_secs() })
    }

    /// The largest side of a picture or target.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.device.limits().max_texture_dimension_2d
    }

    /// Whether pictures or targets of the size can be drawn.
    ///
    /// # Errors
    /// [`GpuError::Empty`] or [`GpuError::TooLarge`].
    pub fn takes(&self, size: Size) -> Result<(), GpuError> {
        let most = self.most();
        if size.width == 0 || size.height == 0 {
            Err(GpuError::Empty { size })
        } else if size.width > most || size.height > most {
            Err(GpuError::TooLarge { size, most })
        } else {
            Ok(())
        }
    }

    /// wgpu's own instance, for surfaces.
    #[must_use]
    pub const fn instance(&self) -> &wgpu::Instance {
        &self.instance
    }

    /// wgpu's own adapter, for what a surface can do.
    #[must_use]
    pub const fn adapter(&self) -> &wgpu::Adapter {
        &self.adapter
    }

    /// wgpu's own device.
    #[must_use]
    pub const fn device(&self) -> &wgpu::Device {
        &self.device
    }

    /// wgpu's own queue.
    #[must_use]
    pub const fn queue(&self) -> &wgpu::Queue {
        &self.queue
    }
}

fn record(fault: &OnceLock<GpuError>, error: GpuError) {
    tracing::error!(%error, "graphics");
    // The first fault is the cause; those after it are its consequences.
    let _ = fault.set(error);
}

impl From<wgpu::AdapterInfo> for Adapter {
    fn from(info: wgpu::AdapterInfo) -> Self {
        let driver = match (info.driver.is_empty(), info.driver_info.is_empty()) {
            (false, false) => format!("{} {}", info.driver, info.driver_info),
            (_, true) => info.driver,
            (true, false) => info.driver_info,
        };
        Self {
            name: info.name,
            backend: info.backend.to_string(),
            driver,
            software: info.device_type == wgpu::DeviceType::Cpu,
        }
    }
}

impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}", self.name, self.backend)?;
        if !self.driver.is_empty() {
            write!(f, ", {}", self.driver)?;
        }
        if self.software { f.write_str(", on the processor") } else { Ok(()) }
    }
}

impl fmt::Debug for Gpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gpu").field("adapter", &self.describe()).finish_non_exhaustive()
    }
}
