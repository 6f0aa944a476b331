//! The gateway under callgrind: what it executes between two moments, for so many requests.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::load::{self, Caller};
use crate::{Lane, Work};

/// How many requests are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Length {
    /// To fill pools and caches.
    warm: u64,
    /// To be counted.
    counted: u64,
}

impl Length {
    /// For a profile to read.
    pub(crate) const LONG: Self = Self {
        warm: 300,
        counted: 2_000,
    };
    /// For a check that all of it is still about as much.
    pub(crate) const SHORT: Self = Self {
        warm: 50,
        counted: 200,
    };
}

/// Instructions for a request of this work in this lane. The profile stays in the folder.
pub(crate) fn of(folder: &Path, work: Work, lane: Lane, length: Length) -> Result<u64> {
    let name = format!("{}-{}", work.name(), lane.name());
    let folder = folder.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut gateway = Gateway::start(&folder, load::upstream()?, lane)?;
    let mut caller = Caller::new(gateway.address, work)?;
    caller.ask(length.warm)?;
    gateway.control("--zero")?;
    caller.ask(length.counted)?;
    gateway.control("--dump")?;
    gateway.end()?;
    let total = total(&folder.join("profile.1")).with_context(|| name)?;
    Ok(total / length.counted)
}

struct Gateway {
    child: Child,
    address: SocketAddr,
}

impl Gateway {
    fn start(folder: &Path, upstream: SocketAddr, lane: Lane) -> Result<Self> {
        let profile: PathBuf = folder.join("profile");
        let mut child = Command::new("valgrind")
            .args(["--tool=callgrind", "--quiet"])
            .arg(format!("--callgrind-out-file={}", profile.display()))
            .arg(std::env::current_exe()?)
            .arg("serve")
            .arg(folder.join("data"))
            .arg(upstream.to_string())
            .arg(lane.name())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start valgrind")?;
        let out = child.stdout.take().context("it has no output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let address = line.trim().parse().context("the gateway did not start")?;
        Ok(Self { child, address })
    }

    fn control(&self, what: &str) -> Result<()> {
        let mut command = Command::new("callgrind_control");
        let status = command
            .args([what, &self.child.id().to_string()])
            .stdout(Stdio::null())
            .status()
            .context("cannot start callgrind_control")?;
        ensure!(status.success(), "callgrind_control {what}: {status}");
        Ok(())
    }

    /// Without its input it ends.
    fn end(&mut self) -> Result<()> {
        drop(self.child.stdin.take());
        let status = self.child.wait()?;
        ensure!(status.success(), "the gateway ended with {status}");
        Ok(())
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // after `end` there is nothing left to kill
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn total(profile: &Path) -> Result<u64> {
    let text = fs::read_to_string(profile).with_context(|| profile.display().to_string())?;
    for line in text.lines() {
        if let Some(count) = line
            .strip_prefix("totals: ")
            .or_else(|| line.strip_prefix("summary: "))
        {
            return Ok(count.trim().parse()?);
        }
    }
    bail!("a profile without a total")
}
