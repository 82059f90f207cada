//! A virtual display, and the program on it: what is on the screen is read from the screen, and keys and mouse come from the X
//! server. Waits for what is to be seen, and for no time.
#![allow(dead_code, reason = "every test binary uses a part of it")]

use std::io::{BufRead as _, BufReader};
use std::ops::Range;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt as _, EventMask};

use crate::support::{have, run, seaglass, succeed};

/// Of the display, in pixels.
pub const WIDTH: usize = 960;
/// Of the display, in pixels.
pub const HEIGHT: usize = 540;

/// How often something may be looked for, every 100 ms, before it counts as missing. Bounds a hang; measures nothing.
const LOOKS: usize = 1200;

/// A process that ends with the test.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a look finds, once it finds anything.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..LOOKS {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{what}: not within {LOOKS} looks")
}

/// The first line that a program prints.
fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    line.trim().to_owned()
}

/// A virtual display of its own.
pub struct Display {
    name: String,
    runtime: tempfile::TempDir,
    _server: Process,
}

impl Display {
    /// Starts it; `None`, with a word to whoever reads the log, where a part of it is not installed.
    pub fn start() -> Option<Self> {
        // All three are asked for, so that one run names everything that is missing.
        if ["Xvfb", "xdotool", "import"].map(have).contains(&false) {
            return None;
        }
        let mut server = Process(
            Command::new("Xvfb")
                .args(["-displayfd", "1", "-screen", "0", &format!("{WIDTH}x{HEIGHT}x24"), "-nolisten", "tcp", "-noreset"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("Xvfb starts"),
        );
        let name = format!(":{}", first_line(&mut server.0));
        Some(Self { name, runtime: tempfile::tempdir().expect("a folder"), _server: server })
    }

    /// The program, to be run on it.
    pub fn program(&self) -> Command {
        let mut command = seaglass();
        command.env("DISPLAY", &self.name).env("XDG_RUNTIME_DIR", self.runtime.path());
        command
    }

    /// What xdotool prints.
    pub fn xdotool(&self, words: &[&str]) -> String {
        let output = run(Command::new("xdotool").args(words).env("DISPLAY", &self.name));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The window, once it is there, with the keyboard on it.
    pub fn window(&self) -> String {
        let id = eventually("the window", || {
            let found = self.xdotool(&["search", "--onlyvisible", "--name", "seaglass"]);
            found.lines().next().map(str::to_owned).filter(|id| !id.is_empty())
        });
        self.xdotool(&["windowfocus", "--sync", &id]);
        id
    }

    /// Asks the window to close as the button of a title bar does (ICCCM, section 4.2.8.1).
    pub fn close(&self, window: &str) {
        let (connection, _) = x11rb::connect(Some(&self.name)).expect("the display");
        let atom =
            |name: &str| connection.intern_atom(false, name.as_bytes()).expect("asked").reply().expect("answered").atom;
        let window: u32 = window.parse().expect("a window id");
        let words = [atom("WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let message = ClientMessageEvent::new(32, window, atom("WM_PROTOCOLS"), words);
        connection.send_event(false, window, EventMask::NO_EVENT, message).expect("sent").check().expect("taken");
    }

    /// A look at it.
    pub fn screen(&self) -> Screen {
        let words = ["-silent", "-window", "root", "-depth", "8", "rgb:-"];
        let rgb = succeed(Command::new("import").args(words).env("DISPLAY", &self.name));
        assert_eq!(rgb.len(), WIDTH * HEIGHT * 3);
        if let Some(folder) = std::env::var_os("SEAGLASS_TEST_PICTURES") {
            let path = std::path::Path::new(&folder).join("window-latest.rgb");
            std::fs::write(path, &rgb).expect("written");
        }
        Screen(rgb)
    }
}

/// What is on the display.
#[derive(Clone, PartialEq)]
pub struct Screen(pub Vec<u8>);

impl Screen {
    /// The pixels of some columns and rows, row by row.
    pub fn pixels(&self, (columns, rows): (Range<usize>, Range<usize>)) -> impl Iterator<Item = [u8; 3]> + '_ {
        rows.flat_map(move |y| columns.clone().map(move |x| (y * WIDTH + x) * 3))
            .map(|at| [self.0[at], self.0[at + 1], self.0[at + 2]])
    }

    /// One of them.
    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * WIDTH + x) * 3;
        [self.0[at], self.0[at + 1], self.0[at + 2]]
    }
}

/// Exit status, once there is one.
pub fn ended(child: &mut Process) -> Option<i32> {
    eventually("the end of the program", || child.0.try_wait().expect("a child")).code()
}
