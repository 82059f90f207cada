//! Every case, in the order of its groups; and the choice of those that are meant.

use super::case::Case;
use super::{auth, cmd, create, events, life, limit, quality, reconn, robust, stream, sync};
use crate::app::errors::{Exit, Failure};

/// The groups, in order.
const GROUPS: [&str; 10] = ["auth", "create", "life", "cmd", "stream", "sync", "reconn", "limit", "quality", "robust"];

/// Theme and number.
fn numbers(case: &Case) -> Vec<u8> {
    case.id.split('/').skip(1).filter_map(|part| part.parse().ok()).collect()
}

/// Every case.
pub fn all() -> Vec<&'static Case> {
    let groups: [&'static [Case]; 11] = [
        auth::CASES,
        create::CASES,
        life::CASES,
        cmd::CASES,
        stream::CASES,
        sync::CASES,
        reconn::CASES,
        limit::CASES,
        quality::CASES,
        robust::CASES,
        events::CASES,
    ];
    let mut all: Vec<&'static Case> = groups.into_iter().flatten().collect();
    // What a group shares with another stands in the other's file; the order is that of the groups.
    let place = |case: &Case| GROUPS.iter().position(|group| *group == case.group());
    all.sort_by_key(|case| (place(case), numbers(case)));
    all
}

/// The cases that are meant: those of `only`, or all where it is empty, without those of `skip`.
///
/// # Errors
/// A word that means no case: a slip of the pen must not pass as a check that found nothing.
pub fn choose(only: &[String], skip: &[String]) -> Result<Vec<&'static Case>, Failure> {
    let all = all();
    for word in only.iter().chain(skip) {
        if !all.iter().any(|case| case.is_meant_by(word)) {
            let mut groups: Vec<&str> = all.iter().map(|case| case.group()).collect();
            groups.dedup();
            let what = format!("no case is meant by {word:?}");
            let why = format!("ids begin with {}", groups.join(", "));
            return Err(Failure::new("usage", Exit::Usage, what, why, "`seaglass check --list` shows every id"));
        }
    }
    let meant = |case: &&Case| {
        (only.is_empty() || only.iter().any(|word| case.is_meant_by(word)))
            && !skip.iter().any(|word| case.is_meant_by(word))
    };
    let chosen: Vec<&'static Case> = all.into_iter().filter(meant).collect();
    if chosen.is_empty() {
        let why = "everything that --only chooses is taken away by --skip";
        return Err(Failure::new("usage", Exit::Usage, "no case is left to play", why, "leave one of them out"));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_case_has_an_id_of_its_own_a_row_and_a_section() {
        let mut ids = BTreeSet::new();
        for case in all() {
            assert!(ids.insert(case.id), "{} stands twice", case.id);
            let parts: Vec<&str> = case.id.split('/').collect();
            assert!(GROUPS.contains(&case.group()));
            assert!(parts.len() == 3 && parts[1..].iter().all(|part| part.parse::<u8>().is_ok()), "{}", case.id);
            assert!(
                case.rows.split(", ").all(|row| row.starts_with("HO-") || row.starts_with("X-") || row.starts_with("AM-"))
            );
            assert!(!case.section.is_empty() && case.says.ends_with('.'), "{}", case.id);
        }
    }

    #[test]
    fn a_prefix_means_whole_parts_of_an_id() {
        let case = *all()[0];
        assert!(case.is_meant_by("auth") && case.is_meant_by("auth/") && case.is_meant_by("auth/1"));
        assert!(!case.is_meant_by("au") && !case.is_meant_by("auth/11"));
    }

    #[test]
    fn a_word_that_means_nothing_is_refused() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert!(choose(&words(&["atuh"]), &[]).is_err());
        assert!(choose(&[], &words(&["life/99"])).is_err());
        assert!(choose(&words(&["life"]), &words(&["life"])).is_err());
        assert!(choose(&words(&["life"]), &[]).unwrap().iter().all(|case| case.group() == "life"));
    }
}
