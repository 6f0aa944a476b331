//! `gatehouse health`: asks a running node how it is. Made for containers, which have no curl.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use outbound::{Client, Limits, Policy};
use url::Url;

use crate::cli::Health;
use crate::config::Config;
use crate::terminal::say;

/// Exit 0 when the answer is a success.
pub(crate) async fn run(config: &Config, options: Health) -> anyhow::Result<ExitCode> {
    let url = options
        .url
        .unwrap_or_else(|| format!("http://{}/ready", config.gateway.status_listen));
    let mut url: Url = url
        .parse()
        .with_context(|| format!("`{url}` is not a URL"))?;
    // the address alone is the node: its front door, `/`, says nothing about its health
    if url.path() == "/" {
        url.set_path("/ready");
    }
    let client = Client::new(Policy::default().with_private_networks())?;
    let limits = Limits {
        time: Duration::from_secs(3),
        size: 64 << 10,
    };
    let answer = client.get(&url, limits).await?;
    say(format!("{url}: {}", answer.status));
    Ok(if answer.status.is_success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
