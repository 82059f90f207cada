//! Screenshots on their way: from the adapter, through a thread that packs them, to a file. Never waits, but for those being packed
//! when the window goes: half a picture is none.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::screen::{Image, Screen, Shot};
use super::view::Tone;
use crate::app::explore::screenshot;

/// Most pictures on their way at once: each is as large as the window.
const MOST: usize = 4;

/// What to tell the user of a screenshot.
pub(crate) struct Told {
    pub(crate) tone: Tone,
    pub(crate) text: String,
}

/// The pictures on their way.
#[derive(Debug)]
pub(crate) struct Shots {
    ordered: Vec<Shot>,
    packing: usize,
    /// Those that pack, and some that have done so.
    packers: Vec<JoinHandle<()>>,
    done: SyncSender<Result<PathBuf, String>>,
    saved: Receiver<Result<PathBuf, String>>,
}

impl Default for Shots {
    fn default() -> Self {
        let (done, saved) = sync_channel(MOST);
        Self { ordered: Vec::with_capacity(MOST), packing: 0, packers: Vec::new(), done, saved }
    }
}

impl Shots {
    /// Orders one: the window as it is, or the picture alone.
    pub(crate) fn order(&mut self, screen: &mut Screen, overlay: bool) -> Result<(), Told> {
        let told = |tone, text: &str| Err(Told { tone, text: text.to_owned() });
        if self.ordered.len() + self.packing >= MOST {
            return told(Tone::Warn, "too many pictures at once");
        }
        match screen.shoot(overlay) {
            Ok(Some(shot)) => self.ordered.push(shot),
            Ok(None) => return told(Tone::Warn, "there is no picture yet"),
            Err(error) => return told(Tone::Bad, &error.to_string()),
        }
        Ok(())
    }

    /// Saves what has come from the adapter into the folder, and tells of what is saved.
    pub(crate) fn collect(&mut self, folder: &Path) -> Vec<Told> {
        let mut told = Vec::new();
        let mut taken: Vec<Image> = Vec::new();
        self.ordered.retain(|shot| match shot.take() {
            Ok(None) => true,
            Ok(Some(image)) => {
                taken.push(image);
                false
            }
            Err(error) => {
                told.push(Told { tone: Tone::Bad, text: error.to_string() });
                false
            }
        });
        for image in taken {
            match self.save(folder, image) {
                Ok(()) => self.packing += 1,
                Err(error) => told.push(Told { tone: Tone::Bad, text: format!("the picture cannot be saved ({error})") }),
            }
        }
        while let Ok(saved) = self.saved.try_recv() {
            self.packing = self.packing.saturating_sub(1);
            told.push(match saved {
                Ok(path) => {
                    eprintln!("seaglass: screenshot {}", path.display());
                    Told { tone: Tone::Good, text: format!("saved {}", path.display()) }
                }
                Err(why) => Told { tone: Tone::Bad, text: why },
            });
        }
        told
    }

    /// Packing a PNG takes longer than a refresh, so a thread does it.
    fn save(&mut self, folder: &Path, (rgba, size): Image) -> std::io::Result<()> {
        let path = screenshot::fresh_name(folder);
        let done = self.done.clone();
        let work = move || {
            let saved = screenshot::save(&path, &rgba, size).map(|()| path).map_err(|failure| failure.to_string());
            // Closed: nobody is left to be told. Full it cannot be, since no more are packed than it holds.
            let _ = done.try_send(saved);
        };
        let packer = std::thread::Builder::new().name("screenshot".to_owned()).spawn(work)?;
        self.packers.retain(|packer| !packer.is_finished());
        self.packers.push(packer);
        Ok(())
    }
}

impl Drop for Shots {
    fn drop(&mut self) {
        for packer in self.packers.drain(..) {
            // One that panicked has said so on its way out.
            let _ = packer.join();
        }
    }
}
