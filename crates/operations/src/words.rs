//! Moments and numbers as mails write them.

use domain::Timestamp;

/// `20 November 2026, 10:12 UTC`
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_jiff().strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// `100 000`, parted by narrow no-break spaces.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut parted = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            parted.push('\u{202f}');
        }
        parted.push(digit);
    }
    parted
}

/// "3 open subscriptions"
pub(crate) fn counted(number: i64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_a_person_writes() {
        let at: Timestamp = "2026-11-20T10:12:59Z".parse().unwrap();
        assert_eq!(moment(at), "20 November 2026, 10:12 UTC");
        assert_eq!(number(100_000), "100\u{202f}000");
        assert_eq!(number(600), "600");
    }
}
