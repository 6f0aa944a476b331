//! Sending through the portal: for browsers that run no scripts, or whose way to the gateway is closed.

use std::time::Instant;

use super::request::{Prepared, Wrong};
use crate::page::Page;

/// The largest answer that is shown, in bytes.
const LARGEST: usize = 256 << 10;

/// What came of a try.
pub(super) enum Outcome {
    /// The form was not ready to be sent.
    Wrong(Vec<Wrong>),
    /// There is no answer.
    Failed(String),
    Answered(Answered),
}

/// An answer that the portal received.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) reason: &'static str,
    pub(super) milliseconds: u128,
    pub(super) bytes: usize,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// Sends the call and reads the answer.
pub(super) async fn relay(page: &Page, request: Prepared) -> Outcome {
    let policy = outbound::Policy::default().with_private_networks();
    let limits = outbound::Limits {
        size: LARGEST,
        ..outbound::Limits::default()
    };
    let client = match outbound::Client::new(policy) {
        Ok(client) => client,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let started = Instant::now();
    let answer = client
        .send(
            request.method,
            &request.url,
            request.headers,
            request.body,
            limits,
        )
        .await;
    let milliseconds = started.elapsed().as_millis();
    match answer {
        Ok(answer) => Outcome::Answered(Answered {
            status: answer.status.as_u16(),
            reason: answer.status.canonical_reason().unwrap_or_default(),
            milliseconds,
            bytes: answer.body.len(),
            headers: answer
                .headers
                .iter()
                .map(|(name, value)| {
                    (
                        name.to_string(),
                        String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    )
                })
                .collect(),
            body: String::from_utf8_lossy(&answer.body).into_owned(),
        }),
        Err(error) => {
            tracing::warn!(path = page.path, "a try-it call failed: {error}");
            Outcome::Failed(error.to_string())
        }
    }
}
