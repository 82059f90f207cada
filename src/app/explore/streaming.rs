//! What the user said about the stream, as the client understands it: the way it takes, patience with a lost one, limits.

use std::time::Duration;

use super::plan::{Plan, Target};
use crate::app::args::{Bound, Streaming, TransportChoice};
use crate::client::{ClientConfig, Transport};
use crate::wire::Limits;

/// Longest session on a server that may cost money, where nobody says otherwise.
const SESSION: Duration = Duration::from_secs(3600);
/// How long a window on such a server may be without its user.
const IDLE: Duration = Duration::from_secs(300);
/// What a headless run may take beside the time that it is to be presented for.
const SLACK: Duration = Duration::from_secs(60);

/// Sets a client up. `costs`: whether the server is somebody else's.
pub fn apply(streaming: &Streaming, plan: &Plan, costs: bool, config: &mut ClientConfig) {
    config.transport = match streaming.transport {
        TransportChoice::Auto => Transport::Auto,
        TransportChoice::Ws => Transport::WebSocket,
        TransportChoice::Sse => Transport::Events,
    };
    config.outage = streaming.reconnect;
    let session = match plan.duration {
        Some(duration) => duration + SLACK,
        None => SESSION,
    };
    let or = |flag: Option<Bound>, settings: Option<Duration>, default: Option<Duration>| match flag {
        Some(Bound(limit)) => limit,
        None => settings.or(default.filter(|_| costs)),
    };
    config.limits.session = or(streaming.limit, config.limits.session, Some(session));
    // Nobody sits before a headless run: its time ends it.
    config.limits.idle = or(streaming.idle, config.limits.idle, (!plan.headless).then_some(IDLE));
}

/// Asks the server for the same longest session: should this program hang, the world ends all the same. Where nobody said how long
/// and a budget pays, what is left of that is enough (HO-23).
pub fn ask_for_limits(streaming: &Streaming, plan: &mut Plan, config: &mut ClientConfig) {
    let Some(session) = config.limits.session else { return };
    match &mut config.books {
        Some(keeping) if streaming.limit.is_none() && keeping.budgets.any() => keeping.longest = session,
        _ => {
            if let Target::Create(request) = &mut plan.target {
                request.limits.get_or_insert_with(Limits::default).session_s = Some(session.as_secs_f64());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::args::AudioChoice;
    use crate::client::Auth;
    use crate::clock::Clock;
    use crate::playout::Preset;

    fn limits(streaming: &Streaming, costs: bool, settings: Option<Duration>) -> (Option<Duration>, Option<Duration>) {
        let mut plan = Plan::measuring("calibration", Preset::Balanced, AudioChoice::Opus, SESSION);
        (plan.headless, plan.duration) = (false, None);
        let mut config = ClientConfig::new("http://127.0.0.1:1", Auth::none(), Clock::start());
        config.limits.session = settings;
        apply(streaming, &plan, costs, &mut config);
        (config.limits.session, config.limits.idle)
    }

    /// HO-21, HO-22: flag over settings over default, and no limit on a server of our own.
    #[test]
    fn limits_come_from_the_flag_or_the_settings_or_from_what_is_prudent() {
        let minute = Duration::from_secs(60);
        let plain = Streaming::default();
        assert_eq!(limits(&plain, true, None), (Some(SESSION), Some(IDLE)));
        assert_eq!(limits(&plain, false, None), (None, None));
        assert_eq!(limits(&plain, true, Some(minute)), (Some(minute), Some(IDLE)));
        let flags = Streaming { limit: Some(Bound(Some(minute * 2))), idle: Some(Bound(None)), ..Streaming::default() };
        assert_eq!(limits(&flags, true, Some(minute)), (Some(minute * 2), None));
    }
}
