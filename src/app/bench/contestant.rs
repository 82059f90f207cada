//! Who plays: our own controller by preset, and the peers that were asked for. Decides nothing about how.

use std::path::PathBuf;

use super::outside::{self, NETEQ, VARIABLE};
use crate::app::errors::{Exit, Failure};
use crate::lab::peers;
use crate::media::MediaDelta;
use crate::playout::Preset;

/// Caps that make sense, in milliseconds.
const CAP_LEAST: i64 = 20;
const CAP_MOST: i64 = 10_000;

/// Somebody who plays traces. Plain data, so that every thread can make the algorithm that it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contestant {
    /// Our own controller.
    Own {
        /// Its preset.
        preset: Preset,
        /// Another cap than the preset's.
        cap: Option<MediaDelta>,
    },
    /// A peer of this name.
    Peer(&'static str),
    /// The real `neteq` crate, by the program that runs it.
    Neteq(PathBuf),
}

impl Contestant {
    /// Reads the lists of presets and of peers: ours come first, in the order of the lists and each once.
    pub fn parse(presets: &[String], caps: &[String], peers: &[String]) -> Result<Vec<Self>, Failure> {
        let mut contestants = Vec::new();
        let mut add = |contestant| {
            if !contestants.contains(&contestant) {
                contestants.push(contestant);
            }
        };
        let caps = if caps.is_empty() { vec![None] } else { caps.iter().map(|text| cap(text)).collect::<Result<_, _>>()? };
        for name in presets {
            let presets = match name.trim() {
                "all" => Preset::ALL.to_vec(),
                name => vec![name.parse().map_err(|why: String| {
                    unknown(format!("there is no preset {name:?}"), why, "name one with --preset, or `all`")
                })?],
            };
            for preset in presets {
                caps.iter().for_each(|cap| add(Self::Own { preset, cap: *cap }));
            }
        }
        for name in peers {
            match name.trim() {
                "none" if peers.len() == 1 => {}
                "all" => {
                    peers::NAMES.into_iter().for_each(|name| add(Self::Peer(name)));
                    outside::neteq().into_iter().for_each(|program| add(Self::Neteq(program)));
                }
                NETEQ => {
                    let program = outside::neteq().ok_or_else(|| {
                        let why = format!("its program lies neither beside this one nor where {VARIABLE} says");
                        unknown(
                            "the peer neteq is not built".into(),
                            why,
                            "build the package in bench/neteq, or leave neteq out",
                        )
                    })?;
                    add(Self::Neteq(program));
                }
                name => {
                    let peer = peers::NAMES.into_iter().find(|peer| peer.eq_ignore_ascii_case(name)).ok_or_else(|| {
                        let why = format!("the peers are {}", list(&[&peers::NAMES[..], &[NETEQ]].concat()));
                        unknown(format!("there is no peer {name:?}"), why, "name them with --peers, or `all`, or `none`")
                    })?;
                    add(Self::Peer(peer));
                }
            }
        }
        Ok(contestants)
    }
}

/// Reads a cap in milliseconds; `own` is the preset's.
fn cap(text: &str) -> Result<Option<MediaDelta>, Failure> {
    match text.trim() {
        "own" => Ok(None),
        text => match text.parse() {
            Ok(ms @ CAP_LEAST..=CAP_MOST) => Ok(Some(MediaDelta::from_millis(ms))),
            _ => {
                let why = format!("{text:?} is no number of milliseconds from {CAP_LEAST} to {CAP_MOST}, and not `own`");
                Err(unknown("the cap does not fit".into(), why, "write it as in --cap 250, or --cap own,250"))
            }
        },
    }
}

/// Names in a sentence.
pub fn list(names: &[&str]) -> String {
    match names {
        [] => "none".into(),
        [one] => (*one).into(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn unknown(what: String, why: String, fix: &str) -> Failure {
    Failure::new("usage", Exit::Usage, what, why, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn ours_come_first_and_everybody_once() {
        let own = |preset| Contestant::Own { preset, cap: None };
        let read = Contestant::parse(&words("smooth,all"), &[], &words("none")).expect("read");
        assert_eq!(read, [Preset::Smooth, Preset::Latency, Preset::Balanced].map(own));
        let read = Contestant::parse(&words("smooth"), &words("own,250"), &words("Oracle,oracle")).expect("read");
        let capped = Contestant::Own { preset: Preset::Smooth, cap: Some(MediaDelta::from_millis(250)) };
        assert_eq!(read, [own(Preset::Smooth), capped, Contestant::Peer("oracle")]);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let failure = Contestant::parse(&words("fast"), &[], &words("none")).expect_err("refused");
        assert!(failure.to_string().contains("latency, balanced and smooth"), "{failure}");
        let failure = Contestant::parse(&words("all"), &[], &words("nobody")).expect_err("refused");
        assert!(failure.to_string().contains("the peers are"), "{failure}");
        let failure = Contestant::parse(&words("all"), &words("fast"), &words("none")).expect_err("refused");
        assert!(failure.to_string().contains("--cap 250"), "{failure}");
    }
}
