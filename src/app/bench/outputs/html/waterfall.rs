//! Where the time goes: real frames and commands of the run, the median one and the 95th percentile, stage by stage. Stages of one
//! frame add up; percentiles of stages would not.

use std::fmt::Write as _;

use super::markup::text;
use crate::app::bench::outputs::numbers::{cell, count, span};
use crate::measure::{CommandRow, FrameRow, Recording};

/// Where a stage is spent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Server,
    Network,
    Client,
    /// In the program that acts, before anything is sent.
    Hands,
}

/// A stage: its name, where it is spent, and how long it took in microseconds where that is known.
type Stage = (&'static str, Side, Option<f64>);

/// The stage that only large frames have: those that come as several messages.
const TRANSFER: &str = "Transfer";

/// The stage that only commands with an id have: nobody tells when hands were handed to the system.
const SEND: &str = "Send";

/// Something that went through stages.
struct Journey {
    stages: Vec<Stage>,
    total: f64,
}

/// The section; empty where nothing was traced in full.
pub fn section(recording: &Recording) -> String {
    let (from, to) = recording.run.window_us;
    let measured = |at: u64| to <= from || (from..to).contains(&at);
    let frames = recording.frames.iter().filter(|frame| measured(frame.last_byte_us));
    let frames = chosen(frames.map(|frame| journey(frame_stages(frame))).collect());
    let commands = recording.commands.iter().filter(|command| measured(command.due_us));
    let commands = chosen(commands.filter_map(|command| Some(journey(command_stages(command, recording)?))).collect());
    if frames.is_none() && commands.is_none() {
        return String::new();
    }
    let mut out = String::from(
        "<section class=\"card\" aria-labelledby=\"stages\"><h2 id=\"stages\">Where the time goes</h2>\
         <p class=\"note\">Two real ones of the traced sessions, stage by stage: that of median length, and in the paler bar that \
         at the 95th percentile. What is not known is N/A, and no time is made up for it.</p><div class=\"falls\">",
    );
    for (what, chosen) in
        [("A frame, from the server’s work to this side", frames), ("A command, from its due moment", commands)]
    {
        if let Some(chosen) = chosen {
            table(&mut out, what, &chosen);
        }
    }
    out + "</div></section>"
}

/// The median one and, of twenty and more, the 95th percentile, and how many they are of.
struct Chosen {
    median: Journey,
    slow: Option<Journey>,
    n: usize,
}

fn chosen(mut all: Vec<Journey>) -> Option<Chosen> {
    // Only those of which as much is known can be compared: as much as of any, but for the odd one that says more than the others.
    let known = |journey: &Journey| {
        journey.stages.iter().filter(|(name, _, took)| took.is_some() && ![TRANSFER, SEND].contains(name)).count()
    };
    let mut counts: Vec<usize> = all.iter().map(known).collect();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    let best = *counts.get(counts.len() / 20)?;
    all.retain(|journey| known(journey) == best && journey.total > 0.0);
    all.sort_by(|one, other| one.total.total_cmp(&other.total));
    let n = all.len();
    let rank = |share: f64| ((share * n as f64).ceil() as usize).clamp(1, n.max(1)) - 1;
    let slow = (n >= 20).then(|| all.swap_remove(rank(0.95)));
    // The one taken out lay behind the median, and what took its place lies there, too.
    let at = rank(0.5).min(all.len().checked_sub(1)?);
    Some(Chosen { median: all.swap_remove(at), slow, n })
}

fn journey(stages: Vec<Stage>) -> Journey {
    let total = stages.iter().filter_map(|(_, _, took)| *took).sum();
    Journey { stages, total }
}

fn micros(value: Option<u64>) -> Option<f64> {
    value.map(|value| value as f64)
}

fn between(from: Option<u64>, to: Option<u64>) -> Option<f64> {
    Some(to?.checked_sub(from?)? as f64)
}

fn transfer(frame: &FrameRow) -> Option<f64> {
    between(Some(frame.first_byte_us), Some(frame.last_byte_us)).filter(|took| *took > 0.0)
}

fn server_stages(frame: &FrameRow) -> [Stage; 5] {
    [
        ("Server: render", Side::Server, micros(frame.render_us)),
        ("Server: encode", Side::Server, micros(frame.encode_us)),
        ("Server: queue", Side::Server, micros(frame.queue_us)),
        ("Network", Side::Network, micros(frame.network_us)),
        (TRANSFER, Side::Network, transfer(frame)),
    ]
}

fn client_stages(frame: &FrameRow) -> [Stage; 4] {
    [
        ("Jitter buffer", Side::Client, between(Some(frame.last_byte_us), frame.unbuffered_us)),
        ("Decode", Side::Client, between(frame.unbuffered_us, frame.decoded_us)),
        ("Wait for refresh", Side::Client, between(frame.decoded_us, frame.chosen_us)),
        ("Present", Side::Client, between(frame.chosen_us, frame.presented_us)),
    ]
}

fn frame_stages(frame: &FrameRow) -> Vec<Stage> {
    server_stages(frame).into_iter().chain(client_stages(frame)).collect()
}

/// The stages of a command that was answered; `None` of one that was not.
fn command_stages(command: &CommandRow, recording: &Recording) -> Option<Vec<Stage>> {
    let reflected = command.reflected_us?;
    let mut stages = vec![("Until it went out", Side::Hands, between(Some(command.due_us), Some(command.issued_us)))];
    let left = command.sent_us.unwrap_or(command.issued_us);
    stages.push((SEND, Side::Hands, between(Some(command.issued_us), command.sent_us)));
    let frame = answer(command.session, reflected, recording);
    let on_its_way = between(Some(left), Some(reflected))?;
    match frame.map(server_stages) {
        Some(inside) => {
            let told: f64 = inside.iter().filter_map(|(_, _, took)| *took).sum();
            // The frame may have been begun before the command came: then its stages say nothing of the command's way.
            if told <= on_its_way {
                let name = if inside[3].2.is_some() {
                    "To the server, and its next frame"
                } else {
                    "Way to and fro, and its next frame"
                };
                stages.push((name, Side::Network, Some(on_its_way - told)));
                stages.extend(inside);
            } else {
                stages.push(("To the frame that reflects it", Side::Network, Some(on_its_way)));
            }
        }
        None => stages.push(("To the frame that reflects it", Side::Network, Some(on_its_way))),
    }
    if let Some(presented) = command.presented_us {
        match frame.filter(|frame| frame.presented_us == Some(presented)) {
            Some(frame) => stages.extend(client_stages(frame)),
            None => stages.push(("To a presented frame", Side::Client, between(Some(reflected), Some(presented)))),
        }
    }
    Some(stages)
}

/// The frame of a session whose last byte came at a moment. Rows lie in the order of arrival.
fn answer(session: u32, last_byte_us: u64, recording: &Recording) -> Option<&FrameRow> {
    let from = recording.frames.partition_point(|frame| frame.last_byte_us < last_byte_us);
    recording.frames[from..]
        .iter()
        .take_while(|frame| frame.last_byte_us == last_byte_us)
        .find(|frame| frame.session == session)
}

fn table(out: &mut String, what: &str, chosen: &Chosen) {
    let Chosen { median, slow, n } = chosen;
    let longest = slow.as_ref().map_or(median.total, |slow| slow.total.max(median.total)).max(1.0);
    // Writing into a String cannot fail.
    let _ = write!(
        out,
        "<div><h3>{}</h3><table class=\"stages\"><caption>of {} traced and measured; milliseconds</caption><thead><tr><th scope=\"col\">stage</th>\
         <th scope=\"col\">median one</th><th scope=\"col\">p95 one</th><th scope=\"col\" class=\"l\" aria-label=\"bar\"></th></tr></thead><tbody>",
        text(what),
        count(*n as u64)
    );
    let (mut at, mut slow_at) = (0.0, 0.0);
    // The two may differ in what their last stages are; the median's names are shown, and the others' time of the same name.
    for (name, side, took) in &median.stages {
        let other =
            slow.as_ref().and_then(|slow| slow.stages.iter().find(|(other, _, _)| other == name)).and_then(|stage| stage.2);
        let class = match side {
            Side::Server => "server",
            Side::Network => "network",
            Side::Client => "client",
            Side::Hands => "hands",
        };
        let _ = write!(
            out,
            "<tr><th scope=\"row\"><span class=\"key {class}\"></span>{}</th><td>{}</td><td>{}</td><td class=\"bar\"><svg aria-hidden=\"true\">",
            text(name),
            cell(took.map(|took| took / 1e3)),
            cell(other.map(|took| took / 1e3)),
        );
        bar(out, class, (at, took.unwrap_or(0.0)), longest, 2);
        bar(out, &format!("{class} pale"), (slow_at, other.unwrap_or(0.0)), longest, 12);
        out.push_str("</svg></td></tr>");
        at += took.unwrap_or(0.0);
        slow_at += other.unwrap_or(0.0);
    }
    let _ = write!(
        out,
        "<tr class=\"sum\"><th scope=\"row\">All of it</th><td>{}</td><td>{}</td><td class=\"bar\"></td></tr></tbody></table></div>",
        span(Some(median.total / 1e3)),
        span(slow.as_ref().map(|slow| slow.total / 1e3)),
    );
}

fn bar(out: &mut String, class: &str, (at, took): (f64, f64), longest: f64, y: u32) {
    if took <= 0.0 {
        return;
    }
    let from = (at / longest * 100.0).clamp(0.0, 99.6);
    let wide = (took / longest * 100.0).clamp(0.35, 100.0 - from);
    let height = if y == 2 { 9 } else { 6 };
    let _ = write!(
        out,
        "<rect class=\"{class}\" x=\"{from:.2}%\" y=\"{y}\" width=\"{wide:.2}%\" height=\"{height}\" rx=\"1.5\"/>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(total: f64) -> Journey {
        journey(vec![("Server: render", Side::Server, Some(total))])
    }

    #[test]
    fn the_median_and_the_95th_percentile_are_real_ones() {
        let all = (1..=100).rev().map(|total| of(f64::from(total))).collect();
        let chosen = chosen(all).expect("some");
        assert_eq!((chosen.median.total, chosen.slow.map(|slow| slow.total), chosen.n), (50.0, Some(95.0), 100));
        let few = super::chosen((1..=5).map(|total| of(f64::from(total))).collect()).expect("some");
        assert_eq!((few.median.total, few.slow.is_none()), (3.0, true));
    }

    #[test]
    fn the_odd_one_of_which_more_is_known_does_not_stand_for_all() {
        let mut all: Vec<Journey> = (1..=40).map(|total| of(f64::from(total))).collect();
        all.push(journey(vec![("Server: render", Side::Server, Some(900.0)), ("Decode", Side::Client, Some(1.0))]));
        let chosen = chosen(all).expect("some");
        assert_eq!((chosen.n, chosen.median.total), (40, 20.0));
    }

    /// Nobody tells when hands were handed to the system: that is no reason to leave the most usual of commands out.
    #[test]
    fn commands_with_and_without_an_id_stand_together() {
        let mut all: Vec<Journey> = (1..=40).map(|total| of(f64::from(total))).collect();
        for _ in 0..10 {
            all.push(journey(vec![("Server: render", Side::Server, Some(900.0)), (SEND, Side::Hands, Some(1.0))]));
        }
        let chosen = chosen(all).expect("some");
        assert_eq!((chosen.n, chosen.median.total), (50, 25.0));
    }

    #[test]
    fn a_command_is_not_charged_with_stages_that_began_before_it() {
        let frame =
            FrameRow { render_us: Some(90_000), first_byte_us: 100_000, last_byte_us: 101_000, ..FrameRow::default() };
        let recording = Recording { frames: vec![frame], ..Recording::default() };
        let command = CommandRow { issued_us: 80_000, due_us: 80_000, reflected_us: Some(101_000), ..CommandRow::default() };
        let stages = command_stages(&command, &recording).expect("answered");
        assert_eq!(stages.iter().filter_map(|(_, _, took)| *took).sum::<f64>(), 21_000.0);
    }
}
