//! The demo: something to look at. An upstream, two APIs, people, a subscription, a key and a month of usage.

mod seed;
pub(crate) mod upstream;
mod usage;

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use operations::Platform;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// What `demo.json` holds: the way in. Only ever written for a demo, which listens on loopback alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Demo {
    gateway_url: String,
    admin_url: String,
    portal_url: String,
    admin_email: String,
    admin_password: String,
    admin_token: String,
    developer_email: String,
    developer_password: String,
    api_key: String,
    example_url: String,
}

/// The file in the data folder.
const FILE: &str = "demo.json";

/// A demo has known passwords, so it refuses every address that others can reach.
pub(crate) fn check_addresses(config: &Config) -> anyhow::Result<()> {
    let mut listeners = vec![
        ("--gateway-listen", config.gateway.listen),
        ("--status-listen", config.gateway.status_listen),
        ("--admin-listen", config.admin.listen),
        ("--portal-listen", config.portal.listen),
    ];
    if let Ok(address) = config.gateway.tls_listen.parse() {
        listeners.push(("--gateway-tls-listen", address));
    }
    for (flag, address) in listeners {
        anyhow::ensure!(
            address.ip().is_loopback(),
            "--demo has known passwords and listens on loopback only; {flag} is {address}"
        );
    }
    Ok(())
}

/// Starts the demo's upstream and makes what is missing. A second start finds what the first one made.
pub(crate) async fn start(
    platform: &Platform,
    config: &Config,
    stop: &CancellationToken,
) -> anyhow::Result<Demo> {
    let path = config.data.dir.join(FILE);
    let before = read(&path)?;
    let listener = listen(platform, before.is_some()).await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(upstream::serve(
        listener,
        platform.clock.clone(),
        stop.clone(),
    ));

    let demo = match before {
        Some(demo) => {
            seed::move_upstream(platform, &url).await?;
            seed::addresses(platform, demo)
        }
        None => seed::everything(platform, &url).await?,
    };
    write(&path, &demo)?;
    Ok(demo)
}

/// A place for the upstream: the one it had, if it is free, because the gateway begins with the configuration on its disk and
/// would send the first calls there.
async fn listen(platform: &Platform, was_here: bool) -> anyhow::Result<tokio::net::TcpListener> {
    if was_here
        && let Some(address) = seed::upstream_address(platform).await?
        && let Ok(listener) = upstream::bind(address).await
    {
        return Ok(listener);
    }
    Ok(upstream::bind(([127, 0, 0, 1], 0).into()).await?)
}

impl Demo {
    /// What to do first, for the terminal.
    pub(crate) fn introduction(&self) -> String {
        format!(
            "  Demo: sign in as {} (dashboard) or {} (portal);\n  the passwords and a key are in {FILE} in the data folder. A first call:\n\n    curl -H \"X-API-Key: {}\" \"{}\"",
            self.admin_email, self.developer_email, self.api_key, self.example_url
        )
    }
}

fn read(path: &Path) -> anyhow::Result<Option<Demo>> {
    match std::fs::read(path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .with_context(|| format!("{} is not a demo's file", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn write(path: &PathBuf, demo: &Demo) -> anyhow::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(&serde_json::to_vec_pretty(demo)?)?;
    Ok(())
}
