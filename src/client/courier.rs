//! Carries a lease's requests to its server: which path, which body, who asks. Keeps nothing.

use url::Url;

use super::account::Account;
use super::verdicts::{self, Verdict};
use crate::clock::Clock;
use crate::net::{Body, Credential, Http, Method, Origin, Request, Trust};
use crate::session::LeaseRequest;
use crate::wire::{MAX_BODY_BYTES, WorldId};

/// Where the server is, who asks, and who keeps the books.
#[derive(Clone, Debug)]
pub(super) struct Courier {
    pub(super) origin: Origin,
    pub(super) worlds_path: String,
    pub(super) trust: Trust,
    pub(super) credential: Option<Credential>,
    pub(super) clock: Clock,
    pub(super) account: Option<Account>,
}

/// One request of a lease with what it is about.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: LeaseRequest,
    pub(super) key: Option<String>,
    pub(super) id: Option<WorldId>,
    /// The create's body.
    pub(super) json: Option<String>,
}

impl Courier {
    /// The URL of something below the collection of worlds.
    pub(super) fn url<'a>(&'a self, below: impl IntoIterator<Item = &'a str>) -> Url {
        self.origin.join(self.collection().chain(below))
    }

    /// A request to something below the collection of worlds.
    pub(super) fn request<'a>(
        &'a self,
        method: Method,
        below: impl IntoIterator<Item = &'a str>,
        json: Option<String>,
    ) -> Request {
        self.to(method, self.url(below), json)
    }

    /// The question what one world has cost, by its id where that is known.
    pub(super) fn usage(&self, id: Option<&WorldId>, key: Option<&str>) -> Request {
        // A sibling of the collection.
        let segments: Vec<&str> = self.collection().collect();
        let above = segments.split_last().map_or(&[][..], |(_, above)| above);
        let mut url = self.origin.join(above.iter().copied().chain(["usage"]));
        match (id, key) {
            (Some(id), _) => drop(url.query_pairs_mut().append_pair("world", id.as_str())),
            (None, Some(key)) => drop(url.query_pairs_mut().append_pair("key", key)),
            (None, None) => {}
        }
        self.to(Method::Get, url, None)
    }

    /// Carries one request there and its answer back.
    pub(super) async fn carry(self, http: Http, asked: Asked) -> Verdict {
        let Asked { request, key, id, json } = asked;
        let url = self.origin.as_str();
        let send = async |request| http.exchange(request, MAX_BODY_BYTES).await;
        match request {
            LeaseRequest::Create | LeaseRequest::Recall => {
                verdicts::created(send(self.request(Method::Post, [], json)).await, url)
            }
            LeaseRequest::Delete(id) => {
                verdicts::deleted(send(self.request(Method::Delete, [id.as_str()], None)).await, false, url)
            }
            LeaseRequest::Void => {
                let key = key.as_deref().unwrap_or_default();
                verdicts::deleted(send(self.request(Method::Delete, ["keys", key], None)).await, true, url)
            }
            LeaseRequest::List => verdicts::listed(send(self.request(Method::Get, [], None)).await, key.as_deref(), url),
            LeaseRequest::Usage => verdicts::cost(send(self.usage(id.as_ref(), key.as_deref())).await, url),
        }
    }

    fn collection(&self) -> impl Iterator<Item = &str> {
        self.worlds_path.split('/').filter(|segment| !segment.is_empty())
    }

    fn to(&self, method: Method, url: Url, json: Option<String>) -> Request {
        let body = json.map(|text| Body { kind: "application/json", text });
        Request { method, url, credentials: self.credential.iter().cloned().collect(), body }
    }
}
