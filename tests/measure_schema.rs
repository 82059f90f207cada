//! What is published about reports and traces holds: real reports against the schema, and the page of the trace against its lines.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod measure_support;

use std::collections::BTreeSet;

use boon::{Compiler, SchemaIndex, Schemas};
use measure_support::{collector, finish, rich};
use seaglass::measure::{Document, Metric, Objective, Recording, Report, Scalar};
use serde_json::Value;

const SCHEMA: &str = include_str!("../docs/bench-report.schema.json");
const PAGE: &str = include_str!("../docs/bench-trace.md");

struct Published {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Published {
    fn new() -> Self {
        let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
        compiler.add_resource("report.json", serde_json::from_str(SCHEMA).unwrap()).unwrap();
        let index = compiler.compile("report.json", &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn refusal(&self, report: &Value) -> Option<String> {
        self.schemas.validate(report, self.index).err().map(|error| error.to_string())
    }
}

fn json(recording: &Recording, objectives: &[&str]) -> Value {
    let objectives: Vec<Objective> = objectives.iter().map(|text| Objective::parse(text).unwrap()).collect();
    serde_json::from_str(&Document::of(recording, &Report::of(recording, &objectives)).print()).unwrap()
}

#[test]
fn real_reports_are_what_the_schema_says() {
    let published = Published::new();
    let empty = finish(&collector((0, 1_000), 0), 1_000);
    let merged = Recording::merge(vec![rich("left", 0..3, 0), rich("right", 3..6, 0)]).unwrap();
    let wanted = ["ttff:p50 < 2s", "create:p99 < 1s", "av_offset:abs_p95 < 1ms", "freezes:count == 0", "fps:value > 20"];
    for (name, recording) in [("empty", empty), ("rich", rich("one", 0..6, 2)), ("merged", merged)] {
        for objectives in [&wanted[..], &[]] {
            assert_eq!(published.refusal(&json(&recording, objectives)), None, "{name}");
        }
    }
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let published = Published::new();
    let good = json(&rich("one", 0..3, 0), &["ttff:p50 < 2s"]);
    let changes: [(&str, Value); 9] = [
        ("/kind", "other".into()),
        ("/schema", 2.into()),
        ("/metrics/ttff/p50", "fast".into()),
        ("/metrics/ttff/max", Value::Null),
        ("/metrics/ttfa/p50", 0.into()),
        ("/metrics/fps/value", (-1).into()),
        ("/objectives/0/stat", "p98".into()),
        ("/objectives/0/outcome", "none".into()),
        ("/histograms/ttff/above", "PGh0bWw+".into()),
    ];
    for (place, value) in changes {
        let mut changed = good.clone();
        *changed.pointer_mut(place).unwrap() = value;
        assert!(published.refusal(&changed).is_some(), "{place}");
    }
    for member in good.as_object().unwrap().keys() {
        let mut cut = good.clone();
        cut.as_object_mut().unwrap().remove(member);
        assert!(published.refusal(&cut).is_some(), "{member} is needed");
    }
}

#[test]
fn the_schema_names_every_metric_as_what_it_is() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let metrics = &schema["properties"]["metrics"];
    let names: Vec<&str> =
        Metric::ALL.into_iter().map(Metric::name).chain(Scalar::ALL.into_iter().map(Scalar::name)).collect();
    let required: Vec<&str> = metrics["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(required, names);
    let kind = |name: &str| metrics["properties"][name]["$ref"].as_str().unwrap().to_owned();
    for metric in Metric::ALL {
        assert_eq!(kind(metric.name()), if metric.is_signed() { "#/$defs/signed" } else { "#/$defs/summary" });
    }
    for scalar in Scalar::ALL {
        assert_eq!(kind(scalar.name()), if scalar.is_count() { "#/$defs/count" } else { "#/$defs/value" });
    }
}

#[test]
fn the_page_of_the_trace_names_every_type_and_every_member() {
    let mut bytes = Vec::new();
    rich("one", 0..4, 2).write(&mut bytes).unwrap();
    let mut told = BTreeSet::new();
    for line in String::from_utf8(bytes).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let of = line["type"].as_str().unwrap().to_owned();
        for member in line.as_object().unwrap().keys().filter(|member| *member != "type") {
            told.insert((of.clone(), member.clone()));
        }
    }
    for (of, member) in told {
        let heading =
            PAGE.split("\n## ").skip(1).find(|section| section.lines().next().unwrap().contains(&format!("`{of}`")));
        let section = heading.unwrap_or_else(|| panic!("docs/bench-trace.md has no section of `{of}`"));
        assert!(section.contains(&format!("`{member}`")), "docs/bench-trace.md does not say what `{member}` of `{of}` is");
    }
}
