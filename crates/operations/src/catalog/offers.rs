//! Under which plans each API can be had.

use std::collections::HashMap;

use domain::actor::Actor;
use domain::id::ApiVersionId;
use store::plans::Offer;

use super::sight;
use crate::error::Result;
use crate::platform::Platform;

/// The open plans that an actor sees, by the version they open, in their order.
pub async fn offers(
    platform: &Platform,
    actor: &Actor,
) -> Result<HashMap<ApiVersionId, Vec<Offer>>> {
    let mut conn = platform.db.read().await?;
    let offers = store::plans::on_offer(&mut conn, actor.workspace).await?;
    let sight = sight(actor);
    let mut by_version: HashMap<ApiVersionId, Vec<Offer>> = HashMap::new();
    for offer in offers
        .into_iter()
        .filter(|offer| sight.sees(offer.visibility))
    {
        by_version
            .entry(offer.api_version_id)
            .or_default()
            .push(offer);
    }
    Ok(by_version)
}
