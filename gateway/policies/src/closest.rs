//! The word that somebody probably meant.

/// The known word that is nearest to one that is not known; `None` when nothing is near enough to be meant.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|one| (distance(word, one), one))
        .filter(|(far, _)| *far <= most)
        .min_by_key(|(far, _)| *far)
        .map(|(_, one)| one)
}

/// What serde says about an unknown word, with the known one that was probably meant. Other messages stay as they are.
pub fn with_suggestion(message: String) -> String {
    let is_about_words =
        message.starts_with("unknown field") || message.starts_with("unknown variant");
    let mut words = message.split('`').skip(1).step_by(2);
    match words.next().and_then(|word| closest(word, words)) {
        Some(meant) if is_about_words => format!("{message}; did you mean `{meant}`?"),
        _ => message,
    }
}

/// How many letters must be put in, taken out, replaced or swapped with their neighbour to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let letters = |text: &str| text.to_lowercase().replace('-', "_").chars().collect();
    let (a, b): (Vec<char>, Vec<char>) = (letters(a), letters(b));
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut next = vec![i + 1];
        for j in 0..b.len() {
            let replaced = row[j] + usize::from(a[i] != b[j]);
            let mut least = replaced.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_named_and_nothing_far() {
        let known = ["requests", "window", "name"];
        for (word, expected) in [
            ("reqests", Some("requests")),
            ("request", Some("requests")),
            ("Window", Some("window")),
            ("widnow", Some("window")),
            ("nam", Some("name")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(closest(word, known), expected, "{word}");
        }
        assert_eq!(closest("max-age", ["max_age"]), Some("max_age"));
    }

    #[test]
    fn only_messages_about_words_get_a_suggestion() {
        for (message, expected) in [
            (
                "unknown field `limts`, expected one of `limits`, `by`",
                "unknown field `limts`, expected one of `limits`, `by`; did you mean `limits`?",
            ),
            (
                "unknown variant `minut`, expected `second` or `minute`",
                "unknown variant `minut`, expected `second` or `minute`; did you mean `minute`?",
            ),
            (
                "unknown field `x`, there are no fields",
                "unknown field `x`, there are no fields",
            ),
            ("missing field `limits`", "missing field `limits`"),
        ] {
            assert_eq!(with_suggestion(message.to_owned()), expected);
        }
    }
}
