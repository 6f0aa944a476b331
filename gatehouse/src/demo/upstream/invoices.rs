//! The billing part of the demo's upstream: invoices of the last months.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::Clock;
use serde_json::json;

use super::{Book, Problem};

/// Invoices of the last months: made from the month, so that they stay the same.
fn invoice_of(month: i64) -> serde_json::Value {
    let (year, month_of_year) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    json!({
        "number": format!("inv-{year}-{month_of_year:02}"),
        "month": format!("{year}-{month_of_year:02}"),
        "amount": 40_000 + month * 7_919 % 30_000,
        "currency": "EUR",
        "state": "paid",
    })
}

/// Months since the year 0, now.
fn this_month(clock: &Clock) -> i64 {
    let today = clock.now().to_jiff().to_zoned(jiff::tz::TimeZone::UTC);
    i64::from(today.year()) * 12 + i64::from(today.month()) - 1
}

/// The last six.
pub(super) async fn invoices(State(book): State<Book>) -> Json<serde_json::Value> {
    let now = this_month(&book.clock);
    let invoices: Vec<_> = (1..=6).map(|ago| invoice_of(now - ago)).collect();
    Json(json!({ "invoices": invoices }))
}

/// One of them.
pub(super) async fn invoice(
    State(book): State<Book>,
    Path(number): Path<String>,
) -> Result<Json<serde_json::Value>, Problem> {
    let now = this_month(&book.clock);
    (1..=6)
        .map(|ago| invoice_of(now - ago))
        .find(|invoice| invoice["number"] == number.as_str())
        .map(Json)
        .ok_or_else(|| {
            Problem(
                StatusCode::NOT_FOUND,
                format!("there is no invoice `{number}`"),
            )
        })
}
