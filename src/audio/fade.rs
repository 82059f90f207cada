//! The curves of every fade here.

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

/// Gains of the old and the new sound within a cross-fade that keeps the power, given how alike they are: their sum is 1 where
/// they are the same, the sum of their squares is where they have nothing in common (Fink, Holters and Zölzer, "Signal-matched
/// power-complementary cross-fading and dry-wet mixing", DAFx 2016). Sounds in opposite phase are taken as unlike.
pub(super) fn matched(at: usize, length: usize, alike: f32) -> (f32, f32) {
    let (old, new) = (fall(at, length), rise(at, length));
    let alike = alike.clamp(0.0, 1.0);
    let power = old * old + new * new + 2.0 * alike * old * new;
    let gain = power.sqrt().recip();
    (old * gain, new * gain)
}
