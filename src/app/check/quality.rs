//! Tiers: which are offered, how they change, and that a pinned one is kept (section 8).

use std::time::Duration;

use serde_json::json;

use super::case::{Case, Level::Must, Level::Should};
use super::facts::Need;
use super::flow::{Flow, Seen, command};
use super::probe::Probe;
use super::verdict::{Verdict, ensure, fail, same, skip, there};
use crate::media::Size;
use crate::wire::{AckStatus, Down, Feedback, TierInfo, TierName, Up};

/// The cases.
pub const CASES: &[Case] = &[
    Case {
        id: "quality/1/1",
        level: Must,
        rows: "HO-24",
        section: "7.1, 8",
        says: "A tier that is asked for at create is the one that the stream begins with.",
        needs: &[Need::Tiers],
        worlds: 2,
        play: |probe| Box::pin(asked_for(probe)),
    },
    Case {
        id: "quality/1/2",
        level: Must,
        rows: "HO-16, HO-24",
        section: "8",
        says: "A change of tier is told with its reason before the first picture of another size, which is a keyframe on the same timeline.",
        needs: &[Need::Tiers, Need::Codec("mjpeg")],
        worlds: 1,
        play: |probe| Box::pin(change(probe)),
    },
    Case {
        id: "quality/1/3",
        level: Must,
        rows: "HO-24, X-6",
        section: "8",
        says: "A tier that is not offered is rejected, and the tier in force stays.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(unknown_tier(probe)),
    },
    Case {
        id: "quality/2/1",
        level: Must,
        rows: "HO-16",
        section: "8",
        says: "A pinned tier is kept, however badly playback goes.",
        needs: &[Need::Tiers],
        worlds: 1,
        play: |probe| Box::pin(pinned(probe)),
    },
    Case {
        id: "quality/2/2",
        level: Should,
        rows: "HO-16",
        section: "8",
        says: "A tier that is not pinned gives way when playback goes badly, and says why.",
        needs: &[Need::Tiers],
        worlds: 1,
        play: |probe| Box::pin(gives_way(probe)),
    },
];

/// The cheapest tier and the next one, by pixels a second.
fn two_tiers(probe: &Probe) -> Verdict<(TierInfo, TierInfo)> {
    let mut tiers = probe.facts.hello.as_ref().map(|hello| hello.tiers.clone()).unwrap_or_default();
    let load = |tier: &TierInfo| f64::from(tier.width) * f64::from(tier.height) * f64::from(tier.fps);
    tiers.sort_by(|a, b| load(a).total_cmp(&load(b)));
    match &tiers[..] {
        [low, next, ..] => Ok((low.clone(), next.clone())),
        _ => skip("the server offers no two tiers"),
    }
}

fn size(tier: &TierInfo) -> Size {
    Size { width: tier.width, height: tier.height }
}

async fn asked_for(probe: &mut Probe) -> Verdict {
    let (low, next) = two_tiers(probe)?;
    for tier in [low, next] {
        let world = probe.create(json!({ "tier": tier.name, "audio": { "enabled": false } })).await?;
        let flow = probe.open(&world).await?;
        same("tier", &flow.hello.tier.name, &tier.name)?;
        same("size", &size(&flow.hello.tier), &size(&tier))?;
    }
    Ok(())
}

async fn change(probe: &mut Probe) -> Verdict {
    let (low, next) = two_tiers(probe)?;
    let wish = json!({ "tier": low.name, "video_formats": ["mjpeg"], "audio": { "enabled": false } });
    let world = probe.create(wish).await?;
    let mut flow = probe.open(&world).await?;
    let before = flow.video().await?.envelope;
    same("size before", &jpeg_size(&before.payload), &Some(size(&low)))?;
    for tier in [&next, &low] {
        let name = probe.name();
        flow.send(&Up::Quality { id: command(&name)?, tier: tier.name.clone(), pinned: false }).await?;
        let (mut told, mut last) = (None, before.clone());
        let first = flow
            .find("pictures of the tier that was asked for", |seen| match seen {
                Seen::Event(Down::Quality { tier, reason, .. }) => {
                    ensure(!reason.trim().is_empty(), "quality has a reason", "it is empty")?;
                    told = Some(tier);
                    Ok(None)
                }
                Seen::Event(Down::Ack { status, .. }) => same("status", &status, &AckStatus::Applied).map(|()| None),
                Seen::Unit(unit) if jpeg_size(&unit.envelope.payload) == Some(size(tier)) => {
                    let told = there(told.as_ref(), "quality comes before the first picture of another size", "no quality")?;
                    same("tier that was told", &told.name, &tier.name)?;
                    Ok(Some(unit.envelope))
                }
                Seen::Unit(unit) => {
                    last = unit.envelope;
                    Ok(None)
                }
                _ => Ok(None),
            })
            .await?;
        ensure(
            first.keyframe && first.discontinuity,
            "the first picture is a keyframe, flagged discontinuity",
            format!("keyframe {}, discontinuity {}", first.keyframe, first.discontinuity),
        )?;
        same("epoch", &first.epoch, &last.epoch)?;
        ensure(first.pts_us > last.pts_us, "the media clock goes on", format!("{} after {}", first.pts_us, last.pts_us))?;
    }
    Ok(())
}

async fn unknown_tier(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({ "audio": { "enabled": false } })).await?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    let name = probe.name();
    flow.send(&Up::Quality { id: command(&name)?, tier: TierName::Other("x-imax".to_owned()), pinned: true }).await?;
    same("status", &flow.ack(&name).await?.status, &AckStatus::Rejected)?;
    let shown = probe.ask(super::probe::Ask::get(format!("/v1/worlds/{}", world.id))).await?.world()?;
    if let Some(tier) = shown.tier {
        same("tier", &tier, &flow.hello.tier.name)?;
    }
    Ok(())
}

/// Tells the server for so long that pictures come ever later and take much longer to decode than to show; the rates that it tells meanwhile, with their reasons.
async fn complain(flow: &mut Flow, time: Duration) -> Verdict<Vec<(TierInfo, String)>> {
    let rounds = time.as_millis() / 250;
    let mut told = Vec::new();
    let mut last_pts_us = 0;
    for round in 0..rounds {
        let late_ms = 40.0 * round as f32;
        let badly = Feedback { last_pts_us, late_ms, late_p95_ms: late_ms, decode_ms: 400.0, ..Feedback::default() };
        flow.send(&Up::Feedback(badly)).await?;
        for seen in flow.watch(Duration::from_millis(250)).await? {
            match seen {
                Seen::Event(Down::Quality { tier, reason, .. }) => told.push((tier, reason)),
                Seen::Unit(unit) => {
                    last_pts_us = last_pts_us.max(unit.envelope.pts_us + i64::from(unit.envelope.duration_us))
                }
                _ => {}
            }
        }
    }
    Ok(told)
}

async fn strained(probe: &mut Probe, pinned: bool) -> Verdict<(TierInfo, Vec<(TierInfo, String)>)> {
    let (_, next) = two_tiers(probe)?;
    let world = probe.create(json!({ "tier": next.name, "audio": { "enabled": false } })).await?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    let name = probe.name();
    flow.send(&Up::Quality { id: command(&name)?, tier: next.name.clone(), pinned }).await?;
    same("status", &flow.ack(&name).await?.status, &AckStatus::Applied)?;
    flow.settle(1).await?;
    let told = complain(&mut flow, Duration::from_secs(5)).await?;
    // The stream is alive: it begins to flow again once nobody complains.
    flow.send(&Up::Feedback(Feedback { last_pts_us: i64::MAX / 2, ..Feedback::default() })).await?;
    flow.video().await?;
    Ok((next, told))
}

async fn pinned(probe: &mut Probe) -> Verdict {
    let (tier, told) = strained(probe, true).await?;
    match told.iter().find(|(other, _)| other.name != tier.name) {
        Some((other, reason)) => {
            fail(format!("{} is kept", tier.name.as_str()), format!("{} came: {reason}", other.name.as_str()))
        }
        None => Ok(()),
    }
}

async fn gives_way(probe: &mut Probe) -> Verdict {
    let (tier, told) = strained(probe, false).await?;
    let less = |one: &TierInfo| one.name != tier.name || (one.bitrate > 0 && one.bitrate < tier.bitrate);
    match told.iter().find(|(one, _)| less(one)) {
        Some((_, reason)) => ensure(!reason.trim().is_empty(), "a reason", "none"),
        None => {
            fail("quality tells of fewer bits or a lower tier within 5 s", format!("{} changes, none lower", told.len()))
        }
    }
}

/// The size of a JPEG: of its first frame header (ITU-T T.81, B.2.2).
fn jpeg_size(bytes: &[u8]) -> Option<Size> {
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = bytes.get(at..at + 4) {
        if matches!(marker, 0xc0..=0xc3) {
            let height = u32::from(u16::from_be_bytes([*bytes.get(at + 5)?, *bytes.get(at + 6)?]));
            let width = u32::from(u16::from_be_bytes([*bytes.get(at + 7)?, *bytes.get(at + 8)?]));
            return Some(Size { width, height });
        }
        at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Tier;

    #[test]
    fn the_size_of_a_jpeg_stands_in_its_frame_header() {
        let file = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc0, 0, 11, 8, 0, 216, 1, 128, 3];
        assert_eq!(jpeg_size(&file), Some(Tier::Draft.spec().size));
        for end in 0..file.len() {
            let _ = jpeg_size(&file[..end]);
        }
        assert_eq!(jpeg_size(&[0xff; 40]), None);
    }
}
