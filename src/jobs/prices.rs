//! What the user's own table of prices says of a clip. The documents' prices stand in the dialects.

use super::estimate::Prices;

/// Credits by the user's table, and what they stand on; `None` where the table does not say. A price that is no number, or below 0, is
/// none.
pub(super) fn by_own_table(prices: &Prices, seconds: Option<f64>) -> Option<(f64, String)> {
    let sound = |price: Option<f64>| price.filter(|price| price.is_finite() && *price >= 0.0);
    let (credits, basis) = match (sound(prices.per_job), sound(prices.per_second), seconds) {
        (Some(job), Some(second), Some(seconds)) => {
            (second.mul_add(seconds, job), format!("{job} a job + {seconds} s x {second} credits"))
        }
        (None, Some(second), Some(seconds)) => (seconds * second, format!("{seconds} s x {second} credits")),
        (Some(job), None, _) => (job, format!("{job} credits a job")),
        _ => return None,
    };
    credits.is_finite().then(|| (credits, format!("your price table: {basis}")))
}
