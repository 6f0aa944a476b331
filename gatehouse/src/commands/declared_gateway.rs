//! `gatehouse gateway --declaration PATH`: a node of the data plane without a database.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::Clock;
use gateway::config::{Database, Declared, UsageSink};
use operations::declared::{self, Means};
use operations::secrets::Random;
use store::seal::Sealer;
use tokio::sync::watch;

use super::declared::{read, upstreams};
use super::gateway::{settings, start};
use super::signals;
use super::upgrade::Successor;
use crate::cli;
use crate::config::Config;
use crate::platform::sealer;
use crate::terminal::say;

/// How the files looked when they were read.
type Stamp = Vec<(PathBuf, u64, Option<std::time::SystemTime>)>;

/// Between two looks at the files.
const EVERY: Duration = Duration::from_secs(1);

/// Serves what a declaration says until it is told to stop, or a successor serves.
pub(crate) async fn run(config: Config, path: PathBuf, upgrade: bool) -> anyhow::Result<()> {
    let mut successor = Successor::prepare()?;
    store::open::private_folder(&config.data.dir)?;
    let sealer = sealer(&config, &Random::system())?;
    let source = Source {
        path,
        sealer: sealer.clone(),
        upstreams: upstreams(&config),
    };
    // the first one must be good: a node without a configuration is of no use
    let stamp = declaration::stamp(&source.path);
    let entities = source
        .entities()
        .await
        .context("the declaration cannot be used")?;
    say(format!(
        "read {} things from {}",
        entities.len(),
        source.path.display()
    ));
    let first = Declared {
        number: 1,
        entities: Arc::new(entities),
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
    for address in running.addresses().iter().chain(running.secure_addresses()) {
        say(format!("gateway   {address}"));
    }
    tokio::select! {
        () = follow(source, stamp, sender) => running.shutdown().await,
        () = stop.cancelled() => running.shutdown().await,
        () = running.succeeded() => running.retire().await,
        never = successor.on_signal() => return never,
    }
    Ok(())
}

/// Where a declaration is, and what it is compiled with.
struct Source {
    path: PathBuf,
    sealer: Sealer,
    upstreams: outbound::Policy,
}

impl Source {
    async fn entities(&self) -> anyhow::Result<Vec<gateway::config::Entity>> {
        let all = read(&options(&self.path)).await?;
        let means = Means {
            sealer: self.sealer.clone(),
            now: Clock::system().now(),
            upstreams: self.upstreams.clone(),
        };
        Ok(tokio::task::spawn_blocking(move || declared::compile(&means, all)).await??)
    }
}

fn options(path: &Path) -> cli::Declared {
    let variable = |name: &str| {
        std::env::vars()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    };
    cli::Declared {
        path: path.to_owned(),
        vault: variable("VAULT_ADDR"),
        vault_token: variable("VAULT_TOKEN"),
    }
}

/// Reads the declaration again whenever its files look different. A bad one keeps the one before, and is told.
async fn follow(source: Source, mut stamp: Stamp, sender: watch::Sender<Arc<Declared>>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let now = declaration::stamp(&source.path);
        if now == stamp {
            continue;
        }
        stamp = now;
        let before = sender.borrow().clone();
        let next = match source.entities().await {
            // something beside it changed, such as a log in the same folder
            Ok(entities) if before.problem.is_none() && entities == *before.entities => continue,
            Ok(entities) => {
                tracing::info!(things = entities.len(), "the declaration was read again");
                Declared {
                    number: before.number + 1,
                    entities: Arc::new(entities),
                    problem: None,
                }
            }
            Err(error) => Declared {
                number: before.number,
                entities: before.entities.clone(),
                problem: Some(format!("the declaration cannot be used: {error:#}")),
            },
        };
        sender.send_replace(Arc::new(next));
    }
}
