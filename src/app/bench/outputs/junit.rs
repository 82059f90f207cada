//! A run as CI systems read it: JUnit XML, a test case for each objective, and one for the run itself.

use quick_junit::{NonSuccessKind, Property, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::sections::measured;
use super::words;
use crate::measure::{Outcome, Report, Scalar};

/// The run as XML.
///
/// # Errors
/// What the library says, where it cannot print.
pub fn report(report: &Report) -> Result<String, String> {
    let mut junit = Junit::new(format!("seaglass bench {}", report.name));
    let took = std::time::Duration::try_from_secs_f64(report.duration_s).unwrap_or_default();
    junit.set_time(took);
    let mut suite = TestSuite::new("objectives");
    for verdict in &report.objectives {
        let says = format!("measured {}, n {}: {}", measured(verdict), verdict.n, verdict.why);
        let mut status = match verdict.outcome {
            Outcome::Pass | Outcome::None => TestCaseStatus::success(),
            Outcome::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
            // Not a miss, and not to be read as kept either.
            Outcome::Insufficient => TestCaseStatus::non_success(NonSuccessKind::Error),
        };
        if !matches!(verdict.outcome, Outcome::Pass | Outcome::None) {
            status.set_type(words::outcome(verdict.outcome)).set_message(&says);
        }
        let mut case = TestCase::new(&verdict.objective, status);
        case.set_classname(format!("seaglass.bench.{}", verdict.metric));
        case.add_property(Property::new("measured", measured(verdict)));
        case.add_property(Property::new("n", verdict.n.to_string()));
        suite.add_test_case(case);
    }
    junit.add_test_suite(suite);
    let mut suite = TestSuite::new("run");
    suite.add_test_case(case("everything that was planned was done", report.complete, &report.notes.join("; ")));
    let leaked = report.scalar(Scalar::LeakedSessions);
    let says = leaked.map_or_else(|| "nobody knows".to_owned(), |leaked| format!("{leaked:.0} may be left open"));
    suite.add_test_case(case("no session is left open", leaked == Some(0.0), &says));
    junit.add_test_suite(suite);
    junit.to_string().map_err(|error| error.to_string())
}

fn case(name: &str, holds: bool, says: &str) -> TestCase {
    let mut status = TestCaseStatus::success();
    if !holds {
        status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("run").set_message(says);
    }
    let mut case = TestCase::new(name, status);
    case.set_classname("seaglass.bench.run");
    case
}

#[cfg(test)]
mod tests {
    use super::super::recordings::{Made, report as judged};

    #[test]
    fn a_missed_objective_is_a_failure_and_one_without_data_an_error() {
        let mut recording = Made { name: "<a> & \"b\"\u{1}".into(), ..Made::default() }.recording();
        recording.end.complete = false;
        let text = super::report(&judged(&recording)).expect("printed");
        let junit = quick_junit::Report::deserialize_from_str(&text).expect("well-formed");
        assert_eq!((junit.tests, junit.failures, junit.errors), (7, 2, 1), "{text}");
        assert!(text.contains("everything that was planned was done"), "{text}");
    }
}
