//! The hands of a case: it asks the server word for word, makes worlds, opens streams, and writes everything down.
//!
//! It is no client: it repeats nothing unasked, mends nothing, and says what no client would say. Every world it hears of is noted
//! before the answer is looked at.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::carrier::{Carrier, Events};
use super::facts::Facts;
use super::flow::Flow;
use super::tape::Tape;
use super::target::Target;
use super::verdict::{Verdict, ensure, fail, same, skip};
use super::worlds::Worlds;
use crate::lab::Random;
use crate::media::Tier;
use crate::net::{Headers, RawAnswer, RawRequest, RawSocket};
use crate::wire::{ErrorBody, ErrorCode, ErrorEnvelope, MAX_BODY_BYTES, MAX_MESSAGE_BYTES, PROTOCOL, WorldInfo};

/// How long a create is repeated while the server has no room: other cases give it back.
const ROOM: Duration = Duration::from_millis(300);

/// No case watches a stream of events for longer.
const LONGEST_STREAM: Duration = Duration::from_secs(120);

/// What a case works with.
#[derive(Debug)]
pub struct Probe {
    /// The server.
    pub target: Arc<Target>,
    /// What it can do.
    pub facts: Arc<Facts>,
    /// What is written down.
    pub tape: Tape,
    /// The worlds of the run.
    pub worlds: Worlds,
    /// Randomness of this case, from the run's seed.
    pub random: Random,
    case: &'static str,
    streams: u32,
    names: u32,
}

/// Who asks.
#[derive(Clone, Debug, Default)]
pub enum Who {
    /// Whoever was configured.
    #[default]
    Key,
    /// Nobody.
    Nobody,
    /// Whoever such an `Authorization` header names.
    Authorization(String),
}

/// A request to be sent.
#[derive(Clone, Debug)]
pub struct Ask {
    method: &'static str,
    path: String,
    query: Vec<(&'static str, String)>,
    who: Who,
    headers: Headers,
    body: Option<Vec<u8>>,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    headers: Headers,
    /// The body.
    pub body: Vec<u8>,
    /// The request, for messages.
    what: String,
}

/// With what a stream is opened.
#[derive(Clone, Debug, Default)]
pub struct Door {
    /// Who asks.
    pub who: Who,
    /// Queries of the address.
    pub query: Vec<(&'static str, String)>,
    /// Headers beside the credential.
    pub headers: Headers,
    /// What is offered instead of the one sub-protocol.
    pub protocols: Option<&'static str>,
}

impl Ask {
    /// A GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    /// A DELETE.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::new("DELETE", path)
    }

    /// A POST of JSON.
    pub fn post(path: impl Into<String>, body: &Value) -> Self {
        Self::new("POST", path).body("application/json", body.to_string())
    }

    /// Any method.
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), query: vec![], who: Who::Key, headers: vec![], body: None }
    }

    /// From somebody else.
    pub fn by(mut self, who: Who) -> Self {
        self.who = who;
        self
    }

    /// With a query.
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With another header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With a body, whatever it is.
    pub fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        if !kind.is_empty() {
            self.headers.push(("Content-Type".to_owned(), kind.to_owned()));
        }
        self.body = Some(body.into());
        self
    }
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Verdict<Value> {
        let stated = self.header("content-type").unwrap_or_default();
        ensure(stated.starts_with("application/json"), format!("{} is answered in application/json", self.what), stated)?;
        serde_json::from_slice(&self.body).or_else(|error| fail("a body that is JSON", error))
    }

    /// The body as a world.
    pub fn world(&self) -> Verdict<WorldInfo> {
        serde_json::from_value(self.json()?).or_else(|error| fail("a body that describes a world (section 4.2)", error))
    }

    /// Fails unless the status is the one.
    pub fn is(&self, status: u16) -> Verdict {
        self.is_one_of(&[status])
    }

    /// Fails unless the status is one of these.
    pub fn is_one_of(&self, statuses: &[u16]) -> Verdict {
        let words: Vec<String> = statuses.iter().map(u16::to_string).collect();
        let found = format!("status {}: {}", self.status, String::from_utf8_lossy(&self.body));
        ensure(statuses.contains(&self.status), format!("{} is answered with {}", self.what, words.join(" or ")), found)
    }

    /// The error, which every answer of 400 and above must hold.
    pub fn error(&self) -> Verdict<ErrorBody> {
        let body = self.json()?;
        match serde_json::from_value::<ErrorEnvelope>(body.clone()) {
            Ok(envelope) => Ok(envelope.error),
            Err(error) => {
                fail(format!("the error of {} in the error envelope of section 10", self.what), format!("{error}: {body}"))
            }
        }
    }

    /// Fails unless it is this refusal, in the error envelope and with its own status.
    pub fn refuses(&self, code: ErrorCode) -> Verdict<ErrorBody> {
        self.is(code.status())?;
        let error = self.error()?;
        same(&format!("the error code of {}", self.what), &error.code.as_str(), &code.name())?;
        Ok(error)
    }
}

impl Probe {
    /// The hands of a case.
    pub fn new(target: Arc<Target>, facts: Arc<Facts>, worlds: Worlds, case: &'static str) -> Self {
        let tape = Tape::new(target.clock);
        if let Some((_, value)) = target.credential() {
            tape.secret(value.rsplit(' ').next().unwrap_or_default());
        }
        // FNV-1a of the id: another order of cases, or fewer of them, changes no case's own randomness.
        let name = case
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        let random = Random::new(target.seed ^ name);
        Self { target, facts, tape, worlds, random, case, streams: 0, names: 0 }
    }

    /// Another pair of hands for the same case, for what must happen at once.
    pub fn twin(&self) -> Self {
        let (target, facts) = (Arc::clone(&self.target), Arc::clone(&self.facts));
        let random = self.random.clone();
        let (tape, worlds) = (self.tape.clone(), self.worlds.clone());
        Self { target, facts, tape, worlds, random, case: self.case, streams: 100, names: 1000 }
    }

    /// A fresh name for a command.
    pub fn name(&mut self) -> String {
        self.names += 1;
        format!("c{}-{:x}", self.names, self.random.bits() >> 32)
    }

    /// A fresh idempotency key.
    pub fn idempotency_key(&mut self) -> String {
        format!("check-{:016x}", self.random.bits())
    }

    /// Sends a request; fails where no answer comes.
    pub async fn ask(&mut self, ask: Ask) -> Verdict<Answer> {
        let making = ask.method == "POST" && ask.path == "/v1/worlds";
        let what = format!("{} {}", ask.method, ask.path);
        let answer = self.begin(ask, self.target.patience).await?;
        let (status, headers) = (answer.status, answer.headers.clone());
        let body =
            answer.body(2 * MAX_BODY_BYTES).await.or_else(|error| fail(format!("a whole answer to {what}"), error))?;
        let value: Value = serde_json::from_slice(&body).unwrap_or_default();
        if making
            && status < 300
            && let Some(id) = value["id"].as_str()
        {
            self.worlds.note(id, self.case);
        }
        if let (Some(id), Some(seconds)) = (value["id"].as_str(), value["seconds_used"].as_f64()) {
            self.worlds.lived(id, seconds);
        }
        self.tape.secrets_of(&value);
        let notable = ["location", "www-authenticate", "retry-after"];
        let kept: Vec<String> = headers
            .iter()
            .filter(|(name, _)| notable.contains(&name.as_str()))
            .map(|(name, value)| format!("  {name}: {value}"))
            .collect();
        self.tape.note(&format!("< {status}{}  {}", kept.concat(), String::from_utf8_lossy(&body)));
        Ok(Answer { status, headers, body, what })
    }

    /// Sends a request and returns with the beginning of its answer.
    pub async fn begin(&mut self, ask: Ask, timeout: Duration) -> Verdict<RawAnswer> {
        let Ask { method, path, query, who, mut headers, body } = ask;
        let what = format!("{method} {path}");
        headers.extend(self.credential(&who));
        self.tape.note(&format!("> {what}{}{}", printed(&query, &headers), quoted(body.as_deref())));
        let mut url = self.target.origin.join(path.split('/').filter(|part| !part.is_empty()));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(&query);
        }
        let request = RawRequest { method, url, headers, body, timeout };
        match self.target.http.raw(request).await {
            Ok(answer) => Ok(answer),
            Err(error) => {
                self.tape.note(&format!("! {error}"));
                fail(format!("an answer to {what}"), error)
            }
        }
    }

    /// The request for a world: the cheapest that this server has, with this on top; a `null` takes a member away.
    pub fn request(&self, more: Value) -> Value {
        let mut body = Map::new();
        body.insert("prompt".to_owned(), json!(self.target.marker));
        if self.facts.calibration {
            body.insert("world".to_owned(), json!("calibration"));
        }
        if self.facts.offers(Tier::Draft) {
            body.insert("tier".to_owned(), json!("draft"));
        }
        if let Value::Object(more) = more {
            body.extend(more);
        }
        body.retain(|_, value| !value.is_null());
        Value::Object(body)
    }

    /// Asks for a world, again while there is no room.
    pub async fn ask_for_world(&mut self, body: &Value) -> Verdict<Answer> {
        let began = self.target.clock.now();
        loop {
            let answer = self.ask(Ask::post("/v1/worlds", body)).await?;
            if !matches!(answer.status, 429 | 503) {
                return Ok(answer);
            }
            if self.target.clock.now().since(began) > self.target.patience {
                if self.worlds.has(self.case) {
                    return skip("the server has no room for another world beside the one of this case");
                }
                let found = format!("status {} for {:?}; fewer --jobs need less room", answer.status, self.target.patience);
                return fail("room for a world", found);
            }
            let seconds = answer.header("retry-after").and_then(|value| value.trim().parse().ok()).unwrap_or(0.0_f64);
            // Room comes as soon as another case is through, which no server can know.
            tokio::time::sleep(Duration::from_secs_f64(seconds.clamp(0.0, 1.0)).max(ROOM)).await;
        }
    }

    /// Makes a world.
    pub async fn create(&mut self, more: Value) -> Verdict<WorldInfo> {
        let body = self.request(more);
        let answer = self.ask_for_world(&body).await?;
        answer.is(201)?;
        answer.world()
    }

    /// Opens a world's stream.
    pub async fn open(&mut self, world: &WorldInfo) -> Verdict<Flow> {
        self.open_by(world.id.as_str(), Door::default()).await
    }

    /// Opens a world's stream by some door.
    pub async fn open_by(&mut self, id: &str, door: Door) -> Verdict<Flow> {
        let path = format!("/v1/worlds/{id}/stream");
        let mut headers = door.headers;
        headers.extend(self.credential(&door.who));
        headers.push(("Sec-WebSocket-Protocol".to_owned(), door.protocols.unwrap_or(PROTOCOL).to_owned()));
        let mut url = self.target.origin.join(path.split('/').filter(|part| !part.is_empty()));
        if !door.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&door.query);
        }
        self.streams += 1;
        let number = self.streams;
        self.tape.note(&format!("> stream {number}: GET {path}{}", printed(&door.query, &headers)));
        match RawSocket::connect(self.target.http.trust(), url, &headers, 2 * MAX_MESSAGE_BYTES, self.target.patience).await
        {
            Ok(socket) => {
                Flow::begin(
                    Carrier::Socket(Box::new(socket)),
                    number,
                    self.tape.clone(),
                    self.target.clock,
                    self.target.patience,
                )
                .await
            }
            Err(error) => {
                self.tape.note(&format!("! stream {number}: {error}"));
                fail(format!("GET {path} opens a stream"), error)
            }
        }
    }

    /// Opens a world's stream as Server-Sent Events.
    pub async fn listen(&mut self, id: &str, door: Door) -> Verdict<Flow> {
        let mut ask = Ask::get(format!("/v1/worlds/{id}/stream")).by(door.who).header("Accept", "text/event-stream");
        ask.query = door.query;
        ask.headers.extend(door.headers);
        self.streams += 1;
        let number = self.streams;
        let answer = self.begin(ask, LONGEST_STREAM).await?;
        let (status, what) = (answer.status, format!("GET /v1/worlds/{id}/stream gives a stream of events"));
        let kind = answer.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.clone());
        self.tape.note(&format!("< {status}  {}  (stream {number})", kind.as_deref().unwrap_or("no content type")));
        if status != 200 {
            let body = answer.body(MAX_BODY_BYTES).await.unwrap_or_default();
            return fail(what, format!("status {status}: {}", String::from_utf8_lossy(&body)));
        }
        let right = kind.as_deref().is_some_and(|kind| kind.starts_with("text/event-stream"));
        ensure(right, what, format!("content type {kind:?}"))?;
        let events = Carrier::Events(Box::new(Events::new(answer, Arc::clone(&self.target), id.to_owned())));
        Flow::begin(events, number, self.tape.clone(), self.target.clock, self.target.patience).await
    }

    /// Asks for a stream by plain HTTP with the headers of an upgrade, so that a refusal is read whole.
    pub async fn knock(&mut self, id: &str, door: Door) -> Verdict<Answer> {
        let mut ask = Ask::get(format!("/v1/worlds/{id}/stream")).by(door.who);
        ask.query = door.query;
        ask.headers = door.headers;
        let protocol = door.protocols.unwrap_or(PROTOCOL);
        if !protocol.is_empty() {
            ask = ask.header("Sec-WebSocket-Protocol", protocol);
        }
        // The nonce of RFC 6455, section 1.3: nobody completes this handshake.
        self.ask(
            ask.header("Connection", "Upgrade")
                .header("Upgrade", "websocket")
                .header("Sec-WebSocket-Version", "13")
                .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        )
        .await
    }

    fn credential(&self, who: &Who) -> Option<(String, String)> {
        match who {
            Who::Key => self.target.credential(),
            Who::Nobody => None,
            Who::Authorization(value) => {
                self.tape.secret(value.rsplit(' ').next().unwrap_or_default());
                Some(("Authorization".to_owned(), value.clone()))
            }
        }
    }
}

/// Queries and headers as the transcript shows them: names alone where the value may be a secret.
fn printed(query: &[(&str, String)], headers: &Headers) -> String {
    let open = ["content-type", "accept", "sec-websocket-protocol"];
    let query: Vec<String> = query.iter().map(|(name, _)| format!("{name}=[redacted]")).collect();
    let head = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let shown = |(name, value): &(String, String)| match name.to_ascii_lowercase() {
        name if open.contains(&name.as_str()) => format!("  {name}: {value}"),
        name => format!("  {name}: [redacted]"),
    };
    head + &headers.iter().map(shown).collect::<String>()
}

fn quoted(body: Option<&[u8]>) -> String {
    const MOST: usize = 600;
    match body {
        None => String::new(),
        Some(body) if body.len() <= MOST => format!("  {}", String::from_utf8_lossy(body)),
        Some(body) => format!("  {}… ({} bytes)", String::from_utf8_lossy(&body[..MOST]), body.len()),
    }
}
