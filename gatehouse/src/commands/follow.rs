//! Following the files of a declaration: they are read again when they changed, and as a whole or not at all.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use declaration::Stamp;
use domain::Clock;
use gateway::config::{Declared, Entity};
use operations::declared::{self, Means};
use store::seal::Sealer;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::declared::resolved;
use crate::cli;

/// Between two looks at the files.
const EVERY: Duration = Duration::from_secs(1);
/// For so long nothing may change before files are read: whoever writes one in place is done by then.
const STILL: Duration = Duration::from_millis(250);
/// Files that never come to rest are read all the same.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a declaration is, and what it is compiled with.
pub(crate) struct Source {
    path: PathBuf,
    sealer: Sealer,
    upstreams: outbound::Policy,
    /// The files that were read last.
    files: Vec<PathBuf>,
    /// How they looked.
    stamp: Stamp,
}

/// What was read.
pub(crate) struct Read {
    /// All that a gateway needs.
    pub(crate) entities: Vec<Entity>,
    /// Two that are the same have the same.
    pub(crate) digest: String,
}

impl Source {
    /// A declaration that was not looked at yet.
    pub(crate) fn new(path: PathBuf, sealer: Sealer, upstreams: outbound::Policy) -> Self {
        let stamp = declaration::stamp(&path, &[]);
        Self {
            path,
            sealer,
            upstreams,
            files: Vec::new(),
            stamp,
        }
    }

    fn look(&self) -> Stamp {
        declaration::stamp(&self.path, &self.files)
    }

    /// How the files look, once they have come to rest.
    async fn settled(&self) -> Stamp {
        let deadline = Instant::now() + PATIENCE;
        let mut before = self.look();
        loop {
            sleep(STILL).await;
            let now = self.look();
            if now == before || Instant::now() > deadline {
                return now;
            }
            before = now;
        }
    }

    /// All that a gateway needs of the declaration, or everything that is wrong with it. `None` when the files changed
    /// meanwhile, so that some of it may be from before and some from after.
    pub(crate) async fn read(&mut self) -> Option<anyhow::Result<Read>> {
        let settled = self.settled().await;
        let read = self.entities().await;
        if self.look() != settled {
            return None;
        }
        let read = read.map(|(read, files)| {
            self.files = files;
            read
        });
        self.stamp = self.look();
        Some(read)
    }

    async fn entities(&self) -> anyhow::Result<(Read, Vec<PathBuf>)> {
        let (path, means) = (self.path.clone(), self.means());
        let draft = spawn_blocking(move || declaration::read(&path)).await??;
        let files = draft.files().to_vec();
        let all = resolved(draft, &options(&self.path)).await?;
        let read = spawn_blocking(move || {
            // before it is consumed: what is the same is known without keeping all of it
            let digest = declared::hash(&all);
            let entities = declared::compile(&means, all)?;
            anyhow::Ok(Read { entities, digest })
        });
        Ok((read.await??, files))
    }

    fn means(&self) -> Means {
        Means {
            sealer: self.sealer.clone(),
            now: Clock::system().now(),
            upstreams: self.upstreams.clone(),
        }
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
pub(crate) async fn follow(
    mut source: Source,
    mut digest: String,
    sender: watch::Sender<Arc<Declared>>,
) {
    loop {
        sleep(EVERY).await;
        if source.look() == source.stamp {
            continue;
        }
        let Some(read) = source.read().await else {
            continue;
        };
        let before = sender.borrow().clone();
        let next = match read {
            // something beside it changed
            Ok(read) if before.problem.is_none() && read.digest == digest => continue,
            Ok(read) => {
                tracing::info!(
                    things = read.entities.len(),
                    "the declaration was read again"
                );
                digest = read.digest;
                Declared {
                    number: before.number + 1,
                    entities: Some(read.entities).into(),
                    problem: None,
                }
            }
            Err(error) => Declared {
                number: before.number,
                // those that the gateway did not take yet
                entities: before.entities.lock().take().into(),
                problem: Some(format!("the declaration cannot be used: {error:#}")),
            },
        };
        sender.send_replace(Arc::new(next));
    }
}
