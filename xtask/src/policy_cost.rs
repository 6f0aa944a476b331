//! `cargo xtask bench --policies`: the instructions that each policy takes of a request, counted under Callgrind.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use crate::needs;
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// Where the section begins, in `bench/RESULTS.md`.
const TITLE: &str = "## Cost of each policy";
const ABOUT: &str = "Instructions of one request on its way through the policies of its route, without a network: the same \
request with the policy off and on, counted by Callgrind over 500 requests after 50 that warm up, in a release build without \
link-time optimisation. Off, callers come with a key and a subscription to a plan without limits (for the kinds that say who \
calls: to an open route). What each kind is configured with and sent is in `gateway/snapshot/examples/policy_cost/cases.rs`; \
services that a policy asks answer at once. Bodies are JSON of about one kilobyte. Repeat it with `cargo xtask bench \
--policies`.";

/// Builds, counts, and writes the section.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    needs::install(needs::COUNTING)?;
    let begun = progress::begin("the program that is counted (minutes)");
    process::run(workspace.cargo().args([
        "build",
        "--profile",
        "instructions",
        "--package",
        "gateway-snapshot",
        "--example",
        "policy_cost",
    ]))?;
    progress::end("the program that is counted", begun);
    let program = workspace.target.join("instructions/examples/policy_cost");
    let folder = workspace.target.join("bench/counts");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--dump-before=policy_cost::mark"])
        .arg(format!("--callgrind-out-file={}/count", folder.display()))
        .arg(&program);
    let told = String::from_utf8(process::output_bytes(&mut valgrind)?)?;
    let section = section(&told, &counts(&folder)?)?;
    let report = workspace.root.join("bench/RESULTS.md");
    let before = fs::read_to_string(&report).unwrap_or_default();
    fs::write(&report, with_section(&before, &section))
        .with_context(|| report.display().to_string())?;
    progress::note(&format!("{} is written", report.display()));
    Ok(())
}

/// What was counted before each mark, in order.
fn counts(folder: &Path) -> anyhow::Result<Vec<u64>> {
    let mut all = Vec::new();
    for number in 1.. {
        let Ok(text) = fs::read_to_string(folder.join(format!("count.{number}"))) else {
            break;
        };
        let total = text
            .lines()
            .find_map(|line| line.strip_prefix("totals: "))
            .context("a count has no total")?;
        all.push(total.trim().parse()?);
    }
    Ok(all)
}

/// The table. Of each kind there are four counts: before and of its requests with the policy off, then with it on.
fn section(told: &str, counts: &[u64]) -> anyhow::Result<String> {
    let mut lines = told.lines();
    let requests: u64 = lines.next().context("nothing was told")?.parse()?;
    let kinds: Vec<&str> = lines.collect();
    ensure!(
        counts.len() == 4 * kinds.len(),
        "{} counts of {} kinds",
        counts.len(),
        kinds.len()
    );
    let mut text =
        format!("{TITLE}\n\n{ABOUT}\n\n| policy | off | on | it takes |\n|---|---|---|---|\n");
    for (kind, four) in kinds.iter().zip(counts.chunks(4)) {
        let (off, on) = (four[1] / requests, four[3] / requests);
        let takes = i128::from(on) - i128::from(off);
        text.push_str(&format!("| `{kind}` | {off} | {on} | {takes} |\n"));
    }
    Ok(text)
}

/// The report with the section in place of the one that it had, or at its end.
fn with_section(report: &str, section: &str) -> String {
    let Some(begin) = report.find(TITLE) else {
        let before = report.trim_end();
        let gap = if before.is_empty() { "" } else { "\n\n" };
        return format!("{before}{gap}{section}");
    };
    let rest = &report[begin + TITLE.len()..];
    let after = rest.find("\n## ").map_or("", |end| &rest[end..]);
    format!("{}{}\n{after}", &report[..begin], section.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_takes_the_second_and_the_fourth_of_four_counts() {
        let told = "10\nacl\ncors\n";
        let counts = [999, 1_000, 999, 1_500, 999, 2_000, 999, 1_900];
        let text = section(told, &counts).unwrap();
        assert!(text.contains("| `acl` | 100 | 150 | 50 |"), "{text}");
        assert!(text.contains("| `cors` | 200 | 190 | -10 |"), "{text}");
        assert!(section(told, &counts[1..]).is_err());
    }

    #[test]
    fn a_section_takes_the_place_of_the_one_before() {
        let new = format!("{TITLE}\n\nnew\n");
        assert_eq!(with_section("", &new), new);
        assert_eq!(
            with_section("# A\n\ntext\n", &new),
            format!("# A\n\ntext\n\n{new}")
        );
        let old = format!("# A\n\n{TITLE}\n\nold\n\n## B\n\nb\n");
        assert_eq!(
            with_section(&old, &new),
            format!("# A\n\n{TITLE}\n\nnew\n\n## B\n\nb\n")
        );
    }
}
