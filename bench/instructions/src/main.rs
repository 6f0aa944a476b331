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

use count::Length;
use kept::Comparison;

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

const USAGE: &str = "usage: instructions count|write|check|renew FOLDER KEPT COMPILER; check and renew count fewer requests";

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
        [what, folder, kept, compiler] => {
            let task = Task {
                folder: folder.into(),
                kept: kept.into(),
                compiler: compiler.to_owned(),
                length: match what {
                    "check" | "renew" => Length::SHORT,
                    _ => Length::LONG,
                },
            };
            match what {
                "check" | "count" => task.compare(),
                "renew" | "write" => task.write(),
                _ => bail!(USAGE),
            }
        }
        _ => bail!(USAGE),
    }
}

/// Counts, and what they are compared with.
struct Task {
    folder: PathBuf,
    kept: PathBuf,
    compiler: String,
    length: Length,
}

impl Task {
    /// Counts, and shows.
    fn counts(&self) -> Result<kept::Counts> {
        let mut counts = kept::Counts::new();
        for work in Work::ALL {
            for lane in Lane::ALL {
                let count = count::of(&self.folder, work, lane, self.length)?;
                let name = format!("{}-{}", work.name(), lane.name());
                writeln!(io::stdout(), "{name}: {count} instructions for a request")?;
                counts.insert(name, count);
            }
        }
        Ok(counts)
    }

    fn write(&self) -> Result<ExitCode> {
        kept::write(&self.kept, &self.compiler, self.counts()?)?;
        Ok(ExitCode::SUCCESS)
    }

    fn compare(&self) -> Result<ExitCode> {
        match kept::compared(&self.kept, &self.compiler, &self.counts()?)? {
            Comparison::Grown(lines) if lines.is_empty() => Ok(ExitCode::SUCCESS),
            Comparison::Grown(lines) => {
                writeln!(io::stdout(), "{}", lines.join("\n"))?;
                Ok(ExitCode::FAILURE)
            }
            Comparison::Other(compiler) => {
                writeln!(
                    io::stdout(),
                    "not compared: the kept counts are of {compiler}"
                )?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}
