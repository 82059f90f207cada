//! hh-customer: requests, files and prices.

use seaglass::jobs::{
    Backend, Confidence, Element, Input, MediaKind, Mode, Motion, NoteKind, Prices, Request, Shot, dialect,
};
use serde_json::{Value, json};

use super::support::{asking, body, file, lost, lower, sample, warned, web, wrong};

const CUSTOMER: Backend = Backend::HhCustomer;

/// The least that this service takes.
fn least(prompt: &str) -> Request {
    Request { duration: Some(6), ..asking(prompt) }
}

fn key(storage: &str) -> Option<Input> {
    Some(Input::Key(storage.to_owned()))
}

fn check(kind: MediaKind, media_type: &str, bytes: u64) -> (usize, usize) {
    let (violations, notes) = dialect(CUSTOMER).check_upload("image", kind, &file("a.bin", media_type, bytes));
    assert!(violations.iter().all(|violation| violation.field == "image") && notes.iter().all(|note| note.field == "image"));
    (violations.len(), notes.len())
}

/// HC-10, HC-17, HC-19, HC-21
#[test]
fn hc_10_the_documents_request_comes_out_word_for_word() {
    let request = Request {
        style: Some("cinematic".into()),
        aspect_ratio: Some("16:9".into()),
        resolution: Some("720p".into()),
        image: key("videos/inputs/user-id/asset-id.png"),
        ref_video: key("videos/reference-video/user-id/clip-id.mp4"),
        ref_audio: key("videos/reference-audio/user-id/audio-id.mp3"),
        camera: Some("pan-right".into()),
        motion: Some(Motion::Level(3)),
        adherence: Some(0.5),
        ..least("A cinematic shot of a chestnut horse running through a sunlit meadow")
    };
    assert_eq!(body(CUSTOMER, &request), sample("customer", "submit"));
    assert_eq!(lower(CUSTOMER, &request).notes, []);
    assert_eq!(dialect(CUSTOMER).submit().path, ["api", "v1", "videos"]);
    assert_eq!(dialect(CUSTOMER).status("a/b").path, ["api", "v1", "videos", "a/b"]);
}

#[test]
fn hc_3_an_upload_is_announced_with_its_exact_size_and_type() {
    let (call, body) = dialect(CUSTOMER).presign(MediaKind::Image, &file("a.png", "image/png", 5_242_880)).unwrap();
    assert_eq!(call.path, ["api", "v1", "uploads", "presign"]);
    assert_eq!(Value::Object(body), sample("customer", "presign"));
    for (kind, name) in [(MediaKind::Video, "video"), (MediaKind::Audio, "audio")] {
        let (_, body) = dialect(CUSTOMER).presign(kind, &file("a", "video/mp4", 1)).unwrap();
        assert_eq!(body["kind"], json!(name));
    }
    for other in [Backend::HhLab, Backend::HhApp] {
        assert!(dialect(other).presign(MediaKind::Image, &file("a.png", "image/png", 1)).is_none());
        assert_eq!(dialect(other).check_upload("image", MediaKind::Image, &file("a.png", "image/png", 1)).0.len(), 1);
    }
}

/// HC-4, AM-16
#[test]
fn hc_4_pictures_are_png_jpeg_or_webp_of_at_most_10_mb() {
    for right in ["image/png", "image/jpeg", "image/webp"] {
        assert_eq!(check(MediaKind::Image, right, 10_000_000), (0, 0));
    }
    for other in ["image/gif", "image/jpg", "image/heic", "video/mp4", "", "IMAGE/PNG"] {
        assert_eq!(check(MediaKind::Image, other, 9), (1, 0), "{other}");
    }
    assert_eq!(check(MediaKind::Image, "image/png", 10 * 1024 * 1024 + 1), (1, 0));
    assert_eq!(check(MediaKind::Image, "image/png", 0), (1, 0), "empty");
    assert_eq!(check(MediaKind::Image, "image/gif", 0), (2, 0), "both at once");
}

/// HC-5, AM-16
#[test]
fn hc_5_videos_are_mp4_quicktime_or_webm_of_at_most_50_mb() {
    for right in ["video/mp4", "video/quicktime", "video/webm"] {
        assert_eq!(check(MediaKind::Video, right, 50_000_000), (0, 0));
    }
    assert_eq!(check(MediaKind::Video, "video/x-matroska", 9), (1, 0));
    assert_eq!(check(MediaKind::Video, "video/mp4", 50 * 1024 * 1024), (0, 1));
    assert_eq!(check(MediaKind::Video, "video/mp4", 50 * 1024 * 1024 + 1), (1, 0));
}

/// HC-6, AM-16
#[test]
fn hc_6_sound_is_mpeg_mp3_wav_or_webm_of_at_most_15_mb_and_audio_mp4_is_to_be_converted() {
    for right in ["audio/mpeg", "audio/mp3", "audio/wav", "audio/webm"] {
        assert_eq!(check(MediaKind::Audio, right, 15_000_000), (0, 0));
    }
    assert_eq!(check(MediaKind::Audio, "audio/mpeg", 15 * 1024 * 1024 + 1), (1, 0));
    let (violations, _) = dialect(CUSTOMER).check_upload("ref_audio", MediaKind::Audio, &file("a.m4a", "audio/mp4", 9));
    assert!(violations[0].fix.contains("convert it first"), "{}", violations[0]);
}

/// HC-8
#[test]
fn hc_8_files_and_keys_go_to_the_field_of_their_kind() {
    let picture = file("a.png", "image/png", 9);
    let request = Request {
        image: Some(Input::File(picture.clone())),
        ref_video: Some(Input::File(file("a.mp4", "video/mp4", 9))),
        ref_audio: Some(Input::File(file("a.mp3", "audio/mpeg", 9))),
        ..least("a horse")
    };
    let lowered = lower(CUSTOMER, &request);
    let needs: Vec<_> = lowered.uploads.iter().map(|need| (need.field.as_str(), need.kind)).collect();
    let expected = [
        ("sourceImageKey", MediaKind::Image),
        ("referenceVideoKey", MediaKind::Video),
        ("referenceAudioKey", MediaKind::Audio),
    ];
    assert_eq!(needs, expected);
    assert_eq!(lowered.uploads[0].file, picture);
    assert_eq!(body(CUSTOMER, &request), json!({ "prompt": "a horse", "durationSec": 6 }), "keys come with the uploads");
    let last = lower(CUSTOMER, &Request { last_frame: Some(Input::File(picture)), ..least("a horse") });
    assert_eq!((last.uploads[0].field.as_str(), last.uploads[0].kind), ("lastFrameKey", MediaKind::Image));

    let odd = Request { ref_audio: key("videos/inputs/u/a.mp3"), ..least("a horse") };
    assert_eq!(body(CUSTOMER, &odd)["referenceAudioKey"], json!("videos/inputs/u/a.mp3"));
    assert_eq!(warned(&lower(CUSTOMER, &odd)), ["ref_audio"], "examples have videos/reference-audio/");
    let bad = Request { image: Some(Input::File(file("a.gif", "image/gif", 9))), ..least("a horse") };
    assert_eq!(wrong(CUSTOMER, &bad), ["image"]);
}

#[test]
fn hc_11_a_model_is_never_sent() {
    let request = least("a horse");
    assert!(body(CUSTOMER, &request).get("model").is_none());
    let by_hand = Request { extra: [("model".to_owned(), json!("happyhorse-1.0"))].into(), ..request };
    assert_eq!(wrong(CUSTOMER, &by_hand), ["extra.model"]);
}

/// HC-12
#[test]
fn hc_12_the_prompt_has_3_to_2000_characters() {
    for (prompt, right) in [("", false), ("ab", false), ("   ", false), ("abc", true), ("小狗跑", true), ("小狗", false)]
    {
        assert_eq!(wrong(CUSTOMER, &least(prompt)).is_empty(), right, "{prompt}");
    }
    assert_eq!(wrong(CUSTOMER, &least(&"é".repeat(2000))), [""; 0]);
    assert_eq!(wrong(CUSTOMER, &least(&"é".repeat(2001))), ["prompt"]);
    assert_eq!(wrong(CUSTOMER, &Request { prompt: None, ..least("") }), ["prompt"]);
}

#[test]
fn hc_13_a_style_has_at_most_50_characters() {
    let with = |style: &str| Request { style: Some(style.to_owned()), ..least("a horse") };
    assert_eq!(body(CUSTOMER, &with(&"é".repeat(50)))["style"], json!("é".repeat(50)));
    assert_eq!(wrong(CUSTOMER, &with(&"é".repeat(51))), ["style"]);
    assert!(body(CUSTOMER, &with("")).get("style").is_none());
}

/// HC-14: without a default, since it decides what is paid.
#[test]
fn hc_14_duration_is_required_and_3_to_12_seconds() {
    let none = lower(CUSTOMER, &asking("a horse"));
    assert_eq!((none.violations[0].field.as_str(), none.violations[0].fix.as_str()), ("duration", "--duration 3..12"));
    for (duration, right) in [(0, false), (2, false), (3, true), (12, true), (13, false), (u32::MAX, false)] {
        let request = Request { duration: Some(duration), ..asking("a horse") };
        assert_eq!(wrong(CUSTOMER, &request), if right { vec![] } else { vec!["duration"] }, "{duration}");
    }
    assert_eq!(body(CUSTOMER, &least("a horse"))["durationSec"], json!(6));
}

#[test]
fn hc_15_the_aspect_ratio_is_one_of_three() {
    for (ratio, right) in [("16:9", true), ("9:16", true), ("1:1", true), ("4:3", false), ("16/9", false)] {
        let request = Request { aspect_ratio: Some(ratio.into()), ..least("a horse") };
        assert_eq!(wrong(CUSTOMER, &request).is_empty(), right, "{ratio}");
    }
    assert!(body(CUSTOMER, &least("a horse")).get("aspectRatio").is_none(), "the default is the service's");
}

#[test]
fn hc_16_resolution_is_720p_or_1080p() {
    for (resolution, right) in [("720p", true), ("1080p", true), ("4K", false), ("1080P", false), ("480p", false)] {
        let request = Request { resolution: Some(resolution.into()), ..least("a horse") };
        assert_eq!(wrong(CUSTOMER, &request).is_empty(), right, "{resolution}");
    }
}

#[test]
fn hc_17_a_first_frame_is_a_key() {
    let request = Request { image: key("videos/inputs/u/a.png"), ..least("a horse") };
    assert_eq!(body(CUSTOMER, &request)["sourceImageKey"], json!("videos/inputs/u/a.png"));
    for none in ["", " ", "videos/inputs/a b.png", "https://example.com/a.png"] {
        assert_eq!(wrong(CUSTOMER, &Request { image: key(none), ..least("a horse") }), ["image"], "{none:?}");
    }
}

/// HC-18, AM-17
#[test]
fn hc_18_a_last_frame_excludes_a_first() {
    let both = Request { image: key("videos/inputs/a.png"), last_frame: key("videos/inputs/b.png"), ..least("a horse") };
    assert_eq!(wrong(CUSTOMER, &both), ["last_frame"]);
    assert_eq!(body(CUSTOMER, &Request { image: None, ..both.clone() })["lastFrameKey"], json!("videos/inputs/b.png"));
    let files = Request {
        image: Some(Input::File(file("a.png", "image/png", 9))),
        last_frame: Some(Input::File(file("b.png", "image/png", 9))),
        ..least("a horse")
    };
    assert_eq!(wrong(CUSTOMER, &files), ["last_frame"]);
    let by_hand = Request { image: None, extra: [("sourceImageKey".to_owned(), json!("k"))].into(), ..both };
    assert_eq!(wrong(CUSTOMER, &by_hand), ["last_frame"]);
}

#[test]
fn hc_19_references_of_video_and_sound_go_together_with_a_first_frame() {
    let request = Request {
        image: key("videos/inputs/a.png"),
        ref_video: key("videos/reference-video/a.mp4"),
        ref_audio: key("videos/reference-audio/a.mp3"),
        ..least("a horse")
    };
    let body = body(CUSTOMER, &request);
    assert_eq!(body["referenceVideoKey"], json!("videos/reference-video/a.mp4"));
    assert_eq!(body["referenceAudioKey"], json!("videos/reference-audio/a.mp3"));
}

#[test]
fn hc_20_the_camera_moves_in_nine_ways() {
    let ways = ["none", "static", "pan-left", "pan-right", "tilt-up", "tilt-down", "zoom-in", "zoom-out", "orbit"];
    for way in ways {
        let request = Request { camera: Some(way.into()), ..least("a horse") };
        assert_eq!(body(CUSTOMER, &request)["cameraMotion"], json!(way));
    }
    for other in ["pan_left", "Orbit", "dolly", "none "] {
        assert_eq!(wrong(CUSTOMER, &Request { camera: Some(other.into()), ..least("a horse") }), ["camera"]);
    }
}

/// HC-21, AM-19
#[test]
fn hc_21_motion_is_a_level_of_1_to_5_and_adherence_0_to_1() {
    for (level, right) in [(0, false), (1, true), (5, true), (6, false)] {
        let request = Request { motion: Some(Motion::Level(level)), ..least("a horse") };
        assert_eq!(wrong(CUSTOMER, &request), if right { vec![] } else { vec!["motion"] }, "{level}");
    }
    for (strength, level) in [(0.0, 1), (0.12, 1), (0.13, 2), (0.5, 3), (0.7, 4), (0.9, 5), (1.0, 5)] {
        let request = Request { motion: Some(Motion::Strength(strength)), ..least("a horse") };
        assert_eq!(body(CUSTOMER, &request)["motionIntensity"], json!(level), "{strength}");
        assert_eq!(lost(&lower(CUSTOMER, &request)), ["motion"], "it is approximated, and that is said");
    }
    for strength in [-0.1, 1.1, f64::NAN] {
        assert_eq!(wrong(CUSTOMER, &Request { motion: Some(Motion::Strength(strength)), ..least("a horse") }), ["motion"]);
    }
    for (adherence, right) in [(0.0, true), (1.0, true), (1.01, false), (-0.01, false), (f64::NAN, false)] {
        let request = Request { adherence: Some(adherence), ..least("a horse") };
        assert_eq!(wrong(CUSTOMER, &request).is_empty(), right, "{adherence}");
    }
}

#[test]
fn hc_22_links_are_refused_with_what_to_do_also_where_they_are_set_by_hand() {
    let request = Request { image: Some(web("a.png")), ref_audio: Some(web("a.mp3")), ..least("a horse") };
    assert_eq!(wrong(CUSTOMER, &request), ["image", "ref_audio"]);
    for violation in lower(CUSTOMER, &request).violations {
        assert!(violation.fix.contains("--fetch") && violation.fix.contains("upload"), "{violation}");
    }
    for field in ["inputImageUrl", "referenceVideoUrl", "audioUrl"] {
        let by_hand = Request { extra: [(field.to_owned(), json!("https://example.com/a"))].into(), ..least("a horse") };
        assert_eq!(wrong(CUSTOMER, &by_hand), [format!("extra.{field}")]);
    }
}

/// HC-30, X-2
#[test]
fn hc_30_a_price_is_unknown_and_never_0_unless_the_user_knows_it() {
    let estimate = dialect(CUSTOMER).estimate(&least("a horse"), &Prices::default());
    assert_eq!((estimate.credits, estimate.dollars, estimate.confidence), (None, None, Confidence::Unknown));
    assert!(estimate.basis.contains("unknown (charged on submit)"), "{}", estimate.basis);
    let own = |prices| dialect(CUSTOMER).estimate(&least("a horse"), &prices);
    assert_eq!(own(Prices { per_job: Some(30.0), per_second: None }).credits, Some(30.0));
    assert_eq!(own(Prices { per_job: Some(30.0), per_second: Some(5.0) }).credits, Some(60.0));
    assert_eq!(own(Prices { per_job: None, per_second: Some(5.0) }).basis, "your price table: 6 s x 5 credits");
    for nonsense in [f64::NAN, f64::INFINITY, -1.0] {
        assert_eq!(own(Prices { per_job: Some(nonsense), per_second: None }).credits, None);
    }
}

#[test]
fn am_16_between_the_two_meanings_of_mb_a_file_is_tried_with_a_warning() {
    for (kind, media_type, mb) in
        [(MediaKind::Image, "image/png", 10), (MediaKind::Video, "video/mp4", 50), (MediaKind::Audio, "audio/wav", 15)]
    {
        let (decimal, binary) = (mb * 1_000_000, mb * 1024 * 1024);
        for (bytes, expected) in [
            (1, (0, 0)),
            (decimal, (0, 0)),
            (decimal + 1, (0, 1)),
            (binary, (0, 1)),
            (binary + 1, (1, 0)),
            (u64::MAX, (1, 0)),
        ] {
            assert_eq!(check(kind, media_type, bytes), expected, "{bytes} bytes of {media_type}");
        }
    }
    let (_, notes) = dialect(CUSTOMER).check_upload("image", MediaKind::Image, &file("a.png", "image/png", 10_000_001));
    assert_eq!(notes[0].kind, NoteKind::Warning);
}

#[test]
fn am_17_only_the_pair_of_first_and_last_frame_is_refused() {
    let input = |name| [None, key(name)];
    for image in input("videos/inputs/a.png") {
        for last_frame in input("videos/inputs/b.png") {
            for ref_video in input("videos/reference-video/a.mp4") {
                for ref_audio in input("videos/reference-audio/a.mp3") {
                    let (image, ref_video) = (image.clone(), ref_video.clone());
                    let request =
                        Request { image, last_frame: last_frame.clone(), ref_video, ref_audio, ..least("a horse") };
                    let pair = request.image.is_some() && request.last_frame.is_some();
                    assert_eq!(wrong(CUSTOMER, &request), if pair { vec!["last_frame"] } else { vec![] });
                }
            }
        }
    }
}

#[test]
fn inputs_that_hh_customer_cannot_take_are_refused_and_wishes_are_lost_aloud() {
    let request = Request {
        shots: vec![Shot { prompt: "x".into(), duration: 3 }],
        elements: vec![Element { name: "dog".into(), description: "a dog".into(), images: vec![] }],
        mode: Some(Mode::Pro),
        fps: Some(30),
        seed: Some(7),
        sound: Some(false),
        ..least("a horse")
    };
    let lowered = lower(CUSTOMER, &request);
    assert_eq!(wrong(CUSTOMER, &request), ["shots", "elements"]);
    assert_eq!(lost(&lowered), ["mode", "fps", "seed", "sound"]);
    assert_eq!(Value::Object(lowered.body), json!({ "prompt": "a horse", "durationSec": 6 }));
}
