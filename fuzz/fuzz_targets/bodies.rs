//! Bodies of the control plane, in both directions.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seaglass::wire::{CreateWorld, ErrorEnvelope, WorldInfo, WorldList};

fuzz_target!(|body: &[u8]| {
    if let Ok(create) = serde_json::from_slice::<CreateWorld>(body) {
        let _ = create.check();
    }
    let _ = serde_json::from_slice::<WorldInfo>(body);
    let _ = serde_json::from_slice::<WorldList>(body);
    let _ = serde_json::from_slice::<ErrorEnvelope>(body);
});
