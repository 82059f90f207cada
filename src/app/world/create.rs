//! `seaglass world new`: makes a world and leaves it alive, on purpose. The journal knows that.

use serde_json::{Value, json};

use super::{print, reap, script};
use crate::app::args::{OutputFormat, WorldNew};
use crate::app::config::Settings;
use crate::app::errors::{Exit, Failure};
use crate::app::remote;
use crate::app::scenario::{Scenario, Session};
use crate::app::sound::audio_request;
use crate::app::typed;
use crate::clock::Clock;
use crate::media::Tier;
use crate::net::Origin;
use crate::wire::{CreateWorld, Limits, Mode};

/// Makes a world, tells how to reach and end it, and acts out a scenario on it where one is given.
pub async fn new(args: WorldNew, settings: &Settings, clock: Clock) -> Result<(), Failure> {
    let scenario = args.script.as_deref().map(Scenario::load).transpose()?;
    let session = scenario.as_ref().map(|scenario| scenario.session.clone()).unwrap_or_default();
    let request = request(&args, settings, session)?;
    if args.dry_run {
        return dry_run(&args, settings, &request);
    }
    let manager = remote::paying_manager(&args.reach, settings, clock)?;
    if !args.no_reap {
        reap::at_start(&manager, &args.reach, settings).await;
    }
    let world = manager.create_detached(request).await.map_err(|error| remote::failure(&error))?;
    let server = remote::server(&args.reach, settings)?;
    let way = typed::reaching(&args.reach, server.as_ref().map(Origin::as_str), &settings.typed);
    let (attach, end) =
        (format!("seaglass explore --attach {}{way}", world.id), format!("seaglass world end {}{way}", world.id));
    let mut told = serde_json::to_value(&world).unwrap_or_default();
    if let Value::Object(members) = &mut told {
        // A one-time way in, which belongs into no log.
        members.remove("ticket");
        members.insert("attach".to_owned(), json!(attach));
        members.insert("end".to_owned(), json!(end));
    }
    print::one(&told, args.output, |_| println!("{}\nattach: {attach}\nend:    {end}", world.id));
    match scenario {
        Some(scenario) => script::act_out(&manager, &scenario, &world.id, clock).await,
        None => Ok(()),
    }
}

/// What is to be asked for: the command line over the settings over the scenario.
fn request(args: &WorldNew, settings: &Settings, session: Session) -> Result<CreateWorld, Failure> {
    let budgeted = remote::is_budgeted(&args.reach, settings)?;
    let usage = |why: String| Failure::new("usage", Exit::Usage, "the limits do not fit", why, "mend the settings");
    let limits = settings.limits.clone().unwrap_or_default();
    // Where a budget pays, what the settings say is the most that is set aside of it, and less is enough (HO-23).
    let usual = limits.session().map_err(usage)?.filter(|_| !budgeted);
    let session_s = args.limit.or(usual).map(|limit| limit.as_secs_f64());
    let idle_s = args.idle.or(limits.idle().map_err(usage)?).map(|limit| limit.as_secs_f64());
    let named = |name: &Option<String>| name.as_deref().and_then(|name| name.parse::<Tier>().ok());
    let tier = args.tier.or_else(|| named(&settings.tier)).or_else(|| named(&session.tier));
    let world = args.world.clone().or(session.world);
    let prompt = args.prompt.clone().or(session.prompt).or_else(|| world.clone()).ok_or_else(|| {
        let fix = "say it: seaglass world new \"mossy canyon at dawn\"";
        Failure::new("usage", Exit::Usage, "no prompt says what the world is to be", "", fix)
    })?;
    let request = CreateWorld {
        prompt,
        mode: if session.mode.as_deref() == Some("direct") { Mode::Direct } else { Mode::Wander },
        world,
        seed: args.seed.or(session.seed),
        tier: tier.map(Into::into),
        audio: args.audio.or(settings.audio).or(session.audio).map(audio_request),
        limits: Some(Limits { session_s, idle_s, grace_s: Some(args.grace.as_secs_f64()), ..Limits::default() }),
        ..CreateWorld::default()
    };
    match request.check() {
        // A dry run tells them itself, with the request beside them.
        Err(violations) if !args.dry_run => {
            Err(Failure::new("usage", Exit::Usage, "the request cannot be right", violations, "correct what is listed"))
        }
        _ => Ok(request),
    }
}

/// What would be sent, everything that is wrong with it, and what it may cost. Nothing is sent.
fn dry_run(args: &WorldNew, settings: &Settings, request: &CreateWorld) -> Result<(), Failure> {
    let mut shown = serde_json::to_value(request).unwrap_or_default();
    if let Some(image) = shown.get_mut("first_frame") {
        *image = json!("(left out)");
    }
    let violations: Vec<Value> = match request.check() {
        Ok(()) => Vec::new(),
        Err(found) => found.iter().map(|one| json!({ "field": one.field, "problem": one.problem })).collect(),
    };
    let asked = request.limits.as_ref().and_then(|limits| limits.session_s);
    let affordable = remote::affordable(&args.reach, settings, asked);
    let seconds = affordable.as_ref().map_or(asked, |seconds| *seconds);
    let price = remote::price(&args.reach, settings)?;
    let credits = seconds.zip(price).map(|(seconds, price)| seconds * price);
    let wrong = !violations.is_empty();
    let report = json!({
        "server": remote::server(&args.reach, settings)?.map(|server| server.as_str().to_owned()),
        "request": shown,
        "violations": violations,
        "at_most": { "seconds": seconds, "credits": credits },
    });
    match args.output {
        OutputFormat::Text => {
            println!("POST v1/worlds\n{:#}", report["request"]);
            for one in report["violations"].as_array().into_iter().flatten() {
                println!("wrong: {}: {}", one["field"].as_str().unwrap_or(""), one["problem"].as_str().unwrap_or(""));
            }
            match (seconds, credits) {
                (Some(seconds), Some(credits)) => println!("at most {seconds:.0} s, {credits:.1} credits"),
                (Some(seconds), None) => println!("at most {seconds:.0} s; its price is not known"),
                (None, _) => println!("no longest session is asked for and no budget is set: the server alone limits it"),
            }
        }
        output => print::one(&report, output, |_| ()),
    }
    eprintln!("nothing was sent");
    if wrong {
        let fix = "correct what is listed";
        return Err(Failure::new("usage", Exit::Usage, "the request cannot be right", "", fix));
    }
    affordable.map(drop)
}
