//! Reads one document as an import does and prints what came of it as one line of JSON: what `cargo xtask corpus`
//! starts for every document of its corpus, a process each, so that time, memory and panics are the document's own.
#![expect(clippy::print_stdout, reason = "the line is what this program is for")]

use std::process::ExitCode;
use std::time::Instant;

use openapi::import::{self, Preview};
use openapi::{Limits, Severity, reference};
use serde_json::{Value, json};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        return ExitCode::from(2);
    };
    let Ok(bytes) = std::fs::read(path) else {
        return ExitCode::from(2);
    };
    let begun = Instant::now();
    let mut told = read(&bytes);
    told["seconds"] = json!(begun.elapsed().as_secs_f64());
    told["peak_kib"] = json!(peak());
    println!("{told}");
    ExitCode::SUCCESS
}

fn read(bytes: &[u8]) -> Value {
    let document = match openapi::parse(bytes, &Limits::default()) {
        Ok(document) => document,
        Err(error) => {
            return json!({ "refused": error.to_string(), "located": error.is_located() });
        }
    };
    let preview = import::preview(&document);
    let groups = reference::index(&document).groups.len();
    let (mut pages, mut page_bytes) = (0, 0);
    for page in reference::pages(&document) {
        pages += 1;
        page_bytes += serde_json::to_string(&page).map_or(0, |text| text.len());
    }
    json!({
        "operations": preview.routes.len(),
        "routes": preview.imported().count(),
        "left_out_silently": left_out_silently(&preview),
        "errors": preview.count(Severity::Error),
        "warnings": preview.count(Severity::Warning),
        "first": first(&preview),
        "without_line": preview.findings.iter().filter(|finding| finding.line.is_none()).count(),
        "groups": groups,
        "pages": pages,
        "page_bytes": page_bytes,
    })
}

/// What the first error says, with its line.
fn first(preview: &Preview) -> Option<String> {
    let errors = preview.findings.iter();
    let first = errors
        .filter(|finding| finding.severity == Severity::Error)
        .min_by_key(|finding| finding.line.is_none())?;
    let line = first
        .line
        .map_or_else(String::new, |line| format!("line {line}: "));
    Some(format!("{line}{}", first.message))
}

/// Operations that become no route although no finding says so; those beyond the findings that are kept do not count.
fn left_out_silently(preview: &Preview) -> usize {
    if preview.findings_left_out > 0 {
        return 0;
    }
    let left_out = preview.routes.iter().filter(|route| !route.imported);
    left_out
        .filter(|route| {
            preview
                .findings_of(route)
                .all(|finding| finding.line.is_none())
        })
        .count()
}

/// The most memory that this process has had, in KiB; 0 where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|text| text.trim().split(' ').next()?.parse().ok())
        .unwrap_or(0)
}
