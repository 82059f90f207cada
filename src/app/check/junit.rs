//! A run as CI systems read it: JUnit XML, a suite per group, and one for the worlds.

use quick_junit::{NonSuccessKind, Property, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::report::Report;
use super::run::{Done, Outcome};

/// The run as XML.
///
/// # Errors
/// What the library says, where it cannot print.
pub fn report(report: &Report) -> Result<String, String> {
    let mut junit = Junit::new("seaglass check");
    junit.set_time(report.took);
    let mut suite: Option<TestSuite> = None;
    for done in &report.done {
        if suite.as_ref().is_some_and(|suite| suite.name.as_str() != done.case.group()) {
            junit.add_test_suites(suite.take());
        }
        suite.get_or_insert_with(|| TestSuite::new(done.case.group())).add_test_case(case(done, report));
    }
    junit.add_test_suites(suite);
    junit.add_test_suite(worlds(report));
    junit.to_string().map_err(|error| error.to_string())
}

/// A run that came to no report, as XML: an error, so that nobody takes it for one that passed.
///
/// # Errors
/// What the library says, where it cannot print.
pub fn abandoned(why: &str) -> Result<String, String> {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(why);
    let mut test = TestCase::new("the run comes to a report", status);
    test.set_classname("seaglass.run");
    let mut suite = TestSuite::new("run");
    suite.add_test_case(test);
    let mut junit = Junit::new("seaglass check");
    junit.add_test_suite(suite);
    junit.to_string().map_err(|error| error.to_string())
}

fn case(done: &Done, report: &Report) -> TestCase {
    let mut status = match &done.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Skipped(_) => TestCaseStatus::skipped(),
        Outcome::Failed { .. } => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    match &done.outcome {
        Outcome::Passed => {}
        Outcome::Skipped(why) => drop(status.set_message(why)),
        Outcome::Failed { expected, found, .. } => {
            status.set_type(done.case.level.name()).set_message(format!("expected: {expected}; found: {found}"));
            status.set_description(format!(
                "{}\nexpected: {expected}\nfound:    {found}\nseed:     {}",
                done.case.says, report.seed
            ));
        }
    }
    let mut test = TestCase::new(done.case.id, status);
    test.set_classname(format!("seaglass.{}", done.case.group())).set_time(done.took);
    test.add_property(Property::new("level", done.case.level.name()));
    test.add_property(Property::new("rows", done.case.rows));
    test.add_property(Property::new("section", done.case.section));
    if let Outcome::Failed { transcript, .. } = &done.outcome {
        test.set_system_out(transcript.join("\n"));
    }
    test
}

/// The proof that no world was left open.
fn worlds(report: &Report) -> TestSuite {
    let left = report.left_open();
    let mut status = TestCaseStatus::success();
    if !left.is_empty() {
        status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let ids: Vec<&str> = left.iter().map(|world| world.id.as_str()).collect();
        status.set_type("MUST").set_message(format!("still open: {}", ids.join(", ")));
    }
    let mut test = TestCase::new("no world is left open", status);
    let lines: Vec<String> = report
        .worlds
        .iter()
        .map(|world| format!("{}  made by {}  {}", world.id, world.case, if world.gone { "gone" } else { "LEFT OPEN" }))
        .collect();
    test.set_classname("seaglass.worlds").set_system_out(lines.join("\n"));
    let mut suite = TestSuite::new("worlds");
    suite.add_test_case(test);
    suite
}
