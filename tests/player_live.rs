//! The player on real threads with real decoders and a stand-in sound device (layer L1 without a network).
#![cfg(feature = "player")]

mod player_rig;

use std::time::Duration;

use player_rig::{Ear, FRAME_US, Rig, SIZE, interleave, offsets, packet, pictures, sounds};
use seaglass::audio::DeviceChoice;
use seaglass::media::{AudioCodec, DropCause, Epoch, Format, Packet, Size, VideoCodec};
use seaglass::player::{AudioState, Verdict};
use seaglass::stats::FrameStage;

const TAIL: Duration = Duration::from_millis(300);

fn both(video: VideoCodec, audio: AudioCodec, seconds: f64) -> Vec<Packet> {
    interleave([pictures(video, SIZE, seconds, 0, 0), sounds(audio, seconds, 0, 0)])
}

/// HO-12: measured from samples and pixels, not from the player's own figures.
#[test]
fn a_flash_is_seen_when_its_click_is_heard() {
    for (video, audio) in [(VideoCodec::Mjpeg, AudioCodec::PcmS16le), (VideoCodec::H264, AudioCodec::Opus)] {
        let ear = Ear::default();
        let mut rig = Rig::new(ear.device(480));
        rig.play(both(video, audio, 5.0), TAIL);
        let found = offsets(&rig.seen, &ear.clicks());
        let snapshot = rig.player.snapshot();
        println!("{video}/{audio}: offsets {found:.1?} ms, {snapshot:?}");
        assert!(found.len() >= 7, "{} flashes with a click, clicks {:?}", found.len(), ear.clicks().len());
        assert!(found[found.len() / 2].abs() < 20.0, "median |A/V| {} ms", found[found.len() / 2]);
        assert_eq!(snapshot.audio, AudioState::Waiting, "the sound has ended");
        assert!(rig.seen.len() >= 140, "{} of 150 frames, {:?}", rig.seen.len(), snapshot.drops);
    }
}

#[test]
fn a_run_leaves_traces_whose_known_stages_have_percentiles_and_whose_unknown_ones_have_none() {
    let mut rig = Rig::new(Ear::default().device(480));
    rig.play(both(VideoCodec::Mjpeg, AudioCodec::PcmS16le, 1.0), TAIL);
    let presented = rig.seen.len() as u64;
    rig.player.traces(|traces| {
        assert_eq!(traces.recorded(), presented);
        for stage in [FrameStage::Buffer, FrameStage::Decode, FrameStage::Wait, FrameStage::Client] {
            assert_eq!(traces.stage(stage).expect("stamped").n, presented, "{}", stage.name());
        }
        assert_eq!(traces.stage(FrameStage::ServerRender), None);
    });
    assert!(rig.player.snapshot().recent.fps.is_some());
}

#[test]
fn pictures_alone_sound_alone_and_no_device_at_all_each_play() {
    let mut rig = Rig::new(Ear::default().device(480));
    rig.play(pictures(VideoCodec::H264, SIZE, 1.5, 0, 0), TAIL);
    assert!(rig.seen.len() >= 40, "{} of 45", rig.seen.len());
    let ear = Ear::default();
    let mut rig = Rig::new(ear.device(480));
    rig.play(sounds(AudioCodec::Opus, 2.0, 0, 0), TAIL);
    assert!(ear.clicks().len() >= 3, "{:?}", ear.clicks());
    let mut rig = Rig::new(DeviceChoice::None);
    rig.play(both(VideoCodec::Mjpeg, AudioCodec::Opus, 1.5), TAIL);
    assert!(rig.seen.len() >= 40, "{} of 45", rig.seen.len());
    let snapshot = rig.player.snapshot();
    assert_eq!(snapshot.audio, AudioState::Silent);
    assert!(snapshot.audio_text.starts_with("playing silently on the session clock"), "{}", snapshot.audio_text);
}

/// HO-24: a tier switch changes the size in mid-stream; a codec switch comes the same way.
#[test]
fn size_and_codecs_may_change_in_mid_stream() {
    let big = Size { width: 128, height: 96 };
    let mut rig = Rig::new(Ear::default().device(480));
    let n = 30;
    let second = n * FRAME_US;
    let packets = interleave([
        pictures(VideoCodec::H264, SIZE, 1.0, 0, 0),
        pictures(VideoCodec::H264, big, 1.0, n as u64, second),
        pictures(VideoCodec::Mjpeg, SIZE, 1.0, 2 * n as u64, 2 * second),
        sounds(AudioCodec::Opus, 1.5, 0, 0),
        sounds(AudioCodec::PcmS16le, 1.5, 75, 1_500_000),
    ]);
    rig.play(packets, TAIL);
    let big_frames = rig.seen.iter().filter(|frame| frame.size == big).count();
    assert!(big_frames >= 25, "{big_frames} of 30 at the new size");
    let after = rig.seen.iter().filter(|frame| frame.sequence >= 60).count();
    assert!(after >= 25, "{after} of 30 in the new codec, {:?}", rig.player.snapshot().drops);
    assert_eq!(rig.player.snapshot().video_codec, Some(VideoCodec::Mjpeg));
    assert_eq!(rig.player.snapshot().audio_codec, Some(AudioCodec::PcmS16le));
}

#[test]
fn a_new_epoch_is_shown_and_heard_at_once() {
    let ear = Ear::default();
    let mut rig = Rig::new(ear.device(480));
    rig.play(both(VideoCodec::H264, AudioCodec::Opus, 1.0), Duration::ZERO);
    rig.restart();
    let mut next = both(VideoCodec::H264, AudioCodec::Opus, 2.0);
    for packet in &mut next {
        packet.epoch = Epoch(1);
    }
    let before = ear.clicks().len();
    rig.play(next, TAIL);
    let first = rig.seen.iter().position(|frame| frame.epoch == Epoch(1)).expect("shown");
    assert!(rig.seen[first..].iter().all(|frame| frame.epoch == Epoch(1)));
    assert!(rig.seen.len() - first >= 50, "{} of 60", rig.seen.len() - first);
    assert!(ear.clicks().len() >= before + 3);
}

/// HO-27: damaged bytes, then silence until a keyframe, which is asked for.
#[test]
fn a_damaged_picture_is_dropped_and_a_keyframe_is_asked_for() {
    let mut rig = Rig::new(DeviceChoice::None);
    let mut packets = pictures(VideoCodec::H264, SIZE, 2.0, 0, 0);
    packets[10].payload = vec![0, 0, 0, 1, 0x65, 0xff, 0xff, 0xff].into();
    packets[11].payload = vec![0xde, 0xad].into();
    rig.play(packets, TAIL);
    assert!(rig.keyframes_wanted >= 1);
    let drops = rig.player.snapshot().drops;
    assert!(drops.of(DropCause::Corrupt) + drops.of(DropCause::NoReference) >= 19, "{drops:?}");
    assert!(rig.seen.iter().any(|frame| frame.sequence >= 30), "goes on with the keyframe");
    assert!(!rig.seen.iter().any(|frame| (12..30).contains(&frame.sequence)), "nothing with lost references is shown");
}

#[test]
fn a_codec_that_nobody_decodes_is_told_once_and_counted() {
    let mut rig = Rig::with(|options| {
        options.device = Ear::default().device(480);
        options.decoders.video =
            |codec| Err(seaglass::codec::CodecError::Setup { codec: codec.name(), what: "left out of this build".into() });
    });
    rig.play(both(VideoCodec::Mjpeg, AudioCodec::PcmS16le, 0.5), TAIL);
    let notices = rig.player.notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].text.contains("mjpeg"), "{}", notices[0].text);
    assert_eq!(rig.player.snapshot().drops.of(DropCause::UnknownCodec), 15);
    assert_eq!(rig.keyframes_wanted, 0, "a keyframe would help nobody");
}

#[test]
fn a_decoder_that_panics_costs_its_packet_and_not_the_player() {
    struct Nervous(Box<dyn seaglass::codec::VideoDecode + Send>);
    impl seaglass::codec::VideoDecode for Nervous {
        fn decode(
            &mut self,
            packet: &Packet,
            pool: &seaglass::media::PicturePool,
        ) -> Result<Option<seaglass::media::Picture>, seaglass::codec::CodecError> {
            assert!(packet.payload.len() > 8, "a decoder's bug");
            self.0.decode(packet, pool)
        }
        fn reset(&mut self) {
            self.0.reset();
        }
    }
    let mut rig = Rig::with(|options| {
        options.device = DeviceChoice::None;
        options.decoders.video = |codec| Ok(Box::new(Nervous(seaglass::codec::video_decoder(codec)?)));
    });
    let mut packets = pictures(VideoCodec::Mjpeg, SIZE, 1.0, 0, 0);
    packets[5].payload = vec![1, 2, 3].into();
    rig.play(packets, TAIL);
    // How long the report of the panic holds the decoder up depends on the machine.
    assert!(rig.draw_until(|frame| frame.sequence == 29), "{:?}", rig.seen.last());
    assert_eq!(rig.player.snapshot().drops.of(DropCause::Corrupt), 1);
}

#[test]
fn sound_turned_off_in_mid_stream_leaves_the_pictures_going_and_comes_back() {
    let ear = Ear::default();
    let mut rig = Rig::new(ear.device(480));
    let mut packets = both(VideoCodec::Mjpeg, AudioCodec::PcmS16le, 4.0);
    let rest = packets.split_off(packets.iter().position(|packet| packet.pts.as_micros() > 1_200_000).expect("there"));
    rig.play(packets, Duration::ZERO);
    rig.player.set_sound(false);
    let (quiet, loud): (Vec<_>, Vec<_>) = rest.into_iter().partition(|packet| packet.pts.as_micros() < 2_600_000);
    rig.play(quiet, Duration::ZERO);
    let clicks = ear.clicks().len();
    assert!((2..=3).contains(&clicks), "{clicks} clicks in 1.2 s");
    assert_eq!(rig.player.snapshot().audio, AudioState::Waiting);
    rig.player.set_sound(true);
    rig.play(loud, TAIL);
    assert!(ear.clicks().len() >= clicks + 2, "{} clicks", ear.clicks().len());
    assert!(rig.seen.len() >= 112, "{} of 120 frames", rig.seen.len());
}

#[test]
fn a_pause_holds_the_picture_and_playback_goes_on_after_it() {
    let mut rig = Rig::new(Ear::default().device(480));
    let mut packets = both(VideoCodec::Mjpeg, AudioCodec::PcmS16le, 3.0);
    let rest = packets.split_off(packets.iter().position(|packet| packet.pts.as_micros() > 1_000_000).expect("there"));
    rig.play(packets, Duration::ZERO);
    rig.player.set_paused(true);
    assert_eq!(rig.player.snapshot().verdict, Verdict::Paused);
    let before = rig.seen.len();
    let (during, after): (Vec<_>, Vec<_>) = rest.into_iter().partition(|packet| packet.pts.as_micros() < 2_000_000);
    rig.play(during, Duration::ZERO);
    assert_eq!(rig.seen.len(), before);
    rig.player.set_paused(false);
    rig.play(after, TAIL);
    assert!(rig.seen.len() >= before + 24, "{} frames after", rig.seen.len() - before);
}

#[test]
fn a_closed_player_says_so_to_its_stream() {
    let Rig { player, mut sink, .. } = Rig::new(DeviceChoice::None);
    drop(player);
    let lost = packet(Format::Video(VideoCodec::Mjpeg), 0, 0, FRAME_US, &[]);
    assert_eq!(sink.push(lost), seaglass::media::Pushed::Closed);
}
