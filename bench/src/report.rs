//! The report: a table for each kind of work, with ranges, and lines of progress meanwhile.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};

use crate::Options;
use crate::machine;
use crate::measure::{AtHalf, Results, STEADY, Turn};
use crate::peers::Peer;
use crate::targets::{self, Measured};
use crate::work::Work;

/// The document as it grows.
pub(crate) struct Report {
    text: String,
}

impl Report {
    /// With what it was measured on and by.
    pub(crate) fn new(options: &Options, peers: &[&'static Peer]) -> Result<Self> {
        let mut text = String::from("# Gatehouse beside other proxies\n\n");
        writeln!(
            text,
            "Written by `cargo xtask bench` on {}.\n",
            machine::describe()
        )?;
        let mut versions = Vec::new();
        for peer in peers {
            versions.push(format!("{}: {}", peer.name, (peer.version)(options)?));
        }
        versions.dedup();
        writeln!(text, "Versions: {}.\n", versions.join("; "))?;
        writeln!(
            text,
            "Each peer runs alone on one core with one worker; the load (wrk, 64 connections) and the upstream (nginx) share \
             another. The peers take turns: {} rounds of {} s each; a cell holds the median and, in parentheses, the smallest \
             and the largest. Processor time is what the kernel charged to the process and its children. The latencies are \
             those of the last round at half of the peer's own rate, but at most {STEADY} requests a second, by a generator that \
             sends at appointed times. With keys there are {} callers and 100 routes.\n",
            options.rounds, options.seconds, options.callers
        )?;
        Ok(Self { text })
    }

    /// What the load measures without a proxy.
    pub(crate) fn direct(&mut self, found: &AtHalf) {
        let AtHalf {
            rate,
            p50,
            p99,
            p999,
        } = found;
        let line = format!(
            "Without a proxy the load sees, at {rate} requests a second: p50 {p50} us, p99 {p99} us, p99.9 {p999} us.\n"
        );
        self.text.push_str(&line);
    }

    /// One table.
    pub(crate) fn table(
        &mut self,
        work: Work,
        peers: &[&'static Peer],
        results: &HashMap<&'static str, Results>,
    ) {
        let head = "| | CPU us/request | x nginx | of it user | requests/s | p50 us | p99 us | p99.9 us | MB |\n\
                    |---|---|---|---|---|---|---|---|---|\n";
        let mut text = format!("\n## {}\n\n{head}", work.title());
        let base = results.get("nginx").map(cpu);
        for peer in peers {
            if let Some(found) = results.get(peer.name) {
                text.push_str(&row(peer.name, found, base));
            }
        }
        self.text.push_str(&text);
    }

    /// What was to be reached.
    pub(crate) fn targets(&mut self, all: &Measured, direct: &AtHalf) {
        self.text.push_str(&targets::table(all, direct));
    }

    /// Writes what there is. The cost of each policy is counted by another command, and stays.
    pub(crate) fn write(&self, options: &Options) -> Result<()> {
        let before = fs::read_to_string(&options.report).unwrap_or_default();
        let text = format!("{}{}", self.text, kept(&before));
        fs::write(&options.report, text).with_context(|| options.report.display().to_string())
    }
}

/// The section of the report that this program does not write.
fn kept(before: &str) -> String {
    let Some(begin) = before.find("## Cost of each policy") else {
        return String::new();
    };
    let rest = &before[begin..];
    let end = rest.find("\n## ").unwrap_or(rest.len());
    format!("\n{}\n", rest[..end].trim_end())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "bytes of memory are far below 2^52"
)]
fn row(name: &str, found: &Results, base: Option<f64>) -> String {
    let turns = &found.turns;
    let ratio = base.map_or("-".to_owned(), |base| format!("{:.2}", cpu(found) / base));
    let late = found.latencies.map_or("- | - | -".to_owned(), |late| {
        format!("{} | {} | {}", late.p50, late.p99, late.p999)
    });
    format!(
        "| {name} | {} | {ratio} | {} | {} | {late} | {:.0} |\n",
        range(turns, 1, |turn| turn.cpu),
        range(turns, 1, |turn| turn.user),
        range(turns, 0, |turn| turn.rate),
        median(turns, |turn| turn.memory as f64) / 1e6,
    )
}

fn range(turns: &[Turn], digits: usize, of: impl Fn(&Turn) -> f64) -> String {
    let smallest = turns.iter().map(&of).fold(f64::INFINITY, f64::min);
    let largest = turns.iter().map(&of).fold(0.0, f64::max);
    let middle = median(turns, of);
    format!("{middle:.digits$} ({smallest:.digits$}-{largest:.digits$})")
}

/// Processor time for a request, in microseconds: the median of the turns.
pub(crate) fn cpu(found: &Results) -> f64 {
    median(&found.turns, |turn| turn.cpu)
}

/// Requests a second: the median of the turns.
pub(crate) fn rate(found: &Results) -> f64 {
    median(&found.turns, |turn| turn.rate)
}

/// The middle one; the mean of the two middle ones of an even number.
fn median(turns: &[Turn], of: impl Fn(&Turn) -> f64) -> f64 {
    let mut values: Vec<f64> = turns.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.len().saturating_sub(1) / 2, values.len() / 2);
    match (values.get(low), values.get(high)) {
        (Some(low), Some(high)) => f64::midpoint(*low, *high),
        _ => f64::NAN,
    }
}

/// How far something long has come, a line for each tenth.
pub(crate) struct Progress {
    what: &'static str,
    total: usize,
    done: AtomicUsize,
}

impl Progress {
    pub(crate) fn new(what: &'static str, total: usize) -> Self {
        Self {
            what,
            total,
            done: AtomicUsize::new(0),
        }
    }

    pub(crate) fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of((self.total / 10).max(1)) {
            note(&format!("{done} of {} {}", self.total, self.what));
        }
    }
}

/// A line for who waits.
pub(crate) fn note(text: &str) {
    // nobody to tell when standard error is closed
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// Says what went wrong.
pub(crate) fn failure(error: &anyhow::Error) -> ExitCode {
    note(&format!("error: {error:#}"));
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(cpu: &[f64]) -> Vec<Turn> {
        let turn = |cpu: &f64| Turn {
            cpu: *cpu,
            user: 1.0,
            rate: 10.0,
            memory: 1_000_000,
        };
        cpu.iter().map(turn).collect()
    }

    #[test]
    fn a_row_has_median_range_and_ratio() {
        let found = Results {
            turns: turns(&[12.0, 10.0, 20.0]),
            latencies: None,
        };
        let row = row("x", &found, Some(8.0));
        assert!(row.starts_with("| x | 12.0 (10.0-20.0) | 1.50 |"), "{row}");
        assert!(row.contains("| - | - | - | 1 |"), "{row}");
    }

    #[test]
    fn an_even_number_has_its_mean() {
        assert!((median(&turns(&[1.0, 2.0, 4.0, 9.0]), |t| t.cpu) - 3.0).abs() < 1e-9);
    }
}
