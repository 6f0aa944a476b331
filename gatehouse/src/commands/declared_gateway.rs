//! `gatehouse gateway --declaration PATH`: a node of the data plane without a database.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use gateway::config::{Database, Declared, UsageSink};
use operations::secrets::Random;
use tokio::sync::watch;

use super::declared::upstreams;
use super::follow::{Source, follow};
use super::gateway::{settings, start, tell_addresses};
use super::signals;
use super::upgrade::Successor;
use crate::config::Config;
use crate::platform::sealer;
use crate::terminal::say;

/// Serves what a declaration says until it is told to stop, or a successor serves.
pub(crate) async fn run(config: Config, path: PathBuf, upgrade: bool) -> anyhow::Result<()> {
    let mut successor = Successor::prepare()?;
    store::open::private_folder(&config.data.dir)?;
    let sealer = sealer(&config, &Random::system())?;
    let name = path.display().to_string();
    let mut source = Source::new(path, sealer.clone(), upstreams(&config));
    // the first one must be good: a node without a configuration is of no use
    let first = loop {
        if let Some(read) = source.read().await {
            break read.context("the declaration cannot be used")?;
        }
    };
    say(format!("read {} things from {name}", first.entities.len()));
    let digest = first.digest;
    let first = Declared {
        number: 1,
        entities: Some(first.entities).into(),
        problem: None,
    };
    let (sender, receiver) = watch::channel(Arc::new(first));
    let usage = UsageSink(Arc::new(|line: &str| say(line)));
    let mut running = start(gateway::Config {
        succeed: upgrade,
        hand_over: true,
        declared: Some(receiver),
        usage_sink: Some(usage),
        ..settings(&config, Database::None, None, Some(sealer))?
    })
    .await?;
    let stop = signals::stop()?;
    tell_addresses(&running);
    tokio::select! {
        () = follow(source, digest, sender) => running.shutdown().await,
        () = stop.cancelled() => running.shutdown().await,
        () = running.succeeded() => running.retire().await,
        never = successor.on_signal() => return never,
    }
    Ok(())
}
