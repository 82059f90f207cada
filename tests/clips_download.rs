//! Clips from their links to the disk, and files from the disk to the storage, against hosts whose every byte is written down here.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

#[path = "scripted_host/mod.rs"]
mod scripted_host;

use std::path::{Path, PathBuf};
use std::time::Duration;

use scripted_host::{Host, answer};
use seaglass::clips::{ClipError, Downloaded, Progress, fetch};
use seaglass::net::{Http, Trust};

/// Not periodic in any power of two, so that a piece in the wrong place shows.
fn clip() -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftypisom".to_vec();
    bytes.extend((0u32..200_000).map(|at| (at % 251) as u8));
    bytes
}

fn whole(clip: &[u8]) -> Vec<u8> {
    part("200 OK", clip, 0, clip.len())
}

/// The bytes of a clip from here to there, announced as if all that is left came.
fn part(status: &str, clip: &[u8], from: usize, to: usize) -> Vec<u8> {
    let mut headers = vec![
        ("Content-Type", "video/mp4".to_owned()),
        ("Content-Length", (clip.len() - from).to_string()),
        ("ETag", "\"clip-1\"".to_owned()),
    ];
    if status.starts_with("206") {
        headers.push(("Content-Range", format!("bytes {from}-{}/{}", clip.len() - 1, clip.len())));
    }
    answer(status, &headers, &clip[from..to])
}

fn refusal(status: &str) -> Vec<u8> {
    answer(status, &[("Content-Length", "0".to_owned())], b"")
}

#[tokio::main(flavor = "current_thread")]
async fn download(link: &str, to: &Path) -> (Result<Downloaded, ClipError>, Vec<Progress>) {
    let mut told = Vec::new();
    let outcome = fetch(&Trust::web(), link, to, &mut |progress| told.push(progress)).await;
    (outcome, told)
}

fn left_beside(target: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(target.parent().unwrap()).unwrap();
    files.map(|file| file.unwrap().path()).filter(|path| path != target).collect()
}

/// X-8, HL-13: what broke off goes on from there, with the host's own mark of the file, and a refusal for the moment is no end.
#[test]
fn x_8_a_download_that_breaks_off_goes_on_where_it_was() {
    let (clip, folder) = (clip(), tempfile::tempdir().unwrap());
    let target = folder.path().join("clip.mp4");
    let host = Host::answering(vec![
        part("200 OK", &clip, 0, 70_000),
        refusal("503 Service Unavailable"),
        part("206 Partial Content", &clip, 70_000, 150_000),
        part("206 Partial Content", &clip, 150_000, clip.len()),
    ]);
    let (outcome, told) = download(&host.url("out.mp4?sig=secret"), &target);
    let downloaded = outcome.unwrap();
    assert_eq!((downloaded.bytes, &downloaded.path), (clip.len() as u64, &target));
    assert!(std::fs::read(&target).unwrap() == clip, "byte for byte");
    assert_eq!(left_beside(&target), Vec::<PathBuf>::new());
    let asked = host.asked();
    assert_eq!(asked.len(), 4, "the clip is asked for as often as it has to be, and not more");
    assert!(!asked[0].head.contains("range:"));
    for (request, from) in asked[1..].iter().zip([70_000, 70_000, 150_000]) {
        assert!(request.head.contains(&format!("range: bytes={from}-\r\n")), "{}", request.head);
        assert!(request.head.contains("if-range: \"clip-1\"\r\n"), "{}", request.head);
    }
    assert!(told.iter().any(|progress| matches!(progress, Progress::Retrying { .. })));
    assert_eq!(told.last(), Some(&Progress::Downloading { got: clip.len() as u64, of: Some(clip.len() as u64) }));
    assert!(!format!("{told:?}").contains("secret"));
}

/// X-8: another process goes on with what one left, if it is the same clip; under another link's signature, too.
#[test]
fn x_8_another_process_goes_on_with_what_one_left() {
    let (clip, folder) = (clip(), tempfile::tempdir().unwrap());
    let target = folder.path().join("clip.mp4");
    // The first process is killed in the middle: its task is dropped once the host has sent a part.
    let address = {
        let host = Host::answering(vec![part("200 OK", &clip, 0, 50_000), whole(&clip)]);
        let link = host.url("out.mp4?sig=first");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (sender, mut broke) = tokio::sync::mpsc::channel(16);
            let mut tell = move |progress| {
                if matches!(progress, Progress::Retrying { .. }) {
                    let _ = sender.try_send(());
                }
            };
            let trust = Trust::web();
            tokio::select! {
                _ = fetch(&trust, &link, &target, &mut tell) => panic!("it broke off"),
                _ = broke.recv() => {}
            }
        });
        host.address
    };
    assert!(!target.exists(), "what is not complete has no name");
    assert_eq!(left_beside(&target).len(), 2);
    let host = Host::answering(vec![part("206 Partial Content", &clip, 50_000, clip.len())]);
    // A port of its own is another source: the notes are made to speak of this one, as a restarted host would be.
    let notes = folder.path().join("clip.mp4.part.json");
    let text = std::fs::read_to_string(&notes).unwrap();
    assert!(!text.contains("first"), "no signature is kept: {text}");
    std::fs::write(&notes, text.replace(&address.to_string(), &host.address.to_string())).unwrap();
    download(&host.url("out.mp4?sig=second"), &target).0.unwrap();
    assert!(std::fs::read(&target).unwrap() == clip);
    assert!(host.asked()[0].head.contains("range: bytes=50000-"));
}

#[test]
fn what_is_left_of_another_clip_is_not_mixed_in() {
    let (clip, folder) = (clip(), tempfile::tempdir().unwrap());
    let target = folder.path().join("clip.mp4");
    std::fs::write(folder.path().join("clip.mp4.part"), b"of another clip").unwrap();
    let notes = r#"{"source":"http://elsewhere/out.mp4","validator":"\"clip-1\"","total":99}"#;
    std::fs::write(folder.path().join("clip.mp4.part.json"), notes).unwrap();
    let host = Host::answering(vec![whole(&clip)]);
    download(&host.url("out.mp4"), &target).0.unwrap();
    assert!(std::fs::read(&target).unwrap() == clip);
    assert!(!host.asked()[0].head.contains("range:"));
}

#[test]
fn a_clip_that_changed_at_its_host_is_begun_anew() {
    let (clip, folder) = (clip(), tempfile::tempdir().unwrap());
    let other: Vec<u8> = clip.iter().rev().copied().collect();
    let target = folder.path().join("clip.mp4");
    // If-Range does not hold any more: the host sends all of the other one.
    let host = Host::answering(vec![part("200 OK", &clip, 0, 1000), whole(&other)]);
    download(&host.url("out.mp4"), &target).0.unwrap();
    assert!(std::fs::read(&target).unwrap() == other);
}

/// HL-13: a link that no longer holds is told from a host that is away, and leaves the clip to be had by another link.
#[test]
fn hl_13_a_link_that_expired_is_told_at_once() {
    for status in ["403 Forbidden", "404 Not Found", "410 Gone"] {
        let folder = tempfile::tempdir().unwrap();
        let host = Host::answering(vec![refusal(status)]);
        let error = download(&host.url("out.mp4?sig=secret"), &folder.path().join("clip.mp4")).0.unwrap_err();
        assert!(matches!(error, ClipError::Expired { .. }), "{status}: {error:?}");
        assert!(!format!("{error:?} {error}").contains("secret"), "X-9");
        assert_eq!(host.asked().len(), 1);
    }
}

#[test]
fn a_page_that_calls_itself_a_success_is_no_clip() {
    let page = b"<html>sorry</html>";
    let length = ("Content-Length", page.len().to_string());
    for kind in ["text/html; charset=utf-8", "video/mp4"] {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("clip.mp4");
        let host = Host::answering(vec![answer("200 OK", &[("Content-Type", kind.to_owned()), length.clone()], page)]);
        let error = download(&host.url("out.mp4"), &target).0.unwrap_err();
        assert!(matches!(error, ClipError::NoClip { .. }), "{kind}: {error:?}");
        assert!(!target.exists());
    }
}

/// X-8: hosts call films all sorts of things, and the first bytes know better.
#[test]
fn a_film_that_its_host_calls_a_page_is_a_clip() {
    let (clip, folder) = (clip(), tempfile::tempdir().unwrap());
    let target = folder.path().join("clip.mp4");
    let headers = [("Content-Type", "text/html; charset=utf-8".to_owned()), ("Content-Length", clip.len().to_string())];
    let host = Host::answering(vec![answer("200 OK", &headers, &clip)]);
    download(&host.url("out.mp4"), &target).0.unwrap();
    assert!(std::fs::read(&target).unwrap() == clip);
}

/// X-8: without a length the end of the connection is no proof that all of it came; the film's own boxes tell. Where
/// the host ends it at the same byte again, that is all there is.
#[test]
fn x_8_a_clip_of_untold_length_that_was_cut_off_is_fetched_again() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("clip.mp4");
    let mut clip = b"\0\0\0\x18ftypisom\0\0\0\0isomavc1\0\0\x40\0mdat".to_vec();
    clip.resize(0x18 + 0x4000, 7);
    let untold = |bytes: &[u8]| answer("200 OK", &[("Content-Type", "video/mp4".to_owned())], bytes);
    for (first, second) in [(9000, clip.len()), (9000, 9000)] {
        let host = Host::answering(vec![untold(&clip[..first]), untold(&clip[..second])]);
        let (outcome, told) = download(&host.url("out.mp4"), &target);
        assert_eq!(outcome.unwrap().cut_off, second < clip.len(), "what is not whole is called so");
        assert!(std::fs::read(&target).unwrap() == clip[..second], "byte for byte");
        assert!(told.iter().any(|progress| matches!(progress, Progress::Retrying { .. })), "{told:?}");
    }
}

/// A transport coding that nobody asked for is not part of a film.
#[test]
fn a_clip_that_its_host_compressed_unasked_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let packed = b"\x1f\x8b\x08\0\0\0\0\0 and so on";
    let headers = [("Content-Encoding", "gzip".to_owned()), ("Content-Length", packed.len().to_string())];
    let host = Host::answering(vec![answer("200 OK", &headers, packed)]);
    let error = download(&host.url("out.mp4"), &folder.path().join("clip.mp4")).0.unwrap_err();
    assert!(matches!(&error, ClipError::NoClip { why, .. } if why.contains("compressed")), "{error:?}");
    assert!(host.asked()[0].head.contains("accept-encoding: identity\r\n"));
}

#[test]
fn a_download_that_brought_nothing_leaves_nothing_behind() {
    for answers in [vec![refusal("404 Not Found")], vec![refusal("418 I'm a teapot")]] {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("clip.mp4");
        let host = Host::answering(answers);
        download(&host.url("out.mp4"), &target).0.unwrap_err();
        assert_eq!(left_beside(&target), Vec::<PathBuf>::new());
    }
}

/// Renaming a clip onto a device would put a file where the device was, for every program of the machine.
#[cfg(unix)]
#[test]
fn a_clip_never_takes_the_place_of_what_is_no_file() {
    use std::os::unix::fs::FileTypeExt as _;

    let (clip, folder) = (clip(), tempfile::tempdir().unwrap());
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&socket, &link).unwrap();
    for target in [&socket, &link] {
        let host = Host::answering(vec![whole(&clip)]);
        let error = download(&host.url("out.mp4"), target).0.unwrap_err();
        assert!(matches!(error, ClipError::File { .. }), "{error:?}");
        assert!(socket.symlink_metadata().unwrap().file_type().is_socket(), "it is still there");
    }
    // A link to a file is followed.
    let (real, link) = (folder.path().join("real.mp4"), folder.path().join("to-real.mp4"));
    std::fs::write(&real, b"old").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let host = Host::answering(vec![whole(&clip)]);
    download(&host.url("out.mp4"), &link).0.unwrap();
    assert!(link.is_symlink() && std::fs::read(&real).unwrap() == clip);
}

/// HA-26: redirects are followed, a few of them, and nothing of a key or a referrer goes along.
#[test]
fn ha_26_redirects_to_another_host_are_followed_without_a_key() {
    let (clip, folder) = (clip(), tempfile::tempdir().unwrap());
    let target = folder.path().join("clip.mp4");
    let cdn = Host::answering(vec![whole(&clip)]);
    let hop = |to: String| answer("302 Found", &[("Location", to), ("Content-Length", "0".to_owned())], b"");
    let host = Host::answering(vec![hop("/second".to_owned()), hop(cdn.url("out.mp4"))]);
    download(&host.url("out.mp4"), &target).0.unwrap();
    assert!(std::fs::read(&target).unwrap() == clip);
    for request in host.asked().iter().chain(&cdn.asked()) {
        for header in ["authorization", "cookie", "referer"] {
            assert!(!request.head.contains(&format!("\r\n{header}:")), "{}", request.head);
        }
    }
}

#[test]
fn ha_26_redirects_without_end_are_not_followed_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let hop = answer("302 Found", &[("Location", "/again".to_owned()), ("Content-Length", "0".to_owned())], b"");
    let host = Host::answering(vec![hop; 20]);
    let error = download(&host.url("out.mp4"), &folder.path().join("clip.mp4")).0.unwrap_err();
    assert!(error.to_string().contains("redirects"), "{error}");
    assert_eq!(host.asked().len(), 6, "five redirects, and the request before them");
    for to in ["file:///etc/passwd", "ftp://example.com/out.mp4"] {
        let hop = answer("302 Found", &[("Location", to.to_owned()), ("Content-Length", "0".to_owned())], b"");
        let host = Host::answering(vec![hop]);
        let error = download(&host.url("out.mp4"), &folder.path().join("clip.mp4")).0.unwrap_err();
        assert!(error.to_string().contains("neither http nor https"), "{error}");
    }
}

/// HC-7: raw bytes, the announced type and length, not chunked, and no key.
#[test]
fn hc_7_an_upload_is_the_files_bytes_with_their_length_and_type_and_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reference.png");
    let bytes: Vec<u8> = (0..300_000u32).map(|at| (at % 241) as u8).collect();
    std::fs::write(&path, &bytes).unwrap();
    let host = Host::answering(vec![refusal("200 OK")]);
    let url = host.url("presigned?sig=1").parse().unwrap();
    let mut told = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async {
        let http = Http::new(Trust::web(), Duration::from_secs(5), Duration::from_secs(20)).unwrap();
        let file = tokio::fs::File::open(&path).await.unwrap();
        http.put(&url, "image/png", file, 300_000, |sent| told.push(sent)).await.unwrap()
    });
    assert_eq!(answer.status, 200);
    let asked = &host.asked()[0];
    assert!(asked.head.starts_with("put /presigned?sig=1 http/1.1\r\n"), "{}", asked.head);
    assert!(asked.head.contains("content-length: 300000\r\n"), "{}", asked.head);
    assert!(asked.head.contains("content-type: image/png\r\n"), "{}", asked.head);
    for header in ["transfer-encoding", "authorization"] {
        assert!(!asked.head.contains(&format!("\r\n{header}:")), "{}", asked.head);
    }
    assert!(asked.body == bytes, "byte for byte");
    assert_eq!(told.last(), Some(&300_000));
    assert!(told.is_sorted());
}
