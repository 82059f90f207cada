//! How many cases a property is tried on, and which. `SEAGLASS_PROPERTIES` asks for so many times as many of every property;
//! `PROPTEST_CASES` and `PROPTEST_RNG_SEED` mean what they mean to proptest, for every property alike: a number that stands in a
//! test's own configuration would hide the former, and without the latter nothing repeats a failure.

use std::hash::{BuildHasher, Hasher, RandomState};

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// So many cases, unless the environment asks for another number. The seed is printed, which a test shows that fails.
pub fn config(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        let times = std::env::var("SEAGLASS_PROPERTIES").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
        config.cases = cases.saturating_mul(times);
    }
    let seed = match config.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => RandomState::new().build_hasher().finish(),
    };
    eprintln!("PROPTEST_RNG_SEED={seed} PROPTEST_CASES={}", config.cases);
    ProptestConfig { rng_seed: RngSeed::Fixed(seed), ..config }
}
