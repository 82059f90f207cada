//! When a job's credits are counted, and how many: as its service says where it says anything, else what was estimated (AM-18).

use super::dialect::Charge;
use super::status::Phase;

impl Charge {
    /// What a job is known to cost once it is taken on; `None`: nothing is known to be taken yet.
    #[must_use]
    pub fn at_submit(self, estimate: Option<f64>) -> Option<f64> {
        match self {
            Self::OnSubmit => estimate,
            Self::OnSuccess | Self::Unstated => None,
        }
    }

    /// What it is known to cost by now; `None`: nothing that is not known already. `told`: what the service says.
    #[must_use]
    pub fn by_now(self, phase: Phase, told: Option<f64>, estimate: Option<f64>) -> Option<f64> {
        match (phase, self) {
            (Phase::Running, _) | (_, Self::OnSubmit) => told,
            (Phase::Failed, Self::OnSuccess) => Some(told.unwrap_or(0.0)),
            // A service that calls a job done has charged for it, with a clip or without. And nobody says that what failed is free:
            // a budget counts it rather than exceed itself.
            (Phase::Ready | Phase::ResultMissing, Self::OnSuccess | Self::Unstated) | (Phase::Failed, Self::Unstated) => {
                told.or(estimate)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// HL-12, AM-18
    #[test]
    fn hc_10_credits_are_counted_when_the_document_says_that_they_are_taken() {
        let cost = Some(400.0);
        assert_eq!(Charge::OnSubmit.at_submit(cost), cost);
        assert_eq!((Charge::OnSuccess.at_submit(cost), Charge::Unstated.at_submit(cost)), (None, None));
        assert_eq!(Charge::OnSuccess.by_now(Phase::Ready, None, cost), cost);
        assert_eq!(Charge::OnSuccess.by_now(Phase::Failed, None, cost), Some(0.0), "failed jobs are never charged");
        assert_eq!(Charge::Unstated.by_now(Phase::Ready, Some(380.0), cost), Some(380.0), "the service knows better");
        assert_eq!(Charge::Unstated.by_now(Phase::Failed, None, cost), cost);
        for charge in [Charge::OnSuccess, Charge::Unstated] {
            assert_eq!(charge.by_now(Phase::ResultMissing, None, cost), cost, "what is done was charged, clip or not");
        }
        assert_eq!(Charge::OnSubmit.by_now(Phase::ResultMissing, None, cost), None);
        assert_eq!(Charge::OnSubmit.by_now(Phase::Failed, None, cost), None, "what was taken with the submit stays taken");
        assert_eq!(Charge::OnSubmit.at_submit(None), None, "unknown is not 0");
    }
}
