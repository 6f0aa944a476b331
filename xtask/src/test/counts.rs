//! How many tests ran, read from what the runners print.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::process;

/// Tests that passed and that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u64,
    pub(super) failed: u64,
}

impl Counts {
    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// How long tests that are built may say nothing before they are taken to hang.
const SILENCE: Duration = Duration::from_secs(10 * 60);

/// Runs cargo's tests, shows what they print, and sums their result lines. Tests that hang fail the run, which goes on.
pub(super) fn cargo_test(command: &mut Command) -> anyhow::Result<(Counts, ExitStatus)> {
    lines(command, SILENCE)
}

fn lines(command: &mut Command, silence: Duration) -> anyhow::Result<(Counts, ExitStatus)> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", process::name(command)))?;
    let stdout = child
        .stdout
        .take()
        .context("cargo has no standard output")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).split(b'\n') {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let mut counts = Counts::default();
    loop {
        let line = match receiver.recv_timeout(silence) {
            Ok(line) => line?,
            Err(RecvTimeoutError::Disconnected) => return Ok((counts, child.wait()?)),
            Err(RecvTimeoutError::Timeout) => {
                process::end(&mut child);
                bail!(
                    "{} said nothing for {} s and was ended",
                    process::name(command),
                    silence.as_secs()
                );
            }
        };
        let mut terminal = std::io::stderr();
        terminal.write_all(&line)?;
        terminal.write_all(b"\n")?;
        if let Some(found) = result_line(&String::from_utf8_lossy(&line)) {
            counts.add(found);
        }
    }
}

/// `test result: ok. 3 passed; 0 failed; ...`
fn result_line(line: &str) -> Option<Counts> {
    let (_, rest) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |word: &str| {
        rest.split("; ")
            .find_map(|part| part.strip_suffix(word))
            .and_then(|number| number.trim().parse().ok())
    };
    Some(Counts {
        passed: count(" passed")?,
        failed: count(" failed")?,
    })
}

/// The totals at the end of a report in the Test Anything Protocol, as Node writes it.
pub(super) fn tap(report: &str) -> Option<Counts> {
    let count = |word: &str| -> Option<u64> {
        let lines = report.lines().rev();
        let number = lines.filter_map(|line| line.strip_prefix(word)).next()?;
        number.trim().parse().ok()
    };
    Some(Counts {
        passed: count("# pass ")?,
        failed: count("# fail ")? + count("# cancelled ").unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_cargos_result_lines() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered \
                    out; finished in 0.01s";
        let expected = Counts {
            passed: 12,
            failed: 3,
        };
        assert_eq!(result_line(line), Some(expected));
        assert_eq!(result_line("test store::plans::finds ... ok"), None);
    }

    #[test]
    fn tests_that_hang_are_ended() {
        let mut hanging = Command::new("sleep");
        hanging.arg("30");
        let error = lines(&mut hanging, Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().starts_with("`sleep 30` said nothing"));
    }

    #[test]
    fn reads_nodes_totals() {
        let report = "ok 1 - x\n# tests 4\n# pass 2\n# fail 1\n# cancelled 1\n# skipped 0\n";
        let expected = Counts {
            passed: 2,
            failed: 2,
        };
        assert_eq!(tap(report), Some(expected));
        assert_eq!(tap("TAP version 13\n"), None);
    }
}
