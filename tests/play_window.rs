//! `seaglass play` in a real window on a virtual display: a film whose pictures tell their numbers is paused, stepped, sought in and
//! left, and what is read from the screen is the picture that belongs there. Skipped, with the reason, only where Xvfb, xdotool or
//! import (ImageMagick) is not installed.
#![cfg(all(target_os = "linux", feature = "player", feature = "server"))]

mod film;
mod support;
mod virtual_display;

use film::{COLUMNS, NUMBERED_FPS};
use virtual_display::{Display, Process, Screen, ended, eventually};

/// The window: the film four times as large.
const SIZE: (usize, usize) = (640, 384);
/// Pictures of the film: 51 s of it, so that a slow machine does not come to its end where it is to play.
const PICTURES: u8 = 255;
/// Five seconds of it, as an arrow jumps.
const JUMP: i64 = 5 * NUMBERED_FPS;

/// The middle of the bar's height, of its sign, and of its line: 14 from the edges and 46 high, the line between 40 on the left and
/// 182 on the right.
const BAR: usize = SIZE.1 - 14 - 23;
const SIGN: usize = 14 + 21;
const HALF: usize = (14 + 40 + SIZE.0 - 14 - 182) / 2;

impl Screen {
    fn is_white(&self, x: usize, y: usize) -> bool {
        self.at(x, y).iter().all(|channel| *channel > 180)
    }

    /// The number of the picture that is seen; `None` where none is.
    fn number(&self) -> Option<i64> {
        let (width, y) = (SIZE.0 / COLUMNS, SIZE.1 / 4);
        let bits = (0..COLUMNS).fold(0, |bits, column| bits << 1 | i64::from(self.is_white(column * width + width / 2, y)));
        (bits >> (COLUMNS - 2) == 0b10).then_some(bits & 0xff)
    }

    /// Whether the bar lies over the white half of the picture.
    fn has_bar(&self) -> bool {
        !self.is_white(SIZE.0 - 14 - 6, BAR)
    }

    /// Whether the sign on the bar is the triangle of a clip that stands: where the two strokes of one that plays leave a gap.
    fn stands(&self) -> bool {
        self.has_bar() && self.is_white(SIGN, BAR)
    }
}

struct Player {
    display: Display,
    process: Process,
}

impl Player {
    fn key(&self, name: &str) {
        self.display.xdotool(&["key", name]);
    }

    /// Waits until the clip stands at the picture, and shows it in ten looks one after the other.
    fn stands_at(&self, what: &str, wanted: impl Fn(i64) -> bool) -> i64 {
        let mut last = (None, 0);
        eventually(what, || {
            let screen = self.display.screen();
            let number = screen.number().filter(|number| screen.stands() && wanted(*number));
            last = if number.is_some() && number == last.0 { (number, last.1 + 1) } else { (number, 0) };
            number.filter(|_| last.1 >= 9)
        })
    }

    /// Waits until two pictures were seen, the later one behind the other.
    fn plays(&self, what: &str) {
        let before = eventually(what, || self.display.screen().number());
        eventually(what, || self.display.screen().number().filter(|number| *number > before));
    }
}

/// as a user plays a clip.
#[test]
fn x_13_a_clip_in_a_window_stands_goes_on_and_goes_where_it_is_sent() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    film::numbered(&folder.path().join("numbers.mp4"), PICTURES);
    let process = Process(
        display
            .program()
            .current_dir(folder.path())
            .args(["play", "numbers.mp4", "--no-sound", "--size", &format!("{}x{}", SIZE.0, SIZE.1)])
            .spawn()
            .expect("the program starts"),
    );
    let mut player = Player { display, process };
    player.display.window();

    player.plays("pictures that move on");
    player.key("space");
    player.stands_at("the clip standing still", |_| true);

    // From a known place on, every number is known.
    player.key("Home");
    player.stands_at("the first picture", |number| number == 0);
    player.key("Right");
    player.stands_at("5 s on", |number| number == JUMP);
    player.key("shift+Right");
    player.stands_at("1 s on", |number| number == JUMP + NUMBERED_FPS);
    player.key("Left");
    player.stands_at("5 s back", |number| number == NUMBERED_FPS);
    player.key("period");
    player.stands_at("a picture on", |number| number == NUMBERED_FPS + 1);
    player.key("comma");
    player.stands_at("a picture back", |number| number == NUMBERED_FPS);
    player.key("End");
    player.stands_at("the last picture", |number| number == i64::from(PICTURES) - 1);
    let (x, y) = (HALF.to_string(), BAR.to_string());
    player.display.xdotool(&["mousemove", &x, &y, "click", "1"]);
    player.stands_at("a press on the middle of the line", |number| (number - 127).abs() <= 3);

    // The bar goes while the clip plays, and comes with the mouse.
    player.key("Home");
    player.stands_at("the first picture again", |number| number == 0);
    player.key("space");
    eventually("the picture without the bar", || (!player.display.screen().has_bar()).then_some(()));
    player.plays("pictures that move on again");
    let mut places = (100..500).step_by(10).cycle();
    eventually("the bar under a mouse that moves", || {
        let x = places.next().unwrap_or_default().to_string();
        player.display.xdotool(&["mousemove", &x, "100"]);
        player.display.screen().has_bar().then_some(())
    });

    player.key("q");
    assert_eq!(ended(&mut player.process), Some(0));
}
