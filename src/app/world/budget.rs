//! `seaglass world budget`: what was used, what open worlds may still use, and what is left.

use serde_json::{Value, json};

use super::print;
use crate::app::args::{OutputFormat, Reach};
use crate::app::config::Settings;
use crate::app::errors::Failure;
use crate::app::{profile, remote};
use crate::books::{Balance, Period, Scope, Unit};
use crate::clock::wall_clock;

/// Shows every budget.
pub fn budget(reach: &Reach, settings: &Settings, output: OutputFormat) -> Result<(), Failure> {
    let (books, path) = remote::books(settings)?;
    let failed = |error| remote::books_failure(&error);
    let now = wall_clock().to_zoned(jiff::tz::TimeZone::system());
    let chosen = remote::profile_name(reach, settings);
    profile::named(&settings.profiles, &chosen)?;
    let mut names = books.profiles().map_err(failed)?;
    names.extend(settings.profiles.keys().cloned());
    names.push(chosen.clone());
    names.sort();
    names.dedup();
    let mut user = Value::Null;
    let mut profiles = serde_json::Map::new();
    for name in names {
        let budgets = profile::budgets(settings.budget, settings.profiles.get(&name));
        let balances = books.balances(&now, &name, &budgets).map_err(failed)?;
        user = of(&balances, Scope::User);
        profiles.insert(name, of(&balances, Scope::Profile));
    }
    let open = books.open_entries().map_err(failed)?.len();
    let report = json!({
        "books": path,
        "profile": chosen,
        "date": now.date().to_string(),
        "user": user,
        "profiles": profiles,
        "open_worlds": open,
    });
    print::one(&report, output, text);
    Ok(())
}

fn of(balances: &[Balance], scope: Scope) -> Value {
    let part = |period| {
        let found = balances.iter().find(|balance| (balance.scope, balance.period) == (scope, period));
        found.map_or(Value::Null, |balance| {
            let unit = |unit, used, reserved, limit: Option<f64>| {
                json!({ "used": used, "reserved": reserved, "limit": limit, "left": balance.left(unit) })
            };
            let Balance { used, reserved, limit, .. } = balance;
            json!({
                "seconds": unit(Unit::Seconds, used.seconds, reserved.seconds, limit.seconds),
                "credits": unit(Unit::Credits, used.credits, reserved.credits, limit.credits),
            })
        })
    };
    json!({ "day": part(Period::Day), "month": part(Period::Month) })
}

fn text(report: &Value) {
    println!("{:<24} {:>10} {:>10} {:>10} {:>10}", "", "used", "reserved", "left", "of");
    rows("all profiles", &report["user"]);
    for (name, budgets) in report["profiles"].as_object().into_iter().flatten() {
        rows(&print::shown(name, 14), budgets);
    }
    println!("open worlds: {}", report["open_worlds"]);
}

fn rows(name: &str, budgets: &Value) {
    for period in ["day", "month"] {
        for (unit, word) in [("seconds", "s"), ("credits", "cr")] {
            let row = &budgets[period][unit];
            let number = |key: &str| row[key].as_f64().map_or_else(|| "-".to_owned(), |amount| format!("{amount:.1}"));
            // Credits that nobody limits and nobody spends are no news.
            if unit == "credits" && row["limit"].is_null() && row["used"].as_f64() == Some(0.0) {
                continue;
            }
            println!(
                "{:<24} {:>10} {:>10} {:>10} {:>10}",
                format!("{name:<14} {period:<5} {word}"),
                number("used"),
                number("reserved"),
                number("left"),
                number("limit")
            );
        }
    }
}
