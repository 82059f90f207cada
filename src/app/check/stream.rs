//! The stream: how it opens, what its units look like, who holds it (sections 2, 5 and 8).

use std::time::Duration;

use serde_json::json;

use super::case::{Case, Level::Must};
use super::facts::Need;
use super::flow::{Flow, Seen, Unit, command};
use super::probe::{Ask, Door, Probe};
use super::verdict::{Verdict, ensure, fail, same};
use crate::media::{AudioCodec, Format, Tier, VideoCodec};
use crate::wire::{AckStatus, AudioRequest, CloseCode, Down, ErrorCode, FRAGMENT_BYTES, Kind, PROTOCOL, Up, VERSION};

/// The cases.
pub const CASES: &[Case] = &[
    Case {
        id: "stream/1/1",
        level: Must,
        rows: "HO-3",
        section: "5, 7.1",
        says: "The first message is a hello within its bounds, for this world, with the tier in force among those offered.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(hello(probe)),
    },
    Case {
        id: "stream/1/2",
        level: Must,
        rows: "HO-3",
        section: "2",
        says: "Without a sub-protocol in common there is no upgrade: 426 unsupported_protocol, with what is spoken.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(no_common_version(probe)),
    },
    Case {
        id: "stream/1/3",
        level: Must,
        rows: "HO-3",
        section: "2",
        says: "Of several sub-protocols that are offered the server names the one that it speaks.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(one_of_several(probe)),
    },
    Case {
        id: "stream/1/4",
        level: Must,
        rows: "HO-3",
        section: "4, 5",
        says: "A stream of a world that is not there is refused with 404 before the upgrade.",
        needs: &[],
        worlds: 0,
        play: |probe| Box::pin(no_such_world(probe)),
    },
    Case {
        id: "stream/2/1",
        level: Must,
        rows: "HO-3, HO-27",
        section: "5, 8",
        says: "The first picture is a keyframe, sequence 0, in the epoch that the hello names.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(first_unit(probe)),
    },
    Case {
        id: "stream/2/2",
        level: Must,
        rows: "HO-11, HO-12",
        section: "8",
        says: "Within an epoch timestamps rise on each track, by what each unit lasts where nothing was left out, and sequences have no gap.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(steady(probe)),
    },
    Case {
        id: "stream/2/3",
        level: Must,
        rows: "HO-19, HO-27",
        section: "8",
        says: "Each new stream begins a later epoch, with a keyframe and with sequences from 0.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(epochs(probe)),
    },
    Case {
        id: "stream/2/4",
        level: Must,
        rows: "HO-27",
        section: "6",
        says: "A keyframe comes when one is asked for.",
        needs: &[Need::Codec("h264")],
        worlds: 1,
        play: |probe| Box::pin(keyframe(probe)),
    },
    Case {
        id: "stream/3/1",
        level: Must,
        rows: "HO-10, HO-11",
        section: "8",
        says: "Large units travel in fragments of 16 KiB, whole and in order; small ones in one piece.",
        needs: &[Need::Codec("mjpeg")],
        worlds: 1,
        play: |probe| Box::pin(fragments(probe)),
    },
    Case {
        id: "stream/3/2",
        level: Must,
        rows: "HO-27",
        section: "8",
        says: "H.264 comes as Annex B, with parameter sets before every IDR picture, and IDR pictures are keyframes.",
        needs: &[Need::Codec("h264")],
        worlds: 1,
        play: |probe| Box::pin(annex_b(probe)),
    },
    Case {
        id: "stream/4/1",
        level: Must,
        rows: "HO-13",
        section: "8",
        says: "With sound off at create there are no audio bytes on the wire.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(silent(probe)),
    },
    Case {
        id: "stream/4/2",
        level: Must,
        rows: "HO-13",
        section: "6, 8",
        says: "Sound goes on and off live: told by audio before the first unit it holds for, which is a discontinuity; none after it is off.",
        needs: &[Need::Sound],
        worlds: 1,
        play: |probe| Box::pin(on_and_off(probe)),
    },
    Case {
        id: "stream/4/3",
        level: Must,
        rows: "HO-13",
        section: "4.1, 8",
        says: "Of the formats asked for the first that can be sent is sent, and no other.",
        needs: &[Need::Sound, Need::Codec("mjpeg"), Need::Codec("pcm_s16le")],
        worlds: 1,
        play: |probe| Box::pin(formats(probe)),
    },
    Case {
        id: "stream/5/1",
        level: Must,
        rows: "HO-28",
        section: "5",
        says: "A newer stream takes over: the older is closed with 4009, and the world goes on.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(taken_over(probe)),
    },
];

async fn hello(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    let flow = probe.open(&world).await?;
    let hello = &flow.hello;
    same("version", &hello.version, &VERSION)?;
    same("world", &hello.world, &world.id)?;
    if let Err(found) = Down::Hello(Box::new(hello.clone())).check() {
        return fail("a hello within the bounds of section 7.1", found);
    }
    if !hello.tiers.is_empty() {
        let offered = hello.tiers.iter().any(|tier| tier.name == hello.tier.name);
        ensure(offered, "the tier in force is among those offered", hello.tier.name.as_str())?;
    }
    if let (Some(tier), true) = (&world.tier, probe.facts.offers(Tier::Draft)) {
        same("tier", &hello.tier.name, tier)?;
    }
    let codecs = &hello.capabilities.codecs;
    ensure(codecs.contains(&hello.tier.codec), "capabilities.codecs has the codec in force", format!("{codecs:?}"))
}

async fn no_common_version(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    for offered in ["", "seaglass.v999", "chat, superchat"] {
        let answer = probe.knock(world.id.as_str(), Door { protocols: Some(offered), ..Door::default() }).await?;
        let error = answer.refuses(ErrorCode::UnsupportedProtocol)?;
        let supported = error.extra.get("supported").cloned().unwrap_or_default();
        let named = supported.as_array().is_some_and(|list| list.iter().any(|name| name == PROTOCOL));
        ensure(named, format!("supported lists {PROTOCOL}"), supported)?;
    }
    // No upgrade at all.
    let answer = probe.ask(Ask::get(format!("/v1/worlds/{}/stream", world.id))).await?;
    answer.refuses(ErrorCode::UnsupportedProtocol)?;
    // None of them took the stream's place.
    let shown = probe.ask(Ask::get(format!("/v1/worlds/{}", world.id))).await?.world()?;
    same("attached", &shown.attached, &false)
}

async fn one_of_several(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    let door = Door { protocols: Some("seaglass.v999, seaglass.v1"), ..Door::default() };
    // A server that names another, or none, fails the handshake.
    let mut flow = probe.open_by(world.id.as_str(), door).await?;
    flow.video().await.map(drop)
}

async fn no_such_world(probe: &mut Probe) -> Verdict {
    for id in ["w_never_made", "x", &"y".repeat(128)] {
        probe.knock(id, Door::default()).await?.refuses(ErrorCode::NotFound)?;
    }
    Ok(())
}

async fn first_unit(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    let mut flow = probe.open(&world).await?;
    let unit = flow.video().await?.envelope;
    ensure(unit.keyframe, "the first picture is a keyframe", "it is not")?;
    same("sequence", &unit.sequence, &0)?;
    same("epoch", &unit.epoch, &flow.hello.epoch)?;
    let codec = match unit.kind {
        Kind::Media(Format::Video(codec)) => codec.name().to_owned(),
        other => format!("{other:?}"),
    };
    same("codec", &codec, &flow.hello.tier.codec)
}

async fn steady(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    let mut flow = probe.open(&world).await?;
    let mut last: [Option<Unit>; 2] = [None, None];
    let mut counts = [0_u32; 2];
    let mut began: Option<(u32, i64)> = None;
    flow.find("three seconds of units", |seen| {
        let Seen::Unit(unit) = seen else { return Ok(None) };
        let (at, track) = (unit.envelope.track() as usize, unit.envelope.track());
        counts[at] += 1;
        ensure(unit.envelope.duration_us > 0, format!("{track} units last longer than nothing"), "0 µs")?;
        if let Some(last) = &last[at]
            && last.envelope.epoch == unit.envelope.epoch
        {
            let step = unit.envelope.pts_us - last.envelope.pts_us;
            ensure(step > 0, format!("{track} timestamps rise"), format!("{step} µs from one to the next"))?;
            // Sound is never skipped for pictures' sake; a picture that was left out leaves its time to the one before.
            let short = i64::from(last.envelope.duration_us);
            let whole = unit.envelope.discontinuity || (step - short).abs() <= 1000 || (unit.is_video() && step > short);
            ensure(whole, format!("the next {track} unit {short} µs later"), format!("{step} µs later"))?;
        }
        // A timeline may begin at any time.
        let (epoch, pts) = (unit.envelope.epoch, unit.envelope.pts_us);
        let (_, start) = *began.insert(began.filter(|(of, _)| *of == epoch).unwrap_or((epoch, pts)));
        let done = unit.is_video() && pts - start > 2_500_000;
        last[at] = Some(*unit);
        Ok(done.then_some(()))
    })
    .await?;
    ensure(counts[0] >= 10, "ten pictures and more in 2.5 s", counts[0])?;
    ensure(!flow.hello.audio.enabled || counts[1] >= 10, "sound comes beside the pictures", format!("{} units", counts[1]))
}

async fn epochs(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    let mut before: Option<u32> = None;
    for _ in 0..3 {
        let mut flow = probe.open(&world).await?;
        let unit = flow.video().await?.envelope;
        ensure(
            unit.keyframe && unit.sequence == 0,
            "a stream begins with keyframe 0",
            format!("sequence {}", unit.sequence),
        )?;
        if let Some(before) = before {
            // Serial number arithmetic (RFC 1982).
            let later = unit.epoch.wrapping_sub(before);
            ensure(later != 0 && later < 1 << 31, format!("an epoch after {before}"), unit.epoch)?;
        }
        before = Some(unit.epoch);
        flow.leave().await?;
    }
    Ok(())
}

async fn keyframe(probe: &mut Probe) -> Verdict {
    // In MJPEG every picture is one.
    let world = probe.create(json!({ "video_formats": ["h264"], "audio": { "enabled": false } })).await?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    for _ in 0..2 {
        // A regular keyframe may be due just now: the one that counts comes after two that are none.
        flow.unit("pictures between keyframes", |unit| (unit.is_video() && !unit.envelope.keyframe).then_some(())).await?;
        flow.send(&Up::Keyframe {}).await?;
        let asked = probe.target.clock.now();
        flow.unit("a keyframe that was asked for", |unit| (unit.is_video() && unit.envelope.keyframe).then_some(())).await?;
        let took = probe.target.clock.now().since(asked);
        ensure(took < Duration::from_secs(2), "a keyframe within 2 s of asking", format!("after {took:.1?}"))?;
    }
    Ok(())
}

async fn fragments(probe: &mut Probe) -> Verdict {
    // A generated world has more to show than a calibration picture, and so larger units.
    let tier = [Tier::Standard, Tier::High].into_iter().find(|tier| probe.facts.offers(*tier)).map(Tier::name);
    let prompt = format!("{} forest", probe.target.marker);
    let wish = json!({ "world": null, "prompt": prompt, "tier": tier, "video_formats": ["mjpeg"] });
    let world = probe.create(wish).await?;
    let mut flow = probe.open(&world).await?;
    // The stream itself holds every fragment to the rules; here it must have had some to hold.
    let (mut units, mut large) = (0, 0);
    flow.find("ten pictures", |seen| {
        let Seen::Unit(unit) = seen else { return Ok(None) };
        let bytes = unit.envelope.payload.len();
        let expected = bytes.div_ceil(FRAGMENT_BYTES);
        same("fragments of a unit", &usize::from(unit.fragments), &expected)?;
        large += u32::from(expected > 1);
        units += u32::from(unit.is_video());
        Ok((units >= 10).then_some(()))
    })
    .await?;
    if large == 0 {
        return super::verdict::skip("no unit of this world is larger than a fragment");
    }
    Ok(())
}

async fn annex_b(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({ "video_formats": ["h264"], "audio": { "enabled": false } })).await?;
    let mut flow = probe.open(&world).await?;
    let mut keys = 0;
    for _ in 0..20 {
        let unit = flow.video().await?.envelope;
        same("format", &unit.kind, &Kind::Media(Format::Video(VideoCodec::H264)))?;
        let types = nal_types(&unit.payload);
        ensure(!types.is_empty(), "a byte stream of NAL units (ITU-T H.264, Annex B)", "no start code")?;
        let idr = types.iter().position(|kind| *kind == 5);
        same("a keyframe where there is an IDR picture", &unit.keyframe, &idr.is_some())?;
        if let Some(idr) = idr {
            keys += 1;
            let before = &types[..idr];
            ensure(before.contains(&7) && before.contains(&8), "SPS and PPS before the IDR picture", format!("{types:?}"))?;
        }
        flow.send(&Up::Keyframe {}).await?;
    }
    ensure(keys >= 2, "keyframes when they are asked for", format!("{keys} in 20 pictures"))
}

/// The types of the NAL units of a byte stream (ITU-T H.264, Annex B and table 7-1).
fn nal_types(bytes: &[u8]) -> Vec<u8> {
    bytes.windows(4).filter(|four| four[..3] == [0, 0, 1]).map(|four| four[3] & 0x1f).collect()
}

async fn silent(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({ "audio": { "enabled": false } })).await?;
    let mut flow = probe.open(&world).await?;
    same("audio.enabled of the hello", &flow.hello.audio.enabled, &false)?;
    let seen = flow.watch(Duration::from_millis(1500)).await?;
    let sound = seen.iter().filter(|seen| matches!(seen, Seen::Unit(unit) if !unit.is_video())).count();
    same("audio units", &sound, &0)
}

async fn sound(flow: &mut Flow, name: &str, enabled: bool) -> Verdict {
    let formats = Vec::new();
    flow.send(&Up::Audio { id: command(name)?, audio: AudioRequest { enabled, formats } }).await?;
    // What is told may come before the acknowledgement or after it; what counts is that it comes before its first unit.
    let mut told = false;
    let mut acked = None;
    flow.find("audio is told and acknowledged", |seen| {
        match seen {
            Seen::Event(Down::Audio(state)) => {
                same("enabled", &state.enabled, &enabled)?;
                told = true;
            }
            Seen::Event(Down::Ack { id, status, .. }) if id.as_str() == name => acked = Some(status),
            Seen::Unit(unit) if !unit.is_video() && enabled => {
                ensure(told, "audio is told before its first unit", "a unit came first")?;
                ensure(unit.envelope.discontinuity, "the first unit after enabling is a discontinuity", "it is not")?;
                return Ok(Some(()));
            }
            _ => {}
        }
        Ok((told && acked.is_some() && !enabled).then_some(()))
    })
    .await?;
    if let Some(status) = acked {
        same("status", &status, &AckStatus::Applied)?;
    }
    Ok(())
}

async fn on_and_off(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({ "audio": { "enabled": false } })).await?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    for _ in 0..2 {
        let (on, off) = (probe.name(), probe.name());
        sound(&mut flow, &on, true).await?;
        flow.unit("sound goes on", |unit| (!unit.is_video()).then_some(())).await?;
        sound(&mut flow, &off, false).await?;
        let seen = flow.watch(Duration::from_millis(400)).await?;
        let sound = seen.iter().filter(|seen| matches!(seen, Seen::Unit(unit) if !unit.is_video())).count();
        same("audio units after it is off", &sound, &0)?;
    }
    Ok(())
}

async fn formats(probe: &mut Probe) -> Verdict {
    let wish = json!({
        "video_formats": ["x-never", "mjpeg", "h264"],
        "audio": { "enabled": true, "formats": ["x-never", "pcm_s16le", "opus"] },
    });
    let world = probe.create(wish).await?;
    let mut flow = probe.open(&world).await?;
    same("codec", &flow.hello.tier.codec.as_str(), &"mjpeg")?;
    same("audio format", &flow.hello.audio.format.as_str(), &"pcm_s16le")?;
    let seen = flow.watch(Duration::from_millis(700)).await?;
    let mut counts = [0_u32; 2];
    for seen in &seen {
        let Seen::Unit(unit) = seen else { continue };
        counts[unit.envelope.track() as usize] += 1;
        let right = match unit.envelope.kind {
            Kind::Media(Format::Video(codec)) => codec == VideoCodec::Mjpeg,
            Kind::Media(Format::Audio(codec)) => codec == AudioCodec::PcmS16le,
            Kind::UnknownCodec { .. } => false,
        };
        ensure(right, "units in mjpeg and pcm_s16le", format!("{:?}", unit.envelope.kind))?;
    }
    ensure(counts[0] > 0 && counts[1] > 0, "pictures and sound", format!("{} and {}", counts[0], counts[1]))
}

async fn taken_over(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    let mut first = probe.open(&world).await?;
    let before = first.video().await?.envelope;
    let mut second = probe.open(&world).await?;
    let (_, code) = first.until_the_end("the older stream is closed").await?;
    same("close code of the older stream", &code.number(), &CloseCode::Replaced.number())?;
    let after = second.video().await?.envelope;
    // Of the world, not of the timeline: times of two epochs do not compare.
    same("state version", &after.state_version, &before.state_version)?;
    second.watch(Duration::from_millis(300)).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nal_units_are_found_behind_short_and_long_start_codes() {
        let stream = [0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 1, 0x65, 9, 9, 9];
        assert_eq!(nal_types(&stream), [7, 8, 5]);
        assert!(nal_types(&[0, 0]).is_empty());
    }
}
