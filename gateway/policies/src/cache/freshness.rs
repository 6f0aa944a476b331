//! How old an answer is, how long it is fresh, and how long it may be used after that (RFC 9111, section 4.2).

use std::time::SystemTime;

use domain::Timestamp;
use http::header::{AGE, DATE, EXPIRES, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, StatusCode};

use super::directives::Directives;

/// The bounds that the configuration sets, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// The freshness of an answer that says nothing about it and has no date to guess from.
    pub(super) default: Option<u64>,
    /// The longest that is guessed.
    pub(super) heuristic: u64,
    /// The longest freshness at all.
    pub(super) most: u64,
    /// Added to answers that do not say it themselves.
    pub(super) stale_while_revalidate: u64,
    /// Added to answers that do not say it themselves.
    pub(super) stale_if_error: u64,
}

/// What is known about the age of a stored answer. Times are moments of this node's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// The moment at which its age was 0.
    pub born: Timestamp,
    /// How long it is fresh, in seconds of age. 0 when it must be revalidated before each use.
    pub lifetime: u64,
    /// For how many seconds after that it may be used while it is revalidated.
    pub stale_while_revalidate: u64,
    /// For how many seconds after that it may be used when the upstream fails.
    pub stale_if_error: u64,
    /// Never used stale, whatever a request accepts.
    pub never_stale: bool,
}

impl Freshness {
    /// Of an answer that was asked for and came at these moments. `None` when nothing makes it fresh: no number of its
    /// own, no date to guess from, no default.
    pub(super) fn of(
        status: StatusCode,
        headers: &HeaderMap,
        asked: Timestamp,
        came: Timestamp,
        bounds: &Bounds,
    ) -> Option<Self> {
        let said = Directives::of_response(headers);
        let lifetime = if said.no_cache {
            Some(0)
        } else {
            explicit(&said, headers, came)
                .or_else(|| guessed(status, headers, came, bounds))
                .or(bounds.default)
        }?;
        let may_be_stale = !(said.no_cache || said.must_revalidate || said.proxy_revalidate);
        // `s-maxage` means `proxy-revalidate` (section 5.2.2.10), unless the answer says for how long stale is fine
        let by_itself = may_be_stale && said.s_maxage.is_none();
        let stale = |said: Option<u64>, ours: u64| match said {
            Some(seconds) if may_be_stale => seconds,
            None if by_itself => ours,
            _ => 0,
        };
        Some(Self {
            born: Timestamp::from_micros(
                came.micros() - micros(corrected_initial_age(headers, asked, came)),
            ),
            lifetime: lifetime.min(bounds.most),
            stale_while_revalidate: stale(
                said.stale_while_revalidate,
                bounds.stale_while_revalidate,
            ),
            stale_if_error: stale(said.stale_if_error, bounds.stale_if_error),
            never_stale: !by_itself,
        })
    }

    /// Its age in whole seconds (section 4.2.3).
    pub fn age(&self, now: Timestamp) -> u64 {
        now.since(self.born).as_secs()
    }

    /// For how many seconds it is still fresh; `None` when it is not.
    pub fn left(&self, now: Timestamp) -> Option<u64> {
        // fresh while the lifetime is greater than the age (section 4.2)
        self.lifetime
            .checked_sub(self.age(now))
            .filter(|left| *left > 0)
    }

    /// For how many seconds it has been stale.
    pub fn staleness(&self, now: Timestamp) -> u64 {
        self.age(now).saturating_sub(self.lifetime)
    }
}

/// What the answer says itself: `s-maxage` before `max-age` before `Expires` (section 4.2.1).
fn explicit(said: &Directives, headers: &HeaderMap, came: Timestamp) -> Option<u64> {
    if let Some(seconds) = said.s_maxage.or(said.max_age) {
        return Some(seconds);
    }
    let mut lines = headers.get_all(EXPIRES).iter();
    let first = lines.next()?;
    let expires = first.to_str().ok().and_then(date_of);
    // a date that cannot be read, such as `0`, is in the past (section 5.3)
    let (Some(expires), None) = (expires, lines.next()) else {
        return Some(0);
    };
    let date = date(headers, &DATE).unwrap_or(came);
    Some(expires.since(date).as_secs())
}

/// A tenth of the time since it was last changed (section 4.2.2), for statuses that may be guessed about.
fn guessed(
    status: StatusCode,
    headers: &HeaderMap,
    came: Timestamp,
    bounds: &Bounds,
) -> Option<u64> {
    if bounds.heuristic == 0 || !is_heuristic(status) {
        return None;
    }
    let changed = date(headers, &LAST_MODIFIED)?;
    let date = date(headers, &DATE).unwrap_or(came);
    Some((date.since(changed).as_secs() / 10).min(bounds.heuristic))
}

/// Statuses whose answers may be stored without a word of theirs (RFC 9110, section 15.1).
pub(super) fn is_heuristic(status: StatusCode) -> bool {
    matches!(
        status.as_u16(),
        200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501
    )
}

/// `corrected_initial_age` (section 4.2.3), in microseconds as a duration would be.
fn corrected_initial_age(headers: &HeaderMap, asked: Timestamp, came: Timestamp) -> u64 {
    let age_value = headers
        .get(AGE)
        .and_then(|value| {
            value
                .to_str()
                .ok()?
                .split(',')
                .next()?
                .trim()
                .parse::<u64>()
                .ok()
        })
        .unwrap_or(0)
        .min(1 << 31);
    let apparent = date(headers, &DATE).map_or(0, |date| {
        u64::try_from(came.since(date).as_micros()).unwrap_or(u64::MAX)
    });
    let delay = u64::try_from(came.since(asked).as_micros()).unwrap_or(u64::MAX);
    let corrected = age_value.saturating_mul(1_000_000).saturating_add(delay);
    apparent.max(corrected)
}

fn micros(micros: u64) -> i64 {
    i64::try_from(micros).unwrap_or(i64::MAX)
}

/// A date of a header.
pub(super) fn date(headers: &HeaderMap, name: &HeaderName) -> Option<Timestamp> {
    date_of(headers.get(name)?.to_str().ok()?)
}

/// An HTTP date (RFC 9110, section 5.6.7) in any of its three forms.
pub(super) fn date_of(text: &str) -> Option<Timestamp> {
    let time = httpdate::parse_http_date(text.trim()).ok()?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Timestamp::from_seconds(
        i64::try_from(since.as_secs()).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Sun, 06 Nov 1994 08:49:37 GMT.
    const DAY: Timestamp = Timestamp::from_seconds(784_111_777);
    const BOUNDS: Bounds = Bounds {
        default: None,
        heuristic: 86_400,
        most: 31_536_000,
        stale_while_revalidate: 0,
        stale_if_error: 0,
    };

    fn headers(lines: &[&str]) -> HeaderMap {
        lines
            .iter()
            .map(|line| {
                let (name, value) = line.split_once(": ").unwrap();
                (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())
            })
            .collect()
    }

    fn of(lines: &[&str]) -> Option<Freshness> {
        Freshness::of(StatusCode::OK, &headers(lines), DAY, DAY, &BOUNDS)
    }

    #[test]
    fn lifetimes_are_taken_in_their_order() {
        const DATE: &str = "date: Sun, 06 Nov 1994 08:49:37 GMT";
        for (lines, expected) in [
            (&["cache-control: s-maxage=5, max-age=9"][..], Some(5)),
            (
                &[
                    "cache-control: max-age=9",
                    DATE,
                    "expires: Sun, 06 Nov 1994 08:50:37 GMT",
                ],
                Some(9),
            ),
            (&[DATE, "expires: Sun, 06 Nov 1994 08:50:37 GMT"], Some(60)),
            (&[DATE, "expires: Sunday, 06-Nov-94 08:50:37 GMT"], Some(60)),
            (&[DATE, "expires: Sun Nov  6 08:50:37 1994"], Some(60)),
            (&[DATE, "expires: Sun, 06 Nov 1994 08:49:37 GMT"], Some(0)),
            (&["expires: Sun, 06 Nov 1994 08:50:37 GMT"], Some(60)),
            (&["expires: 0"], Some(0)),
            (
                &["expires: Sun, 06 Nov 1994 08:50:37 GMT", "expires: 0"],
                Some(0),
            ),
            (&["cache-control: no-cache, max-age=60"], Some(0)),
            // a tenth of ten minutes
            (
                &[DATE, "last-modified: Sun, 06 Nov 1994 08:39:37 GMT"],
                Some(60),
            ),
            // a tenth of years, cut to a day
            (
                &[DATE, "last-modified: Sat, 06 Nov 1982 08:39:37 GMT"],
                Some(86_400),
            ),
            (&["etag: \"a\""], None),
        ] {
            assert_eq!(of(lines).map(|f| f.lifetime), expected, "{lines:?}");
        }
    }

    #[test]
    fn only_some_statuses_are_guessed_about() {
        let lines = headers(&["last-modified: Sun, 06 Nov 1994 08:39:37 GMT"]);
        let lifetime = |status: u16| {
            let status = StatusCode::from_u16(status).unwrap();
            Freshness::of(status, &lines, DAY, DAY, &BOUNDS).map(|f| f.lifetime)
        };
        assert_eq!(lifetime(404), Some(60));
        assert_eq!(lifetime(302), None);
        assert_eq!(lifetime(500), None);
    }

    #[test]
    fn ages_count_the_way_here() {
        let age = |lines: &[&str], delay: u64, later: u64| {
            let came = DAY + Duration::from_secs(delay);
            let lines = headers(lines);
            let f = Freshness::of(
                StatusCode::OK,
                &lines,
                DAY,
                came,
                &Bounds {
                    default: Some(60),
                    ..BOUNDS
                },
            );
            f.unwrap().age(came + Duration::from_secs(later))
        };
        assert_eq!(age(&[], 0, 7), 7);
        assert_eq!(age(&["age: 10"], 0, 7), 17);
        // the time on the way counts, with Age and without
        assert_eq!(age(&["age: 10"], 3, 0), 13);
        // the date says that it is older
        assert_eq!(age(&["date: Sun, 06 Nov 1994 08:49:17 GMT"], 0, 0), 20);
        assert_eq!(
            age(&["date: Sun, 06 Nov 1994 08:49:17 GMT", "age: 30"], 2, 1),
            33
        );
        // a date of the future is no negative age
        assert_eq!(age(&["date: Sun, 06 Nov 1994 09:49:17 GMT"], 0, 0), 0);
        // of several the first, and what is no number is none
        assert_eq!(age(&["age: 4, 9"], 0, 0), 4);
        assert_eq!(age(&["age: x"], 0, 0), 0);
    }

    #[test]
    fn fresh_ends_when_the_age_reaches_the_lifetime() {
        let fresh = of(&["cache-control: max-age=10"]).unwrap();
        assert_eq!(fresh.left(DAY + Duration::from_secs(9)), Some(1));
        assert_eq!(fresh.left(DAY + Duration::from_secs(10)), None);
        assert_eq!(fresh.staleness(DAY + Duration::from_secs(13)), 3);
        let longest = Freshness::of(
            StatusCode::OK,
            &headers(&["cache-control: max-age=99999999999"]),
            DAY,
            DAY,
            &BOUNDS,
        );
        assert_eq!(longest.unwrap().lifetime, 31_536_000);
    }

    #[test]
    fn staleness_is_allowed_only_where_nothing_forbids_it() {
        let ours = Bounds {
            stale_while_revalidate: 5,
            stale_if_error: 6,
            ..BOUNDS
        };
        for (directives, expected) in [
            ("max-age=1", (5, 6, false)),
            ("max-age=1, stale-while-revalidate=9", (9, 6, false)),
            ("max-age=1, stale-if-error=0", (5, 0, false)),
            ("max-age=1, must-revalidate, stale-if-error=9", (0, 0, true)),
            ("max-age=1, proxy-revalidate", (0, 0, true)),
            ("s-maxage=1", (0, 0, true)),
            ("s-maxage=1, stale-while-revalidate=9", (9, 0, true)),
            ("no-cache", (0, 0, true)),
        ] {
            let line = format!("cache-control: {directives}");
            let lines = headers(&[&line]);
            let f = Freshness::of(StatusCode::OK, &lines, DAY, DAY, &ours).unwrap();
            let found = (f.stale_while_revalidate, f.stale_if_error, f.never_stale);
            assert_eq!(found, expected, "{directives}");
        }
    }
}
