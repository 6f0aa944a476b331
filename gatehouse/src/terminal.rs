//! What the commands say to the person at the terminal: results on standard output, trouble on standard error.

use std::io::Write as _;

/// Says a line.
pub(crate) fn say(line: impl AsRef<str>) {
    // A closed pipe is no reason to fail: whoever listened has heard enough.
    let _ = writeln!(std::io::stdout().lock(), "{}", line.as_ref());
}

/// Says a line beside the result: on standard error.
pub(crate) fn note(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "{}", line.as_ref());
}

/// Says what went wrong and why, one cause a line.
pub(crate) fn complain(error: &anyhow::Error) {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "gatehouse: {error}");
    let mut last = error.to_string();
    for cause in error.chain().skip(1) {
        let text = cause.to_string();
        // Some errors say their cause in their own words already.
        if !last.contains(&text) {
            let _ = writeln!(err, "  because {text}");
        }
        last = text;
    }
}
