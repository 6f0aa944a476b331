//! Orders to forget stored answers, as the change feed brings them.

use std::collections::HashSet;

use domain::Id;
use domain::cache::PurgeTarget;
use domain::id::ApiId;
use gateway_policies::cache::store::{CacheStore, Purge, What};
use store::cache_purges;
use store::changes::ChangeLine;
use store::{Conn, api_versions};

/// What a line of the feed orders; `None` when the order is gone already.
pub(crate) async fn read(
    conn: &mut Conn,
    line: &ChangeLine,
) -> Result<Option<Purge>, store::Error> {
    let Some(order) = cache_purges::load(conn, Id::new(line.entity_id)).await? else {
        return Ok(None);
    };
    let versions: HashSet<_> = match order.target {
        PurgeTarget::Api => {
            let Ok(api) = order.value.parse::<ApiId>() else {
                return Ok(None);
            };
            let versions = api_versions::of_api(conn, order.workspace_id, api).await?;
            versions.into_iter().map(|version| version.id).collect()
        }
        _ => {
            let versions = cache_purges::versions(conn, order.workspace_id).await?;
            versions.into_iter().collect()
        }
    };
    let what = match order.target {
        PurgeTarget::All | PurgeTarget::Api => What::All,
        PurgeTarget::Tag => What::Tag(order.value),
        PurgeTarget::Url => What::Url(order.value),
    };
    Ok(Some(Purge {
        versions: Some(versions),
        what,
    }))
}

/// Carries an order out.
pub(crate) fn carry_out(cache: &CacheStore, order: Option<Purge>) {
    if let Some(purge) = order {
        let removed = cache.purge(&purge);
        tracing::info!(removed, ?purge.what, "stored answers were purged");
    }
}

/// Forgets every answer.
pub(crate) fn everything(cache: &CacheStore) {
    cache.purge(&Purge {
        versions: None,
        what: What::All,
    });
}
