//! Whether there is a display. It opens none.

/// Whether a window could be opened: on systems where a display has an address, whether there is one.
pub fn there() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || set("DISPLAY") || set("WAYLAND_DISPLAY") || set("WAYLAND_SOCKET")
}
