//! hh-app: requests and prices.

use seaglass::jobs::{Backend, Confidence, Element, FieldNames, Input, Mode, Motion, Prices, Request, Shot, dialect};
use serde_json::{Value, json};

use super::support::{asking, body, file, lost, lower, sample, warned, web, wrong};

const APP: Backend = Backend::HhApp;

fn shots(all: &[(&str, u32)]) -> Request {
    let shots = all.iter().map(|&(prompt, duration)| Shot { prompt: prompt.to_owned(), duration }).collect();
    Request { shots, ..Request::default() }
}

fn element(name: &str, images: usize) -> Element {
    let images = (0..images).map(|number| web(&format!("{name}-{number}.png"))).collect();
    Element { name: name.to_owned(), description: format!("a {name}"), images }
}

fn with_elements(prompt: &str, elements: Vec<Element>) -> Request {
    Request { elements, ..asking(prompt) }
}

/// HA-2. The samples leave out what this side always says (HA-9, AM-13); said, it is the default that they rely on.
#[test]
fn ha_2_the_documents_requests_come_out_word_for_word() {
    let pro = |prompt: &str| Request { mode: Some(Mode::Pro), duration: Some(5), ..asking(prompt) };
    let text = Request {
        aspect_ratio: Some("16:9".into()),
        sound: Some(true),
        ..pro("A majestic eagle soaring through clouds at sunset")
    };
    assert_eq!(body(APP, &text), sample("app", "text_to_video"));

    let multi = Request {
        mode: Some(Mode::Pro),
        sound: Some(true),
        duration: Some(10),
        aspect_ratio: Some("16:9".into()),
        ..shots(&[
            ("A woman walks into a coffee shop", 3),
            ("She orders a latte and sits by the window", 4),
            ("She looks outside and smiles", 3),
        ])
    };
    assert_eq!(body(APP, &multi), sample("app", "multi_shot"));

    let spoken = |name: &str| {
        let mut sample = sample("app", name);
        sample["sound"] = json!(true);
        sample
    };
    let image = Request { image: Some(web("my-image.jpg")), ..pro("The character slowly turns and smiles") };
    assert_eq!(body(APP, &image), spoken("image_to_video"));
    let quick = pro("A cinematic shot of mountains at sunrise");
    assert_eq!(body(APP, &quick), spoken("quick_start"));

    assert_eq!(dialect(APP).submit().path, ["api", "generate"]);
    let call = dialect(APP).status("n92 a&b");
    assert_eq!(
        (call.path, call.query),
        (vec!["api".into(), "status".into()], vec![("task_id".to_owned(), "n92 a&b".to_owned())])
    );
}

#[test]
fn ha_3_the_model_is_always_the_one_that_the_document_names() {
    for request in [asking("a horse"), shots(&[("a", 2), ("b", 3)])] {
        assert_eq!(body(APP, &request)["model"], json!("happyhorse-1.0/video"));
    }
}

/// HA-4
#[test]
fn ha_4_the_prompt_has_at_most_2500_characters_and_is_needed_without_shots() {
    assert_eq!(wrong(APP, &Request::default()), ["prompt"]);
    assert_eq!(wrong(APP, &asking("  ")), ["prompt"]);
    assert_eq!(wrong(APP, &asking(&"é".repeat(2500))), [""; 0]);
    let long = lower(APP, &asking(&"é".repeat(2501)));
    assert_eq!(long.violations[0].field, "prompt");
    assert!(long.violations[0].what.contains("2501") && long.violations[0].what.contains("2500"), "{}", long.violations[0]);
    assert!(body(APP, &shots(&[("a", 3)])).get("prompt").is_none(), "with shots it may be left out");
    assert_eq!(wrong(APP, &Request { prompt: Some("x".repeat(2501)), ..shots(&[("a", 3)]) }), ["prompt"]);
}

#[test]
fn ha_5_the_mode_is_std_unless_pro_is_asked_for() {
    assert_eq!(body(APP, &asking("a horse"))["mode"], json!("std"));
    assert_eq!(body(APP, &Request { mode: Some(Mode::Pro), ..asking("a horse") })["mode"], json!("pro"));
}

/// HA-6
#[test]
fn ha_6_duration_is_3_to_15_seconds_or_the_sum_of_the_shots() {
    assert_eq!(body(APP, &asking("a horse"))["duration"], json!(5));
    for (duration, right) in [(0, false), (2, false), (3, true), (15, true), (16, false), (u32::MAX, false)] {
        let request = Request { duration: Some(duration), ..asking("a horse") };
        assert_eq!(wrong(APP, &request), if right { vec![] } else { vec!["duration"] }, "{duration}");
    }
    let several = shots(&[("a", 3), ("b", 4)]);
    assert_eq!(body(APP, &several)["duration"], json!(7));
    assert_eq!(body(APP, &Request { duration: Some(7), ..several.clone() })["duration"], json!(7));
    let other = lower(APP, &Request { duration: Some(8), ..several });
    assert_eq!(other.violations[0].field, "duration");
    assert!(other.violations[0].what.contains("8 s") && other.violations[0].what.contains("7 s"), "{}", other.violations[0]);
}

/// HA-7
#[test]
fn ha_7_the_aspect_ratio_is_one_of_three_and_left_out_beside_pictures() {
    assert_eq!(body(APP, &asking("a horse"))["aspect_ratio"], json!("16:9"));
    for ratio in ["16:9", "9:16", "1:1"] {
        let request = Request { aspect_ratio: Some(ratio.into()), ..asking("a horse") };
        assert_eq!(body(APP, &request)["aspect_ratio"], json!(ratio));
    }
    for ratio in ["4:3", "16x9", "16:9 "] {
        assert_eq!(wrong(APP, &Request { aspect_ratio: Some(ratio.into()), ..asking("a horse") }), ["aspect_ratio"]);
    }
    let with_image = Request { aspect_ratio: Some("9:16".into()), image: Some(web("a.png")), ..asking("a horse") };
    assert!(body(APP, &with_image).get("aspect_ratio").is_none());
    assert_eq!(lost(&lower(APP, &with_image)), ["aspect_ratio"]);
    assert_eq!(lost(&lower(APP, &Request { aspect_ratio: None, ..with_image })), [""; 0], "nobody asked for it");
}

/// HA-8
#[test]
fn ha_8_pictures_are_links_first_frame_then_last_and_shots_take_a_first_alone() {
    let both = Request { image: Some(web("first.png")), last_frame: Some(web("last.png")), ..asking("a horse") };
    assert_eq!(body(APP, &both)["image_urls"], json!(["https://example.com/first.png", "https://example.com/last.png"]));
    assert_eq!(wrong(APP, &Request { image: None, ..both.clone() }), ["last_frame"], "it would be taken for the first");

    let several = Request { image: Some(web("first.png")), ..shots(&[("a", 3)]) };
    assert_eq!(body(APP, &several)["image_urls"], json!(["https://example.com/first.png"]));
    assert_eq!(wrong(APP, &Request { last_frame: Some(web("last.png")), ..several }), ["last_frame"]);

    let local = Request { image: Some(Input::File(file("/pics/a.png", "image/png", 9))), ..asking("a horse") };
    let lowered = lower(APP, &local);
    assert_eq!(lowered.violations[0].field, "image");
    assert!(lowered.violations[0].what.contains("/pics/a.png is a local file"), "{}", lowered.violations[0]);
    assert!(lowered.violations[0].fix.contains("https URL") && lowered.violations[0].fix.contains("hh-customer"));
    assert_eq!(lowered.uploads, []);
    for other in
        [Input::Key("videos/inputs/a.png".into()), Input::Url("ftp://example.com/a.png".into()), Input::Url("a.png".into())]
    {
        assert_eq!(wrong(APP, &Request { image: Some(other), ..asking("a horse") }), ["image"]);
    }
}

/// HA-9
#[test]
fn ha_9_sound_is_always_said() {
    for request in [asking("a horse"), shots(&[("a", 3)])] {
        assert_eq!(body(APP, &request)["sound"], json!(true));
        for sound in [true, false] {
            assert_eq!(body(APP, &Request { sound: Some(sound), ..request.clone() })["sound"], json!(sound));
        }
    }
}

/// HA-10, AM-14
#[test]
fn ha_10_adherence_is_0_to_1_under_a_name_that_can_be_changed() {
    assert!(body(APP, &asking("a horse")).get("cfg_scale").is_none(), "only if it is asked for");
    let request = Request { adherence: Some(0.25), ..asking("a horse") };
    assert_eq!(body(APP, &request)["cfg_scale"], json!(0.25));
    for adherence in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        assert_eq!(wrong(APP, &Request { adherence: Some(adherence), ..asking("a horse") }), ["adherence"]);
    }
}

/// HA-11
#[test]
fn ha_11_multi_shots_is_said_with_shots_alone() {
    assert!(body(APP, &asking("a horse")).get("multi_shots").is_none());
    assert_eq!(body(APP, &shots(&[("a", 3)]))["multi_shots"], json!(true));
}

/// HA-12, AM-11
#[test]
fn ha_12_shots_are_at_most_5_of_500_characters_and_1_to_12_seconds_each() {
    let long = "é".repeat(500);
    assert_eq!(wrong(APP, &shots(&[(&long, 3), ("b", 1), ("c", 1), ("d", 1), ("e", 1)])), [""; 0]);
    assert_eq!(wrong(APP, &shots(&[("a", 3), ("b", 1), ("c", 1), ("d", 1), ("e", 1), ("f", 1)])), ["shots"]);
    let all_at_once = shots(&[(&"x".repeat(501), 3), (" ", 0), ("c", 13)]);
    let expected = ["shots[0].prompt", "shots[1].prompt", "shots[1].duration", "shots[2].duration", "shots"];
    assert_eq!(wrong(APP, &all_at_once), expected);
    assert!(body(APP, &asking("a horse")).get("multi_prompt").is_none());
}

#[test]
fn ha_13_elements_are_at_most_3_with_2_to_4_pictures_each_and_named_by_a_prompt() {
    let request = with_elements("@dog chases @cat", vec![element("dog", 2), element("cat", 4)]);
    let expected = json!([
        { "name": "dog", "description": "a dog",
          "element_input_urls": ["https://example.com/dog-0.png", "https://example.com/dog-1.png"] },
        { "name": "cat", "description": "a cat",
          "element_input_urls": ["https://example.com/cat-0.png", "https://example.com/cat-1.png",
                                 "https://example.com/cat-2.png", "https://example.com/cat-3.png"] },
    ]);
    assert_eq!(body(APP, &request)["elements"], expected);
    assert!(body(APP, &request).get("aspect_ratio").is_some(), "pictures of elements are no frames");

    let four = with_elements("@a @b @c @d", ["a", "b", "c", "d"].map(|name| element(name, 2)).to_vec());
    assert_eq!(wrong(APP, &four), ["elements"]);
    for images in [0, 1, 5] {
        assert_eq!(wrong(APP, &with_elements("@dog", vec![element("dog", images)])), ["elements[0].images"]);
    }
    let mut local = element("dog", 2);
    local.images[1] = Input::File(file("b.png", "image/png", 9));
    assert_eq!(wrong(APP, &with_elements("@dog", vec![local])), ["elements[0].images[1]"]);
    let nameless = Element { description: String::new(), ..element("", 2) };
    assert_eq!(wrong(APP, &with_elements("x", vec![nameless])), ["elements[0].name", "elements[0].description"]);
    assert_eq!(wrong(APP, &with_elements("@dog", vec![element("dog", 2), element("dog", 2)])), ["elements[1].name"]);
}

/// HA-13: in both directions.
#[test]
fn ha_13_every_element_is_named_and_every_name_is_an_element() {
    let dog = || vec![element("dog", 2)];
    assert_eq!(wrong(APP, &with_elements("a dog", dog())), ["elements[0].name"], "nothing shows it");
    assert_eq!(wrong(APP, &with_elements("@dog meets @cat", dog())), ["prompt"], "nobody is the cat");
    assert_eq!(wrong(APP, &with_elements("@dogs run", dog())), ["prompt", "elements[0].name"], "that is another name");
    assert_eq!(wrong(APP, &with_elements("@dog, @dog! (@dog) @dog's", dog())), [""; 0]);
    assert_eq!(wrong(APP, &with_elements("write to me@example.com about @dog @ noon", dog())), [""; 0]);
    let both = vec![element("dog", 2), element("dog_big", 2)];
    assert_eq!(wrong(APP, &with_elements("@dog_big alone", both.clone())), ["elements[0].name"], "the longer name is meant");
    assert_eq!(wrong(APP, &with_elements("@dog_big and @dog", both)), [""; 0]);

    let in_shots = Request { elements: dog(), ..shots(&[("@dog runs", 3), ("@cat sleeps", 3)]) };
    assert_eq!(wrong(APP, &in_shots), ["shots[1].prompt"]);

    let chinese = with_elements("@小狗跑步", vec![element("小狗", 2)]);
    assert_eq!(wrong(APP, &chinese), [""; 0]);
    assert_eq!(warned(&lower(APP, &chinese)), ["elements[0].name"], "ASCII names are the safe ones");
    let both = vec![element("小", 2), element("小狗", 2)];
    assert_eq!(wrong(APP, &with_elements("@小狗跑步", both)), ["elements[0].name"], "the longer name is meant here, too");
    let none = lower(APP, &asking("a sign that reads @cafe"));
    assert_eq!((none.violations.len(), warned(&none)), (0, vec!["prompt"]), "without elements it is but odd");
}

/// HA-22, X-2
#[test]
fn ha_22_an_estimate_is_rate_times_seconds_and_the_sample_costs_400() {
    let cost = |request: &Request| dialect(APP).estimate(request, &Prices::default());
    let of = |mode, sound, duration| {
        cost(&Request { mode: Some(mode), sound: Some(sound), duration: Some(duration), ..asking("x") })
    };
    for (mode, sound, seconds, credits) in [
        (Mode::Std, false, 3, 120.0),
        (Mode::Std, true, 3, 180.0),
        (Mode::Pro, false, 10, 540.0),
        (Mode::Pro, true, 15, 1200.0),
    ] {
        let estimate = of(mode, sound, seconds);
        assert_eq!((estimate.credits, estimate.confidence), (Some(credits), Confidence::Exact), "{estimate:?}");
    }
    let sample_request = Request { mode: Some(Mode::Pro), duration: Some(5), ..asking("A majestic eagle") };
    let estimate = cost(&sample_request);
    assert_eq!(estimate.credits, sample("app", "success")["data"]["consumed_credits"].as_f64(), "sound is on by default");
    assert_eq!(estimate.basis, "5 s x 80 credits (pro, with sound)");
    assert_eq!(cost(&asking("x")).credits, Some(300.0), "5 s std with sound");
    assert_eq!(
        cost(&Request { image: Some(web("a.png")), ..asking("x") }).credits,
        Some(300.0),
        "pictures cost nothing more"
    );
    assert_eq!(cost(&shots(&[("a", 3), ("b", 4)])).credits, Some(420.0), "the sum of the shots");
    assert_eq!(of(Mode::Pro, true, 99).credits, None, "the document prices 3 to 15 s");
    let by_hand = Request { extra: [("sound".to_owned(), json!(false))].into(), ..sample_request.clone() };
    assert_eq!(cost(&by_hand).credits, Some(270.0), "what is set by hand is what is sent");
    let strange = Request { extra: [("model".to_owned(), json!("happyhorse-2.0/video"))].into(), ..sample_request.clone() };
    assert_eq!((cost(&strange).credits, cost(&strange).confidence), (None, Confidence::Unknown));
    let own = dialect(APP).estimate(&sample_request, &Prices { per_second: Some(7.5), per_job: None });
    assert_eq!((own.credits, own.basis.as_str()), (Some(37.5), "your price table: 5 s x 7.5 credits"));
}

/// AM-11
#[test]
fn am_11_shots_that_fit_one_by_one_must_fit_together() {
    for (all, fields) in [
        (vec![("a", 12), ("b", 3)], vec![]),
        (vec![("a", 12), ("b", 4)], vec!["shots"]),
        (vec![("a", 12); 5], vec!["shots"]),
        (vec![("a", 2)], vec!["shots"]),
        (vec![("a", 3)], vec![]),
        (vec![("a", 1 << 31), ("b", (1 << 31) + 5)], vec!["shots[0].duration", "shots[1].duration", "shots"]),
    ] {
        assert_eq!(wrong(APP, &shots(&all)), fields, "{all:?}");
    }
}

#[test]
fn am_13_mode_duration_and_sound_are_said_in_every_request() {
    for request in [asking("a horse"), shots(&[("a", 3)]), Request { image: Some(web("a.png")), ..asking("a horse") }] {
        let body = body(APP, &request);
        for field in ["model", "mode", "duration", "sound"] {
            assert!(body.get(field).is_some(), "{field} of {body}");
        }
    }
}

/// AM-14: names that the document lost are settings, and nothing is sent under them unasked.
#[test]
fn am_14_the_lost_names_are_settings_and_are_sent_only_if_asked_for() {
    let names = FieldNames { cfg_scale: "adherence".into(), elements: "kling_elements".into() };
    let request = Request { adherence: Some(0.5), ..with_elements("@dog", vec![element("dog", 2)]) };
    let body = dialect(APP).lower(&request, &names).body;
    assert_eq!(body["adherence"], json!(0.5));
    assert_eq!(body["kling_elements"][0]["name"], json!("dog"));
    assert!(!body.contains_key("cfg_scale") && !body.contains_key("elements"));
    let plain = dialect(APP).lower(&asking("a horse"), &names).body;
    assert!(!plain.contains_key("adherence") && !plain.contains_key("kling_elements"));
}

#[test]
fn inputs_that_hh_app_cannot_take_are_refused_and_wishes_are_lost_aloud() {
    let request = Request {
        ref_video: Some(web("a.mp4")),
        ref_audio: Some(web("a.mp3")),
        resolution: Some("4K".into()),
        fps: Some(30),
        seed: Some(7),
        motion: Some(Motion::Strength(0.5)),
        style: Some("cinematic".into()),
        camera: Some("orbit".into()),
        ..asking("a horse")
    };
    let lowered = lower(APP, &request);
    assert_eq!(wrong(APP, &request), ["ref_video", "ref_audio"]);
    assert_eq!(lost(&lowered), ["resolution", "fps", "seed", "motion", "style", "camera"]);
    assert_eq!(Value::Object(lowered.body), body(APP, &asking("a horse")));
}

#[test]
fn shots_set_by_hand_are_sent_without_guesses_about_the_rest() {
    let multi = json!([{ "prompt": "a", "duration": 4 }]);
    let extra = [("multi_shots".to_owned(), json!(true)), ("multi_prompt".to_owned(), multi)].into();
    let request = Request { extra, ..Request::default() };
    let body = body(APP, &request);
    assert!(body.get("duration").is_none() && body.get("prompt").is_none(), "{body}");
    assert_eq!(dialect(APP).estimate(&request, &Prices::default()).credits, Some(240.0));
}
