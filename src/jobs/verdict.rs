//! What a fault leaves open: of a submit above all whether the service may have taken the job on, of a question whether it is worth
//! repeating (X-5, HA-21).

use std::time::Duration;

use super::job_io::JobFault;
use super::problem::{Problem, ProblemKind};

/// What is known of a submit that was not answered by an id.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Submitting {
    /// It never left, and may on another try.
    Unsent,
    /// It never left, and never will.
    Never,
    /// The service did not take it on, and may later.
    NotNow(Problem),
    /// The service did not take it on.
    Refused(Problem),
    /// Nobody knows.
    Unknown,
}

/// What is known of a question that was not answered.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Checking {
    /// It, or its answer, was lost on the way.
    Lost,
    /// It cannot be asked.
    Never,
    /// It was asked too often.
    Limited(Problem),
    /// The service fails.
    Failing(Problem),
    /// Asking again would not change the answer.
    Refused(Problem),
}

pub(super) fn of_submit(fault: JobFault) -> Submitting {
    let problem = match fault {
        JobFault::Unsent { again: true } => return Submitting::Unsent,
        JobFault::Unsent { again: false } => return Submitting::Never,
        JobFault::Lost => return Submitting::Unknown,
        JobFault::Problem(problem) => problem,
    };
    match (problem.status, problem.kind) {
        // The service's own word, also inside of an answer that calls itself a success.
        (200..=299 | 429, ProblemKind::RateLimited) => Submitting::NotNow(problem),
        (200..=299, ProblemKind::Garbled | ProblemKind::Server) => Submitting::Unknown,
        (200..=299, _) => Submitting::Refused(problem),
        // These say by their definition that the request was not acted on (RFC 9110, section 15.4); 302 and 303 may come after the
        // deed.
        (301 | 307 | 308, _) => Submitting::Refused(problem),
        (429, _) => Submitting::NotNow(problem),
        // 408: whether the request was complete when the service lost its patience is not for this side to know.
        (408, _) => Submitting::Unknown,
        (400..=499, _) => Submitting::Refused(problem),
        _ => Submitting::Unknown,
    }
}

pub(super) fn of_check(fault: JobFault) -> Checking {
    let problem = match fault {
        JobFault::Unsent { again: false } => return Checking::Never,
        JobFault::Unsent { again: true } | JobFault::Lost => return Checking::Lost,
        JobFault::Problem(problem) => problem,
    };
    match (problem.status, problem.kind) {
        (429, _) | (_, ProblemKind::RateLimited) => Checking::Limited(problem),
        (408 | 425 | 500..=599, _) | (_, ProblemKind::Server) => Checking::Failing(problem),
        // Half an answer, or one of somebody who stands between.
        (200..=299, ProblemKind::Garbled) => Checking::Failing(problem),
        _ => Checking::Refused(problem),
    }
}

impl JobFault {
    /// Whether a question that met it may be answered on another try.
    #[must_use]
    pub fn passes(&self) -> bool {
        !matches!(of_check(self.clone()), Checking::Never | Checking::Refused(_))
    }

    /// Whether a request that met it, of whatever kind, left nothing at the service and may be taken on another try.
    #[must_use]
    pub fn left_nothing(&self) -> bool {
        matches!(of_submit(self.clone()), Submitting::Unsent | Submitting::NotNow(_))
    }

    /// After which time to ask again, where the service says it.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem(problem) => problem.retry_after,
            Self::Unsent { .. } | Self::Lost => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(status: u16, kind: ProblemKind) -> JobFault {
        JobFault::Problem(Problem { kind, status, code: None, message: String::new(), hint: None, retry_after: None })
    }

    /// HC-31, X-5
    #[test]
    fn hl_21_a_submit_is_repeated_only_where_it_left_nothing() {
        use ProblemKind as K;
        for status in 100..=599 {
            for kind in [K::Auth, K::Credits, K::Plan, K::NotFound, K::RateLimited, K::Invalid, K::Server, K::Garbled] {
                let again = matches!(of_submit(problem(status, kind)), Submitting::NotNow(_) | Submitting::Unsent);
                let said = status == 429 || (kind == K::RateLimited && (200..300).contains(&status));
                assert_eq!(again, said, "{status} {kind:?}");
            }
        }
        assert_eq!(of_submit(JobFault::Unsent { again: true }), Submitting::Unsent);
        assert_eq!(of_submit(JobFault::Lost), Submitting::Unknown);
    }

    #[test]
    fn what_may_have_been_carried_out_is_told_apart_from_what_was_not() {
        use ProblemKind as K;
        for (status, kind) in [(500, K::Server), (502, K::Garbled), (503, K::Server), (504, K::Server), (408, K::Server)] {
            assert_eq!(of_submit(problem(status, kind)), Submitting::Unknown, "{status}");
        }
        for (status, kind) in [(200, K::Garbled), (201, K::Garbled), (204, K::Garbled), (200, K::Server), (303, K::Garbled)]
        {
            assert_eq!(of_submit(problem(status, kind)), Submitting::Unknown, "{status}");
        }
        for (status, kind) in [(400, K::Invalid), (401, K::Auth), (402, K::Credits), (403, K::Plan), (404, K::NotFound)] {
            assert!(matches!(of_submit(problem(status, kind)), Submitting::Refused(_)), "{status}");
        }
        for (status, kind) in [(413, K::TooLarge), (422, K::Invalid), (200, K::Credits), (308, K::Garbled)] {
            assert!(matches!(of_submit(problem(status, kind)), Submitting::Refused(_)), "{status}");
        }
    }

    /// HA-21, AM-10
    #[test]
    fn x_5_a_question_is_repeated_on_408_429_5xx_and_the_networks_failures_alone() {
        use ProblemKind as K;
        for status in [408, 500, 502, 503, 504] {
            assert!(matches!(of_check(problem(status, K::Server)), Checking::Failing(_)), "{status}");
        }
        assert!(matches!(of_check(problem(429, K::RateLimited)), Checking::Limited(_)));
        assert_eq!(of_check(JobFault::Lost), Checking::Lost);
        for (status, kind) in [(400, K::Invalid), (401, K::Auth), (402, K::Credits), (403, K::Plan), (404, K::NotFound)] {
            assert!(matches!(of_check(problem(status, kind)), Checking::Refused(_)), "{status}");
        }
    }
}
