//! Names made from other names: slugs, operation keys, sentences.

/// Longest slug that is made.
const SLUG: usize = 60;
/// Longest operation key that is made.
const KEY: usize = 80;

/// Lower-case words joined by hyphens; what is neither letter nor digit divides words, and so does `camelCase`.
pub(crate) fn slug(text: &str) -> String {
    words(text).join("-")
}

/// A slug for an API, from its title: without the words that every title has.
pub(crate) fn api_slug(title: &str) -> String {
    let mut words: Vec<String> = title
        .split(|c: char| !c.is_alphanumeric())
        .map(ascii_lower)
        .filter(|word| !word.is_empty())
        .collect();
    while words.len() > 1 && words.last().is_some_and(|word| is_noise(word)) {
        words.pop();
    }
    let slug = cut(&words.join("-"), SLUG);
    if slug.is_empty() {
        "api".to_owned()
    } else {
        slug
    }
}

fn is_noise(word: &str) -> bool {
    matches!(
        word,
        "api"
            | "apis"
            | "rest"
            | "http"
            | "openapi"
            | "swagger"
            | "specification"
            | "documentation"
    ) || (word.starts_with('v')
        && word.len() > 1
        && word[1..].bytes().all(|byte| byte.is_ascii_digit()))
        || word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The stable key of an operation: from its id where it has one, else from method and path.
pub(crate) fn operation_key(id: Option<&str>, method: &str, path: &str) -> String {
    let place = format!("{method} {path}");
    let mut key = id.map(slug).unwrap_or_default();
    if key.is_empty() {
        key = slug(&place);
        if !key.contains('-') {
            key.push_str("-root");
        }
    }
    if key.len() > KEY {
        with_mark(&cut(&key, KEY - 9), &place)
    } else {
        key
    }
}

/// `name` with a short mark that is always the same for the same `place`.
pub(crate) fn with_mark(name: &str, place: &str) -> String {
    format!("{name}-{:08x}", fnv(place) & 0xffff_ffff)
}

/// A sentence from an identifier: `listOpenOrders` is `List open orders`.
pub(crate) fn sentence(identifier: &str) -> String {
    let text = words(identifier).join(" ");
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().collect::<String>() + letters.as_str(),
        None => identifier.to_owned(),
    }
}

/// A token that may stand as a request method.
pub(crate) fn is_method(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// An anchor for a page: letters, digits, hyphen, underscore and full stop stay.
pub(crate) fn anchor(prefix: &str, name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
                c
            } else {
                '-'
            }
        })
        .collect();
    format!("{prefix}-{name}")
}

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = text.chars().collect();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| letters.get(index));
        let after = letters.get(index + 1);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if (begins || !letter.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.push(*letter);
        }
    }
    words.push(word);
    words
        .iter()
        .map(|word| ascii_lower(word))
        .filter(|word| !word.is_empty())
        .collect()
}

/// Lower case; letters outside of ASCII are written plainly where that is usual, else left out.
fn ascii_lower(word: &str) -> String {
    let mut text = String::new();
    for letter in word.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => text.push(letter),
            'à' | 'á' | 'â' | 'ã' | 'å' => text.push('a'),
            'ä' | 'æ' => text.push_str("ae"),
            'ç' => text.push('c'),
            'è' | 'é' | 'ê' | 'ë' => text.push('e'),
            'ì' | 'í' | 'î' | 'ï' => text.push('i'),
            'ñ' => text.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ø' => text.push('o'),
            'ö' => text.push_str("oe"),
            'ù' | 'ú' | 'û' => text.push('u'),
            'ü' => text.push_str("ue"),
            'ß' => text.push_str("ss"),
            _ => {}
        }
    }
    text
}

/// At most `limit` bytes of a slug, ended at a word.
fn cut(slug: &str, limit: usize) -> String {
    if slug.len() <= limit {
        return slug.to_owned();
    }
    let head = &slug[..limit];
    head.rsplit_once('-')
        .map_or(head, |(head, _)| head)
        .to_owned()
}

/// FNV-1a, since the mark must be the same in every version of this program.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_from_the_id_or_the_place() {
        assert_eq!(
            operation_key(Some("listHTTPChecks"), "GET", "/x"),
            "list-http-checks"
        );
        assert_eq!(
            operation_key(Some("repos/list-for-org"), "GET", "/x"),
            "repos-list-for-org"
        );
        assert_eq!(
            operation_key(None, "GET", "/carriers/{id}/services"),
            "get-carriers-id-services"
        );
        assert_eq!(operation_key(None, "GET", "/"), "get-root");
        assert_eq!(operation_key(Some("日本"), "GET", "/a"), "get-a");
    }

    #[test]
    fn long_keys_are_cut_and_marked() {
        let long = "a".repeat(30) + "-" + &"b".repeat(100);
        let key = operation_key(Some(&long), "GET", "/x");
        assert!(key.len() <= KEY, "{key}");
        assert_ne!(key, operation_key(Some(&long), "GET", "/y"));
    }

    #[test]
    fn api_slugs_lose_the_usual_words() {
        assert_eq!(api_slug("Harbor Shipping API"), "harbor-shipping");
        assert_eq!(api_slug("GitHub v3 REST API"), "github");
        assert_eq!(api_slug("API"), "api");
        assert_eq!(api_slug("Übersetzung"), "uebersetzung");
        assert_eq!(api_slug("日本"), "api");
    }

    #[test]
    fn sentences_read_as_such() {
        assert_eq!(sentence("listOpenOrders"), "List open orders");
    }
}
