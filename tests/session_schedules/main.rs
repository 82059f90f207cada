//! Ten thousand lives of worlds in virtual time (HO-19, HO-25, HO-26, HO-28): connections that break, hang and refuse, answers that are
//! lost, late or doubled, processes that are killed, and worlds that end by themselves. In every one of them each command that was taken
//! is applied exactly once and in its order, no world lives that no journal knows, and in the end the state, the journal and the bill
//! are the server's.
//!
//! The schedules are made up from a fixed seed, so that a failure repeats; a failing one is shrunk to the few steps that it takes, and
//! printed. `SEAGLASS_SCHEDULES` asks for another number of them, `SEAGLASS_SEED` for others.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod schedule;
mod server;
#[path = "../session_lab/mod.rs"]
mod session_lab;
mod town;

use std::cell::RefCell;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use town::{Reached, Town};

/// Schedules in all, over the tests below.
const SCHEDULES: u32 = 10_000;
const PARTS: u32 = 4;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn part(part: u32) {
    let cases = number("SEAGLASS_SCHEDULES").and_then(|number| u32::try_from(number).ok()).unwrap_or(SCHEDULES) / PARTS;
    let seed = number("SEAGLASS_SEED").unwrap_or(1);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8] = part as u8;
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let all = RefCell::new(Reached::default());
    let outcome = runner.run(&schedule::schedules(), |schedule| {
        let reached = Town::live(&schedule).map_err(TestCaseError::fail)?;
        all.borrow_mut().add(&reached);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("seed {seed}, part {part}: {error}");
    }
    let all = all.into_inner();
    println!("part {part} of seed {seed}: {cases} schedules, {all:?}");
    // Schedules that reach nothing prove nothing.
    let share = |count: u64, of: u32| assert!(count * u64::from(of) >= u64::from(cases), "{all:?}");
    share(all.resumed, 2);
    share(all.repeated, 2);
    share(all.applied, 1);
    share(all.settled, 3);
    share(all.killed, 10);
    share(all.reaped, 10);
    share(all.gave_up, 200);
}

#[test]
fn whatever_happens_commands_are_applied_once_and_no_world_is_forgotten_part_1() {
    part(1);
}

#[test]
fn whatever_happens_commands_are_applied_once_and_no_world_is_forgotten_part_2() {
    part(2);
}

#[test]
fn whatever_happens_commands_are_applied_once_and_no_world_is_forgotten_part_3() {
    part(3);
}

#[test]
fn whatever_happens_commands_are_applied_once_and_no_world_is_forgotten_part_4() {
    part(4);
}
