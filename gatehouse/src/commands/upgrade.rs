//! A binary upgrade: SIGUSR2 starts the binary that is now where this one was started from, as this node's successor.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::Context as _;
use tokio::process::Command;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The flag that makes a node a successor.
const FLAG: &str = "--upgrade";

/// How a successor is started.
pub(crate) struct Successor {
    /// Found at the start: the file may be another one by the time it is needed, which is the point.
    program: PathBuf,
    arguments: Vec<OsString>,
    signal: Signal,
}

impl Successor {
    /// Notes what this process was started with.
    pub(crate) fn prepare() -> anyhow::Result<Self> {
        let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
        if arguments.iter().all(|argument| argument != FLAG) {
            arguments.push(FLAG.into());
        }
        Ok(Self {
            program: std::env::current_exe().context("cannot find the running program")?,
            arguments,
            signal: signal(SignalKind::user_defined2())?,
        })
    }

    /// Starts a successor at each SIGUSR2. One that fails leaves this node as it was.
    pub(crate) async fn on_signal(&mut self) -> anyhow::Result<()> {
        while self.signal.recv().await.is_some() {
            tracing::info!(program = %self.program.display(), "starting a successor");
            let started = Command::new(&self.program)
                .args(&self.arguments)
                .stdin(Stdio::null())
                .spawn();
            match started {
                Ok(mut child) => {
                    tokio::spawn(async move {
                        match child.wait().await {
                            Ok(status) => tracing::error!(%status, "the successor ended"),
                            Err(error) => tracing::error!(%error, "the successor was lost"),
                        }
                    });
                }
                Err(error) => tracing::error!(%error, "the successor did not start"),
            }
        }
        std::future::pending().await
    }
}
