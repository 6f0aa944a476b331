//! `cargo xtask bench --instructions`: how many instructions a request costs the gateway, counted by callgrind. Unlike time, the
//! count is the same on a busy machine.

mod catalogue;
mod count;
mod kept;
mod load;
mod serve;

use std::env;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

// as in the binary, so that what is counted is what runs
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Forward a request.
    Plain,
    /// Find the key, check the subscription, limit, count, and forward.
    Full,
}

impl Work {
    const ALL: [Self; 2] = [Self::Plain, Self::Full];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Full => "full",
        }
    }
}

/// The way of a request to its upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Through Pingora's proxy.
    Proxy,
    /// The direct exchange.
    Direct,
}

impl Lane {
    const ALL: [Self; 2] = [Self::Proxy, Self::Direct];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Proxy => "proxy",
            Self::Direct => "direct",
        }
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            // there is nobody else to tell
            drop(writeln!(io::stderr(), "{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["serve", folder, upstream, lane] => {
            let lane = Lane::ALL.into_iter().find(|one| one.name() == lane);
            let upstream = upstream.parse().context("the upstream's address")?;
            serve::run(folder.into(), upstream, lane.context("which lane")?)?;
            Ok(ExitCode::SUCCESS)
        }
        ["count", folder, kept] => compare(folder.into(), kept.into(), false),
        ["write", folder, kept] => compare(folder.into(), kept.into(), true),
        _ => bail!("usage: instructions count|write FOLDER KEPT"),
    }
}

/// Counts, shows, and keeps or compares.
fn compare(folder: PathBuf, kept: PathBuf, write: bool) -> Result<ExitCode> {
    let mut counts = kept::Counts::new();
    for work in Work::ALL {
        for lane in Lane::ALL {
            let count = count::of(&folder, work, lane)?;
            let name = format!("{}-{}", work.name(), lane.name());
            writeln!(io::stdout(), "{name}: {count} instructions for a request")?;
            counts.insert(name, count);
        }
    }
    if write {
        kept::write(&kept, &counts)?;
        return Ok(ExitCode::SUCCESS);
    }
    let grown = kept::grown(&kept, &counts)?;
    for line in &grown {
        writeln!(io::stdout(), "{line}")?;
    }
    Ok(if grown.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
