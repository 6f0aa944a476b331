//! Requests that are repeated under one key: the first one does the work, the others get its answer.

use std::time::Duration;

use domain::Timestamp;
use domain::actor::{Actor, Who};
use serde::{Deserialize, Serialize};
use store::idempotency_keys::{self, Owner, Times};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::platform::Platform;

/// How long an answer is kept.
pub const KEPT: Duration = Duration::from_secs(86_400);
/// After this long a request without an answer was broken off (the process ended), and its key is free again.
const GIVEN_UP: Duration = Duration::from_secs(600);

/// An answer as it is given again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers that belong to it: media type, entity tag, place.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What a key is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// The request is the first under it: it is carried out, and the claim is finished or released.
    First(Claim),
    /// It was answered before.
    Answered(Answer),
    /// The first one is still under way.
    UnderWay,
    /// It came with another request before.
    OfAnother,
}

/// A key that a request has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    owner: Owner,
    started_at: Timestamp,
}

/// Looks a key up for a request, and takes it where it is free. `request_hash` stands for all that the request asks.
pub async fn begin(
    platform: &Platform,
    actor: &Actor,
    key: &str,
    request_hash: &[u8],
) -> Result<Key> {
    let owner = Owner {
        workspace: actor.workspace,
        actor: id(actor),
        key: key.to_owned(),
    };
    let now = platform.now();
    let times = Times {
        now,
        until: now + KEPT,
        given_up: now - GIVEN_UP,
    };
    let mut tx = platform.db.begin().await?;
    let taken = idempotency_keys::claim(&mut tx, &owner, request_hash, times).await?;
    let kept = match taken {
        true => None,
        false => idempotency_keys::find(&mut tx, &owner).await?,
    };
    tx.commit().await?;
    let Some(kept) = kept else {
        // taken by us, or given back by another between two statements: then that one made nothing
        return match taken {
            true => Ok(Key::First(Claim {
                owner,
                started_at: now,
            })),
            false => Ok(Key::UnderWay),
        };
    };
    if kept.request_hash != request_hash {
        return Ok(Key::OfAnother);
    }
    if kept.status == 0 {
        return Ok(Key::UnderWay);
    }
    let opened = platform
        .sealer
        .open(&purpose(&owner), &kept.sealed_answer)
        .map_err(Error::Seal)?;
    let answer = serde_json::from_slice(&opened);
    answer
        .map(Key::Answered)
        .map_err(|_| Error::Seal(store::seal::SealError::Damaged))
}

/// Keeps the answer of a request that made something.
pub async fn finish(platform: &Platform, claim: &Claim, answer: &Answer) -> Result<()> {
    let plain = serde_json::to_vec(answer).expect("an answer has text keys only");
    let nonce = platform.random.bytes();
    let sealed = platform.sealer.seal(nonce, &purpose(&claim.owner), &plain);
    let mut tx = platform.db.begin().await?;
    let status = i64::from(answer.status);
    idempotency_keys::finish(&mut tx, &claim.owner, claim.started_at, status, sealed).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives the key back: the request made nothing, so it may be tried again, mended or not.
pub async fn release(platform: &Platform, claim: &Claim) -> Result<()> {
    let mut tx = platform.db.begin().await?;
    idempotency_keys::release(&mut tx, &claim.owner, claim.started_at).await?;
    tx.commit().await?;
    Ok(())
}

/// A token has keys of its own: what one with more rights was answered is not told to another.
fn id(actor: &Actor) -> Uuid {
    match &actor.who {
        Who::Account { id, .. } => id.uuid(),
        Who::Token { id, .. } => id.uuid(),
        Who::System | Who::Visitor => Uuid::nil(),
    }
}

fn purpose(owner: &Owner) -> String {
    format!("idempotency_key:{}:{}", owner.actor, owner.key)
}
