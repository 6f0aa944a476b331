//! A point in time, as people say it and exactly.

use domain::Timestamp;
use leptos::prelude::*;

use crate::islands::relative_time::{RelativeTime, RelativeTimeProps};

/// `3 min ago`, with the exact time (UTC) as its title; it stays current where scripts run.
#[must_use]
pub fn moment(at: Timestamp, now: Timestamp) -> AnyView {
    RelativeTime(RelativeTimeProps {
        at: at.micros() / 1000,
        now: now.micros() / 1000,
        machine: machine(at),
        exact: exact(at),
    })
    .into_any()
}

/// `2026-11-20T16:04:12Z`
#[must_use]
pub fn machine(at: Timestamp) -> String {
    written(at, "%Y-%m-%dT%H:%M:%SZ")
}

/// `20 November 2026, 16:04 UTC`
#[must_use]
pub fn exact(at: Timestamp) -> String {
    written(at, "%-d %B %Y, %H:%M UTC")
}

fn written(at: Timestamp, format: &str) -> String {
    jiff::Timestamp::from_microsecond(at.micros())
        .map(|time| time.strftime(format).to_string())
        .unwrap_or_default()
}
