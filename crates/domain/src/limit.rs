//! Rate limits (short-term protection) and quotas (a calendar budget that is reported).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::time::Timestamp;
use crate::word::{UnknownWord, words};

words! {
    /// The length of a rate limit's window.
    pub enum Window {
        /// 1 s.
        Second = "second",
        /// 60 s.
        Minute = "minute",
        /// 3 600 s.
        Hour = "hour",
        /// 86 400 s.
        Day = "day",
    }
}

impl Window {
    /// Its length in seconds.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}

words! {
    /// The calendar period of a quota, in UTC.
    pub enum Period {
        /// From one full hour to the next.
        Hour = "hour",
        /// From midnight to midnight.
        Day = "day",
        /// From Monday to Monday (ISO 8601).
        Week = "week",
        /// From the first to the first.
        Month = "month",
    }
}

impl Period {
    /// When the period that holds `at` began, and when the next one begins.
    pub fn bounds(self, at: Timestamp) -> (Timestamp, Timestamp) {
        const HOUR: i64 = 3_600;
        const DAY: i64 = 86_400;
        let seconds = at.seconds();
        let day = seconds.div_euclid(DAY);
        match self {
            Self::Hour => {
                let start = seconds.div_euclid(HOUR) * HOUR;
                (
                    Timestamp::from_seconds(start),
                    Timestamp::from_seconds(start + HOUR),
                )
            }
            Self::Day => (
                Timestamp::from_seconds(day * DAY),
                Timestamp::from_seconds((day + 1) * DAY),
            ),
            Self::Week => {
                // 1970-01-01 was a Thursday: three days after a Monday.
                let monday = (day + 3).div_euclid(7) * 7 - 3;
                (
                    Timestamp::from_seconds(monday * DAY),
                    Timestamp::from_seconds((monday + 7) * DAY),
                )
            }
            Self::Month => {
                let (year, month) = year_and_month(day);
                let next = if month == 12 {
                    (year + 1, 1)
                } else {
                    (year, month + 1)
                };
                (
                    Timestamp::from_seconds(days_to_month(year, month) * DAY),
                    Timestamp::from_seconds(days_to_month(next.0, next.1) * DAY),
                )
            }
        }
    }
}

/// Days from the epoch to the first of a month (proleptic Gregorian calendar; Howard Hinnant's `days_from_civil`).
fn days_to_month(year: i64, month: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The year and month (1 to 12) of a day counted from the epoch.
fn year_and_month(day: i64) -> (i64, i64) {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let m = (5 * day_of_year + 2) / 153;
    let month = if m < 10 { m + 3 } else { m - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month)
}

/// At most so many requests in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Requests allowed in the window.
    pub requests: u64,
    /// The window.
    pub window: Window,
}

/// At most so many requests in a calendar period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Requests allowed in the period.
    pub requests: u64,
    /// The period.
    pub period: Period,
}

/// Why a limit was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LimitError {
    /// It would refuse everything: suspend the plan instead, or leave the limit out.
    #[error("of 0 would refuse every call; leave it out for no limit, or retire the plan")]
    Zero,
    /// Larger than what a counter holds safely.
    #[error("is larger than 1 000 000 000 000")]
    TooLarge,
}

/// The largest number of requests in a limit.
pub const MOST: u64 = 1_000_000_000_000;

fn check(requests: u64) -> Result<(), LimitError> {
    match requests {
        0 => Err(LimitError::Zero),
        n if n > MOST => Err(LimitError::TooLarge),
        _ => Ok(()),
    }
}

impl RateLimit {
    /// Whether it can be kept.
    pub fn check(self) -> Result<Self, LimitError> {
        check(self.requests).map(|()| self)
    }
}

impl Quota {
    /// Whether it can be kept.
    pub fn check(self) -> Result<Self, LimitError> {
        check(self.requests).map(|()| self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_bounds(period: Period, at: &str, start: &str, end: &str) {
        let (s, e) = period.bounds(at.parse().unwrap());
        assert_eq!(
            (s.to_string().as_str(), e.to_string().as_str()),
            (start, end)
        );
    }

    #[test]
    fn periods_follow_the_calendar() {
        check_bounds(
            Period::Hour,
            "2026-11-20T17:59:59Z",
            "2026-11-20T17:00:00Z",
            "2026-11-20T18:00:00Z",
        );
        check_bounds(
            Period::Day,
            "2026-11-20T17:30:00Z",
            "2026-11-20T00:00:00Z",
            "2026-11-21T00:00:00Z",
        );
        check_bounds(
            Period::Week,
            "2026-11-22T23:00:00Z",
            "2026-11-16T00:00:00Z",
            "2026-11-23T00:00:00Z",
        );
        check_bounds(
            Period::Month,
            "2026-12-31T23:59:59Z",
            "2026-12-01T00:00:00Z",
            "2027-01-01T00:00:00Z",
        );
        check_bounds(
            Period::Month,
            "2028-02-29T12:00:00Z",
            "2028-02-01T00:00:00Z",
            "2028-03-01T00:00:00Z",
        );
        check_bounds(
            Period::Month,
            "1969-12-31T23:00:00Z",
            "1969-12-01T00:00:00Z",
            "1970-01-01T00:00:00Z",
        );
    }

    #[test]
    fn a_limit_of_nothing_is_refused() {
        assert_eq!(
            Quota {
                requests: 0,
                period: Period::Month
            }
            .check(),
            Err(LimitError::Zero)
        );
        assert!(
            RateLimit {
                requests: 60,
                window: Window::Minute
            }
            .check()
            .is_ok()
        );
        assert_eq!(
            RateLimit {
                requests: MOST + 1,
                window: Window::Day
            }
            .check(),
            Err(LimitError::TooLarge)
        );
    }
}
