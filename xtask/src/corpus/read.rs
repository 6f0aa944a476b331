//! Reads documents, as many at a time as there are cores, each in a process of its own.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

use super::outcome::{Outcome, Verdict};
use crate::process;

/// How long one document may take before it counts as a crash.
const PATIENCE: Duration = Duration::from_secs(120);

/// Reads all documents; the outcomes are in their order.
pub(super) fn all(
    reader: &Path,
    folder: &Path,
    documents: &[(PathBuf, u64)],
) -> anyhow::Result<Vec<Outcome>> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::with_capacity(documents.len()));
    let work = || -> anyhow::Result<()> {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((path, bytes)) = documents.get(at) else {
                return Ok(());
            };
            let name = path.strip_prefix(folder).unwrap_or(path);
            let outcome = one(reader, path, name.display().to_string(), *bytes)?;
            let mut outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
            outcomes.push((at, outcome));
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| match worker.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
    })?;
    let mut outcomes = outcomes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by_key(|(at, _)| *at);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

fn one(reader: &Path, path: &Path, name: String, bytes: u64) -> anyhow::Result<Outcome> {
    let mut child = Command::new(reader)
        .arg(path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", reader.display()))?;
    let begun = Instant::now();
    // what it prints is one line, and a panic's message another: neither fills a pipe
    let status = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if begun.elapsed() > PATIENCE => break None,
            None => thread::sleep(Duration::from_millis(2)),
        }
    };
    if status.is_none() {
        process::end(&mut child);
    }
    let mut printed = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut printed)?;
    }
    let told = serde_json::from_str(&printed).unwrap_or(Value::Null);
    let verdict = match status {
        Some(status) if status.success() => Verdict::of(&told),
        Some(status) => {
            let mut said = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                stderr.read_to_string(&mut said)?;
            }
            let said = said.lines().take(3).collect::<Vec<_>>().join(" ");
            Verdict::Crashed {
                message: format!("{status}: {said}"),
            }
        }
        None => Verdict::Crashed {
            message: format!("no end after {} s", PATIENCE.as_secs()),
        },
    };
    Ok(Outcome {
        name,
        bytes,
        seconds: told["seconds"]
            .as_f64()
            .unwrap_or(begun.elapsed().as_secs_f64()),
        peak_kib: told["peak_kib"].as_u64().unwrap_or(0),
        operations: told["operations"].as_u64().unwrap_or(0),
        routes: told["routes"].as_u64().unwrap_or(0),
        page_bytes: told["page_bytes"].as_u64().unwrap_or(0),
        first: told["first"].as_str().unwrap_or_default().to_owned(),
        verdict,
    })
}
