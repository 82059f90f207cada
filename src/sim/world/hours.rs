//! Names of the hours.

/// The hour that a name means.
#[must_use]
pub fn hour_of(name: &str) -> Option<f32> {
    Some(match name.trim().to_lowercase().as_str() {
        "dawn" | "daybreak" => 5.9,
        "sunrise" => 6.4,
        "morning" => 8.6,
        "noon" | "midday" | "day" | "daytime" => 12.0,
        "afternoon" => 15.2,
        "golden hour" | "golden" => 17.1,
        "sunset" => 17.55,
        "dusk" | "twilight" => 17.85,
        "evening" => 18.9,
        "night" | "nighttime" => 22.0,
        "midnight" => 0.0,
        _ => return None,
    })
}
