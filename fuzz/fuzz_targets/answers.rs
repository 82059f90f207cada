//! Answers of the three services that make clips: whatever comes, to whichever question, nothing panics, and what is taken from it is
//! bounded and fit to print. The first byte chooses the service, the second the HTTP status; the rest is the body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seaglass::jobs::{Backend, JobFault, Phase, Problem, ProblemKind, Reply, balance, dialect, ranges};

/// `0` in a corpus file is 200, and so on.
const STATUSES: [u16; 16] = [200, 201, 204, 301, 400, 401, 402, 403, 404, 408, 413, 415, 429, 500, 503, 999];

fn printable(text: &str, most: usize) {
    assert!(text.chars().count() <= most && !text.chars().any(char::is_control), "{text:?}");
}

fn link(text: &str) {
    let url = text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"));
    assert!(url && text.len() <= 16 * 1024 && !text.chars().any(|c| c.is_whitespace() || c.is_control()), "{text:?}");
}

fn refused(problem: Problem, status: u16) {
    assert_eq!(problem.status, status);
    assert!(!problem.message.is_empty());
    printable(&problem.message, 500);
    problem.code.iter().for_each(|code| printable(code, 64));
    problem.hint.iter().for_each(|hint| printable(hint, 500));
    let said = status == 429 || ((200..300).contains(&status) && problem.kind == ProblemKind::RateLimited);
    assert_eq!(JobFault::Problem(problem).left_nothing(), said, "a submit is sent again only where the service says so");
}

fuzz_target!(|data: &[u8]| {
    let [service, status, body @ ..] = data else { return };
    let dialect = dialect(Backend::ALL[usize::from(*service) % 3]);
    let status = STATUSES[usize::from(*status) % 16];
    let success = (200..300).contains(&status);
    let reply = Reply { status, retry_after: None, body };
    match dialect.read_accepted(&reply) {
        Ok(accepted) => {
            assert!(success && !accepted.id.is_empty());
            printable(&accepted.id, 512);
            printable(&accepted.word, 64);
            let _ = dialect.status(&accepted.id);
        }
        Err(problem) => refused(problem, status),
    }
    match dialect.read_status(&reply) {
        Ok(status) => {
            assert!(success && !status.word.is_empty() && status.results.len() <= 64);
            assert!(status.phase != Phase::Ready || !status.results.is_empty(), "a clip that is ready can be had");
            assert!(status.phase != Phase::ResultMissing || (status.results.is_empty() && status.error.is_some()));
            status.results.iter().chain(&status.thumbnail).for_each(|one| link(one));
            assert!(status.progress.is_none_or(|part| (0.0..=1.0).contains(&part)));
            assert!(status.credits.is_none_or(|credits| credits.is_finite() && credits >= 0.0));
            printable(&status.word, 64);
            status.error.iter().for_each(|error| printable(error, 500));
            for phase in [Phase::Running, Phase::Ready, Phase::Failed, Phase::ResultMissing] {
                let due = dialect.charge().by_now(phase, status.credits, None);
                assert!(due.is_none_or(|due| due.is_finite() && due >= 0.0));
            }
        }
        Err(problem) => refused(problem, status),
    }
    match dialect.read_presigned(&reply) {
        Ok(presigned) => {
            assert!(success && !presigned.key.is_empty());
            printable(&presigned.key, 512);
            [Some(&presigned.upload_url), presigned.public_url.as_ref()].into_iter().flatten().for_each(|one| link(one));
            assert!(!format!("{presigned:?}").contains(&presigned.upload_url), "whoever has it may write there");
        }
        Err(problem) => refused(problem, status),
    }
    match dialect.read_any(&reply) {
        Ok(said) => {
            assert!(success && balance(&said).is_none_or(f64::is_finite));
            if let Some(ranges) = ranges(&said) {
                let spans = [ranges.duration, ranges.motion_strength];
                assert!(spans.into_iter().flatten().all(|span| span.least <= span.most && span.most.is_finite()));
                assert!(ranges.fps.is_none_or(|all| (1..=64).contains(&all.len())));
                assert!(ranges.resolution.is_none_or(|all| (1..=64).contains(&all.len())));
            }
        }
        Err(problem) => refused(problem, status),
    }
});
