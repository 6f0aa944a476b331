//! The route tester: what would happen to a request, answered by the same matcher that the gateway uses. Nothing is sent.

use domain::access::Permission;
use domain::actor::Actor;
use domain::api::Lifecycle;
use domain::id::ApiVersionId;
use futures_util::TryStreamExt as _;
use gateway_policies::policy::OnError;
use gateway_snapshot::live::{Live, Trace};
use gateway_snapshot::model::{ApiVersion, Entity, Policy, Route, Target, Upstream};
use http::Method;
use store::{Conn, api_versions, policies, routes, upstreams};

use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;

/// A request that somebody thinks of.
#[derive(Debug, Clone)]
pub struct Question {
    /// `GET`
    pub method: String,
    /// `api.example.com`, with or without a port.
    pub host: String,
    /// The path as it would be sent, without query.
    pub path: String,
    /// A draft that is looked at as if it were published.
    pub draft: Option<ApiVersionId>,
}

/// Tells what the gateway would do with a request, with the configuration that is in the store now.
pub async fn explain(platform: &Platform, actor: &Actor, question: &Question) -> Result<Trace> {
    need(actor, Permission::CatalogRead)?;
    let method: Method = question
        .method
        .trim()
        .to_uppercase()
        .parse()
        .map_err(|_| Error::invalid("method", "is not a method"))?;
    if !question.path.starts_with('/') {
        return Err(Error::invalid("path", "does not begin with a slash"));
    }
    let live = Live::new();
    {
        let mut conn = platform.db.read().await?;
        let entities = entities(&mut conn, actor, question.draft).await?;
        live.replace(1, entities).map_err(|problems| {
            Error::WrongState(format!("the routes do not compile: {problems}"))
        })?;
    }
    Ok(live.explain(&method, &question.host, &question.path))
}

async fn entities(
    conn: &mut Conn,
    actor: &Actor,
    draft: Option<ApiVersionId>,
) -> Result<Vec<Entity>> {
    let mut out = Vec::new();
    let targets = upstreams::targets_of_workspace(conn, actor.workspace).await?;
    let rows: Vec<_> = upstreams::all(conn).try_collect().await?;
    out.extend(
        rows.into_iter()
            .filter(|row| row.workspace_id == actor.workspace)
            .map(|row| {
                let own = targets.iter().filter(|target| target.upstream_id == row.id);
                Entity::Upstream(upstream(&row, own))
            }),
    );
    let rows = api_versions::named(conn, actor.workspace).await?;
    out.extend(
        rows.into_iter()
            .map(|row| Entity::ApiVersion(version(row, draft))),
    );
    let rows: Vec<_> = routes::all(conn).try_collect().await?;
    out.extend(
        rows.into_iter()
            .filter(|row| row.workspace_id == actor.workspace)
            .map(|row| Entity::Route(route(row))),
    );
    let rows: Vec<_> = policies::all(conn).try_collect().await?;
    out.extend(
        rows.into_iter()
            .filter(|row| row.workspace_id == actor.workspace)
            .map(|row| Entity::Policy(policy(row))),
    );
    Ok(out)
}

/// Settings that cannot be read count as the defaults: the gateway reports them on its own.
fn upstream<'a>(
    row: &upstreams::Upstream,
    targets: impl Iterator<Item = &'a upstreams::Target>,
) -> Upstream {
    Upstream {
        id: row.id,
        slug: row.slug.to_string(),
        settings: serde_json::from_value(row.settings.0.clone()).unwrap_or_default(),
        targets: targets
            .map(|target| Target {
                id: target.id,
                url: target.url.clone(),
                weight: u32::try_from(target.weight).unwrap_or(0),
                enabled: target.enabled,
            })
            .collect(),
    }
}

fn version(row: api_versions::Named, draft: Option<ApiVersionId>) -> ApiVersion {
    let as_published = draft == Some(row.id) && row.lifecycle == Lifecycle::Draft;
    ApiVersion {
        id: row.id,
        api: row.api_id,
        api_slug: row.api_slug,
        api_name: row.api_name,
        label: row.label,
        lifecycle: if as_published {
            Lifecycle::Published
        } else {
            row.lifecycle
        },
        upstream: row.upstream_id,
        hosts: row.hosts.0,
        base_path: row.base_path,
        deprecated_at: row.deprecated_at,
        sunset_at: row.sunset_at,
        successor_url: None,
    }
}

fn route(row: routes::Route) -> Route {
    Route {
        settings: serde_json::from_value(row.settings.0).unwrap_or_default(),
        id: row.id,
        api_version: row.api_version_id,
        operation: row.operation_id,
        name: row.name,
        methods: row.methods.0,
        path: row.path,
        path_kind: row.path_kind,
        priority: i32::try_from(row.priority).unwrap_or(0),
        enabled: row.enabled,
    }
}

fn policy(row: policies::Policy) -> Policy {
    Policy {
        id: row.id,
        kind: row.kind,
        scope: row.scope,
        scope_id: row.scope_id,
        config: row.config.0.to_string(),
        position: row.position,
        enabled: row.enabled,
        conditions: if row.conditions.0.is_null() {
            String::new()
        } else {
            row.conditions.0.to_string()
        },
        on_error: OnError::of_word(&row.on_error),
    }
}
