//! Where a clip goes: a file, a folder, or a name of its own in the working folder.

use std::path::{Path, PathBuf};

use crate::app::errors::Failure;

/// Longest name made of an id.
const LONGEST: usize = 100;

/// The file for the clip of a job. A folder gets a file of the job's name; so does the working folder where nothing is said.
pub fn target(said: Option<&Path>, id: &str, several: bool) -> PathBuf {
    let Some(path) = said else { return PathBuf::from(name(id)) };
    let folder = several || path.is_dir() || path.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
    if folder { path.join(name(id)) } else { path.to_owned() }
}

/// Whether a clip can go where its user says, before anything is paid for: it takes the place of what is there, which is a file or
/// nothing, and gets its name only when it is complete, so that it cannot flow through a pipe.
pub fn check(said: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = said else { return Ok(()) };
    if path.as_os_str() == "-" {
        let why = "it gets its name when it is complete and checked; stdout has what is said of the job";
        return Err(Failure::usage(
            "a clip does not go to stdout",
            why,
            "name a file or a folder (./- is a file of that name)",
        ));
    }
    if path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        let why = "what is there is a device, a pipe or a socket, which a clip cannot take the place of";
        return Err(Failure::usage(&format!("no clip can go to {}", path.display()), why, "name a file or a folder"));
    }
    // A folder that is missing is made; where something else has its place, none can be.
    let above = path.ancestors().skip(1).find(|above| above.symlink_metadata().is_ok());
    if let Some(above) = above.filter(|above| !above.is_dir()) {
        let why = format!("{} is no folder", above.display());
        return Err(Failure::usage(&format!("no clip can go to {}", path.display()), &why, "name a file in a folder"));
    }
    Ok(())
}

/// Makes the folder of a file that is to be written.
pub fn prepare(file: &Path) -> std::io::Result<()> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::create_dir_all(folder),
        _ => Ok(()),
    }
}

/// Ids are opaque, and no path: what no file name should hold is an underscore.
fn name(id: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name: String = id.chars().take(LONGEST).map(plain).collect();
    let name = name.trim_start_matches(['.', '-']);
    format!("{}.mp4", if name.is_empty() { "clip" } else { name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_goes_into_a_file_a_folder_or_the_working_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(target(None, "n92a", false), Path::new("n92a.mp4"));
        assert_eq!(target(Some(Path::new("a.mp4")), "n92a", false), Path::new("a.mp4"));
        assert_eq!(target(Some(folder.path()), "n92a", false), folder.path().join("n92a.mp4"));
        assert_eq!(target(Some(Path::new("clips/")), "n92a", false), Path::new("clips/n92a.mp4"));
        assert_eq!(target(Some(Path::new("clips")), "n92a", true), Path::new("clips/n92a.mp4"));
    }

    #[test]
    fn a_clip_takes_the_place_of_a_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        for fits in [None, Some(folder.path().join("new.mp4")), Some(folder.path().to_owned()), Some("./-".into())] {
            assert!(check(fits.as_deref()).is_ok(), "{fits:?}");
        }
        assert!(check(Some(Path::new("-"))).is_err());
        std::fs::write(folder.path().join("words"), "x").unwrap();
        for under in ["words/a.mp4", "words/no/such/a.mp4"] {
            let failure = check(Some(&folder.path().join(under))).unwrap_err();
            assert!(failure.why.contains("words is no folder"), "{failure}");
        }
        assert!(
            check(Some(&folder.path().join("words"))).is_ok() && check(Some(&folder.path().join("no/such/a.mp4"))).is_ok()
        );
        #[cfg(unix)]
        for device in ["/dev/null", "/dev/zero"] {
            let failure = check(Some(Path::new(device))).unwrap_err();
            assert!(failure.what.contains(device) && failure.why.contains("device"), "{failure}");
        }
    }

    #[test]
    fn an_id_cannot_lead_out_of_the_folder() {
        for (id, name) in [("../../etc/passwd", "_.._etc_passwd.mp4"), ("..", "clip.mp4"), ("a b/c", "a_b_c.mp4")] {
            assert_eq!(target(None, id, false), Path::new(name), "{id}");
        }
    }
}
