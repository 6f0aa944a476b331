//! How states, moments, limits and numbers are put into words; called from the templates.

use charts::format;
use domain::Timestamp;
use domain::account::AccountState;
use domain::api::{Approval, Lifecycle, PlanState, ProductState, Visibility};
use domain::limit::{Quota, RateLimit};
use domain::subscription::{ApplicationState, SubscriptionState};
use store::plans::Plan;

use crate::parts::{State, Tone};

/// A moment seen from now, with the exact one at hand.
pub(crate) fn ago(at: &Timestamp, now: &Timestamp) -> String {
    format!(
        "<time datetime=\"{}\" title=\"{}\">{}</time>",
        format::iso(at.micros()),
        format::exact(at.micros()),
        format::relative(at.micros(), now.micros())
    )
}

/// The same for what may never have been.
pub(crate) fn ago_or(at: &Option<Timestamp>, now: &Timestamp, never: &str) -> String {
    at.map_or_else(
        || format!("<span class=\"muted\">{never}</span>"),
        |at| ago(&at, now),
    )
}

/// To the second.
pub(crate) fn exact(at: &Timestamp) -> String {
    format::exact(at.micros())
}

/// For tables: `20 Nov 15:26`.
pub(crate) fn short(at: &Timestamp) -> String {
    format!(
        "{} {}",
        format::short_date(at.micros()),
        format::time(at.micros())
    )
}

/// A count of the store; never negative.
pub(crate) fn count(number: &i64) -> String {
    format::count(number.unsigned_abs())
}

/// A duration in microseconds.
pub(crate) fn millis(micros: &i64) -> String {
    format::milliseconds(micros.unsigned_abs())
}

/// A size in bytes.
pub(crate) fn bytes(size: &i64) -> String {
    format::bytes(size.unsigned_abs())
}

/// `1 plan`, `3 plans`.
pub(crate) fn many(number: &i64, one: &str, more: &str) -> String {
    let word = if *number == 1 { one } else { more };
    format!("{} {word}", count(number))
}

/// `1 target`, `3 targets`.
pub(crate) fn list<T>(list: &[T], one: &str, more: &str) -> String {
    many(&len(list), one, more)
}

/// The length of a list as a number.
pub(crate) fn len<T>(list: &[T]) -> i64 {
    i64::try_from(list.len()).unwrap_or(i64::MAX)
}

/// The class of an HTTP status, for its colour.
pub(crate) fn class(status: &i64) -> i64 {
    status / 100
}

/// A rate limit in words: `600 a minute`.
pub(crate) fn rate(limit: &RateLimit) -> String {
    format!(
        "{} {} {}",
        format::count(limit.requests),
        article(limit.window.as_str()),
        limit.window
    )
}

/// A quota in words: `100 000 a month`.
pub(crate) fn quota(quota: &Quota) -> String {
    format!(
        "{} {} {}",
        format::count(quota.requests),
        article(quota.period.as_str()),
        quota.period
    )
}

/// `a minute`, `an hour`.
pub(crate) fn article(word: &str) -> &'static str {
    if word == "hour" { "an" } else { "a" }
}

/// The rate limits of a plan.
pub(crate) fn rates(plan: &Plan) -> String {
    if plan.rate_limits.0.is_empty() {
        return "no rate limit".to_owned();
    }
    let all: Vec<String> = plan.rate_limits.0.iter().map(rate).collect();
    all.join(", ")
}

/// The quota of a plan.
pub(crate) fn plan_quota(plan: &Plan) -> String {
    plan.quota
        .as_ref()
        .map_or_else(|| "no quota".to_owned(), |json| quota(&json.0))
}

/// The price of a plan.
pub(crate) fn price(plan: &Plan) -> &str {
    if plan.price.is_empty() {
        "Free"
    } else {
        &plan.price
    }
}

/// How a subscription to a plan begins.
pub(crate) fn starts(plan: &Plan) -> String {
    match (plan.state, plan.approval) {
        (PlanState::Active, Approval::Instant) => "at once".to_owned(),
        (PlanState::Active, Approval::Reviewed) if plan.review_hours > 0 => {
            format!("reviewed, within {} h", plan.review_hours)
        }
        (PlanState::Active, Approval::Reviewed) => "reviewed".to_owned(),
        _ => "closed".to_owned(),
    }
}

/// Who sees it.
pub(crate) fn visibility(visibility: &Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "everybody sees it",
        Visibility::Registered => "whoever is signed in sees it",
        Visibility::Hidden => "nobody outside the platform team sees it",
    }
}

/// Where a version stands.
pub(crate) fn lifecycle(lifecycle: &Lifecycle) -> State {
    match lifecycle {
        Lifecycle::Draft => State::new(Tone::Warn, "edit", "Draft"),
        Lifecycle::Published => State::new(Tone::Good, "check-circle", "Published"),
        Lifecycle::Deprecated => State::new(Tone::Warn, "sunset", "Deprecated"),
        Lifecycle::Retired => State::new(Tone::Plain, "minus", "Retired"),
    }
}

/// Where a product stands.
pub(crate) fn product(state: &ProductState) -> State {
    match state {
        ProductState::Draft => State::new(Tone::Warn, "edit", "Draft"),
        ProductState::Published => State::new(Tone::Good, "check-circle", "On offer"),
        ProductState::Retired => State::new(Tone::Plain, "minus", "Off the shelf"),
    }
}

/// Where a plan stands.
pub(crate) fn plan(state: &PlanState) -> State {
    match state {
        PlanState::Active => State::new(Tone::Good, "check-circle", "Active"),
        PlanState::Deprecated => State::new(Tone::Warn, "sunset", "Closed to new ones"),
        PlanState::Retired => State::new(Tone::Plain, "minus", "Retired"),
    }
}

/// Where a subscription stands.
pub(crate) fn subscription(state: &SubscriptionState) -> State {
    match state {
        SubscriptionState::Pending => State::new(Tone::Warn, "clock", "Waiting for approval"),
        SubscriptionState::Active => State::new(Tone::Good, "check-circle", "Active"),
        SubscriptionState::Rejected => State::new(Tone::Bad, "cross-circle", "Refused"),
        SubscriptionState::Suspended => State::new(Tone::Bad, "pause", "Suspended"),
        SubscriptionState::Cancelled => State::new(Tone::Plain, "minus", "Ended"),
    }
}

/// Where an application stands.
pub(crate) fn application(state: &ApplicationState) -> State {
    match state {
        ApplicationState::Active => State::new(Tone::Good, "check-circle", "Active"),
        ApplicationState::Suspended => State::new(Tone::Bad, "pause", "Suspended"),
    }
}

/// Where an account stands.
pub(crate) fn account(state: &AccountState) -> State {
    match state {
        AccountState::Unverified => State::new(Tone::Plain, "mail", "Address not confirmed"),
        AccountState::PendingApproval => State::new(Tone::Warn, "clock", "Waiting for approval"),
        AccountState::Active => State::new(Tone::Good, "check-circle", "Active"),
        AccountState::Suspended => State::new(Tone::Bad, "pause", "Suspended"),
    }
}
