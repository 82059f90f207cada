//! `seaglass explain`: what an error code means, at more length than an error has room for.

use super::errors::{Exit, Failure};

/// Every code with its explanation.
pub const CODES: &[(&str, &str)] = &[
    (
        "auth",
        "The server refused the key (HTTP 401 or 403, or close code 4001). The key is read from --api-key-file, then from\nSEAGLASS_API_KEY, then from what `seaglass auth login` keeps for exactly that server; `seaglass auth status` says which\nis in force. It is only ever sent to the server that you name; it is never printed.\nThe keys of services that make clips have variables of their own (HH_LAB_API_KEY, HH_APP_API_KEY, HAPPYHORSE_API_KEY): docs/jobs.md.",
    ),
    (
        "baseline",
        "The run that is to be compared with cannot be read: it is no JSON report and no raw trace of `seaglass bench run`, or one of\nanother version. Nothing was created.",
    ),
    (
        "books",
        "The books could not be read or written: the SQLite file in which worlds are journaled and what they cost is summed up. It lies\nin the user's data folder, or where --books, SEAGLASS_BOOKS or `books` in the settings says. Nothing was sent: a world\nthat is not journaled could be left behind by a crash.",
    ),
    (
        "budget",
        "A budget does not allow the world or the job: what is used, what open ones may still use and what this one may use is more\nthan it holds. Nothing was sent and nothing was spent. `seaglass world budget` shows how every budget stands.",
    ),
    (
        "check-must",
        "`seaglass check` found that the server breaks what the profile demands (exit status 30), or a world of the run could\nnot be ended. The report says of each case what was expected and what came; `seaglass check --list` names the rows and\nthe sections of docs/protocol.md. --transcripts DIR keeps what went over the wire, without secrets; --seed repeats a run.",
    ),
    (
        "check-should",
        "`seaglass check --strict` found only what the profile recommends and does not demand (exit status 31).",
    ),
    (
        "clip",
        "The clip cannot be played: the file is no MP4 file, it is cut off or damaged, or its pictures are not H.264 of 8-bit 4:2:0\n(progressive). Sound that cannot be decoded is left out and said so. docs/play.md tells what is played;\n`ffmpeg -i IN -c:v libx264 -pix_fmt yuv420p -c:a aac OUT.mp4` makes such a file of any other.",
    ),
    (
        "collector",
        "An OpenTelemetry collector (-o otlp:http://HOST:4318) did not take the metrics of a benchmark. Everything else was written; with\n-o trace:FILE kept, `seaglass bench report FILE -o otlp:http://HOST:4318` sends them again. Headers that it wants, such as keys,\nare read from OTEL_EXPORTER_OTLP_HEADERS.",
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
    (
        "expired",
        "The link to a clip no longer holds, and asking the job again brought no link that does (exit status 5). Links of hh-lab hold for\n24 hours; the other services do not say. A clip is downloaded at once where `job submit --wait` or `job wait` sees it ready.",
    ),
    (
        "faults",
        "A fault script is read strictly: the message names every entry and field that does not fit, and what is allowed there.\ndocs/faults.md has each kind with an example.",
    ),
    ("file", "A file could not be written or read: the message names it."),
    (
        "insufficient",
        "Too little was measured to say whether an objective was kept, or whether a run is worse than its baseline (exit status 22).\nA p99 wants 1,000 samples and a p99.9 10,000 of them: measure for longer, with more sessions, or want a lower percentile.\nThe report says how many samples each figure has.",
    ),
    (
        "job-failed",
        "The service gave up on a job (exit status 6); its own words are the reason. hh-lab charges nothing for it; what the others do is\nin their bill. `seaglass job show ID` asks again. A job that failed is never submitted again by itself.",
    ),
    (
        "key",
        "The API key could not be read or kept. Keys come from a file, stdin, the environment, or from `seaglass auth login`, which keeps\none per server in a file that only you can read (or in the system's keyring); never from the command line, where other\nusers of the machine could read them. A file of kept keys that others can reach is refused: chmod 600 mends it.",
    ),
    ("limit", "A limit ended the session: its longest time, or too long without a command."),
    (
        "no-adapter",
        "No graphics adapter was found. A software rasteriser is enough: on Debian and Ubuntu install mesa-vulkan-drivers, on\nFedora mesa-vulkan-drivers, on Arch vulkan-swrast. `seaglass doctor` shows what is found.",
    ),
    (
        "no-clip",
        "A job is done, but its clip cannot be had from where its link leads, or the service names no link: a host that refuses, an answer\nthat is no video. `seaglass job download ID` tries again, as often as you like: it costs nothing, and nothing is made again.",
    ),
    ("not-built", "This program was built without the feature that the command needs. Build with the default features."),
    (
        "not-found",
        "No world or job of that id is known to the server, or the key may not see it. A world that has ended is forgotten. A job that this\nmachine's journal does not know needs --backend, and --base-url where its address is not the documented one.",
    ),
    (
        "objective",
        "An objective of a benchmark was missed (exit status 20). The report names it with what was measured; its stages say where\nthe time went. With --abort-on-fail the run ended as soon as that was certain, and what was measured until then is in the report.",
    ),
    (
        "outcome-unknown",
        "The answer to a create was lost, and neither repeating it nor voiding its key came through in time. A world may live, and\nmay cost money. The journal remembers it: `seaglass world reap` ends it as soon as the server can be reached.\nThe answer to the submit of a job was lost: the service may have taken it and charged for it. It is never sent again by itself. Look\nfor it on the service's pages; `seaglass job list --state unknown` lists such jobs, and\n`seaglass job settle KEY --id ID` or `--never` says what became of one.",
    ),
    ("payment", "The server refuses for want of balance or plan. Nothing was created, and nothing was charged."),
    (
        "plan",
        "A benchmark cannot be run as it was asked for: what does not go together in the scenario and the flags is listed, all at once.\nOr the machine cannot: it has too little memory, or allows too few open files (ulimit -n). Nothing was created.",
    ),
    ("player", "Decoding or playing failed in a way that playing on could not mend."),
    (
        "protocol",
        "What answered is not a world server of this protocol, or speaks another version. docs/protocol.md is the protocol.",
    ),
    (
        "rate-limit",
        "The server takes no more worlds or requests for now. Where it says how long to wait, the message repeats it.",
    ),
    (
        "regression",
        "A run is worse than its baseline (exit status 21): the whole confidence interval of a figure lies beyond the noise, on the bad\nside. `seaglass bench compare BASELINE CURRENT` shows all figures.",
    ),
    (
        "request",
        "A request for a clip does not fit what the service documents, or the service says so itself (exit status 2). Everything that is\nwrong is listed at once, with the field and what it may be. Nothing was sent, unless the message begins with an HTTP status:\nthen the service refused it, and nothing was charged. `job submit --dry-run` shows the request as it would be sent; docs/jobs.md\nhas every flag's meaning for each service.",
    ),
    ("script", "The scenario file does not fit. Every mistake in it is listed with its line or its step."),
    ("session", "The world, or the stream from it, failed on the server's side. The world was deleted."),
    (
        "sound-server",
        "A measurement through a sound server needs one to play to and its recorder: PulseAudio (or PipeWire in its place) and\nparec. `scripts/with-sound-server COMMAND` runs a command beside a private one with a sink that plays to nobody.",
    ),
    (
        "still-running",
        "The wait for a job ended before the job did (exit status 8). The job goes on at the service, and costs what it costs. `seaglass job\nwait ID` waits on, from any process; --deadline says for how long.",
    ),
    (
        "tls",
        "The secure connection could not be made. The message says which it is: the certificate has expired or is not valid yet (look\nat this machine's date first), is for another name, was signed by nobody known here, or cannot be read; or what answers\nspeaks no TLS at all, or none that suits. A server of your own is trusted by naming its authority's certificate, or its own\nself-signed one: --ca-file FILE, SEAGLASS_CA_FILE, or `ca_file` in the settings, in PEM. Checking cannot be turned off. Use\nhttp:// or ws:// only for a server on this machine.",
    ),
    (
        "trace",
        "A trace does not hold: the message names the file, the line and the reason. Nothing was written. What `bench sim --trace`\nplays is CSV with a header, one media packet per line in order of arrival (docs/sync.md). What `bench report`, `bench merge` and\n`bench compare` read is the raw trace of a run: the file of `bench run -o trace:FILE`.",
    ),
    ("unexpected", "An error that nobody thought of. Please report it with the message and `seaglass doctor`."),
    (
        "unlike",
        "Two benchmark runs did not do the same, and so their figures say nothing about each other. The message lists what differs:\nprofile, sessions, tier, world, decoding and the like. Run both with the same scenario and flags, or record a new baseline.",
    ),
    (
        "upload",
        "A file could not be brought to the service's storage. It is uploaded before the job is submitted, so no job was submitted and\nnothing was charged. Images may have 10 MB, videos 50 MB, sound 15 MB (hh-customer).",
    ),
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
