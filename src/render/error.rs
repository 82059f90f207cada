//! What can be wrong with the graphics of a machine. Says what to do about it; decides nothing.

use crate::media::Size;

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GpuError {
    /// No graphics adapter, not even a software rasteriser.
    #[error("no graphics adapter can be used ({reason}): {}", remedy())]
    NoAdapter {
        /// What each backend answered.
        reason: String,
    },
    /// The window system gave no surface to draw to.
    #[error(
        "no drawing surface for the window ({reason}): check the graphics driver, or choose another backend with WGPU_BACKEND=vulkan or WGPU_BACKEND=gl"
    )]
    Surface {
        /// What the graphics library said.
        reason: String,
    },
    /// The adapter is there but gives no device.
    #[error(
        "the graphics adapter {adapter} gives no device ({reason}): update its driver, or choose another backend with WGPU_BACKEND=vulkan or WGPU_BACKEND=gl"
    )]
    NoDevice {
        /// The adapter, described.
        adapter: String,
        /// What the graphics library said.
        reason: String,
    },
    /// The device went away while in use: the driver was reset or updated, or the adapter was unplugged.
    #[error("the graphics device was lost ({reason}): start the program again")]
    Lost {
        /// What the driver said.
        reason: String,
    },
    /// The graphics library refused a call, or ran out of memory.
    #[error(
        "drawing failed ({reason}): a lower tier or a smaller window needs less memory; otherwise this is a defect worth reporting"
    )]
    Fault {
        /// What the graphics library said.
        reason: String,
    },
    /// A picture or target larger than the adapter takes.
    #[error(
        "{size} is larger than this adapter draws, which is at most {most}x{most}: choose a lower tier or a smaller window"
    )]
    TooLarge {
        /// The size asked for.
        size: Size,
        /// The adapter's largest side.
        most: u32,
    },
    /// A target without pixels.
    #[error("{size} holds no pixel: both sides must be at least 1")]
    Empty {
        /// The size asked for.
        size: Size,
    },
    /// The adapter did not finish in time.
    #[error("the graphics adapter did not finish within {seconds} s: its driver hangs or the machine is overloaded")]
    Stalled {
        /// How long it was waited for.
        seconds: u64,
    },
}

fn remedy() -> String {
    let mut remedy = if cfg!(target_os = "linux") {
        "install one, a software rasteriser is enough: `apt install mesa-vulkan-drivers` (Debian, Ubuntu), \
         `dnf install mesa-vulkan-drivers` (Fedora), `pacman -S vulkan-swrast` (Arch)"
    } else {
        "install or update the graphics driver"
    }
    .to_owned();
    if let Ok(backend) = std::env::var("WGPU_BACKEND") {
        remedy.push_str(&format!("; WGPU_BACKEND={backend:?} narrows the choice, try without it"));
    }
    remedy
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clear error that names what to install (issue of the main job, player).
    #[cfg(target_os = "linux")]
    #[test]
    fn a_missing_adapter_names_the_package_to_install() {
        let message = GpuError::NoAdapter { reason: "vulkan found nothing".into() }.to_string();
        assert!(message.contains("mesa-vulkan-drivers") && message.contains("vulkan found nothing"), "{message}");
    }
}
