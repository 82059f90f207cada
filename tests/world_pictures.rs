//! The reference world, looked at: renders every theme and holds the pictures to what they must show. With
//! `SEAGLASS_PICTURES=1` they are kept as PNG files under the target's tmp folder, for people to look at.
#![cfg(all(feature = "server", feature = "player"))]

use seaglass::media::{MediaDelta, Picture, Size};
use seaglass::sim::sound::SoundEvent;
use seaglass::sim::world::World;
use seaglass::wire::{CameraMove, Control, Direction, Key, Look, Mood, Place, TimeOfDay, Weather};

const SIZE: Size = Size { width: 640, height: 360 };
const FRAME: MediaDelta = MediaDelta::from_micros(33_333);

/// Red, green, blue of a picture, three bytes a pixel.
fn rgb(picture: &Picture) -> Vec<u8> {
    let [y, u, v] = picture.planes();
    let mut out = Vec::with_capacity(y.data.len() * 3);
    for row in 0..y.height {
        for column in 0..y.width {
            let luma = (f32::from(y.data[row * y.stride + column]) - 16.0) * 255.0 / 219.0;
            let chroma = row / 2 * u.stride + column / 2;
            let cb = (f32::from(u.data[chroma]) - 128.0) * 255.0 / 224.0;
            let cr = (f32::from(v.data[chroma]) - 128.0) * 255.0 / 224.0;
            for value in [luma + 1.5748 * cr, luma - 0.1873 * cb - 0.4681 * cr, luma + 1.8556 * cb] {
                out.push(value.clamp(0.0, 255.0) as u8);
            }
        }
    }
    out
}

fn keep(picture: &Picture, name: &str) {
    if std::env::var_os("SEAGLASS_PICTURES").is_none() {
        return;
    }
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("world");
    std::fs::create_dir_all(&folder).expect("a folder under target");
    let file = std::fs::File::create(folder.join(format!("{name}.png"))).expect("a file under target");
    let mut encoder = png::Encoder::new(file, picture.size().width, picture.size().height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&rgb(picture))).expect("a PNG file");
}

fn begun(prompt: &str, seed: u64) -> World {
    let mut world = World::generate(prompt, seed, &mut |_, _| {});
    world.step(FRAME);
    world
}

fn picture_of(world: &mut World) -> Picture {
    let mut picture = Picture::black(SIZE);
    world.render(&mut picture);
    picture
}

const THEMES: [&str; 16] = [
    "coast", "harbour", "island", "desert", "snow", "forest", "autumn", "blossom", "canyon", "city", "volcano", "swamp",
    "alien", "ruins", "jungle", "meadow",
];

/// Mean luma of some rows, as parts of the height.
fn luma(picture: &Picture, from: f32, to: f32) -> f32 {
    let [y, ..] = picture.planes();
    let rows = (y.height as f32 * from) as usize..(y.height as f32 * to) as usize;
    let part = &y.data[rows.start * y.stride..rows.end * y.stride];
    part.iter().map(|&sample| f32::from(sample)).sum::<f32>() / part.len() as f32
}

/// The picture in sixteen by nine cells of colour.
fn cells(picture: &Picture) -> Vec<[f32; 3]> {
    let rgb = rgb(picture);
    let (width, height) = (picture.size().width as usize, picture.size().height as usize);
    let (w, h) = (width / 16, height / 9);
    let mut cells = vec![[0.0; 3]; 144];
    for row in 0..h * 9 {
        for column in 0..w * 16 {
            let cell = &mut cells[row / h * 16 + column / w];
            for (sum, &value) in cell.iter_mut().zip(&rgb[(row * width + column) * 3..][..3]) {
                *sum += f32::from(value) / (w * h) as f32;
            }
        }
    }
    cells
}

fn difference(a: &Picture, b: &Picture) -> f32 {
    let cells = cells(a).into_iter().zip(cells(b));
    cells.map(|(a, b)| a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>()).sum::<f32>() / (144.0 * 3.0)
}

fn same(a: &Picture, b: &Picture) -> bool {
    a.planes().iter().zip(b.planes()).all(|(a, b)| a.data == b.data)
}

fn steps(world: &mut World, frames: usize) -> Vec<SoundEvent> {
    let mut events = Vec::new();
    for _ in 0..frames {
        world.step(FRAME);
        world.drain_events(&mut events);
    }
    events
}

fn hands(keys: &[Key], yaw: f32) -> Control {
    Control { keys: keys.to_vec(), look: Look { yaw, pitch: 0.0 }, ..Control::default() }
}

/// How many samples grew brighter by more than this, from one picture to the next.
fn brighter(before: &Picture, after: &Picture, by: i32) -> usize {
    let pairs = before.planes()[0].data.iter().zip(after.planes()[0].data);
    pairs.filter(|&(&a, &b)| i32::from(b) - i32::from(a) > by).count()
}

#[test]
fn every_theme_has_a_picture_of_its_own() {
    let pictures: Vec<Picture> = THEMES
        .iter()
        .map(|theme| {
            let picture = picture_of(&mut begun(theme, 7));
            keep(&picture, theme);
            picture
        })
        .collect();
    for (a, one) in pictures.iter().enumerate() {
        for (b, other) in pictures.iter().enumerate().skip(a + 1) {
            let apart = difference(one, other);
            assert!(apart > 6.0, "{} and {} are {apart} apart", THEMES[a], THEMES[b]);
        }
    }
}

#[test]
fn unknown_words_give_worlds_of_their_own() {
    let (one, other) = (picture_of(&mut begun("zorblax quimby", 7)), picture_of(&mut begun("frell nimbatsu", 7)));
    keep(&one, "unknown-1");
    keep(&other, "unknown-2");
    assert!(difference(&one, &other) > 6.0);
}

#[test]
fn the_same_prompt_seed_and_hands_give_the_same_pixels_on_any_number_of_threads() {
    let live = |seed, workers| {
        let mut world = begun("stormy coast at dusk", seed);
        world.set_workers(workers);
        world.control(&hands(&[Key::Forward, Key::Run], 0.4));
        steps(&mut world, 40);
        picture_of(&mut world)
    };
    let one = live(11, 1);
    keep(&one, "storm");
    assert!(same(&one, &live(11, 1)), "a second run");
    assert!(same(&one, &live(11, 3)), "three threads");
    assert!(!same(&one, &live(12, 1)), "another seed");
}

#[test]
fn the_landmark_flashes_in_exactly_the_frame_whose_span_holds_its_bell() {
    for theme in ["coast", "meadow", "city", "desert"] {
        let mut world = begun(theme, 7);
        let mut before = picture_of(&mut world);
        let mut strokes = 0;
        for _ in 0..260 {
            let events = steps(&mut world, 1);
            let bell = events.iter().find(|event| matches!(event, SoundEvent::Bell { .. }));
            let picture = picture_of(&mut world);
            if let Some(bell) = bell {
                strokes += 1;
                assert!(bell.at() >= world.now() && bell.at() < world.now() + FRAME, "{theme}");
                keep(&picture, &format!("flash-{theme}"));
                assert!(brighter(&before, &picture, 24) > 150, "{theme}: the flash is seen");
                steps(&mut world, 1);
                let after = picture_of(&mut world);
                assert!(brighter(&after, &picture, 8) > 100, "{theme}: and is at its full only then");
            }
            before = picture;
        }
        assert!(strokes >= 1, "{theme}");
    }
}

#[test]
fn lightning_lights_one_frame_and_thunder_follows_by_its_distance() {
    let mut world = begun("thunderstorm over the meadow", 3);
    world.apply(&Direction::Weather { kind: Weather::Storm, intensity: Some(1.0) });
    steps(&mut world, 300);
    let mut frames = Vec::new();
    let mut thunders = Vec::new();
    for _ in 0..900 {
        thunders.extend(steps(&mut world, 1).into_iter().filter_map(|event| match event {
            SoundEvent::Thunder { at, distance_m, .. } => Some((at, distance_m)),
            _ => None,
        }));
        // Only the sky's rows: cheap enough to look at every frame.
        let mut small = Picture::black(Size { width: 64, height: 36 });
        world.render(&mut small);
        frames.push((world.now(), luma(&small, 0.0, 0.4)));
    }
    let first = frames[0].0;
    let judged: Vec<_> = thunders
        .into_iter()
        .map(|(at, distance)| at - MediaDelta::from_secs_f64(f64::from(distance / 343.0)))
        .filter(|&struck| struck > first + FRAME)
        .collect();
    assert!(judged.len() >= 2, "a storm of half a minute thunders");
    for struck in judged {
        let index = frames.iter().rposition(|&(start, _)| start <= struck).expect("after the first frame");
        assert!(
            frames[index].1 > frames[index - 1].1 + 8.0,
            "frame {index}: {} after {}",
            frames[index].1,
            frames[index - 1].1
        );
    }
}

#[test]
fn walking_moves_the_view_and_feet_are_heard() {
    let mut world = begun("meadow", 7);
    let (before, from) = (picture_of(&mut world), world.eye());
    world.control(&hands(&[Key::Forward], 0.0));
    let events = steps(&mut world, 90);
    let (after, to) = (picture_of(&mut world), world.eye());
    let walked = (to[0] - from[0]).hypot(to[2] - from[2]);
    assert!((5.0..12.0).contains(&walked), "{walked} m in three seconds");
    assert!(difference(&before, &after) > 1.0);
    let feet: Vec<_> = events.iter().filter(|event| matches!(event, SoundEvent::Step { .. })).collect();
    assert!((8..=16).contains(&feet.len()), "{} steps", feet.len());
    world.let_go();
    steps(&mut world, 30);
    let rest = world.eye();
    steps(&mut world, 30);
    assert_eq!(world.eye()[0], rest[0], "let go, the walker stands");
}

#[test]
fn the_landmark_stops_the_walker_and_deep_water_turns_back() {
    let mut world = begun("coast", 7);
    let goal = world.landmark();
    let mut turned = 0.0;
    let mut least = f32::MAX;
    for _ in 0..900 {
        let (eye, (yaw, _)) = (world.eye(), world.gaze());
        let way = (goal[0] - eye[0], goal[2] - eye[2]);
        least = least.min(way.0.hypot(way.1));
        let turn = way.0.atan2(-way.1) - yaw;
        turned += turn.sin().atan2(turn.cos());
        world.control(&hands(&[Key::Forward, Key::Run], turned));
        steps(&mut world, 1);
    }
    assert!(least > 3.3, "came to {least} m of the middle of a tower");
    assert!(least < 30.0, "and did come near: {least} m");
    for side in 0..8 {
        let mut world = begun("island", 9);
        world.control(&hands(&[Key::Forward, Key::Run], side as f32 * 0.785));
        for _ in 0..400 {
            steps(&mut world, 1);
            let eye = world.eye();
            let ground = world.ground_height(eye[0], eye[2]);
            assert!(ground > -1.6, "side {side}: stands {ground} m deep");
            assert!(eye[1] > ground + 0.3, "side {side}: the eye is in the ground");
        }
    }
}

#[test]
fn a_wander_prompt_changes_the_look_and_keeps_the_geography() {
    let mut world = begun("meadow", 7);
    let heights = |world: &World| -> Vec<f32> {
        (0..4096).map(|i| world.ground_height((i % 64) as f32 * 32.0, (i / 64) as f32 * 32.0)).collect()
    };
    let (before, land) = (picture_of(&mut world), heights(&world));
    world.wander("snowy night");
    steps(&mut world, 150);
    let after = picture_of(&mut world);
    keep(&after, "wander-snow-night");
    assert_eq!(world.theme(), "snow");
    assert_eq!(land, heights(&world));
    assert!(difference(&before, &after) > 12.0);
    assert!(luma(&after, 0.0, 1.0) < luma(&before, 0.0, 1.0) * 0.7, "night fell");
}

#[test]
fn directions_change_the_picture_the_way_they_say() {
    let after = |direction: Direction, name: &str| {
        let mut world = begun("coast", 7);
        let done = world.apply(&direction);
        assert!(done.understood && !done.cut, "{name}: {}", done.message);
        steps(&mut world, 600);
        let picture = picture_of(&mut world);
        keep(&picture, name);
        picture
    };
    let weather = |kind| Direction::Weather { kind, intensity: Some(0.9) };
    let time = |name: &str| Direction::Time { to: TimeOfDay::Name(name.into()), over_ms: Some(1000) };
    let plain = after(Direction::Light { brightness: 1.0, warmth: None }, "plain");
    let ground = |picture: &Picture| luma(picture, 0.7, 1.0);
    assert!(luma(&after(time("midnight"), "midnight"), 0.0, 1.0) < luma(&plain, 0.0, 1.0) * 0.6, "night is dark");
    assert!(difference(&after(time("dusk"), "dusk"), &plain) > 6.0);
    assert!(ground(&after(weather(Weather::Snow), "snowfall")) > ground(&plain) + 12.0, "snow lies");
    assert!(ground(&after(weather(Weather::Rain), "rain")) < ground(&plain) - 6.0, "wet ground is dark");
    let spread = |picture: &Picture| {
        // The rows around the horizon, where what is far is seen.
        let far = &cells(picture)[32..80];
        let mean = far.iter().map(|cell| cell[1]).sum::<f32>() / 48.0;
        far.iter().map(|cell| (cell[1] - mean).abs()).sum::<f32>() / 48.0
    };
    assert!(spread(&after(weather(Weather::Fog), "fog")) < spread(&plain) * 0.75, "fog hides");
    after(weather(Weather::Dust), "dust");
    let bright = after(Direction::Light { brightness: 2.0, warmth: Some(0.8) }, "bright-warm");
    assert!(luma(&bright, 0.0, 1.0) > luma(&plain, 0.0, 1.0) + 10.0);
    let eerie = after(Direction::Mood { mood: Mood::Eerie }, "eerie");
    assert!(luma(&eerie, 0.0, 1.0) < luma(&plain, 0.0, 1.0) - 8.0);
    let town = after(Direction::Spawn { what: "houses".into(), count: Some(5), at: Some(Place::Ahead) }, "houses");
    assert!(difference(&town, &plain) > 1.0, "houses stand ahead");
}

#[test]
fn what_was_brought_can_be_taken_away_again() {
    let lived = |brought: bool| {
        let mut world = begun("meadow", 7);
        if brought {
            let spawn = Direction::Spawn { what: "lantern".into(), count: Some(6), at: Some(Place::Ahead) };
            assert!(world.apply(&spawn).understood);
        }
        steps(&mut world, 60);
        let seen = picture_of(&mut world);
        if brought {
            assert!(world.apply(&Direction::Remove { what: "all".into() }).understood);
        }
        steps(&mut world, 1);
        (seen, picture_of(&mut world))
    };
    let ((with, cleared), (without, never)) = (lived(true), lived(false));
    assert!(!same(&with, &without));
    assert!(same(&cleared, &never), "nothing is left of what was taken away");
}

#[test]
fn the_camera_pans_orbits_and_cuts_as_told() {
    let mut world = begun("coast", 7);
    let camera = |kind, amount: Option<f32>, target: Option<&str>| Direction::Camera {
        kind,
        amount,
        over_ms: Some(500),
        target: target.map(Into::into),
    };
    let (yaw, _) = world.gaze();
    assert!(world.apply(&camera(CameraMove::Pan, Some(90.0), None)).understood);
    steps(&mut world, 30);
    let turned = (world.gaze().0 - yaw).rem_euclid(std::f32::consts::TAU);
    assert!((turned - std::f32::consts::FRAC_PI_2).abs() < 0.01, "{turned}");
    let goal = world.landmark();
    let reach = |world: &World| (world.eye()[0] - goal[0]).hypot(world.eye()[2] - goal[2]);
    let before = reach(&world);
    assert!(world.apply(&camera(CameraMove::Orbit, Some(40.0), Some("landmark"))).understood);
    steps(&mut world, 30);
    assert!((reach(&world) - before).abs() < 0.5, "an orbit keeps its distance");
    let cut = world.apply(&camera(CameraMove::Cut, None, Some("landmark")));
    assert!(cut.understood && cut.cut);
    steps(&mut world, 1);
    keep(&picture_of(&mut world), "cut");
    assert!(reach(&world) < 40.0);
}

#[test]
fn what_is_not_understood_changes_nothing_and_says_what_could_be_said() {
    let mut world = begun("meadow", 7);
    let mut twin = begun("meadow", 7);
    let strange = [
        Direction::Weather { kind: Weather::Other("frogs".into()), intensity: None },
        Direction::Time { to: TimeOfDay::Hour(31.0), over_ms: None },
        Direction::Mood { mood: Mood::Other("puce".into()) },
        Direction::Camera { kind: CameraMove::Other("barrel roll".into()), amount: None, over_ms: None, target: None },
        Direction::Camera { kind: CameraMove::Cut, amount: None, over_ms: None, target: Some("my keys".into()) },
        Direction::Spawn { what: "regret".into(), count: None, at: None },
        Direction::Remove { what: "regret".into() },
        Direction::Other(serde_json::Map::new()),
    ];
    for direction in strange {
        let done = world.apply(&direction);
        assert!(!done.understood && !done.cut && done.message.len() > 20, "{direction:?}: {done:?}");
    }
    steps(&mut world, 5);
    steps(&mut twin, 5);
    assert!(same(&picture_of(&mut world), &picture_of(&mut twin)));
}
