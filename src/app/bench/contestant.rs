//! Who plays: our own controller by preset, and the peers that were asked for. Decides nothing about how.

use crate::app::errors::{Exit, Failure};
use crate::lab::{Algorithm, Seaglass};
use crate::playout::Preset;

/// Names of the peers, in the order of reports.
const PEERS: &[&str] = &[];

/// Somebody who plays traces. Plain data, so that every thread can make the algorithm that it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contestant {
    /// Our own controller.
    Own(Preset),
    /// A peer of this name.
    Peer(&'static str),
}

impl Contestant {
    /// Reads the lists of presets and of peers: ours come first, in the order of the lists and each once.
    pub fn parse(presets: &[String], peers: &[String]) -> Result<Vec<Self>, Failure> {
        let mut contestants = Vec::new();
        let mut add = |contestant| {
            if !contestants.contains(&contestant) {
                contestants.push(contestant);
            }
        };
        for name in presets {
            match name.trim() {
                "all" => Preset::ALL.into_iter().for_each(|preset| add(Self::Own(preset))),
                name => add(Self::Own(name.parse().map_err(|why: String| {
                    unknown(format!("there is no preset {name:?}"), why, "name one with --preset, or `all`")
                })?)),
            }
        }
        for name in peers {
            match name.trim() {
                "none" if peers.len() == 1 => {}
                "all" => PEERS.iter().for_each(|name| add(Self::Peer(name))),
                name => {
                    let peer = PEERS.iter().find(|peer| **peer == name).ok_or_else(|| {
                        let why = format!("the peers are {}", list(PEERS));
                        unknown(format!("there is no peer {name:?}"), why, "name them with --peers, or `all`, or `none`")
                    })?;
                    add(Self::Peer(peer));
                }
            }
        }
        Ok(contestants)
    }

    /// Makes the algorithm.
    #[must_use]
    pub fn algorithm(self) -> Box<dyn Algorithm> {
        match self {
            Self::Own(preset) => Box::new(Seaglass { preset, cap: None }),
            Self::Peer(name) => unreachable!("{name} is in no list of peers"),
        }
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
        let read = Contestant::parse(&words("smooth,all"), &words("none")).expect("read");
        let presets = [Preset::Smooth, Preset::Latency, Preset::Balanced];
        assert_eq!(read, presets.map(Contestant::Own));
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let failure = Contestant::parse(&words("fast"), &words("none")).expect_err("refused");
        assert!(failure.to_string().contains("latency, balanced and smooth"), "{failure}");
        let failure = Contestant::parse(&words("all"), &words("nobody")).expect_err("refused");
        assert!(failure.to_string().contains("the peers are"), "{failure}");
    }
}
