//! Where a picture lands in a target of another shape. Arithmetic only.

use crate::media::Size;

/// A rectangle of whole pixels in a target, from its top left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    /// Columns left of it.
    pub x: u32,
    /// Rows above it.
    pub y: u32,
    /// Its size.
    pub size: Size,
}

/// The largest rectangle of the picture's proportions that fits into the target, centred, rounded to whole pixels and never
/// thinner than one. Empty where either side has no pixel.
#[must_use]
pub fn letterbox(picture: Size, target: Size) -> Rect {
    if [picture.width, picture.height, target.width, target.height].contains(&0) {
        return Rect::default();
    }
    let wide = [picture.width, picture.height, target.width, target.height].map(u64::from);
    let [picture_width, picture_height, target_width, target_height] = wide;
    let rounded = |numerator: u64, denominator: u64, most: u32| {
        u32::try_from((numerator + denominator / 2) / denominator).unwrap_or(most).clamp(1, most)
    };
    let size = if target_width * picture_height <= target_height * picture_width {
        Size { width: target.width, height: rounded(target_width * picture_height, picture_width, target.height) }
    } else {
        Size { width: rounded(target_height * picture_width, picture_height, target.width), height: target.height }
    };
    Rect { x: (target.width - size.width) / 2, y: (target.height - size.height) / 2, size }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn bars_stand_left_and_right_of_a_picture_in_a_wider_target() {
        assert_eq!(letterbox(size(640, 360), size(1000, 360)), Rect { x: 180, y: 0, size: size(640, 360) });
    }

    #[test]
    fn bars_stand_above_and_below_a_picture_in_a_taller_target() {
        assert_eq!(letterbox(size(640, 360), size(320, 400)), Rect { x: 0, y: 110, size: size(320, 180) });
    }

    #[test]
    fn an_empty_side_gives_an_empty_rectangle() {
        assert_eq!(letterbox(size(0, 360), size(320, 400)), Rect::default());
        assert_eq!(letterbox(size(640, 360), size(320, 0)), Rect::default());
    }

    proptest! {
        #[test]
        fn the_rectangle_fits_touches_two_sides_and_keeps_proportions_to_a_pixel(
            picture_width in 1_u32..5000, picture_height in 1_u32..5000, width in 1_u32..5000, height in 1_u32..5000,
        ) {
            let rect = letterbox(size(picture_width, picture_height), size(width, height));
            prop_assert!(rect.size.width >= 1 && rect.size.height >= 1);
            prop_assert!(rect.x + rect.size.width <= width && rect.y + rect.size.height <= height);
            prop_assert!(rect.size.width == width || rect.size.height == height);
            let ideal_height = f64::from(rect.size.width) * f64::from(picture_height) / f64::from(picture_width);
            let ideal_width = f64::from(rect.size.height) * f64::from(picture_width) / f64::from(picture_height);
            let close = (ideal_height - f64::from(rect.size.height)).abs() <= 0.5 + 1e-9
                || (ideal_width - f64::from(rect.size.width)).abs() <= 0.5 + 1e-9;
            prop_assert!(close || rect.size.width == 1 || rect.size.height == 1);
        }
    }
}
