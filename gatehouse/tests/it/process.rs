//! A running `gatehouse`, and what it answers.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use outbound::{Client, Fetched, Limits, Policy};
use serde_json::Value;

/// How long a start may take on a busy machine.
const START: Duration = Duration::from_secs(60);
/// How long a stop may take.
pub(crate) const STOP: Duration = Duration::from_secs(15);

/// The binary with loopback ports of the system's choice and a data folder.
pub(crate) fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    command
        .current_dir(data)
        .env_clear()
        .arg("--data")
        .arg(data.join("data"));
    for face in ["gateway", "admin", "portal", "status"] {
        command.arg(format!("--{face}-listen")).arg("127.0.0.1:0");
    }
    command
}

/// Runs a command to its end.
pub(crate) fn output(mut command: Command) -> Output {
    command.output().unwrap()
}

/// What a command said, both streams.
pub(crate) fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// `gatehouse up --demo`, running.
pub(crate) struct Demo {
    child: Child,
    pub(crate) file: PathBuf,
    pub(crate) facts: Value,
    client: Client,
}

impl Demo {
    /// Starts it and waits until it answers.
    pub(crate) async fn start(folder: &Path) -> Self {
        let child = command(folder)
            .args(["up", "--demo"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let file = folder.join("data/demo.json");
        let client = Client::new(Policy::default().with_loopback()).unwrap();
        let mut demo = Self {
            child,
            file,
            facts: Value::Null,
            client,
        };
        let deadline = Instant::now() + START;
        while !demo.is_ready().await {
            demo.check_alive();
            assert!(Instant::now() < deadline, "it was not ready in time");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        demo
    }

    fn check_alive(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            let mut said = String::new();
            let mut stderr = self.child.stderr.take().unwrap();
            stderr.read_to_string(&mut said).unwrap();
            panic!("it ended with {status}: {said}");
        }
    }

    async fn is_ready(&mut self) -> bool {
        let text = std::fs::read(&self.file).unwrap_or_default();
        let Ok(facts) = serde_json::from_slice(&text) else {
            return false;
        };
        self.facts = facts;
        let probe = async |url: &str| {
            let answer = self
                .client
                .get(&url.parse().unwrap(), Limits::default())
                .await;
            answer.map_or(0, |answer| answer.status.as_u16())
        };
        let portal = format!("{}/health", self.fact("portal_url"));
        probe(&portal).await == 200 && probe(self.fact("example_url")).await == 401
    }

    /// A text of `demo.json`.
    pub(crate) fn fact(&self, name: &str) -> &str {
        self.facts[name].as_str().unwrap()
    }

    /// The example call with a key.
    pub(crate) async fn call(&self, key: &str) -> Fetched {
        self.get(self.fact("example_url"), &[("x-api-key", key)])
            .await
    }

    /// A GET with headers.
    pub(crate) async fn get(&self, url: &str, headers: &[(&str, &str)]) -> Fetched {
        self.send(Method::GET, url, headers, "").await
    }

    /// A request of the admin API with the demo's token.
    pub(crate) async fn admin(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Fetched {
        let token = format!("Bearer {}", self.fact("admin_token"));
        let mut all = vec![
            ("authorization", token.as_str()),
            ("content-type", "application/json"),
        ];
        all.extend_from_slice(headers);
        let url = format!("{}/api/v1{path}", self.fact("admin_url"));
        self.send(method, &url, &all, body).await
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Fetched {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    name.parse::<HeaderName>().unwrap(),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect();
        let body = body.to_owned().into();
        self.client
            .send(
                method,
                &url.parse().unwrap(),
                headers,
                body,
                Limits::default(),
            )
            .await
            .unwrap()
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn stop(mut self) -> (ExitStatus, Duration) {
        let started = Instant::now();
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, started.elapsed());
            }
            assert!(started.elapsed() < STOP * 2, "it did not stop");
            std::thread::yield_now();
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer's JSON body.
pub(crate) fn json(answer: &Fetched) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}
