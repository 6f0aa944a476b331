//! What the commands say to the person who waits for them.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the one place where these commands speak"
)]

use std::time::{Duration, Instant};

/// Announces work that takes a while.
pub(crate) fn begin(what: &str) -> Instant {
    eprintln!("==> {what}");
    Instant::now()
}

/// Says that announced work is done, and how long it took.
pub(crate) fn end(what: &str, begun: Instant) {
    eprintln!("    {what} ({})", short(begun.elapsed()));
}

/// One line of news.
pub(crate) fn note(text: &str) {
    eprintln!("    {text}");
}

/// Says what went wrong.
pub(crate) fn failure(text: &str) {
    eprintln!("error: {text}");
}

/// The last line of a command whose result others read.
pub(crate) fn result(line: &str) {
    println!("{line}");
}

/// `7.2 s` or `3 min 05 s`.
pub(crate) fn short(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well() {
        assert_eq!(short(Duration::from_millis(7_240)), "7.2 s");
        assert_eq!(short(Duration::from_secs(185)), "3 min 05 s");
    }
}
