//! The outbox's sender: claims what is due, sends it, and tries again later where that can help.

use std::time::Duration;

use operations::Platform;
use store::outbox::{self, OutboxEvent};

use crate::letters;
use crate::mailer::Mailer;

/// How often the outbox is looked at when nobody says that there is something.
const LOOK: Duration = Duration::from_secs(5);
/// How long a claimed message is nobody else's.
const CLAIM: Duration = Duration::from_secs(60);
/// Waits between tries; after the last one a message is given up.
const WAITS: [Duration; 6] = [
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(3600),
    Duration::from_secs(4 * 3600),
    Duration::from_secs(12 * 3600),
];
const BATCH: i64 = 20;

/// Sends until it is dropped.
pub async fn run(platform: &Platform, mailer: &Mailer) {
    loop {
        match send_due(platform, mailer).await {
            Ok(sent) if sent == BATCH as usize => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!("the outbox could not be read: {error}"),
        }
        let _ = tokio::time::timeout(LOOK, platform.outbox.notified()).await;
    }
}

/// Sends what is due now; how many messages were looked at.
pub async fn send_due(platform: &Platform, mailer: &Mailer) -> store::Result<usize> {
    let now = platform.now();
    let due = outbox::due(&mut platform.db.read().await?, now, BATCH).await?;
    let seen = due.len();
    for event in due {
        let mut tx = platform.db.begin().await?;
        let mine = outbox::claim(&mut tx, &event, now + CLAIM).await?;
        tx.commit().await?;
        if mine {
            send_one(platform, mailer, &event).await?;
        }
    }
    Ok(seen)
}

async fn send_one(platform: &Platform, mailer: &Mailer, event: &OutboxEvent) -> store::Result<()> {
    let outcome = deliver(platform, mailer, event).await;
    let now = platform.now();
    let mut tx = platform.db.begin().await?;
    match outcome {
        Delivery::Sent => outbox::mark_sent(&mut tx, event.id, now).await?,
        Delivery::Kept => outbox::mark_kept(&mut tx, event.id).await?,
        Delivery::GivenUp(error) => {
            tracing::warn!(kind = event.kind, "a mail was given up: {error}");
            outbox::mark_failed(&mut tx, event.id, &error, None).await?;
        }
        Delivery::Failed(error) => {
            let tries = usize::try_from(event.attempts).unwrap_or(usize::MAX);
            let next = WAITS.get(tries).map(|wait| now + *wait);
            tracing::warn!(kind = event.kind, "a mail was not taken: {error}");
            outbox::mark_failed(&mut tx, event.id, &error, next).await?;
        }
    }
    tx.commit().await
}

enum Delivery {
    Sent,
    Kept,
    Failed(String),
    GivenUp(String),
}

async fn deliver(platform: &Platform, mailer: &Mailer, event: &OutboxEvent) -> Delivery {
    let letter = match letters::render(
        &platform.settings,
        &event.kind,
        &event.payload.0,
        event.created_at,
    ) {
        Ok(letter) => letter,
        Err(error) => return Delivery::GivenUp(error.to_string()),
    };
    if !mailer.sends() {
        tracing::info!(
            "no mail server is configured; this mail would go to {}:\nSubject: {}\n\n{}",
            event.recipient,
            letter.subject,
            letter.text
        );
        return Delivery::Kept;
    }
    match mailer
        .send(&event.recipient, &event.id.to_string(), &letter)
        .await
    {
        Ok(()) => Delivery::Sent,
        Err(error) if error.is_final() => Delivery::GivenUp(error.to_string()),
        Err(error) => Delivery::Failed(error.to_string()),
    }
}
