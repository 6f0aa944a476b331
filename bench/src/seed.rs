//! A platform with a hundred routes and thousands of callers, made through the admin API as anybody would, and kept for
//! the next run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::Client;
use reqwest::header::{ETAG, IF_MATCH};
use serde_json::{Value, json};

use crate::Options;
use crate::report;
use crate::upstream;
use crate::work::{ROUTES, Work};

const GATEWAY: &str = "127.0.0.1:19301";
const ADMIN: &str = "127.0.0.1:19302";
const PORTAL: &str = "127.0.0.1:19303";
const STATUS: &str = "127.0.0.1:19304";
/// Callers that are made at the same time.
const AT_ONCE: usize = 8;
/// Callers of the plan that gives one request a minute.
const TIGHT: usize = 64;
/// Applications of an account: as many as one may own.
const OWNED: usize = 50;

/// What was made.
pub(crate) struct Seed {
    /// The data folder.
    pub(crate) folder: PathBuf,
    /// A key of each caller.
    pub(crate) keys: Vec<String>,
    /// A key of each caller whose plan gives one request a minute.
    pub(crate) tight: Vec<String>,
    /// The certificate of the peers and after it its key, PEM.
    pub(crate) certificate: PathBuf,
}

impl Seed {
    /// The keys of those who call for a kind of work.
    pub(crate) fn keys(&self, work: Work) -> &[String] {
        match work {
            Work::Limited => &self.tight,
            _ => &self.keys,
        }
    }
}

/// What an earlier run left for this binary and number of callers, or a new one.
pub(crate) async fn ready(options: &Options) -> Result<Seed> {
    let folder = options.folder.join("data");
    let list = options.folder.join("keys");
    let certificate = options.folder.join("certificate.pem");
    let built = fs::metadata(&options.gatehouse)?.modified()?;
    let kept = fs::metadata(&list).and_then(|meta| meta.modified());
    if kept.is_ok_and(|kept| kept > built) {
        let mut keys: Vec<String> = fs::read_to_string(&list)?
            .lines()
            .map(str::to_owned)
            .collect();
        if keys.len() == options.callers + TIGHT {
            let tight = keys.split_off(options.callers);
            return Ok(Seed {
                folder,
                keys,
                tight,
                certificate,
            });
        }
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let platform = Platform::start(options, &folder).await?;
    platform.show(&certificate).await?;
    let mut keys = platform.fill(options.callers).await?;
    platform.end()?;
    fs::write(&list, keys.join("\n"))?;
    let tight = keys.split_off(options.callers);
    Ok(Seed {
        folder,
        keys,
        tight,
        certificate,
    })
}

struct Platform {
    process: Child,
    client: Client,
    token: String,
}

impl Platform {
    /// A demonstration platform: it comes with a token for its admin API.
    async fn start(options: &Options, folder: &Path) -> Result<Self> {
        let log = fs::File::create(options.folder.join("seed.log"))?;
        let mut process = Command::new("taskset")
            .args(["--cpu-list", "0,1"])
            .arg(&options.gatehouse)
            .args(["up", "--demo", "--data"])
            .arg(folder)
            .args(["--gateway-listen", GATEWAY, "--admin-listen", ADMIN])
            .args(["--portal-listen", PORTAL, "--status-listen", STATUS])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot start gatehouse")?;
        let facts = folder.join("demo.json");
        let end = Instant::now() + Duration::from_secs(60);
        let token = loop {
            if let Some(status) = process.try_wait()? {
                bail!("gatehouse ended with {status}; seed.log says why");
            }
            ensure!(Instant::now() < end, "gatehouse did not start in a minute");
            let text = fs::read_to_string(&facts).unwrap_or_default();
            let facts: Value = serde_json::from_str(&text).unwrap_or_default();
            if let Some(token) = facts["admin_token"].as_str() {
                break token.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        Ok(Self {
            process,
            client: Client::builder().no_proxy().build()?,
            token,
        })
    }

    /// Makes a certificate for `localhost`, as most are made today, and uploads it.
    async fn show(&self, file: &Path) -> Result<()> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let (chain, key) = (made.cert.pem(), made.key_pair.serialize_pem());
        fs::write(file, format!("{chain}{key}"))?;
        let body = json!({ "name": "Bench", "used_for": "server", "chain": chain, "key": key });
        self.post("certificates", body).await?;
        Ok(())
    }

    /// Makes and publishes everything. Returns the keys of the callers, and after them those of the callers with a tight plan.
    async fn fill(&self, callers: usize) -> Result<Vec<String>> {
        let target = json!([{ "url": format!("http://{}", upstream::ADDRESS) }]);
        let upstream = self
            .post("upstreams", json!({ "name": "Bench", "targets": target }))
            .await?;
        let open = self.api("Plain", "/plain", &upstream).await?;
        for path in ["/small", "/large"] {
            let route = json!({ "path": path, "methods": ["GET"],
                "settings": { "access": "open", "strip_base_path": true } });
            self.post(&format!("versions/{open}/routes"), route).await?;
        }
        let keyed = self.api("Keyed", "/api", &upstream).await?;
        for n in 0..ROUTES {
            let route = json!({ "path": format!("/{n}/small"), "methods": ["GET"] });
            self.post(&format!("versions/{keyed}/routes"), route)
                .await?;
        }
        let product = self
            .post("products", json!({ "name": "Bench product" }))
            .await?;
        let item = format!("products/{product}/items/{keyed}");
        self.send(reqwest::Method::PUT, &item, json!({})).await?;
        let mut plans = Vec::new();
        for work in [Work::Full, Work::Limited] {
            let plan = json!({ "name": format!("Bench {work:?}"),
                "rate_limits": [{ "requests": work.limit(), "window": "minute" }],
                "quota": { "requests": 1_000_000_000, "period": "month" } });
            let path = format!("products/{product}/plans");
            plans.push(self.post(&path, plan).await?);
        }
        for path in [
            format!("versions/{open}"),
            format!("versions/{keyed}"),
            format!("products/{product}"),
        ] {
            self.publish(&path).await?;
        }
        let mut owners = Vec::new();
        for n in 0..(callers + TIGHT).div_ceil(OWNED) {
            let account = json!({ "email": format!("owner-{n}@bench.test"), "name": "Owner" });
            owners.push(self.post("accounts", account).await?);
        }
        let progress = report::Progress::new("callers", callers + TIGHT);
        stream::iter(0..callers + TIGHT)
            .map(|n| {
                let (owner, progress) = (&owners[n / OWNED], &progress);
                let plan = &plans[usize::from(n >= callers)];
                async move {
                    let key = self.caller(n, owner, plan).await?;
                    progress.step();
                    anyhow::Ok(key)
                }
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn api(&self, name: &str, base_path: &str, upstream: &str) -> Result<String> {
        let api = self
            .post("apis", json!({ "name": format!("Bench {name}") }))
            .await?;
        let version = json!({ "label": "v1", "base_path": base_path, "upstream_id": upstream });
        self.post(&format!("apis/{api}/versions"), version).await
    }

    /// Publishes something in the state that it was read in.
    async fn publish(&self, path: &str) -> Result<()> {
        let url = format!("http://{ADMIN}/api/v1/{path}");
        let read = self
            .client
            .get(&url)
            .bearer_auth(&self.token)
            .send()
            .await?;
        let version = read.headers().get(ETAG).context("no ETag")?.clone();
        let answer = self
            .client
            .post(format!("{url}/publish"))
            .bearer_auth(&self.token)
            .header(IF_MATCH, version)
            .json(&json!({}))
            .send()
            .await?;
        let status = answer.status();
        ensure!(
            status.is_success(),
            "{path}: {status}: {}",
            answer.text().await?
        );
        Ok(())
    }

    /// An application with a subscription and a key.
    async fn caller(&self, n: usize, owner: &str, plan: &str) -> Result<String> {
        let application = json!({ "name": format!("Caller {n}"), "owner_id": owner });
        let application = self.post("applications", application).await?;
        let subscription = json!({ "application_id": application, "plan_id": plan,
            "accepts_terms": true });
        self.post("subscriptions", subscription).await?;
        let path = format!("applications/{application}/credentials");
        let made = self
            .send(reqwest::Method::POST, &path, json!({ "label": "bench" }))
            .await?;
        let key = made["secret"].as_str();
        Ok(key.context("a credential without its secret")?.to_owned())
    }

    /// Makes something; returns its id.
    async fn post(&self, path: &str, body: Value) -> Result<String> {
        let made = self.send(reqwest::Method::POST, path, body).await?;
        Ok(made["id"].as_str().unwrap_or_default().to_owned())
    }

    async fn send(&self, method: reqwest::Method, path: &str, body: Value) -> Result<Value> {
        let url = format!("http://{ADMIN}/api/v1/{path}");
        let answer = self
            .client
            .request(method, url)
            .bearer_auth(&self.token)
            .json(&body)
            .send()
            .await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path}: {status}: {text}");
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Ends it as an operator would, so that everything is on the disk.
    fn end(mut self) -> Result<()> {
        let id = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        let status = self.process.wait()?;
        ensure!(status.success(), "gatehouse ended with {status}");
        Ok(())
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        // after `end` there is nothing left to kill
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
