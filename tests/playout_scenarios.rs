//! Playout against the scenarios of the design, in virtual time on synthetic arrivals (layer L0: timing only, no sound quality).

mod playout_sim;

use playout_sim::{MS, Sim, SimDevice, Stream, quantile};
use seaglass::lab::Random;
use seaglass::media::{Epoch, MediaDelta, MediaTime, Track, VideoCodec};
use seaglass::playout::{Lead, Preset};

fn clean(_: i64) -> i64 {
    20 * MS
}

fn report(name: &str, sim: &Sim, from: f64, to: f64) {
    let (delays, av) = (sim.log.delays(from, to), sim.log.av(from, to));
    let q = |values: &[f64], q: f64| if values.is_empty() { f64::NAN } else { quantile(values, q) };
    println!(
        "{name}: delay p50 {:.1} p99 {:.1} ms, |A/V| p50 {:.1} p99 {:.1} ms, shown {}, {:?}, video {:?}, audio {:?}",
        q(&delays, 0.5),
        q(&delays, 0.99),
        q(&av, 0.5),
        q(&av, 0.99),
        sim.log.shown_from(from),
        sim.playout.sound_totals(),
        sim.playout.drops_of(Track::Video),
        sim.playout.drops_of(Track::Audio),
    );
}

/// HO-12, HO-15.
#[test]
fn on_a_clean_link_every_frame_is_shown_in_sync_and_no_sound_is_made_up() {
    let mut sim = Sim::new(Preset::Balanced, Stream::default().packets(clean));
    sim.run_to(19.0);
    report("clean", &sim, 3.0, 19.0);
    let av = sim.log.av(3.0, 19.0);
    assert!(quantile(&av, 0.99) <= 10.0, "|A/V| p99 {}", quantile(&av, 0.99));
    // Ring and device 20 ms, or decoder, display and half a refresh: whichever is longer, and 2 ms for the workers.
    let delays = sim.log.delays(12.0, 19.0);
    assert!(quantile(&delays, 0.99) <= 33.0, "delay p99 {}", quantile(&delays, 0.99));
    assert_eq!(sim.playout.drops_of(Track::Video).total() + sim.playout.drops_of(Track::Audio).total(), 0);
    let totals = sim.playout.sound_totals();
    assert_eq!((totals.concealed(), totals.skipped), (0, 0));
    assert!(sim.log.shown_from(0.0) >= 565, "{} of 567", sim.log.shown_from(0.0));
    sim.check_counts();
}

/// The first frame waits for its decoder and for the next refresh, for nothing else.
#[test]
fn the_first_frame_shows_at_the_refresh_after_it_is_decoded() {
    let mut sim = Sim::new(Preset::Smooth, Stream::default().packets(clean));
    sim.run_to(1.0);
    let first = sim.log.shown.first().expect("shown").0;
    let decoded = (100 + 20 + 4) * MS;
    assert!(first - decoded <= 2 * 16_667 + MS, "shown {} us after it was decoded", first - decoded);
}

#[test]
fn the_first_sound_is_heard_within_60_ms_of_its_first_packet() {
    let mut sim = Sim::new(Preset::Balanced, Stream::default().packets(clean));
    sim.run_to(1.0);
    let first = sim.log.heard.first().expect("heard").0;
    assert!(first - (100 + 20) * MS <= 60 * MS, "{} us", first - 120 * MS);
}

/// HO-15: lognormal jitter with outages, as on Wi-Fi.
#[test]
fn on_a_jittery_link_the_delay_stays_under_its_cap_and_little_sound_is_made_up() {
    let seed = 7;
    let mut random = Random::new(seed);
    let mut outage_until = 0;
    let mut last = 0;
    let packets = Stream { seconds: 120.0, ..Stream::default() }.packets(|send| {
        // Outages: Poisson 0.2/s, uniform 60 to 200 ms.
        let elapsed = (send - last).max(0) as f64 / 1e6;
        last = send;
        if random.unit() < 0.2 * elapsed {
            outage_until = send + ((60.0 + 140.0 * random.unit()) * 1e3) as i64;
        }
        let jitter = (2.0 * random.normal().exp() * 1e3) as i64;
        (10 * MS + jitter).max(outage_until - send)
    });
    let mut sim = Sim::new(Preset::Balanced, packets);
    sim.run_to(119.0);
    report("wifi", &sim, 5.0, 119.0);
    let totals = sim.playout.sound_totals();
    let concealed = totals.concealed() as f64 / totals.played as f64;
    assert!(concealed < 0.02, "seed {seed}: {:.2} % made up", concealed * 100.0);
    let (delays, cap) = (sim.log.delays(5.0, 119.0), Preset::Balanced.cap().as_millis_f64());
    assert!(quantile(&delays, 0.5) <= cap, "seed {seed}: p50 {}", quantile(&delays, 0.5));
    let av = sim.log.av(5.0, 119.0);
    assert!(quantile(&av, 0.99) <= 45.0, "seed {seed}: |A/V| p99 {}", quantile(&av, 0.99));
    sim.check_counts();
}

/// Players over TCP keep the delay that a stall left behind; this one comes back.
#[test]
fn after_a_stall_of_one_second_picture_and_sound_come_back_to_the_target() {
    let stall = |send: i64| if (10_000 * MS..11_000 * MS).contains(&send) { 11_000 * MS + 20 * MS - send } else { 20 * MS };
    let mut sim = Sim::new(Preset::Balanced, Stream::default().packets(stall));
    sim.run_to(19.0);
    report("stall", &sim, 3.0, 19.0);
    // Picture: two frames after the backlog is decoded (30 pictures of 5 ms, all references) the newest is on the screen.
    let live = |at: i64| at - 100 * MS - 20 * MS + 5_000_000;
    let after = sim.log.shown.iter().find(|frame| frame.0 > 11_020 * MS + 150 * MS + 67 * MS).expect("shown");
    assert!(live(after.0) - after.2 < 200 * MS, "picture {} us behind the live edge", live(after.0) - after.2);
    let behind = sim.log.delays(12.1, 19.0);
    let target = sim.log.between(12.1, 12.2).next().expect("refresh").target;
    assert!(quantile(&behind, 1.0) <= target + 31.0, "max delay {} at target {target}", quantile(&behind, 1.0));
    sim.check_counts();
}

#[test]
fn a_new_epoch_starts_at_once_and_nothing_of_the_old_one_is_shown_after() {
    let mut sim = Sim::new(Preset::Balanced, Stream { seconds: 4.0, ..Stream::default() }.packets(clean));
    let second = Stream { epoch: Epoch(1), start_pts: -3_000_000, start_at: 4_100 * MS, seconds: 4.0, ..Stream::default() };
    sim.add(second.packets(clean));
    sim.run_to(8.0);
    report("epoch", &sim, 5.0, 8.0);
    let first_new = sim.log.shown.iter().position(|frame| frame.1 == Epoch(1)).expect("shown");
    assert!(sim.log.shown[first_new..].iter().all(|frame| frame.1 == Epoch(1)));
    assert!(sim.log.shown[first_new].0 - 4_120 * MS < 60 * MS);
    assert!(quantile(&sim.log.av(5.0, 7.9), 0.99) <= 10.0);
    sim.check_counts();
}

#[test]
fn without_a_sound_device_pictures_run_on_the_session_clock() {
    let mut sim = Sim::new(Preset::Balanced, Stream::default().packets(clean));
    sim.device = None;
    sim.run_to(19.0);
    report("no device", &sim, 3.0, 19.0);
    assert_eq!(sim.playout.lead(), Lead::Session);
    assert!(sim.log.shown_from(0.0) >= 565);
    assert_eq!(sim.playout.drops_of(Track::Video).total(), 0);
    assert!(quantile(&sim.log.delays(4.0, 19.0), 0.99) <= 21.0);
    sim.check_counts();
}

#[test]
fn sound_turned_off_and_on_again_keeps_the_picture_going_and_comes_back_in_sync() {
    let mut sim = Sim::new(Preset::Balanced, Stream::default().packets(clean));
    sim.run_to(6.0);
    sim.playout.set_sound(false);
    sim.run_to(10.0);
    assert_eq!(sim.playout.lead(), Lead::Session);
    sim.playout.set_sound(true);
    sim.run_to(19.0);
    report("sound off", &sim, 11.0, 19.0);
    assert_eq!(sim.playout.lead(), Lead::Sound);
    assert!(quantile(&sim.log.av(11.5, 19.0), 0.99) <= 10.0);
    assert!(sim.playout.drops_of(Track::Video).total() <= 2, "{:?}", sim.playout.drops_of(Track::Video));
    sim.check_counts();
}

#[test]
fn pictures_alone_and_sound_alone_both_play() {
    let mut sim = Sim::new(Preset::Latency, Stream { sound: false, ..Stream::default() }.packets(clean));
    sim.run_to(19.0);
    report("video only", &sim, 3.0, 19.0);
    assert_eq!(sim.playout.drops_of(Track::Video).total(), 0);
    assert!(quantile(&sim.log.delays(4.0, 19.0), 0.95) <= 18.0, "p95 {}", quantile(&sim.log.delays(4.0, 19.0), 0.95));
    let mut sim = Sim::new(Preset::Latency, Stream { fps: None, ..Stream::default() }.packets(clean));
    sim.run_to(19.0);
    report("audio only", &sim, 3.0, 19.0);
    assert_eq!(sim.playout.lead(), Lead::Sound);
    assert_eq!(sim.playout.sound_totals().concealed(), 0);
    sim.check_counts();
}

#[test]
fn crystals_that_differ_by_300_ppm_are_followed_without_a_correction_above_two_tenths_of_a_percent() {
    for (server, device) in [(300.0, 0.0), (-300.0, 0.0), (0.0, 300.0), (0.0, -300.0)] {
        let stream = Stream { seconds: 180.0, ppm: server, ..Stream::default() };
        let mut sim = Sim::new(Preset::Balanced, stream.packets(clean));
        sim.device = Some(SimDevice::new(device));
        sim.run_to(10.0);
        let before = sim.playout.sound_totals();
        sim.run_to(179.0);
        report(&format!("drift {server} {device}"), &sim, 10.0, 179.0);
        let totals = sim.playout.sound_totals();
        assert_eq!(totals.off_speed, before.off_speed, "server {server} device {device}");
        assert_eq!((totals.skipped, totals.concealed()), (0, 0), "server {server} device {device}");
        assert!(sim.playout.drops_of(Track::Video).total() <= 1, "{:?}", sim.playout.drops_of(Track::Video));
        let delays = sim.log.delays(20.0, 179.0);
        let spread = quantile(&delays, 1.0) - quantile(&delays, 0.0);
        assert!(spread <= 10.0, "server {server} device {device}: delay varies by {spread} ms");
        let skew = sim.playout.clock().skew_ppm().expect("30 s have passed");
        assert!((skew + server).abs() < 20.0, "skew {skew} for {server}");
    }
}

#[test]
fn a_late_joiner_skips_a_backlog_of_two_seconds_and_is_at_the_live_edge_within_half_a_second() {
    // The first two seconds were sent before and come at once.
    let mut sim = Sim::new(
        Preset::Balanced,
        Stream::default().packets(|send| if send < 2_100 * MS { 2_100 * MS + 20 * MS - send } else { 20 * MS }),
    );
    sim.run_to(19.0);
    report("late joiner", &sim, 3.0, 19.0);
    let live = |at: i64| at - 120 * MS + 5_000_000;
    let after = sim.log.shown.iter().find(|frame| frame.0 > 2_620 * MS).expect("shown");
    assert!(live(after.0) - after.2 < 150 * MS, "{} us behind", live(after.0) - after.2);
    assert!(quantile(&sim.log.delays(3.5, 19.0), 0.99) <= 60.0, "{}", quantile(&sim.log.delays(3.5, 19.0), 0.99));
    sim.check_counts();
}

/// World models generate several frames in one pass, and all come at once.
#[test]
fn frames_that_come_in_chunks_are_shown_at_their_own_cadence() {
    for (chunk, fps) in [(4, 24), (12, 24)] {
        let stream = Stream { chunk, fps: Some(fps), seconds: 60.0, ..Stream::default() };
        let mut random = Random::new(3);
        let mut sim = Sim::new(Preset::Balanced, stream.packets(|_| 20 * MS + (random.unit() * 20e3) as i64));
        sim.run_to(59.0);
        report(&format!("chunk {chunk}"), &sim, 5.0, 59.0);
        let span = f64::from(chunk - 1) * 1e3 / f64::from(fps);
        let delays = sim.log.delays(5.0, 59.0);
        assert!(quantile(&delays, 0.99) <= span + 110.0, "chunk {chunk}: {} over {span}", quantile(&delays, 0.99));
        let due = 54 * fps as usize;
        let shown = sim.log.shown_from(5.0);
        assert!(shown * 100 >= due * 99, "chunk {chunk}: {shown} of {due}");
        let totals = sim.playout.sound_totals();
        let concealed = totals.concealed() as f64 / totals.played as f64;
        assert!(concealed <= 0.007, "chunk {chunk}: {:.2} %", concealed * 100.0);
        sim.check_counts();
    }
}

#[test]
fn a_path_that_grows_by_80_ms_is_followed_both_ways() {
    for step in [80, -80] {
        let path = move |send: i64| if send < 20_000 * MS { 100 * MS } else { (100 + step) * MS };
        let mut sim = Sim::new(Preset::Balanced, Stream { seconds: 60.0, ..Stream::default() }.packets(path));
        sim.run_to(59.0);
        report(&format!("path {step}"), &sim, 40.0, 59.0);
        let delays = sim.log.delays(45.0, 59.0);
        assert!(quantile(&delays, 0.99) <= 60.0, "step {step}: {}", quantile(&delays, 0.99));
        assert!(quantile(&sim.log.av(45.0, 59.0), 0.99) <= 10.0);
        sim.check_counts();
    }
}

/// HO-27.
#[test]
fn after_a_lost_picture_nothing_is_shown_until_a_keyframe_and_one_is_asked_for() {
    let mut packets = Stream { sound: false, seconds: 6.0, ..Stream::default() }.packets(clean);
    packets.retain(|packet| packet.sequence != 70);
    let mut sim = Sim::new(Preset::Balanced, packets);
    sim.run_to(6.0);
    let shown: Vec<u64> = sim.log.shown.iter().map(|frame| frame.3).collect();
    assert!(!shown.iter().any(|sequence| (70..120).contains(sequence)), "{shown:?}");
    assert!(shown.contains(&120));
    let asked = sim.log.keyframes_wanted.len();
    assert!((3..=5).contains(&asked), "asked {asked} times in 1.6 s");
    sim.check_counts();
}

#[test]
fn motion_jpeg_goes_on_after_a_loss_since_every_picture_stands_alone() {
    let stream = Stream { sound: false, seconds: 6.0, codec: VideoCodec::Mjpeg, ..Stream::default() };
    let mut packets = stream.packets(clean);
    packets.retain(|packet| packet.sequence != 70);
    let mut sim = Sim::new(Preset::Balanced, packets);
    sim.run_to(5.5);
    assert!(sim.log.shown.iter().any(|frame| frame.3 == 71));
    assert!(sim.log.keyframes_wanted.is_empty());
}

#[test]
fn a_lost_sound_packet_is_concealed_in_place_and_the_sound_behind_it_stays_on_time() {
    let mut packets = Stream { seconds: 8.0, ..Stream::default() }.packets(clean);
    packets.retain(|packet| packet.track() == Track::Video || packet.sequence != 200);
    let mut sim = Sim::new(Preset::Balanced, packets);
    sim.run_to(7.5);
    report("lost sound", &sim, 3.0, 7.5);
    assert_eq!(sim.playout.sound_totals().concealed_lost, 960);
    // The delay is shorter than a packet, so the loss shows only when the packet behind it comes.
    assert!(sim.playout.sound_totals().concealed_network <= 480);
    assert!(quantile(&sim.log.av(3.0, 7.5), 0.99) <= 10.0);
}

#[test]
fn a_decoder_that_is_slower_than_the_stream_skips_to_keyframes_and_stays_near_the_live_edge() {
    let stream = Stream { keyframe_every: 30, ..Stream::default() };
    let mut sim = Sim::new(Preset::Balanced, stream.packets(clean));
    sim.decode = 60 * MS;
    sim.run_to(19.0);
    report("slow decoder", &sim, 3.0, 19.0);
    let live = |at: i64| at - 120 * MS + 5_000_000;
    let worst = sim.log.shown.iter().filter(|frame| frame.0 > 3_000 * MS).map(|frame| live(frame.0) - frame.2).max();
    assert!(worst.expect("shown") < 900 * MS, "{worst:?} us behind");
    sim.check_counts();
}

#[test]
fn decoding_goes_on_while_nobody_draws_and_the_newest_frame_shows_when_drawing_starts_again() {
    let mut sim = Sim::new(Preset::Balanced, Stream::default().packets(clean));
    sim.run_to(5.0);
    sim.draws = false;
    sim.run_to(10.0);
    let (coded, decoded, _) = sim.playout.held();
    assert!(coded <= 2 && decoded <= 4, "{coded} coded, {decoded} decoded");
    sim.draws = true;
    sim.run_to(10.1);
    let frame = sim.log.shown.iter().find(|frame| frame.0 > 10_000 * MS).expect("shown");
    assert!(frame.0 - 120 * MS + 5_000_000 - frame.2 < 120 * MS);
    sim.check_counts();
}

#[test]
fn a_pause_freezes_picture_and_sound_and_goes_on_at_the_live_edge() {
    let mut sim = Sim::new(Preset::Balanced, Stream::default().packets(clean));
    sim.run_to(5.0);
    sim.playout.set_paused(true);
    sim.run_to(5.1);
    let before = sim.log.shown.len();
    let position = sim.playout.position(sim.moment());
    sim.run_to(8.0);
    assert_eq!(sim.log.shown.len(), before);
    assert_eq!(sim.playout.position(sim.moment()), position);
    sim.playout.set_paused(false);
    sim.run_to(18.0);
    report("pause", &sim, 9.0, 18.0);
    assert!(sim.log.shown_from(9.0) >= 268);
    assert!(quantile(&sim.log.av(9.0, 18.0), 0.99) <= 10.0);
    sim.check_counts();
}

#[test]
fn packets_of_an_old_epoch_and_absurd_timestamps_are_dropped_and_counted() {
    let mut sim = Sim::new(Preset::Balanced, Stream { seconds: 2.0, epoch: Epoch(5), ..Stream::default() }.packets(clean));
    sim.run_to(1.0);
    let mut old = Stream { seconds: 0.1, ..Stream::default() }.packets(clean);
    old[0].pts = MediaTime::from_micros(i64::MIN);
    old[0].duration = MediaDelta::from_micros(i64::MAX);
    let n = old.len() as u64;
    for packet in old {
        sim.playout.push(packet);
    }
    let drops = sim.playout.drops_of(Track::Video).plus(sim.playout.drops_of(Track::Audio));
    assert_eq!(drops.total(), n);
    sim.check_counts();
}
