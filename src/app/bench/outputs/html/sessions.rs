//! The sessions of a run, the worst first, and as many as a reader can take in.

use std::fmt::Write as _;

use super::markup::text;
use super::timeline::took;
use crate::app::bench::outputs::numbers::{UNKNOWN, count, seconds};
use crate::measure::{Recording, SessionRow};

/// Most rows; the raw trace has them all.
const MOST: usize = 40;

/// What is told of each, and how its column stands.
const COLUMNS: [(&str, &str); 13] = [
    ("session", ""),
    ("outcome", "l"),
    ("first frame", ""),
    ("frames", ""),
    ("presented", ""),
    ("lost", ""),
    ("dropped", ""),
    ("freezes", ""),
    ("reconnects", ""),
    ("switches", ""),
    ("tier", "l"),
    ("way", "l"),
    ("world time", ""),
];

/// The section.
pub fn section(recording: &Recording) -> String {
    if recording.sessions.is_empty() {
        return String::new();
    }
    let mut sessions: Vec<&SessionRow> = recording.sessions.iter().collect();
    sessions.sort_by_key(|session| (badness(session), session.session));
    let mut out = format!(
        "<section class=\"card\" aria-labelledby=\"sessions\"><div class=\"title\"><h2 id=\"sessions\">Sessions</h2><p class=\"read\">{} in \
         all, the worst first</p></div><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Sessions\"><table class=\"dense\"><thead><tr>",
        count(sessions.len() as u64)
    );
    for (column, class) in COLUMNS {
        let _ = write!(out, "<th scope=\"col\" class=\"{class}\">{column}</th>");
    }
    out.push_str("</tr></thead><tbody>");
    for session in sessions.iter().take(MOST) {
        row(&mut out, session);
    }
    out.push_str("</tbody></table></div>");
    if sessions.len() > MOST {
        let _ = write!(out, "<p class=\"note\">And {} more in the raw trace.</p>", count((sessions.len() - MOST) as u64));
    }
    out + "</section>"
}

/// What makes a session stand further up: less is worse.
fn badness(session: &SessionRow) -> (u8, u64, std::cmp::Reverse<u64>) {
    let outcome = match session.outcome.as_str() {
        "leaked" => 0,
        "failed" => 1,
        "aborted" => 2,
        _ => 3,
    };
    let troubles = session.freezes.saturating_add(session.lost).saturating_add(u64::from(session.reconnects));
    let first = session.first_frame_us.map_or(u64::MAX, |at| at.saturating_sub(session.due_us));
    (outcome, u64::MAX - troubles, std::cmp::Reverse(first))
}

fn row(out: &mut String, session: &SessionRow) {
    let class = match session.outcome.as_str() {
        "completed" => "pass",
        "aborted" => "none",
        _ => "fail",
    };
    let words = |word: &Option<String>| word.as_deref().map_or_else(|| UNKNOWN.to_owned(), text);
    let _ = write!(
        out,
        "<tr{}><th scope=\"row\">{}{}</th><td class=\"l mark {class}\">{}</td><td>{}</td><td>{}</td><td>{}</td>\
         <td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"l\">{}</td><td class=\"l\">{}</td><td>{}</td></tr>",
        if session.error.is_some() { " class=\"more\"" } else { "" },
        session.session,
        if session.decoded { " (decoded)" } else { "" },
        text(&session.outcome),
        took(session.due_us, session.first_frame_us),
        count(session.frames),
        session.presented.map_or_else(|| UNKNOWN.to_owned(), count),
        count(session.lost),
        count(session.dropped),
        count(session.freezes),
        session.reconnects,
        session.switches,
        words(&session.tier),
        words(&session.transport),
        seconds(session.seconds_used),
    );
    if let Some((code, why)) = &session.error {
        // In a row of its own, so that its length widens no column.
        let (code, why) = (text(code), text(why));
        let _ = write!(out, "<tr class=\"why\"><td colspan=\"{}\" class=\"wrap\">{code}: {why}</td></tr>", COLUMNS.len());
    }
}
