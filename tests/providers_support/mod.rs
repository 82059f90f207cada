//! Providers on loopback, and plain HTTP to them.
#![allow(dead_code, clippy::unwrap_used, missing_docs, reason = "shared by test files that each use a part")]

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderMap;
use seaglass::sim::Providers;
use seaglass::sim::ProvidersConfig;
use serde_json::Value;

/// A bound that a stuck test runs into; nothing waits for it otherwise.
pub const STUCK: Duration = Duration::from_secs(60);

pub const LAB: &str = "hh_seaglass0lab0pro0001";
pub const LAB_STANDARD: &str = "hh_seaglass0lab0std0001";
pub const APP: &str = "seaglass-app-key-0001";
pub const CUSTOMER: &str = "hh_live_seaglass_pro_0001";
pub const CUSTOMER_BASIC: &str = "hh_live_seaglass_basic_0001";

/// With virtual time.
pub async fn providers() -> Providers {
    providers_with("").await
}

/// With virtual time and this configuration.
pub async fn providers_with(toml: &str) -> Providers {
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut config = ProvidersConfig::from_toml(toml).unwrap();
    config.virtual_clock = true;
    Providers::start(config).await.unwrap()
}

pub struct Got {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {:?}", self.bytes))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(STUCK).build().unwrap()
}

pub async fn send(request: reqwest::RequestBuilder) -> Result<Got, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Got { status, headers, bytes: response.bytes().await? })
}

pub fn request(method: Method, url: &str) -> reqwest::RequestBuilder {
    client().request(method, url)
}

fn url(providers: &Providers, path: &str) -> String {
    format!("http://{}{path}", providers.address())
}

pub fn post(providers: &Providers, key: &str, path: &str, body: &Value) -> reqwest::RequestBuilder {
    request(Method::POST, &url(providers, path)).bearer_auth(key).json(body)
}

pub fn get(providers: &Providers, key: &str, path: &str) -> reqwest::RequestBuilder {
    request(Method::GET, &url(providers, path)).bearer_auth(key)
}

pub fn bare(providers: &Providers, method: Method, path: &str) -> reqwest::RequestBuilder {
    request(method, &url(providers, path))
}

/// Status and body of a post.
pub async fn posted(providers: &Providers, key: &str, path: &str, body: Value) -> (u16, Value) {
    let got = send(post(providers, key, path, &body)).await.unwrap();
    (got.status, got.json())
}

/// Status and body of a get.
pub async fn asked(providers: &Providers, key: &str, path: &str) -> (u16, Value) {
    let got = send(get(providers, key, path)).await.unwrap();
    (got.status, got.json())
}

/// A file from a link, without any key.
pub async fn fetched(link: &str) -> Got {
    send(request(Method::GET, link)).await.unwrap()
}

pub fn pass(providers: &Providers, seconds: u64) {
    assert!(providers.advance(Duration::from_secs(seconds)));
}
