//! Whether a version can serve: what is asked before it goes to the gateway, and as long as it is there.

use store::api_versions::ApiVersion;
use store::routes::Route;
use store::{Conn, routes, upstreams};

use crate::error::Result;
use crate::fields::Fields;
use crate::policies::answered;
use crate::versions::clash;

/// How many routes a refusal names.
const NAMED_MOST: usize = 5;

/// Refuses a version that lacks an upstream with an enabled target (unless all its routes answer by themselves), or an enabled
/// route, or whose place on the gateway is
/// another one's. Names each thing that is missing.
pub(crate) async fn check(conn: &mut Conn, version: &ApiVersion) -> Result<()> {
    let mut fields = Fields::new();
    let own = routes::of_version(conn, version.workspace_id, version.id).await?;
    check_upstream(conn, version, &own, &mut fields).await?;
    if !own.iter().any(|route| route.enabled) {
        let message = if own.is_empty() {
            "are missing: add one"
        } else {
            "are all switched off: enable one"
        };
        fields.refuse("routes", message);
    }
    if let Some(clash) = clash::within(&own) {
        fields.refuse("routes", format!("exclude each other: {clash}"));
    }
    if let Some(clash) = clash::across(conn, version, &own).await? {
        let field = match clash {
            clash::Clash::Placement { .. } => "base_path",
            clash::Clash::Route { .. } => "routes",
        };
        fields.refuse(field, format!("cannot go to the gateway: {clash}"));
    }
    fields.finish()
}

async fn check_upstream(
    conn: &mut Conn,
    version: &ApiVersion,
    own: &[Route],
    fields: &mut Fields,
) -> Result<()> {
    let Some(id) = version.upstream_id else {
        if let Some(message) = unanswered(conn, version, own).await? {
            fields.refuse("upstream_id", message);
        }
        return Ok(());
    };
    let targets = upstreams::targets(conn, id).await?;
    if !targets
        .iter()
        .any(|target| target.enabled && target.weight > 0)
    {
        let upstream = upstreams::find(conn, version.workspace_id, id).await?;
        let slug = upstream.map(|row| row.slug.to_string()).unwrap_or_default();
        fields.refuse(
            "upstream_id",
            format!("has no enabled target: add one to upstream `{slug}`"),
        );
    }
    Ok(())
}

/// Why a version needs an upstream; `None` when each of its routes answers by itself.
async fn unanswered(
    conn: &mut Conn,
    version: &ApiVersion,
    own: &[Route],
) -> Result<Option<String>> {
    let mut message = "is missing: choose where requests go".to_owned();
    if !own.iter().any(|route| route.enabled) {
        return Ok(Some(message));
    }
    let answered = answered::by_themselves(conn, version, own).await?;
    let mut names = own
        .iter()
        .filter(|route| route.enabled && !answered.contains(&route.id))
        .map(|route| format!("`{}`", route.name));
    let named: Vec<String> = names.by_ref().take(NAMED_MOST).collect();
    if named.is_empty() {
        return Ok(None);
    }
    message.push_str("; no policy answers ");
    message.push_str(&named.join(", "));
    let more = names.count();
    if more > 0 {
        message.push_str(&format!(" and {more} more"));
    }
    Ok(Some(message))
}
