//! What goes wrong with clips, as the user sees it: what, why, what to do, and one exit status for each.

use crate::app::errors::{Exit, Failure};
use crate::app::remote;
use crate::clips::ClipError;
use crate::jobs::{Backend, JobState, Problem, ProblemKind, Violation};
use crate::net::NetError;

/// An error of an agency.
pub fn of(error: &ClipError, backend: Backend) -> Failure {
    match error {
        ClipError::Violations(found) => violations(found),
        ClipError::Budget(denied) => {
            let fix =
                "wait for the next day or month, or raise the budget in the settings; `seaglass world budget` shows it";
            Failure::new("budget", Exit::Budget, "the budget does not allow it; nothing was sent", denied, fix)
        }
        ClipError::Books(error) => remote::books_failure(error),
        ClipError::NoBooks => {
            let fix = "name one with --books FILE or SEAGLASS_BOOKS";
            Failure::new("books", Exit::Usage, "there is no journal", "a submit without one could be lost", fix)
        }
        ClipError::Refused(problem) => refused(problem, backend),
        ClipError::Net(error) => net(error),
        ClipError::OutcomeUnknown { key, why } => outcome_unknown(why, &format!("seaglass job settle {key}")),
        ClipError::NotUnknown { id, state } => {
            let fix = "only jobs that are unknown are settled by hand: `seaglass job list --state unknown` shows them";
            let why = match state {
                JobState::Intent => "it is being submitted at this moment".to_owned(),
                state => format!("it is {}", state.name()),
            };
            Failure::usage(&format!("the job {id} is not unknown, so nothing is to be settled"), &why, fix)
        }
        ClipError::IdTaken { id, key } => {
            let why = format!("it is the id of the job {key}, which was submitted here, too");
            let fix = format!("look again: `seaglass job show {key}` shows that one; or, if there is no other: --never");
            Failure::usage(&format!("{id} is another job; nothing was settled"), &why, &fix)
        }
        ClipError::Failed { id, why } => {
            let paid = match backend {
                Backend::HhLab => "a failed job costs nothing there; change the prompt and submit again",
                Backend::HhApp | Backend::HhCustomer => {
                    "change the prompt or the inputs and submit again; keep its id for support"
                }
            };
            Failure::new("job-failed", Exit::Session, format!("the job {id} failed at the service"), why, paid)
        }
        ClipError::ResultMissing { id } => {
            let what = format!("the job {id} is done, and the service names no clip");
            let why = "what the service takes for a job that is done stays booked, and waiting on changes nothing";
            let fix = format!("ask the service's support, with its id; `seaglass job show {id}` asks once more");
            Failure::new("no-clip", Exit::Session, what, why, fix)
        }
        ClipError::StillRunning { id } => {
            let what = format!("the job {id} is still running; the wait for it ended");
            Failure::new("still-running", Exit::StillRunning, what, "it goes on without us", resume_later(id))
        }
        ClipError::Expired { id, why } => {
            let fix = "where the service names no new link, nothing can bring it back; a clip is best downloaded as soon as it is ready \
                       (`job submit --wait`)";
            Failure::new("expired", Exit::NotFound, format!("the clip of job {id} can no longer be had"), why, fix)
        }
        ClipError::NoClip { id, why } => {
            let fix = "try again later; where it stays so, tell whoever runs the service";
            Failure::new("no-clip", Exit::Session, format!("the clip of {id} cannot be downloaded"), why, fix)
        }
        ClipError::Upload { why } => {
            let fix = "try again; no job was submitted, so nothing was charged";
            Failure::new("upload", Exit::Network, "a file could not be uploaded", why, fix)
        }
        ClipError::File { path, why } => {
            let what = format!("{} cannot be used", path.display());
            Failure::new("file", Exit::Unexpected, what, why, "check the path, its permissions and the room that is left")
        }
        ClipError::NoPlace { jobs } => {
            let why = format!("{jobs} jobs are under way, as the journal has it, and none ended in time; nothing was sent");
            let fix = "wait for them (`seaglass job list --state running`), settle what is unknown, which may be running, too \
                 (`--state unknown`), or say how many it takes: `jobs` of its settings";
            Failure::new("rate-limit", Exit::RateLimit, "the service takes no more jobs at once", why, fix)
        }
        ClipError::NotSubmitted { key, why } => {
            let what = format!("the job {key} was never taken on, so there is nothing to wait for");
            Failure::new("not-found", Exit::NotFound, what, why, "it cost nothing; submit it again")
        }
        ClipError::NoSuchJob { id } => {
            let fix =
                "`seaglass job list` shows the jobs of this journal; one of elsewhere needs --backend (and --base-url)";
            let what = format!("the journal has no job {id}");
            Failure::new("not-found", Exit::NotFound, what, "so neither its service nor its address is known", fix)
        }
    }
}

/// What stopped a submit. No job is looked for by then, so that what is not found is the address.
pub fn of_submit(failure: Failure, error: &ClipError) -> Failure {
    match error {
        ClipError::Refused(problem) if problem.kind == ProblemKind::NotFound => {
            let fix = "check --base-url: that of hh-lab ends in /v1, those of the others have no path; no job was submitted";
            Failure { what: "there is no such service at this address".to_owned(), fix: fix.to_owned(), ..failure }
        }
        _ => failure,
    }
}

/// A submit whose answer was lost. `settle`: the command by which its user says what became of it.
pub fn outcome_unknown(why: &str, settle: &str) -> Failure {
    let what = "nobody knows whether the service took the job: it may have been charged, and is not sent again";
    let fix = format!(
        "look for it on the service's own pages, or in its credits\nit is there: {settle} --id ID\nit is not: {settle} --never  (then \
         submit again)"
    );
    Failure::new("outcome-unknown", Exit::OutcomeUnknown, what, why, fix)
}

/// A request that would be refused: everything that is wrong with it.
pub fn violations(found: &[Violation]) -> Failure {
    let lines: Vec<String> = found.iter().map(|one| format!("{}: {}\n  -> {}", one.field, one.what, one.fix)).collect();
    let what = match found.len() {
        1 => "the request does not fit; nothing was sent".to_owned(),
        count => format!("the request does not fit in {count} places; nothing was sent"),
    };
    Failure::new("request", Exit::Usage, what, lines.join("\n"), "correct what is listed; --dry-run shows the whole request")
}

/// A refusal of the service.
fn refused(problem: &Problem, backend: Backend) -> Failure {
    let (code, exit, fix) = match problem.kind {
        ProblemKind::Auth => ("auth", Exit::Auth, auth_fix(backend)),
        ProblemKind::Credits => ("payment", Exit::Payment, "buy credits, or ask for a shorter or smaller clip"),
        ProblemKind::Plan => ("payment", Exit::Payment, "leave out what the plan does not allow, or change the plan"),
        ProblemKind::NotFound => {
            ("not-found", Exit::NotFound, "check the id, and that the key is of the account that submitted the job")
        }
        ProblemKind::RateLimited => {
            ("rate-limit", Exit::RateLimit, "wait, and try again; nothing was charged for what was refused")
        }
        ProblemKind::Invalid => ("request", Exit::Usage, "correct what the service names"),
        ProblemKind::TooLarge => ("request", Exit::Usage, "make the file smaller"),
        ProblemKind::TypeNotSupported => ("request", Exit::Usage, "convert the file to a type that the service takes"),
        ProblemKind::Server => ("connect", Exit::Network, "try again later; a job that has an id goes on meanwhile"),
        ProblemKind::Garbled => {
            ("protocol", Exit::Session, "check --base-url; if it is right, tell whoever runs the service")
        }
    };
    let fix = problem.hint.clone().map_or_else(|| fix.to_owned(), |hint| with_hint(&hint, problem.kind, fix));
    Failure::new(code, exit, what(problem.kind), problem, fix)
}

fn with_hint(hint: &str, kind: ProblemKind, fix: &str) -> String {
    // What every hint about a key, the credits or an address that has moved says is what to do.
    let enough = matches!(kind, ProblemKind::Auth | ProblemKind::Credits | ProblemKind::Invalid);
    if enough { hint.to_owned() } else { format!("{hint}\n{fix}") }
}

const fn auth_fix(backend: Backend) -> &'static str {
    match backend {
        Backend::HhCustomer => {
            "check the key; keys are made under Dashboard / Settings / API Keys once they are enabled for the workspace; if that \
             page is missing, ask your HappyHorse administrator or support"
        }
        Backend::HhApp => "check the key; the API Keys page of the dashboard makes new ones",
        Backend::HhLab => {
            "check the key; the API is in private preview, and keys are made in the dashboard once it is open to you"
        }
    }
}

const fn what(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Auth => "the service refuses the key",
        ProblemKind::Credits => "the balance does not suffice",
        ProblemKind::Plan => "the plan does not allow it",
        ProblemKind::NotFound => "the service knows no such job",
        ProblemKind::RateLimited => "the service takes no more for now",
        ProblemKind::Invalid => "the service refuses the request",
        ProblemKind::TooLarge => "the file is too large for the service",
        ProblemKind::TypeNotSupported => "the service does not take files of that type",
        ProblemKind::Server => "the service failed",
        ProblemKind::Garbled => "the service's answer cannot be read",
    }
}

/// A failure on the way to a service.
pub fn net(error: &NetError) -> Failure {
    match error {
        NetError::Url { .. } => Failure::new("usage", Exit::Usage, "the address cannot be used", error, "correct it"),
        NetError::InsecureKey { .. } => {
            let fix = "use https; --allow-plaintext-key sends it all the same, for everybody on the way to read";
            Failure::new("auth", Exit::Auth, "the key is not sent", error, fix)
        }
        NetError::Header { .. } => Failure::new("key", Exit::Usage, "the key cannot be sent", error, "check the key"),
        NetError::Roots { .. } | NetError::Tls { .. } => {
            let fix = "`seaglass explain tls` says what can be done";
            Failure::new("tls", Exit::Network, "the secure connection could not be made", error, fix)
        }
        _ => {
            let fix = "check the network and the address, and try again; a job that has an id goes on meanwhile";
            Failure::new("connect", Exit::Network, "the service could not be reached", error, fix)
        }
    }
}

fn resume_later(id: &str) -> String {
    format!("wait on: seaglass job wait {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(kind: ProblemKind) -> Problem {
        let message = "words of the service".to_owned();
        Problem { kind, status: 400, code: Some("CODE".to_owned()), message, hint: None, retry_after: None }
    }

    #[test]
    fn each_kind_of_problem_has_its_exit_status() {
        for (kind, exit) in [
            (ProblemKind::Auth, 3),
            (ProblemKind::Credits, 4),
            (ProblemKind::Plan, 4),
            (ProblemKind::NotFound, 5),
            (ProblemKind::RateLimited, 9),
            (ProblemKind::Invalid, 2),
            (ProblemKind::TooLarge, 2),
            (ProblemKind::TypeNotSupported, 2),
            (ProblemKind::Server, 7),
            (ProblemKind::Garbled, 6),
        ] {
            let failure = of(&ClipError::Refused(problem(kind)), Backend::HhApp);
            assert_eq!(failure.exit as u8, exit, "{kind:?}");
            assert!(failure.why.contains("CODE") && failure.why.contains("words of the service"), "{failure}");
        }
        let still = of(&ClipError::StillRunning { id: "n92".to_owned() }, Backend::HhApp);
        assert_eq!(still.exit as u8, 8);
        assert!(still.fix.contains("seaglass job wait n92"));
    }

    #[test]
    fn a_submit_that_finds_nothing_has_the_wrong_address() {
        let error = ClipError::Refused(problem(ProblemKind::NotFound));
        let failure = of_submit(of(&error, Backend::HhLab), &error);
        assert!(failure.fix.contains("/v1") && !failure.what.contains("job"), "{failure}");
        assert_eq!(failure.exit as u8, 5);
    }

    /// HC-1: whoever is refused learns that the workspace may have no keys yet.
    #[test]
    fn hc_1_a_refused_key_of_a_customer_says_where_keys_come_from() {
        let failure = of(&ClipError::Refused(problem(ProblemKind::Auth)), Backend::HhCustomer);
        for part in ["Dashboard / Settings / API Keys", "administrator"] {
            assert!(failure.fix.contains(part), "{failure}");
        }
    }

    /// HC-29
    #[test]
    fn a_hint_of_the_plan_is_what_to_do() {
        let hint = Some("--ref-audio needs plan pro, you have basic".to_owned());
        let failure = of(&ClipError::Refused(Problem { hint, ..problem(ProblemKind::Plan) }), Backend::HhCustomer);
        assert!(failure.fix.contains("--ref-audio needs plan pro"), "{failure}");
    }

    #[test]
    fn a_hint_that_says_what_to_do_is_all_that_is_said() {
        let hint = Some("give the service's final address as --base-url".to_owned());
        for kind in [ProblemKind::Invalid, ProblemKind::Credits, ProblemKind::Auth] {
            let failure = of(&ClipError::Refused(Problem { hint: hint.clone(), ..problem(kind) }), Backend::HhApp);
            assert_eq!(Some(&failure.fix), hint.as_ref(), "{kind:?}");
        }
    }

    #[test]
    fn every_code_is_explained() {
        let violation = Violation::new("duration", "is 99", "write 3 to 15");
        let id = "x".to_owned();
        let errors = [
            ClipError::Violations(vec![violation]),
            ClipError::NoBooks,
            ClipError::OutcomeUnknown { key: id.clone(), why: id.clone() },
            ClipError::Failed { id: id.clone(), why: id.clone() },
            ClipError::ResultMissing { id: id.clone() },
            ClipError::StillRunning { id: id.clone() },
            ClipError::Expired { id: id.clone(), why: id.clone() },
            ClipError::NoClip { id: id.clone(), why: id.clone() },
            ClipError::Upload { why: id.clone() },
            ClipError::NotUnknown { id: id.clone(), state: JobState::Running },
            ClipError::IdTaken { id: id.clone(), key: id.clone() },
            ClipError::NoSuchJob { id },
        ];
        for error in errors {
            let code = of(&error, Backend::HhLab).code;
            assert!(crate::app::explain::CODES.iter().any(|(known, _)| *known == code), "{code}");
        }
    }
}
