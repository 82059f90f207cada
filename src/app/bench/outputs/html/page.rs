//! The page as a whole, and the rule that it lays upon itself: nothing from anywhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::markup::text;
use super::{figures, sessions, spectrum, sync, timeline, waterfall};
use crate::measure::{Recording, Report};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The run as one page of HTML.
#[must_use]
pub fn page(recording: &Recording, report: &Report) -> String {
    // Exactly this style and this script, by their hashes (W3C CSP3, 2.3.1): whatever else found its way in would not run.
    let rule = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    let title = text(&report.name);
    let body = [
        figures::header(report),
        "<main>".to_owned(),
        figures::objectives(report),
        spectrum::section(recording, report),
        waterfall::section(recording),
        timeline::section(recording, report),
        sync::section(recording, report),
        figures::all(report),
        sessions::section(recording),
        figures::environment(report),
        figures::meanings(),
        "</main>".to_owned(),
    ]
    .concat();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{rule}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"seaglass\">\n\
         <title>{title} · seaglass bench</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n\
         <footer><p>Made by seaglass {}. Nothing in this page comes from a network.</p></footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// A text's hash as a rule names it.
fn hash(of: &str) -> String {
    format!("sha256-{}", STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, of.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::super::super::recordings::{Made, report as judged};
    use super::*;
    use crate::measure::{CommandRow, FrameRow, MarkRow, Metric, StepRow};

    const HOSTILE: &str =
        "</title></script><script>alert(1)</script><img src=x onerror=alert(2)>\" onload='x' `y` &lt;\u{202e}";

    #[test]
    fn nothing_that_a_server_says_is_markup() {
        let mut recording = Made { name: HOSTILE.into(), ..Made::default() }.recording();
        recording.run.configuration.insert(HOSTILE.into(), HOSTILE.into());
        recording.run.environment.insert("server".into(), HOSTILE.into());
        recording.drops.insert(HOSTILE.into(), 1);
        recording.errors.insert(HOSTILE.into(), 1);
        for mark in &mut recording.marks {
            mark.kind = HOSTILE.into();
        }
        for session in &mut recording.sessions {
            session.outcome = HOSTILE.into();
            session.tier = Some(HOSTILE.into());
            session.transport = Some(HOSTILE.into());
        }
        let page = page(&recording, &judged(&recording));
        assert_eq!(page.matches("<script").count(), 1, "one script, ours");
        assert_eq!(page.matches("</script").count(), 1);
        for markup in ["<img", "onerror=alert(2)>", "<title></title>", "\u{202e}", " style=", " onload='"] {
            assert!(!page.contains(markup), "{markup}");
        }
        assert!(page.contains("&lt;img src=x onerror=alert(2)&gt;"));
    }

    #[test]
    fn the_page_asks_for_nothing_from_anywhere() {
        let recording = Made::default().recording();
        let page = page(&recording, &judged(&recording));
        assert!(!page.contains("src="), "a source");
        assert_eq!(page.matches("href=").count(), page.matches("href=\"data:,\"").count());
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
        assert!(page.contains("default-src 'none'"));
    }

    #[test]
    fn large_runs_make_no_large_page() {
        let mut recording = Made { sessions: 3, seconds: 40, ..Made::default() }.recording();
        let (session, frame, step, mark) =
            (recording.sessions[0].clone(), recording.frames[9], recording.course[9], recording.marks[2].clone());
        recording.sessions =
            (0..5_000).map(|number| crate::measure::SessionRow { session: number, ..session.clone() }).collect();
        recording.frames = vec![frame; 100_000];
        recording.course = (0..86_400).map(|second| StepRow { at_us: second * 1_000_000, ..step }).collect();
        recording.marks =
            (0..10_000).map(|at| MarkRow { at_us: at * 8_640_000, session: Some(1), ..mark.clone() }).collect();
        recording.end.at_us = 86_400_000_000;
        let page = page(&recording, &judged(&recording));
        assert!(page.len() < 1_500_000, "{} bytes", page.len());
    }

    #[test]
    fn absurd_numbers_and_runs_of_nothing_are_drawn_all_the_same() {
        let mut absurd = Made::default().recording();
        for step in &mut absurd.course {
            *step = StepRow {
                at_us: u64::MAX,
                span_us: u64::MAX,
                sessions: u32::MAX,
                frames: u64::MAX,
                bytes: u64::MAX,
                interval_p50: Some(f64::NAN),
                interval_max: Some(f64::INFINITY),
                cmd_p50: Some(-f64::INFINITY),
                cmd_max: Some(f64::MAX),
                av_p50: Some(f64::MIN),
                av_far: Some(f64::NAN),
                freezes: u64::MAX,
                cuts: u64::MAX,
                cpu_cores: Some(-1.0),
                memory_mib: Some(f64::MIN_POSITIVE),
            };
        }
        let most = u64::MAX;
        absurd.frames.push(FrameRow {
            render_us: Some(most),
            encode_us: Some(most),
            first_byte_us: most,
            ..FrameRow::default()
        });
        absurd.commands.push(CommandRow {
            due_us: most,
            reflected_us: Some(0),
            presented_us: Some(most),
            ..CommandRow::default()
        });
        absurd.marks.push(MarkRow { at_us: most, until_us: Some(0), kind: "fault".into(), ..MarkRow::default() });
        for session in &mut absurd.sessions {
            session.freezes = most;
            session.lost = most;
            session.seconds_used = f64::NAN;
        }
        absurd.spreads.entry(Metric::AvOffset).or_default().record(0, i64::MIN);
        absurd.end.at_us = most;
        for recording in [absurd, Recording::default()] {
            let page = page(&recording, &Report::of(&recording, &[]));
            for attribute in ["=\"NaN", "=\"inf", "=\"-inf", "MNaN", "Minf", "LNaN", " NaN\"", "NaN%"] {
                assert!(!page.contains(attribute), "{attribute}");
            }
            assert!(page.ends_with("</html>\n"));
        }
    }
}
