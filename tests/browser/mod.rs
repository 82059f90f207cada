//! A real browser without a window, by the Chrome DevTools Protocol: opens a page, says what it asked for and complained of, and
//! evaluates expressions in it. Waits for answers, never for time.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// What Debian, Fedora, Arch and others call it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// How long an answer may take on the slowest of machines.
const PATIENCE: Duration = Duration::from_secs(120);

/// A browser with one page.
pub struct Browser {
    child: Child,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: String,
    id: u64,
    /// Every event so far.
    pub events: Vec<Value>,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts one that can reach nothing by name.
    pub async fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let mut child = NAMES
            .iter()
            .find_map(|name| {
                Command::new(name)
                    .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
                    .args(["--disable-background-networking", "--disable-extensions", "--disable-component-update"])
                    .args(["--remote-debugging-port=0", "--host-resolver-rules=MAP * ~NOTFOUND", "about:blank"])
                    .arg(format!("--user-data-dir={}", profile.path().display()))
                    .stdout(Stdio::null())
                    .stderr(Stdio::piped())
                    .spawn()
                    .ok()
            })
            .unwrap_or_else(|| {
                panic!("no chromium on PATH ({}): scripts/test installs it, or install it yourself", NAMES.join(", "))
            });
        let lines = BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok);
        let mut said = Vec::new();
        let mut address = None;
        let mut lines = lines.inspect(|line| said.push(line.clone()));
        for line in lines.by_ref() {
            if let Some(found) = line.strip_prefix("DevTools listening on ") {
                address = Some(found.to_owned());
                break;
            }
        }
        drop(lines);
        let address = address.unwrap_or_else(|| panic!("chromium did not start:\n{}", said.join("\n")));
        let (socket, _) = tokio_tungstenite::connect_async(&address).await.expect("its socket");
        let mut browser = Self { child, socket, session: String::new(), id: 0, events: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" })).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", attach).await;
        attached["sessionId"].as_str().expect("a session").clone_into(&mut browser.session);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({})).await;
        }
        browser
    }

    /// A screen so wide, light or dark.
    pub async fn screen(&mut self, width: u32, dark: bool) {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.call("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if dark { "dark" } else { "light" };
        let feature = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", feature).await;
    }

    /// Opens a file and waits until it is all there.
    pub async fn open(&mut self, path: &std::path::Path) {
        self.events.clear();
        let done = self.call("Page.navigate", json!({ "url": format!("file://{}", path.display()) })).await;
        assert!(done["errorText"].is_null(), "{done}");
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let message = self.next().await;
            self.events.push(message);
        }
    }

    /// The value of an expression in the page.
    pub async fn value(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut done = self.call("Runtime.evaluate", asked).await;
        assert!(done["exceptionDetails"].is_null(), "{expression}: {}", done["exceptionDetails"]);
        done["result"]["value"].take()
    }

    /// One command, and its answer. Events meanwhile are kept.
    pub async fn call(&mut self, method: &str, params: Value) -> Value {
        self.id += 1;
        let mut message = json!({ "id": self.id, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.as_str().into();
        }
        self.socket.send(Message::text(message.to_string())).await.expect("sent");
        loop {
            let mut message = self.next().await;
            if message["id"] == self.id {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].take();
            }
            self.events.push(message);
        }
    }

    async fn next(&mut self) -> Value {
        let message = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("chromium says nothing any more");
        let message = message.expect("chromium has ended").expect("a message");
        serde_json::from_str(message.to_text().expect("text")).expect("JSON")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
