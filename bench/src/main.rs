//! `cargo xtask bench`: Gatehouse beside nginx, HAProxy, Envoy and nginx with Lua, doing the same work in turn.

mod load;
mod machine;
mod measure;
mod peers;
mod process;
mod report;
mod seed;
mod targets;
mod upstream;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::work::Work;

/// What is measured, and for how long.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
pub(crate) struct Options {
    /// The built binary.
    #[arg(long, value_name = "FILE")]
    gatehouse: PathBuf,
    /// Where data, configurations and logs go.
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// Where the table is written.
    #[arg(long, value_name = "FILE")]
    report: PathBuf,
    /// How often each peer takes its turn.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of load in a turn.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Applications with a key and a subscription each.
    #[arg(long, default_value_t = 10_000)]
    callers: usize,
    /// Only these kinds of work.
    #[arg(long, value_enum)]
    work: Vec<Work>,
    /// Only these peers.
    #[arg(long, value_name = "NAME")]
    peer: Vec<String>,
}

impl Options {
    pub(crate) fn turn(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return report::failure(&error.into()),
    };
    match runtime.block_on(measure::all(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report::failure(&error),
    }
}
