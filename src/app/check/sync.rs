//! Sound and picture together, and both true to real time: measured on the calibration world, from pixels and samples as far as
//! this program can decode them (sections 8 and 9, `docs/calibration.md`).

use serde_json::json;

use super::case::{Case, Level::Must, Level::Should};
use super::facts::Need;
use super::flow::{Seen, Unit};
use super::probe::Probe;
use super::verdict::{Verdict, ensure};

/// Sound and picture of one moment may lie so far apart, in microseconds: half a frame at 24 fps, and an Opus packet.
#[cfg(feature = "server")]
const TOGETHER_US: i64 = 20_000;

/// How much the media clock may stray from real time over a few seconds, in microseconds: above what a busy machine does to the
/// arrivals of the best of each second.
const STRAY_US: i64 = 150_000;

/// The cases.
pub const CASES: &[Case] = &[
    Case {
        id: "sync/1/1",
        level: Must,
        rows: "HO-12",
        section: "8",
        says: "A flash and its click, as they are decoded, have the same media time within 20 ms.",
        needs: &[Need::Calibration, Need::Sound, Need::Decoder],
        worlds: 1,
        play: |probe| Box::pin(flash_and_click(probe)),
    },
    Case {
        id: "sync/1/2",
        level: Must,
        rows: "HO-14",
        section: "6.3, 8",
        says: "The number that a header echoes is the number that the picture shows.",
        needs: &[Need::Calibration, Need::Decoder],
        worlds: 1,
        play: |probe| Box::pin(echo_is_true(probe)),
    },
    Case {
        id: "sync/2/1",
        level: Must,
        rows: "HO-12",
        section: "8",
        says: "The media clock of both tracks advances with real time.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(true_to_time(probe)),
    },
    Case {
        id: "sync/2/2",
        level: Should,
        rows: "HO-12, HO-15",
        section: "5, 8",
        says: "Sound and picture of the same media time are sent together: within 200 ms.",
        needs: &[Need::Sound],
        worlds: 1,
        play: |probe| Box::pin(sent_together(probe)),
    },
];

/// The earliest of the arrivals against their own timestamps, in microseconds, of the units of one second of one track.
fn earliest(units: &[Unit], video: bool, second: i64) -> Option<i64> {
    let of = |unit: &&Unit| unit.is_video() == video && unit.envelope.pts_us.div_euclid(1_000_000) == second;
    units.iter().filter(of).map(lateness).min()
}

fn lateness(unit: &Unit) -> i64 {
    i64::try_from(unit.arrival.last_byte.as_micros()).unwrap_or(i64::MAX) - unit.envelope.pts_us
}

async fn watch(probe: &mut Probe, seconds: i64) -> Verdict<Vec<Unit>> {
    let world = probe.create(json!({})).await?;
    let mut flow = probe.open(&world).await?;
    let mut units: Vec<Unit> = Vec::new();
    flow.find("units of some seconds", |seen| {
        let Seen::Unit(mut unit) = seen else { return Ok(None) };
        let done = unit.is_video() && unit.envelope.pts_us > seconds * 1_000_000;
        unit.envelope.payload = bytes::Bytes::new();
        units.push(*unit);
        Ok(done.then_some(()))
    })
    .await?;
    Ok(units)
}

async fn true_to_time(probe: &mut Probe) -> Verdict {
    let units = watch(probe, 4).await?;
    for (video, track) in [(true, "picture"), (false, "sound")] {
        // The first second holds the start; the earliest of a second is what neither the path nor the machine held up.
        let (Some(begin), Some(end)) = (earliest(&units, video, 1), earliest(&units, video, 3)) else { continue };
        let stray = end - begin;
        ensure(
            stray.abs() < STRAY_US,
            format!("the {track}'s clock strays by less than {} ms in 2 s", STRAY_US / 1000),
            format!("{} ms", stray / 1000),
        )?;
    }
    Ok(())
}

async fn sent_together(probe: &mut Probe) -> Verdict {
    let units = watch(probe, 3).await?;
    for second in 1..3 {
        let (Some(picture), Some(sound)) = (earliest(&units, true, second), earliest(&units, false, second)) else {
            return super::verdict::skip("the stream has no sound");
        };
        let apart = (picture - sound).abs();
        ensure(apart < 200_000, "sound and picture within 200 ms of each other", format!("{} ms", apart / 1000))?;
    }
    Ok(())
}

#[cfg(feature = "server")]
async fn flash_and_click(probe: &mut Probe) -> Verdict {
    use super::decoding::Decoding;
    let world = probe.create(json!({})).await?;
    let mut flow = probe.open(&world).await?;
    let mut decoding = Decoding::default();
    let (mut flashes, mut clicks) = (Vec::new(), Vec::<i64>::new());
    flow.find("two flashes and two clicks", |seen| {
        let Seen::Unit(unit) = seen else { return Ok(None) };
        if unit.is_video() {
            if decoding.picture(&unit)?.flash {
                flashes.push(unit.envelope.pts_us);
            }
        } else {
            for at in decoding.clicks(&unit)? {
                if clicks.last().is_none_or(|last| at - last > 200_000) {
                    clicks.push(at);
                }
            }
        }
        Ok((flashes.len() > 1 && clicks.len() > 1).then_some(()))
    })
    .await?;
    for flash in &flashes {
        let apart = clicks.iter().map(|click| (click - flash).abs()).min().unwrap_or(i64::MAX);
        ensure(
            apart <= TOGETHER_US,
            format!("a click within {} ms of the flash", TOGETHER_US / 1000),
            format!("flashes at {flashes:?} µs, clicks at {clicks:?} µs"),
        )?;
    }
    Ok(())
}

#[cfg(feature = "server")]
async fn echo_is_true(probe: &mut Probe) -> Verdict {
    use super::decoding::Decoding;
    use super::verdict::{fail, same};
    use crate::wire::{Control, Up};
    let world = probe.create(json!({ "audio": { "enabled": false } })).await?;
    let mut flow = probe.open(&world).await?;
    let mut decoding = Decoding::default();
    let mut last = None;
    for input in 1..=4_u32 {
        flow.send(&Up::Control(Control { input: input * 1000, issued_us: 1, ..Control::default() })).await?;
        flow.find("an input that is shown", |seen| {
            let Seen::Unit(unit) = seen else { return Ok(None) };
            let picture = decoding.picture(&unit)?;
            let Some(cells) = picture.cells else { return fail("a calibration picture with its cells", "none can be read") };
            let header = unit.envelope.input.map_or(0, |(number, _)| number);
            same("the input that the picture shows", &cells.input, &header)?;
            if let Some(last) = last {
                same("the frame that the picture shows", &cells.frame, &(last + 1))?;
            }
            last = Some(cells.frame);
            Ok((header == input * 1000).then_some(()))
        })
        .await?;
    }
    Ok(())
}

#[cfg(not(feature = "server"))]
async fn flash_and_click(_: &mut Probe) -> Verdict {
    super::verdict::skip("this program was built without decoders")
}

#[cfg(not(feature = "server"))]
async fn echo_is_true(_: &mut Probe) -> Verdict {
    super::verdict::skip("this program was built without decoders")
}
