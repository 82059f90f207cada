//! The three dialects from outside: requests go in, bodies come out; answers go in, statuses and problems come out. Every limit of the
//! documents at its edge, every sample of theirs word for word (`tests/golden/jobs`), every answer that a server could make up.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod all;
mod answers;
mod app;
mod app_answers;
#[path = "../cases/mod.rs"]
mod cases;
mod customer;
mod customer_answers;
mod documented;
mod lab;
mod properties;
mod support;
