//! `Cache-Control` (RFC 9111, section 5.2; RFC 5861), read as a cache must read it.

use http::HeaderMap;
use http::header::{CACHE_CONTROL, PRAGMA};

/// The directives of a message. Of one that is there twice with different numbers the smaller counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Directives {
    pub(super) no_store: bool,
    pub(super) no_cache: bool,
    pub(super) private: bool,
    pub(super) public: bool,
    pub(super) must_revalidate: bool,
    pub(super) proxy_revalidate: bool,
    pub(super) must_understand: bool,
    pub(super) only_if_cached: bool,
    pub(super) max_age: Option<u64>,
    pub(super) s_maxage: Option<u64>,
    pub(super) min_fresh: Option<u64>,
    /// `u64::MAX` when it names no number: any staleness is accepted.
    pub(super) max_stale: Option<u64>,
    pub(super) stale_while_revalidate: Option<u64>,
    pub(super) stale_if_error: Option<u64>,
}

impl Directives {
    /// Of an answer.
    pub(super) fn of_response(headers: &HeaderMap) -> Self {
        let mut all = Self::default();
        for line in headers.get_all(CACHE_CONTROL) {
            // what is no text is read as the strictest there is
            match line.to_str() {
                Ok(line) => parts(line).for_each(|(name, value)| all.read(name, value)),
                Err(_) => all.no_store = true,
            }
        }
        all
    }

    /// Of a request. `Pragma: no-cache` counts where there is no `Cache-Control` (section 5.4).
    pub(super) fn of_request(headers: &HeaderMap) -> Self {
        let mut all = Self::of_response(headers);
        if !headers.contains_key(CACHE_CONTROL) {
            let pragma = headers.get(PRAGMA).and_then(|value| value.to_str().ok());
            all.no_cache = pragma.is_some_and(|value| {
                value
                    .split(',')
                    .any(|part| part.trim().eq_ignore_ascii_case("no-cache"))
            });
        }
        all
    }

    fn read(&mut self, name: &str, value: Option<&str>) {
        let is = |word: &str| name.eq_ignore_ascii_case(word);
        if is("no-store") {
            self.no_store = true;
        } else if is("no-cache") {
            // with field names too: the whole is revalidated, which is stricter
            self.no_cache = true;
        } else if is("private") {
            self.private = true;
        } else if is("public") {
            self.public = true;
        } else if is("must-revalidate") {
            self.must_revalidate = true;
        } else if is("proxy-revalidate") {
            self.proxy_revalidate = true;
        } else if is("must-understand") {
            self.must_understand = true;
        } else if is("only-if-cached") {
            self.only_if_cached = true;
        } else if is("max-age") {
            least(&mut self.max_age, seconds(value));
        } else if is("s-maxage") {
            least(&mut self.s_maxage, seconds(value));
        } else if is("min-fresh") {
            least(&mut self.min_fresh, seconds(value));
        } else if is("max-stale") {
            let any = value.map_or(u64::MAX, |_| seconds(value));
            least(&mut self.max_stale, any);
        } else if is("stale-while-revalidate") {
            least(&mut self.stale_while_revalidate, seconds(value));
        } else if is("stale-if-error") {
            least(&mut self.stale_if_error, seconds(value));
        }
    }
}

fn least(known: &mut Option<u64>, seconds: u64) {
    *known = Some(known.map_or(seconds, |known| known.min(seconds)));
}

/// Delta-seconds (section 1.2.2): too large is as large as can be; what is no number is 0, so that the answer is stale.
fn seconds(value: Option<&str>) -> u64 {
    const LARGEST: u64 = 1 << 31;
    let text = value.unwrap_or_default().trim();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return 0;
    }
    text.parse().unwrap_or(LARGEST).min(LARGEST)
}

/// `name` or `name=value` between commas; a quoted value may hold commas.
fn parts(line: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut rest = line;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut quoted = false;
        let mut escaped = false;
        let end = rest
            .bytes()
            .position(|b| {
                if escaped {
                    escaped = false;
                    return false;
                }
                match b {
                    b'\\' if quoted => escaped = true,
                    b'"' => quoted = !quoted,
                    b',' => return !quoted,
                    _ => {}
                }
                false
            })
            .unwrap_or(rest.len());
        let part = rest[..end].trim();
        rest = rest.get(end + 1..).unwrap_or("");
        Some(match part.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
            None => (part, None),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> Directives {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(CACHE_CONTROL, line.parse().unwrap());
        }
        Directives::of_response(&headers)
    }

    #[test]
    fn names_have_any_case_and_lines_add_up() {
        let read = of(&["Public, MAX-AGE=60", "s-maxage = 30 , ,no-cache=\"a, b\""]);
        let expected = Directives {
            public: true,
            no_cache: true,
            max_age: Some(60),
            s_maxage: Some(30),
            ..Directives::default()
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn numbers_are_read_with_care() {
        for (text, expected) in [
            ("max-age=60, max-age=30", 30),
            ("max-age=\"60\"", 60),
            ("max-age=-1", 0),
            ("max-age=1.5", 0),
            ("max-age=", 0),
            ("max-age", 0),
            ("max-age=99999999999999999999999", 1 << 31),
            ("extension=\"max-age=9, \\\"x\", max-age=5", 5),
        ] {
            assert_eq!(of(&[text]).max_age, Some(expected), "{text}");
        }
    }

    #[test]
    fn max_stale_without_a_number_takes_anything() {
        assert_eq!(of(&["max-stale"]).max_stale, Some(u64::MAX));
        assert_eq!(of(&["max-stale=5"]).max_stale, Some(5));
    }

    #[test]
    fn pragma_counts_only_alone() {
        let mut headers = HeaderMap::new();
        headers.insert(PRAGMA, "x, No-Cache".parse().unwrap());
        assert!(Directives::of_request(&headers).no_cache);
        headers.insert(CACHE_CONTROL, "max-age=5".parse().unwrap());
        assert!(!Directives::of_request(&headers).no_cache);
    }

    #[test]
    fn what_is_no_text_is_not_stored() {
        let mut headers = HeaderMap::new();
        let value = http::HeaderValue::from_bytes(b"max-age=5\xff").unwrap();
        headers.insert(CACHE_CONTROL, value);
        assert!(Directives::of_response(&headers).no_store);
    }
}
