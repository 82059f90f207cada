//! What a report says of a run beside its figures: what was run, what two runs must share to be compared, and what may differ.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::machine;
use super::plan::Plan;
use crate::app::args::{PresetChoice, TransportChoice};
use crate::app::scenario::Profile;
use crate::clock::wall_clock;
use crate::measure::{Run, SCHEMA};
use crate::net::Origin;
use crate::wire::CreateWorld;

/// Describes a run on the server that is named, or else on our own. `shared`: whether our own server shows one world to all; `None` where the server is somebody else's.
#[must_use]
pub fn describe(plan: &Plan, request: &CreateWorld, origin: Option<&Origin>, shared: Option<bool>) -> Run {
    let mut environment = machine::environment();
    let place = origin.map_or_else(|| "own server on this machine".to_owned(), Origin::site);
    environment.insert("origin".to_owned(), json!(place));
    environment.insert("seed".to_owned(), json!(plan.seed));
    if let Some((index, of)) = plan.shard {
        environment.insert("shard".to_owned(), json!(format!("{index}/{of}")));
    }
    Run {
        schema: SCHEMA,
        id: uuid::Uuid::now_v7().to_string(),
        started: wall_clock().to_string(),
        name: plan.name.clone(),
        scenario: scenario(plan, request),
        configuration: configuration(plan, request, shared),
        environment,
        objectives: plan.objectives.iter().map(ToString::to_string).collect(),
        ..Run::default()
    }
}

/// What two runs must share: what the worlds are, how many there are when, what is done in them.
fn configuration(plan: &Plan, request: &CreateWorld, shared: Option<bool>) -> BTreeMap<String, Value> {
    let shape = &plan.shape;
    let session = &plan.scenario.session;
    let audio = request.audio.as_ref().map(|audio| match audio.formats.first() {
        Some(format) if audio.enabled => format.clone(),
        _ => "off".to_owned(),
    });
    let commands: u64 = plan.scenario.steps().iter().map(|step| step.times_within(plan.length)).sum();
    let words = [
        ("profile", json!(shape.profile.name())),
        ("sessions", json!(shape.sessions)),
        ("duration_s", json!(plan.length.as_secs_f64())),
        ("warmup_s", json!(plan.window.0.as_secs_f64())),
        ("cooldown_s", json!((plan.length - plan.window.1).as_secs_f64())),
        ("arrival_ms", json!(shape.gap.map(|gap| gap.as_secs_f64() * 1e3))),
        ("course", json!(course(plan))),
        ("world", json!(request.world.as_ref().unwrap_or(&request.prompt))),
        ("mode", serde_json::to_value(&request.mode).unwrap_or_default()),
        ("world_seed", json!(request.seed)),
        ("tier", json!(request.tier)),
        ("tier_pinned", json!(session.pin_tier.unwrap_or_default())),
        ("video", json!(request.video_formats.first())),
        ("audio", json!(audio)),
        ("transport", json!(transport(session.transport.unwrap_or_default()))),
        ("decode", json!(plan.decode.to_string())),
        ("preset", json!(preset(plan.preset))),
        ("commands_each", json!(commands)),
        ("faults", json!(plan.scenario.faults.as_ref().map(|faults| faults.json.clone()))),
        ("shared_world", json!(shared)),
    ];
    let known = words.into_iter().filter(|(_, value)| !value.is_null());
    known.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What the profile has of its own, in words.
fn course(plan: &Plan) -> Option<String> {
    let shape = &plan.shape;
    match shape.profile {
        Profile::Ramp => Some(format!("from {} in {:?}, held for {:?}", shape.from, shape.duration, shape.hold)),
        Profile::Sweep => Some(format!("{:?}, each for {:?}", shape.steps, shape.step)),
        Profile::Churn => Some(format!("each lives {:?}", shape.life)),
        Profile::Storm => Some(format!("cut every {:?}", shape.every)),
        Profile::Single | Profile::Constant | Profile::Soak => None,
    }
}

/// The scenario as it was understood, every default filled in.
fn scenario(plan: &Plan, request: &CreateWorld) -> Value {
    let shape = &plan.shape;
    let time = |time: Duration| json!(format!("{time:?}"));
    let mut load = Map::new();
    let mut set = |name: &str, value: Value| drop(load.insert(name.to_owned(), value));
    set("profile", json!(shape.profile.name()));
    set("sessions", json!(shape.sessions));
    set("duration", time(shape.duration));
    set("warmup", time(plan.window.0));
    set("cooldown", time(plan.length - plan.window.1));
    set("decode", json!(plan.decode.to_string()));
    set("preset", json!(preset(plan.preset)));
    set("seed", json!(plan.seed));
    set("trace", json!(plan.traced));
    match shape.profile {
        Profile::Ramp => {
            set("from", json!(shape.from));
            set("hold", time(shape.hold));
        }
        Profile::Sweep => {
            set("steps", json!(shape.steps));
            set("step", time(shape.step));
        }
        Profile::Churn => set("life", time(shape.life)),
        Profile::Storm => set("every", time(shape.every)),
        Profile::Single | Profile::Constant | Profile::Soak => {}
    }
    let mut session = serde_json::to_value(request).unwrap_or_default();
    if let Some(session) = session.as_object_mut() {
        session.retain(|_, value| !value.is_null());
    }
    json!({
        "schema": 1,
        "session": session,
        "load": load,
        "step": plan.scenario.steps().iter().map(|step| step.to_string()).collect::<Vec<_>>(),
        "fault": plan.scenario.faults.as_ref().map(|faults| serde_json::from_str::<Value>(&faults.json).unwrap_or_default()),
        "slo": plan.objectives.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

const fn transport(choice: TransportChoice) -> &'static str {
    match choice {
        TransportChoice::Auto => "auto",
        TransportChoice::Ws => "ws",
        TransportChoice::Sse => "sse",
    }
}

const fn preset(choice: PresetChoice) -> &'static str {
    match choice {
        PresetChoice::Latency => "latency",
        PresetChoice::Balanced => "balanced",
        PresetChoice::Smooth => "smooth",
    }
}
