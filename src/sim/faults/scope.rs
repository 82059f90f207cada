//! What a fault may be limited to: requests by what they ask, messages by their type.

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// `POST /v1/worlds`
    Create,
    /// `GET /v1/worlds`
    List,
    /// `GET /v1/worlds/{id}`
    Show,
    /// `POST /v1/worlds/{id}/direct`
    Direct,
    /// `POST /v1/worlds/{id}/wander`
    Wander,
    /// `GET /v1/worlds/{id}/stream`
    Stream,
    /// `POST /v1/worlds/{id}/stream/{n}`
    Up,
    /// `DELETE /v1/worlds/{id}`
    Delete,
    /// `DELETE /v1/worlds/keys/{key}`
    Void,
    /// `GET /v1/usage`
    Usage,
    /// `GET /health`
    Health,
}

impl Call {
    /// Every one.
    pub const ALL: [Self; 11] = [
        Self::Create,
        Self::List,
        Self::Show,
        Self::Direct,
        Self::Wander,
        Self::Stream,
        Self::Up,
        Self::Delete,
        Self::Void,
        Self::Usage,
        Self::Health,
    ];

    /// Its name in a script.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::List => "list",
            Self::Show => "show",
            Self::Direct => "direct",
            Self::Wander => "wander",
            Self::Stream => "stream",
            Self::Up => "up",
            Self::Delete => "delete",
            Self::Void => "void",
            Self::Usage => "usage",
            Self::Health => "health",
        }
    }

    /// What a request line asks for; `None` for paths that the protocol does not have.
    #[must_use]
    pub fn of(method: &str, path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        Some(match (method, parts.as_slice()) {
            ("POST", ["v1", "worlds"]) => Self::Create,
            ("GET", ["v1", "worlds"]) => Self::List,
            ("DELETE", ["v1", "worlds", "keys", _]) => Self::Void,
            ("GET", ["v1", "worlds", _]) => Self::Show,
            ("DELETE", ["v1", "worlds", _]) => Self::Delete,
            ("POST", ["v1", "worlds", _, "direct"]) => Self::Direct,
            ("POST", ["v1", "worlds", _, "wander"]) => Self::Wander,
            ("GET", ["v1", "worlds", _, "stream"]) => Self::Stream,
            ("POST", ["v1", "worlds", _, "stream", _]) => Self::Up,
            ("GET", ["v1", "usage"]) => Self::Usage,
            ("GET", ["health"]) => Self::Health,
            _ => return None,
        })
    }
}

/// Some of the requests, or all of them and whatever else passes a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls(Option<u16>);

impl Calls {
    /// All, and connections on which nothing has been asked yet.
    pub const ALL: Self = Self(None);

    /// These alone.
    #[must_use]
    pub fn only(calls: &[Call]) -> Self {
        Self(Some(calls.iter().fold(0, |bits, call| bits | 1 << *call as u16)))
    }

    /// Whether the script names calls.
    #[must_use]
    pub const fn is_limited(self) -> bool {
        self.0.is_some()
    }

    /// Whether this one belongs to them; `None` is a connection on which nothing has been asked yet.
    #[must_use]
    pub fn have(self, call: Option<Call>) -> bool {
        match (self.0, call) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(bits), Some(call)) => bits & 1 << call as u16 != 0,
        }
    }
}

/// Names of the media tracks, among the names of messages.
pub(super) const MEDIA: [&str; 2] = ["video", "audio"];

/// Some messages of the stream, by type; `video` and `audio` are the media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Messages {
    /// Every message but the hello.
    All,
    /// Every control message but the hello.
    Events,
    /// Video and audio.
    Media,
    /// These.
    Named(Vec<String>),
}

impl Messages {
    /// Whether a message of this type belongs to them.
    #[must_use]
    pub fn have(&self, name: &str) -> bool {
        match self {
            Self::All => name != "hello",
            Self::Events => name != "hello" && !MEDIA.contains(&name),
            Self::Media => MEDIA.contains(&name),
            Self::Named(names) => names.iter().any(|one| one == name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_the_protocol_has_its_name() {
        let paths = [
            ("POST", "/v1/worlds"),
            ("GET", "/v1/worlds"),
            ("GET", "/v1/worlds/w_1"),
            ("POST", "/v1/worlds/w_1/direct"),
            ("POST", "/v1/worlds/w_1/wander"),
            ("GET", "/v1/worlds/w_1/stream"),
            ("POST", "/v1/worlds/w_1/stream/3"),
            ("DELETE", "/v1/worlds/w_1"),
            ("DELETE", "/v1/worlds/keys/k"),
            ("GET", "/v1/usage"),
            ("GET", "/health"),
        ];
        for ((method, path), call) in paths.into_iter().zip(Call::ALL) {
            assert_eq!(Call::of(method, path), Some(call), "{method} {path}");
        }
        assert_eq!((Call::of("PUT", "/admin/faults"), Call::of("PUT", "/v1/worlds")), (None, None));
    }

    #[test]
    fn a_limited_fault_leaves_other_calls_and_silent_connections_alone() {
        let some = Calls::only(&[Call::Create, Call::Stream]);
        assert!(some.have(Some(Call::Stream)) && !some.have(Some(Call::Delete)) && !some.have(None));
        assert!(Calls::ALL.have(None) && Calls::ALL.have(Some(Call::Health)));
    }

    #[test]
    fn the_hello_is_spared_unless_it_is_named() {
        assert!(!Messages::All.have("hello") && !Messages::Events.have("hello"));
        assert!(Messages::Named(vec!["hello".into()]).have("hello"));
        assert!(Messages::Events.have("ack") && !Messages::Events.have("video") && Messages::Media.have("audio"));
    }
}
