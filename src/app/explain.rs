//! `seaglass explain`: what an error code means, at more length than an error has room for.

use super::errors::{Exit, Failure};

/// Every code with its explanation.
pub const CODES: &[(&str, &str)] = &[
    (
        "auth",
        "The server refused the key (HTTP 401 or 403, or close code 4001). The key is read from --api-key-file, then from\nSEAGLASS_API_KEY. It is only ever sent to the server that you name; it is never printed.",
    ),
    (
        "config",
        "A settings file holds a key or a value that it may not. Files are read strictly, so that a slip of the pen does not\nsilently leave a default in force. `seaglass config check` reads them all; `seaglass config show` tells what is in force.",
    ),
    (
        "connect",
        "The server could not be reached: no such host, nothing listening, or no answer in time. Nothing was created.",
    ),
    ("display", "There is no display to open a window on. `--headless` runs the same pipeline without one."),
    ("doctor", "`seaglass doctor` found that something needed is missing. Beside each finding stands what to do."),
    ("file", "A file could not be written or read: the message names it."),
    (
        "key",
        "The API key could not be read. Keys come from a file, stdin or the environment, never from the command line, where\nother users of the machine could read them.",
    ),
    ("limit", "A limit ended the session: its longest time, or too long without a command."),
    (
        "no-adapter",
        "No graphics adapter was found. A software rasteriser is enough: on Debian and Ubuntu install mesa-vulkan-drivers, on\nFedora mesa-vulkan-drivers, on Arch vulkan-swrast. `seaglass doctor` shows what is found.",
    ),
    ("not-built", "This program was built without the feature that the command needs. Build with the default features."),
    (
        "not-found",
        "No world of that id is known to the server, or the key may not see it. A world that has ended is forgotten.",
    ),
    ("payment", "The server refuses for want of balance or plan. Nothing was created."),
    ("player", "Decoding or playing failed in a way that playing on could not mend."),
    (
        "protocol",
        "What answered is not a world server of this protocol, or speaks another version. docs/protocol.md is the protocol.",
    ),
    (
        "rate-limit",
        "The server takes no more worlds or requests for now. Where it says how long to wait, the message repeats it.",
    ),
    ("script", "The scenario file does not fit. Every mistake in it is listed with its line or its step."),
    ("session", "The world, or the stream from it, failed on the server's side. The world was deleted."),
    (
        "sound-server",
        "A measurement through a sound server needs one to play to and its recorder: PulseAudio (or PipeWire in its place) and\nparec. `scripts/with-sound-server COMMAND` runs a command beside a private one with a sink that plays to nobody.",
    ),
    (
        "tls",
        "The secure connection could not be made: the certificate is not trusted, has expired, is for another name, or what\nanswers does not speak TLS at all. Use http:// or ws:// only for a server on this machine.",
    ),
    (
        "trace",
        "A trace that was to be played does not hold: the message names the file, the line and the reason. A trace is CSV with\na header, one media packet per line in order of arrival; docs/sync.md describes it. Nothing was written.",
    ),
    ("unexpected", "An error that nobody thought of. Please report it with the message and `seaglass doctor`."),
    ("usage", "The command line does not fit. `seaglass COMMAND --help` shows what it takes."),
];

/// Prints one explanation, or every code.
pub fn explain(code: Option<&str>) -> Result<(), Failure> {
    let Some(code) = code else {
        for (code, text) in CODES {
            println!("{code:<12} {}", text.lines().next().unwrap_or_default());
        }
        return Ok(());
    };
    let Some((code, text)) = CODES.iter().find(|(name, _)| *name == code) else {
        let what = format!("no error has the code {code:?}");
        return Err(Failure::new("usage", Exit::Usage, what, "", "`seaglass explain` lists the codes"));
    };
    println!("{code}\n\n{text}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
