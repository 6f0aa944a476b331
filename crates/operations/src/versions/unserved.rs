//! Versions that are on the gateway without an upstream: whether a change leaves a request that nobody answers.

use std::collections::HashMap;

use domain::id::RouteId;
use store::api_versions;

use super::full_name;
use crate::error::{Error, Result};
use crate::policies::answered;
use crate::work::Work;

/// The routes that nothing serves, before a change: no upstream, no redirect and no policy. What was so before is told when
/// the version is published or changed itself, and stands in the way of nothing else.
pub(crate) struct Unserved(Option<HashMap<RouteId, String>>);

impl Unserved {
    /// Before a change. Where it is a part of a greater one, that one is looked at as a whole, with [`Unserved::before_all`].
    pub(crate) async fn before(work: &mut Work) -> Result<Self> {
        if work.is_part() {
            return Ok(Self(None));
        }
        Self::before_all(work).await
    }

    /// Before a change of many parts.
    pub(crate) async fn before_all(work: &mut Work) -> Result<Self> {
        let workspace = work.workspace();
        api_versions::lock_publishing(work.conn(), workspace).await?;
        find(work).await.map(Some).map(Self)
    }

    /// After it: refuses what leaves more of them.
    pub(crate) async fn refuse_more(self, work: &mut Work) -> Result<()> {
        let Some(before) = self.0 else {
            return Ok(());
        };
        let mut more: Vec<String> = find(work)
            .await?
            .into_iter()
            .filter(|(id, _)| !before.contains_key(id))
            .map(|(_, message)| message)
            .collect();
        more.sort_unstable();
        more.into_iter()
            .next()
            .map_or(Ok(()), |message| Err(Error::WrongState(message)))
    }
}

/// Each with what to say of it.
async fn find(work: &mut Work) -> Result<HashMap<RouteId, String>> {
    let workspace = work.workspace();
    let mut found = HashMap::new();
    for version in api_versions::without_upstream(work.conn(), workspace).await? {
        let routes = store::routes::of_version(work.conn(), workspace, version.id).await?;
        let answered = answered::by_themselves(work.conn(), &version, &routes).await?;
        let name = full_name(work.conn(), &version).await?;
        let open = routes
            .iter()
            .filter(|route| route.enabled && !answered.contains(&route.id));
        found.extend(open.map(|route| {
            let message = format!(
                "version `{name}` is on the gateway without an upstream, and no policy would answer `{}`: choose its upstream first, \
                 or let a policy of the version answer",
                route.name
            );
            (route.id, message)
        }));
    }
    Ok(found)
}
