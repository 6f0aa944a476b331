//! The portal while its database is out of reach.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use testkit::{PlatformBuilder, TestDb};

use crate::get;

/// A connection is waited for 3 s; the rest is for a busy machine.
const SOON: Duration = Duration::from_secs(7);

#[tokio::test]
async fn a_database_that_went_away_is_a_503_within_seconds() {
    let (db, line) = TestDb::postgres_over_line().await;
    let platform = PlatformBuilder::default().over(db);
    assert_eq!(get(&platform, "/").await.status, StatusCode::OK);
    line.cut();
    let asked = Instant::now();
    let page = get(&platform, "/").await;
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text().contains("This page failed, not your calls"));
}
