//! What a job would cost, before it is submitted: with what that stands on, and how sure it is.

/// What a job would cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Credits; `None`: nobody says. Never 0 for something that costs.
    pub credits: Option<f64>,
    /// US dollars, where the document prices in them.
    pub dollars: Option<f64>,
    /// How sure that is.
    pub confidence: Confidence,
    /// What it stands on, as in `5 s x 80 credits (pro, with sound)`.
    pub basis: String,
}

/// How sure an estimate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// The document prices exactly this.
    Exact,
    /// It costs at least so much.
    Floor,
    /// Nobody says.
    Unknown,
}

/// Prices that the user knows better than the documents do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prices {
    /// Credits per job.
    pub per_job: Option<f64>,
    /// Credits per second of clip.
    pub per_second: Option<f64>,
}
