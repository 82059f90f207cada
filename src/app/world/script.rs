//! Acting out a scenario by POST, without a stream: directions and prompts. What only hands on a stream can do is left out, and
//! said so once.

use std::time::Duration;

use crate::app::errors::Failure;
use crate::app::remote;
use crate::app::scenario::{Action, Scenario};
use crate::client::SessionManager;
use crate::clock::Clock;
use crate::wire::{CommandId, WorldId};

/// How often the scenario is looked at; its steps are seconds apart.
const STEP: Duration = Duration::from_millis(20);

/// Does every step at its time, from now on, and tells what the server made of it.
pub async fn act_out(manager: &SessionManager, scenario: &Scenario, id: &WorldId, clock: Clock) -> Result<(), Failure> {
    let begun = clock.now();
    let run = &uuid::Uuid::now_v7().simple().to_string()[20..];
    let by_post = |action: &Action| matches!(action, Action::Direct(_) | Action::Wander(_));
    if scenario.steps().iter().any(|step| !by_post(step.action())) {
        eprintln!("seaglass: steps that need a stream are left out: `seaglass explore --script` does them");
    }
    // Nor are they waited for: hands that repeat without an end would never be done.
    let mut timeline = scenario.timeline(by_post);
    let mut count = 0u32;
    while !timeline.is_done() {
        let mut due = Vec::new();
        timeline.due(clock.now().since(begun), |action| due.push(action.clone()));
        for action in due {
            count += 1;
            let Ok(command) = CommandId::new(format!("script-{run}-{count}")) else { continue };
            let ack = match &action {
                Action::Direct(text) => manager.direct(id, command, text).await,
                Action::Wander(prompt) => manager.wander(id, command, prompt).await,
                _ => continue,
            };
            let ack = ack.map_err(|error| remote::failure(&error))?;
            let status = serde_json::to_value(&ack.status).unwrap_or_default();
            eprintln!("seaglass: {}: {}", status.as_str().unwrap_or("?"), ack.message);
        }
        tokio::time::sleep(STEP).await;
    }
    Ok(())
}
