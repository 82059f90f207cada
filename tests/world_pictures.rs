//! The reference world, looked at: renders every theme and holds the pictures to what they must show. With
//! `SEAGLASS_PICTURES=1` they are kept as PNG files under the target's tmp folder, for people to look at.
#![cfg(all(feature = "server", feature = "player"))]

use seaglass::media::{MediaDelta, Picture, Size};
use seaglass::sim::world::World;

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

#[test]
fn every_theme_has_a_picture_of_its_own() {
    for theme in THEMES {
        let clock = seaglass::clock::Clock::start();
        let mut world = begun(theme, 7);
        let generated = clock.now();
        let picture = picture_of(&mut world);
        let first = clock.now();
        let mut again = Picture::black(SIZE);
        for _ in 0..10 {
            world.render(&mut again);
        }
        let ten = clock.now().since(first);
        eprintln!("{theme}: generated in {:?}, frame {:?}", generated, ten / 10);
        keep(&picture, theme);
    }
}
