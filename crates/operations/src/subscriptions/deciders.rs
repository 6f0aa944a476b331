//! Who decides requests, and how long that usually takes: what a waiting developer reads.

use std::time::Duration;

use domain::actor::Actor;
use domain::id::ProductId;

use crate::access::person;
use crate::error::Result;
use crate::platform::Platform;

/// Decisions that are needed before anything is said of how long they take.
const LEAST: usize = 3;

/// Who decides, and how long it usually takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deciders {
    /// The names of the people who may decide.
    pub names: Vec<String>,
    /// How long the latest decisions took; nothing while there are fewer than three.
    pub usual: Option<Usual>,
}

/// How long decisions take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usual {
    /// Half of them took at most this.
    pub median: Duration,
    /// Nine in ten took at most this.
    pub p90: Duration,
    /// How many decisions this is from.
    pub decisions: usize,
}

/// Who decides requests for a product: whoever is signed in may know.
pub async fn who_decides(
    platform: &Platform,
    actor: &Actor,
    product: ProductId,
) -> Result<Deciders> {
    person(actor)?;
    let mut conn = platform.db.read().await?;
    let workspace = actor.workspace;
    let people = store::decisions::deciders(&mut conn, workspace).await?;
    let of_product = store::decisions::times(&mut conn, workspace, Some(product)).await?;
    let times = if of_product.len() < LEAST {
        store::decisions::times(&mut conn, workspace, None).await?
    } else {
        of_product
    };
    Ok(Deciders {
        names: people.into_iter().map(|person| person.name).collect(),
        usual: usual(times),
    })
}

fn usual(mut micros: Vec<i64>) -> Option<Usual> {
    if micros.len() < LEAST {
        return None;
    }
    micros.sort_unstable();
    let at = |percent: usize| {
        let place = (micros.len() * percent).div_ceil(100).max(1) - 1;
        Duration::from_micros(u64::try_from(micros[place]).unwrap_or(0))
    };
    Some(Usual {
        median: at(50),
        p90: at(90),
        decisions: micros.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_nothing_of_two_decisions() {
        assert_eq!(usual(vec![1, 2]), None);
    }

    #[test]
    fn finds_median_and_nine_in_ten() {
        let times = (1..=10).rev().map(|n| n * 1_000_000).collect();
        let usual = usual(times).unwrap();
        assert_eq!(usual.median, Duration::from_secs(5));
        assert_eq!(usual.p90, Duration::from_secs(9));
    }
}
