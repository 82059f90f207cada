//! How worlds are printed for people.

pub use crate::app::print::{list, one, shown};
use crate::wire::{WorldInfo, WorldState};

/// A world, for people.
pub fn world(world: &WorldInfo) {
    let (state, prompt) = (state(&world.state), shown(&world.prompt, 60));
    println!("{}  {state:<8}  {:>6.0} s  {prompt}", world.id, world.seconds_used);
}

/// What something cost, for people.
pub fn spent(seconds: f64, credits: f64) -> String {
    if credits > 0.0 { format!("{seconds:.1} s, {credits:.1} credits") } else { format!("{seconds:.1} s") }
}

fn state(state: &WorldState) -> String {
    let name = serde_json::to_value(state).ok();
    shown(name.as_ref().and_then(|name| name.as_str()).unwrap_or("?"), 20)
}
