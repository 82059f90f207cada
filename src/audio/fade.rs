//! The curve of every fade here.

/// Frames of the shortest fade that does not click, 5 ms.
pub(super) const SHORT: usize = 240;

/// The rising half of a raised cosine over `length` steps, sampled between its ends: in `0..1`, and 1 from `length` on.
/// `rise(at) + fall(at) = 1`.
pub(super) fn rise(at: usize, length: usize) -> f32 {
    if at >= length {
        return 1.0;
    }
    let phase = (at as f32 + 0.5) / length as f32;
    0.5 - 0.5 * (std::f32::consts::PI * phase).cos()
}

/// The falling half: 0 from `length` on.
pub(super) fn fall(at: usize, length: usize) -> f32 {
    1.0 - rise(at, length)
}
