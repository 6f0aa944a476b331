//! A running `gatehouse gateway`, what it says, and what it answers.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use outbound::{Client, Fetched, Limits, Policy};
use parking_lot::Mutex;
use serde_json::Value;

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Lines that a process said.
#[derive(Clone, Default)]
pub(crate) struct Said(Arc<Mutex<Vec<String>>>);

impl Said {
    fn follow(stream: impl Read + Send + 'static) -> Self {
        let said = Self::default();
        let lines = said.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                lines.0.lock().push(line);
            }
        });
        said
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().clone()
    }

    /// What stands behind the beginning of a line.
    fn after(&self, beginning: &str) -> Option<String> {
        let lines = self.0.lock();
        let found = lines.iter().find_map(|line| line.strip_prefix(beginning));
        found.map(|rest| rest.trim().to_owned())
    }
}

/// A gateway, running.
pub(crate) struct Node {
    child: Child,
    url: String,
    status_url: String,
    client: Client,
    pub(crate) out: Said,
    pub(crate) err: Said,
}

/// Waits until something holds.
pub(crate) async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

impl Node {
    /// Starts it and waits until it is ready.
    pub(crate) async fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = Said::follow(child.stdout.take().unwrap());
        let err = Said::follow(child.stderr.take().unwrap());
        let mut node = Self {
            child,
            url: String::new(),
            status_url: String::new(),
            client: Client::new(Policy::default().with_loopback()).unwrap(),
            out,
            err,
        };
        let deadline = Instant::now() + PATIENCE;
        while !node.is_up().await {
            if let Some(status) = node.child.try_wait().unwrap() {
                panic!("it ended with {status}: {:?}", node.err.lines());
            }
            assert!(Instant::now() < deadline, "it was not ready in time");
            tokio::time::sleep(PAUSE).await;
        }
        node
    }

    async fn is_up(&mut self) -> bool {
        let (Some(url), Some(status)) = (self.out.after("gateway "), self.out.after("status "))
        else {
            return false;
        };
        (self.url, self.status_url) = (url, status);
        let url = format!("{}/ready", self.status_url).parse().unwrap();
        let answer = self.client.get(&url, Limits::default()).await;
        answer.is_ok_and(|answer| answer.status == 200)
    }

    /// Sends a request. `Host` is among the headers where another is wanted.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Fetched {
        let url = format!("{}{path}", self.url).parse().unwrap();
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                let name: HeaderName = name.parse().unwrap();
                (name, HeaderValue::from_str(value).unwrap())
            })
            .collect();
        let body = body.to_owned().into();
        self.client
            .send_once(method, &url, headers, body, Limits::default())
            .await
            .unwrap()
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Fetched {
        self.send(Method::GET, path, headers, "").await
    }

    /// The authority that requests go to by themselves.
    pub(crate) fn authority(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// The node's own account of itself.
    pub(crate) async fn status(&self) -> Value {
        let url = format!("{}/status", self.status_url).parse().unwrap();
        let answer = self.client.get(&url, Limits::default()).await.unwrap();
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// The most memory that it has held, in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        let file = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(file).unwrap();
        let line = text.lines().find(|line| line.starts_with("VmHWM:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().nth(1));
        kibibytes.unwrap().parse::<u64>().unwrap() << 10
    }

    /// Sends SIGTERM and waits for the end; gives back what it said last, too.
    pub(crate) fn stop(mut self) -> (ExitStatus, Said) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(told.success());
        let status = self.child.wait().unwrap();
        (status, self.out.clone())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
