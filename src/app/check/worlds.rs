//! Every world that a run has made: noted before anything else looks at the answer, ended by whoever made it, proven gone at the end
//! (HO-5, HO-18).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::target::Target;
use crate::net::{NetError, RawRequest};
use crate::wire::{MAX_BODY_BYTES, WorldInfo, WorldList, WorldState};

/// Longest time of one attempt to end a world.
const ATTEMPT: Duration = Duration::from_secs(5);
/// Attempts before a world is given up as left open.
const ATTEMPTS: u32 = 4;

/// A world of this run.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Its id.
    pub id: String,
    /// The case that made it.
    pub case: &'static str,
    /// Whether the server has been seen to have it no more.
    pub gone: bool,
    /// Media time that it lived, as the server last said.
    pub seconds: Option<f64>,
}

/// The worlds of a run; copies share them.
#[derive(Clone, Debug, Default)]
pub struct Worlds(Arc<Mutex<Vec<Made>>>);

impl Worlds {
    /// Notes a world. A world that is noted already stays with its first case.
    pub fn note(&self, id: &str, case: &'static str) {
        let mut worlds = self.lock();
        if !worlds.iter().any(|world| world.id == id) {
            worlds.push(Made { id: id.to_owned(), case, gone: false, seconds: None });
        }
    }

    /// Whether a case has a world that is not known to be gone.
    pub fn has(&self, case: &str) -> bool {
        self.lock().iter().any(|world| world.case == case && !world.gone)
    }

    /// Notes how long a world has lived.
    pub fn lived(&self, id: &str, seconds: f64) {
        if let Some(world) = self.lock().iter_mut().find(|world| world.id == id) {
            world.seconds = Some(world.seconds.unwrap_or(0.0).max(seconds));
        }
    }

    /// All of them.
    pub fn all(&self) -> Vec<Made> {
        self.lock().clone()
    }

    /// Ends the worlds of a case, or of all cases, and looks whether they are gone.
    pub async fn end(&self, target: &Target, case: Option<&str>) {
        let open = |world: &&Made| !world.gone && case.is_none_or(|case| world.case == case);
        let ids: Vec<String> = self.lock().iter().filter(open).map(|world| world.id.clone()).collect();
        futures_util::future::join_all(ids.iter().map(|id| self.end_one(target, id))).await;
    }

    /// Worlds that are alive on the server, bear this run's mark, and were never told to us: they are noted as well.
    pub async fn find_strays(&self, target: &Target) -> Result<(), NetError> {
        let (status, body) = ask(target, "GET", "").await?;
        let list: WorldList = match serde_json::from_value(body) {
            Ok(list) if status == 200 => list,
            _ => return Ok(()),
        };
        for world in list.worlds.iter().filter(|world| world.prompt.contains(&target.marker) && !is_over(world)) {
            self.note(world.id.as_str(), "unknown");
        }
        Ok(())
    }

    async fn end_one(&self, target: &Target, id: &str) {
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(200) * 2_u32.pow(attempt)).await;
            }
            let deleted = ask(target, "DELETE", id).await;
            if let Ok((200, body)) = &deleted
                && let Some(seconds) = body["seconds_used"].as_f64()
            {
                self.lived(id, seconds);
            }
            let Ok((status, body)) = ask(target, "GET", id).await else { continue };
            let over = serde_json::from_value::<WorldInfo>(body).is_ok_and(|world| is_over(&world));
            if matches!(status, 404 | 410) || (status == 200 && over) {
                if let Some(world) = self.lock().iter_mut().find(|world| world.id == id) {
                    world.gone = true;
                }
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Made>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_over(world: &WorldInfo) -> bool {
    world.state == WorldState::Ended || world.ended.is_some()
}

/// One exchange about a world, or about all of them where the id is empty.
async fn ask(target: &Target, method: &'static str, id: &str) -> Result<(u16, Value), NetError> {
    let url = target.origin.join(["v1", "worlds", id].into_iter().filter(|part| !part.is_empty()));
    let headers = target.credential().into_iter().collect();
    let answer = target.http.raw(RawRequest { method, url, headers, body: None, timeout: ATTEMPT }).await?;
    let status = answer.status;
    let body = answer.body(MAX_BODY_BYTES).await?;
    Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
}
