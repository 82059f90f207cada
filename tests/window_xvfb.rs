//! The real program in a real window on a virtual display, against a real server in a process of its own: what is on the screen
//! is read from the screen, and keys come from the X server. Skipped, with the reason, only where Xvfb, xdotool or import
//! (ImageMagick) is not installed.
#![cfg(all(target_os = "linux", feature = "player", feature = "server"))]

mod support;
mod virtual_display;

use support::served::Served;
use support::{run, seaglass, succeed};
use virtual_display::{Display, HEIGHT, Process, Screen, WIDTH, ended, eventually};

/// Where no overlay stands: right of the figures, above the short messages.
const WORLD: (std::ops::Range<usize>, std::ops::Range<usize>) = (480..940, 30..400);
/// Where the figures stand: the panel, and in its first rows the line.
const FIGURES: (std::ops::Range<usize>, std::ops::Range<usize>) = (20..350, 20..420);
/// Columns and rows of the line to type in.
const LINE: (std::ops::Range<usize>, std::ops::Range<usize>) = (120..840, 480..515);

impl Screen {
    /// Distinct colours of the world, coarsely.
    fn colours(&self) -> usize {
        let coarse = |[r, g, b]: [u8; 3]| (r >> 3, g >> 3, b >> 3);
        self.pixels(WORLD).map(coarse).collect::<std::collections::HashSet<_>>().len()
    }

    /// Brightness of the world, 0 to 255.
    fn brightness(&self) -> f64 {
        let (mut sum, mut count) = (0_u64, 0_u64);
        for [r, g, b] in self.pixels(WORLD) {
            sum += u64::from(r) + u64::from(g) + u64::from(b);
            count += 3;
        }
        sum as f64 / count as f64
    }

    /// Mean difference of the world between two looks, 0 to 255.
    fn difference(&self, other: &Self) -> f64 {
        let pairs = self.pixels(WORLD).zip(other.pixels(WORLD));
        let (sum, count) = pairs.fold((0_u64, 0_u64), |(sum, count), (a, b)| {
            (sum + (0..3).map(|channel| u64::from(a[channel].abs_diff(b[channel]))).sum::<u64>(), count + 3)
        });
        sum as f64 / count as f64
    }

    /// Pixels of the figures that are text: nearly white.
    fn inked(&self) -> usize {
        self.pixels(FIGURES).filter(|pixel| pixel.iter().all(|channel| *channel > 190)).count()
    }

    /// Whether the line to type in is there: its ground is dark whatever the scene.
    fn asks(&self) -> bool {
        let dark = self.pixels(LINE).filter(|pixel| pixel.iter().all(|channel| *channel < 110)).count();
        dark > LINE.0.len() * LINE.1.len() / 2
    }

    /// Pixels of the figures' ground: dark whatever the scene.
    fn grounded(&self) -> usize {
        self.pixels(FIGURES).filter(|pixel| pixel.iter().all(|channel| *channel < 110)).count()
    }
}

struct Server(Served);

impl Server {
    fn start() -> Self {
        Self(Served::start(&[]))
    }

    fn worlds(&self) -> usize {
        let text = succeed(seaglass().args(["world", "list", "--server", &self.0.url, "-o", "json"]));
        let worlds: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        worlds.as_array().map_or(usize::MAX, Vec::len)
    }
}

/// The main job, seen: HO-2 (directing), HO-4 (wandering), HO-20 (deletion), X-10 and X-11 (figures, screenshot).
#[test]
fn a_user_sees_the_world_walks_in_it_directs_it_and_leaves_none_behind() {
    let Some(display) = Display::start() else { return };
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let report = folder.path().join("report.json");
    let mut program = Process(
        display
            .program()
            .current_dir(folder.path())
            .args(["explore", "a green forest at noon", "--seed", "7", "--sound", "none"])
            .args(["--server", &server.0.url, "--size", &format!("{WIDTH}x{HEIGHT}"), "--report"])
            .arg(&report)
            .spawn()
            .expect("the program starts"),
    );
    let window = display.window();

    // The world, and the figures over it.
    let first = eventually("a picture of the world", || Some(display.screen()).filter(|screen| screen.colours() > 150));
    assert!(first.brightness() > 25.0, "the noon is dark: {:.0}", first.brightness());
    assert_eq!(server.worlds(), 1);
    // A line of them at first; the key shows the panel, then nothing.
    let line = eventually("the figures", || Some(display.screen()).filter(|screen| screen.inked() > 100));
    display.xdotool(&["key", "h"]);
    let panel = eventually("the panel", || Some(display.screen()).filter(|screen| screen.grounded() > 100_000));
    assert!(panel.inked() > line.inked(), "{} pixels of text in the panel, {} in the line", panel.inked(), line.inked());
    display.xdotool(&["key", "h"]);
    eventually("the figures hidden", || (display.screen().grounded() < panel.grounded() / 2).then_some(()));

    // Walking moves the camera further than the world moves by itself.
    let before = display.screen();
    let (mut at_rest, mut last) = (0.0_f64, before.clone());
    for _ in 0..10 {
        last = eventually("the world's own next move", || Some(display.screen()).filter(|screen| *screen != last));
        at_rest = at_rest.max(before.difference(&last));
    }
    display.xdotool(&["keydown", "w"]);
    let walked = eventually("a walk that is seen", || {
        Some(before.difference(&display.screen())).filter(|difference| *difference > at_rest * 2.0 + 2.0)
    });
    display.xdotool(&["keyup", "w"]);
    eprintln!("difference at rest {at_rest:.1}, after walking {walked:.1}");

    // A typed direction changes the picture.
    let day = display.screen().brightness();
    assert!(!display.screen().asks());
    display.xdotool(&["key", "t"]);
    eventually("the line to type in", || display.screen().asks().then_some(()));
    display.xdotool(&["key", "Escape"]);
    eventually("the world without the line", || (!display.screen().asks()).then_some(()));
    // All at once: what is typed before the line was drawn is part of it. No letter of the word can be missed.
    let typed = "t n i g h t Return";
    display.xdotool(&[&["key", "--delay", "0"], &typed.split(' ').collect::<Vec<_>>()[..]].concat());
    eventually("the night", || (display.screen().brightness() < day * 0.75).then_some(()));

    // A screenshot is a file.
    display.xdotool(&["key", "p"]);
    let saved = eventually("the screenshot", || {
        let mut files =
            std::fs::read_dir(folder.path()).expect("the folder").filter_map(Result::ok).map(|entry| entry.path());
        files.find(|path| path.extension().is_some_and(|extension| extension == "png"))
    });

    // Closing the window ends the program, and the world with it.
    display.close(&window);
    assert_eq!(ended(&mut program), Some(0));
    assert_eq!(server.worlds(), 0);

    let file = std::io::BufReader::new(std::fs::File::open(saved).expect("the screenshot"));
    let info = png::Decoder::new(file).read_info().expect("a PNG").info().clone();
    assert_eq!((info.width, info.height), (640, 360), "the picture at its own size");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&report).expect("a report")).expect("JSON");
    let echoed = &report["input_to_photon_ms"]["input_to_photon"]["n"];
    assert!(echoed.as_u64().is_some_and(|n| n >= 2), "inputs echoed by frames that were presented: {echoed}");
    let command = &report["commands"][0];
    assert_eq!((&command["status"], &command["text"]), (&"applied".into(), &"it becomes 22:00".into()), "{command}");
}

/// Full screen and other sizes keep the picture's proportions, with black beside it.
#[test]
fn a_window_of_another_shape_shows_the_whole_picture_between_black_bars() {
    let Some(display) = Display::start() else { return };
    let mut program = Process(
        display
            .program()
            .args(["explore", "a bright desert at noon", "--seed", "3", "--sound", "none", "--size", "540x540"])
            .spawn()
            .expect("the program starts"),
    );
    display.window();
    // 540 wide at 16:9 is 304 high: bars of 118. The columns lie right of the figures.
    let row = |screen: &Screen, y: usize| {
        screen.pixels((460..530, y..y + 1)).map(|[r, g, b]| u32::from(r.max(g).max(b))).max().unwrap_or(0)
    };
    let screen = eventually("the picture between its bars", || {
        let screen = display.screen();
        (row(&screen, 260) > 60 && row(&screen, 114) == 0).then_some(screen)
    });
    assert_eq!(row(&screen, 425), 0, "the bar below");
    assert!(row(&screen, 125) > 0, "the picture's first rows");
    display.xdotool(&["key", "ctrl+q"]);
    assert_eq!(ended(&mut program), Some(0));
}

#[test]
fn a_display_that_is_not_there_is_an_error_that_names_headless() {
    let server = Server::start();
    let mut command = seaglass();
    command.args(["explore", "coast", "--sound", "none", "--server", &server.0.url]).env("DISPLAY", ":54321");
    let output = run(&mut command);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("--headless"), "{said}");
    assert_eq!(server.worlds(), 0);
}
