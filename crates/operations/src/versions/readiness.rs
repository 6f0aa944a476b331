//! Whether a version can serve: what is asked before it goes to the gateway, and as long as it is there.

use store::api_versions::ApiVersion;
use store::{Conn, routes, upstreams};

use crate::error::Result;
use crate::fields::Fields;
use crate::versions::clash;

/// Refuses a version that lacks an upstream with an enabled target, or an enabled route, or whose place on the gateway is
/// another one's. Names each thing that is missing.
pub(crate) async fn check(conn: &mut Conn, version: &ApiVersion) -> Result<()> {
    let mut fields = Fields::new();
    check_upstream(conn, version, &mut fields).await?;
    let own = routes::of_version(conn, version.workspace_id, version.id).await?;
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

async fn check_upstream(conn: &mut Conn, version: &ApiVersion, fields: &mut Fields) -> Result<()> {
    let Some(id) = version.upstream_id else {
        fields.refuse("upstream_id", "is missing: choose where requests go");
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
