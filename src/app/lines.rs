//! What the commands say on stdout and stderr. In this room `println!` and its like are those below: the standard library's own panic
//! where nobody reads any more, and `seaglass world new … | head -1` is no reason to stop half-way, with worlds to be ended.
//!
//! Neighbours: `print` decides what data looks like, `program` asks at the end whether all of it was written.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::{Mutex, PoisonError};

/// What kept data from being written first; a reader that went away is nothing of the kind.
static LOST: Mutex<Option<io::Error>> = Mutex::new(None);

macro_rules! println {
    () => { $crate::app::lines::data(format_args!("\n")) };
    ($($words:tt)*) => { $crate::app::lines::data(format_args!("{}\n", format_args!($($words)*))) };
}

macro_rules! print {
    ($($words:tt)*) => { $crate::app::lines::data(format_args!($($words)*)) };
}

macro_rules! eprintln {
    () => { $crate::app::lines::note(format_args!("\n")) };
    ($($words:tt)*) => { $crate::app::lines::note(format_args!("{}\n", format_args!($($words)*))) };
}

macro_rules! eprint {
    ($($words:tt)*) => { $crate::app::lines::note(format_args!($($words)*)) };
}

/// Writes data to stdout. What cannot be written there is told at the end, by [`lost`].
pub fn data(words: Arguments<'_>) {
    if let Some(error) = written(&mut io::stdout().lock(), words) {
        LOST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// Writes a note to stderr. Where that fails there is nobody to be told.
pub fn note(words: Arguments<'_>) {
    let _ = io::stderr().lock().write_fmt(words);
}

/// Why data that was said did not reach stdout, as on a disk that is full.
pub fn lost() -> Option<io::Error> {
    LOST.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Writes, and flushes: what stands in a buffer would be lost without a word at the end.
fn written(place: &mut impl Write, words: Arguments<'_>) -> Option<io::Error> {
    let outcome = place.write_fmt(words).and_then(|()| place.flush());
    outcome.err().filter(|error| error.kind() != ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fails(ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_goes_away_is_no_failure_and_a_full_disk_is_one() {
        assert!(written(&mut Fails(ErrorKind::BrokenPipe), format_args!("w_1\n")).is_none());
        let lost = written(&mut Fails(ErrorKind::StorageFull), format_args!("w_1\n"));
        assert_eq!(lost.map(|error| error.kind()), Some(ErrorKind::StorageFull));
    }
}
