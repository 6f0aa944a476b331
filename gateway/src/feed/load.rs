//! Reading entities from the store: all of them, or those that lines of the feed name.

use std::collections::{BTreeMap, HashMap};

use domain::Id;
use domain::change::ChangeKind;
use domain::id::{ApiVersionId, WorkspaceId};
use futures_util::TryStreamExt as _;
use gateway_snapshot::model::{Change, Entity};
use gateway_snapshot::problem::Problem;
use store::changes::ChangeLine;
use store::{
    Conn, api_versions, applications, credentials, plans, policies, products, routes,
    subscriptions, upstreams,
};
use url::Url;
use uuid::Uuid;

use super::rows::{self, Successor};

/// What was read, and what this version of the gateway did not understand: that stays as it was.
pub(crate) struct Read<T> {
    pub(crate) found: Vec<T>,
    pub(crate) unreadable: Vec<Problem>,
}

impl<T> Read<T> {
    const fn new() -> Self {
        Self {
            found: Vec::new(),
            unreadable: Vec::new(),
        }
    }

    fn add(&mut self, read: Result<T, Problem>) {
        match read {
            Ok(found) => self.found.push(found),
            Err(problem) => self.unreadable.push(problem),
        }
    }
}

/// Every entity of every workspace.
pub(crate) async fn everything(
    conn: &mut Conn,
    portal: Option<&Url>,
) -> Result<Read<Entity>, store::Error> {
    let mut read = Read::new();
    let keys = store::signing_keys::all(conn).await?;
    read.found.extend(
        keys.into_iter()
            .map(rows::signing_key)
            .map(Entity::SigningKey),
    );
    for row in store::cas::all(conn).await? {
        read.add(rows::ca(row).map(Entity::Ca));
    }
    for row in store::certificates::all(conn).await? {
        read.add(rows::certificate(row).map(Entity::Certificate));
    }
    upstreams_and_versions(conn, portal, &mut read).await?;

    let mut stream = routes::all(conn);
    while let Some(row) = stream.try_next().await? {
        read.add(rows::route(row).map(Entity::Route));
    }
    drop(stream);
    let mut stream = policies::all(conn);
    while let Some(row) = stream.try_next().await? {
        read.found.push(Entity::Policy(rows::policy(row)));
    }
    drop(stream);
    let mut items: HashMap<_, Vec<ApiVersionId>> = HashMap::new();
    let mut stream = products::all_items(conn);
    while let Some(item) = stream.try_next().await? {
        items
            .entry(item.product_id)
            .or_default()
            .push(item.api_version_id);
    }
    drop(stream);
    let mut stream = products::all(conn);
    while let Some(row) = stream.try_next().await? {
        let items = items.remove(&row.id).unwrap_or_default();
        read.found.push(Entity::Product(rows::product(row, items)));
    }
    drop(stream);
    let mut stream = plans::all(conn);
    while let Some(row) = stream.try_next().await? {
        read.found.push(Entity::Plan(rows::plan(row)));
    }
    drop(stream);
    let mut stream = applications::all(conn);
    while let Some(row) = stream.try_next().await? {
        read.found.push(Entity::Application(rows::application(row)));
    }
    drop(stream);
    let mut stream = subscriptions::all(conn);
    while let Some(row) = stream.try_next().await? {
        read.found
            .push(Entity::Subscription(rows::subscription(row)));
    }
    drop(stream);
    let mut stream = credentials::all(conn);
    while let Some(row) = stream.try_next().await? {
        read.found.push(Entity::Credential(rows::credential(row)));
    }
    drop(stream);
    for row in store::oauth_revocations::all(conn).await? {
        let revocation = rows::oauth_revocation(&row);
        read.found.push(Entity::OauthRevocation(revocation));
    }
    Ok(read)
}

async fn upstreams_and_versions(
    conn: &mut Conn,
    portal: Option<&Url>,
    read: &mut Read<Entity>,
) -> Result<(), store::Error> {
    let mut targets: HashMap<_, Vec<upstreams::Target>> = HashMap::new();
    let mut stream = upstreams::all_targets(conn);
    while let Some(target) = stream.try_next().await? {
        targets.entry(target.upstream_id).or_default().push(target);
    }
    drop(stream);
    let mut stream = upstreams::all(conn);
    while let Some(row) = stream.try_next().await? {
        let targets = targets.remove(&row.id).unwrap_or_default();
        read.add(rows::upstream(row, targets).map(Entity::Upstream));
    }
    drop(stream);
    let versions: Vec<_> = api_versions::all(conn).try_collect().await?;
    let successors: HashMap<ApiVersionId, Successor> = versions
        .iter()
        .map(|row| (row.id, Successor::of(row)))
        .collect();
    for row in versions {
        let successor = successors.get(&row.successor_id);
        let version = rows::api_version(row, successor, portal);
        read.found.push(Entity::ApiVersion(version));
    }
    Ok(())
}

/// What the lines of the feed name, as it is now; each once, in the order in which kinds are applied.
pub(crate) async fn changed(
    conn: &mut Conn,
    lines: &[ChangeLine],
    portal: Option<&Url>,
) -> Result<Read<Change>, store::Error> {
    let named: BTreeMap<(ChangeKind, Uuid), WorkspaceId> = lines
        .iter()
        .map(|line| ((line.kind, line.entity_id), line.workspace_id))
        .collect();
    let mut read = Read::new();
    for ((kind, id), workspace) in named {
        match one(conn, kind, id, workspace, portal).await? {
            Some(Ok(entity)) => read.found.push(Change::Put(entity)),
            Some(Err(problem)) => read.unreadable.push(problem),
            // the row says what is so, whatever the line says: it may be newer
            None => read.found.push(Change::Delete { kind, id }),
        }
    }
    Ok(read)
}

async fn one(
    conn: &mut Conn,
    kind: ChangeKind,
    id: Uuid,
    workspace: WorkspaceId,
    portal: Option<&Url>,
) -> Result<Option<Result<Entity, Problem>>, store::Error> {
    Ok(match kind {
        ChangeKind::SigningKey => store::signing_keys::load(conn, Id::new(id))
            .await?
            .map(|row| Ok(Entity::SigningKey(rows::signing_key(row)))),
        ChangeKind::Ca => store::cas::load(conn, Id::new(id))
            .await?
            .map(|row| rows::ca(row).map(Entity::Ca)),
        ChangeKind::Certificate => store::certificates::load(conn, Id::new(id))
            .await?
            .map(|row| rows::certificate(row).map(Entity::Certificate)),
        ChangeKind::Upstream => match upstreams::load(conn, Id::new(id)).await? {
            Some(row) => {
                let targets = upstreams::targets(conn, row.id).await?;
                Some(rows::upstream(row, targets).map(Entity::Upstream))
            }
            None => None,
        },
        ChangeKind::ApiVersion => match api_versions::load(conn, Id::new(id)).await? {
            Some(row) => {
                let successor = api_versions::load(conn, row.successor_id).await?;
                let successor = successor.as_ref().map(Successor::of);
                let version = rows::api_version(row, successor.as_ref(), portal);
                Some(Ok(Entity::ApiVersion(version)))
            }
            None => None,
        },
        ChangeKind::Route => routes::load(conn, Id::new(id))
            .await?
            .map(|row| rows::route(row).map(Entity::Route)),
        ChangeKind::Policy => policies::load(conn, Id::new(id))
            .await?
            .map(|row| Ok(Entity::Policy(rows::policy(row)))),
        ChangeKind::Product => match products::find(conn, workspace, Id::new(id)).await? {
            Some(row) => {
                let items = products::items(conn, row.id).await?;
                let items = items.into_iter().map(|item| item.api_version_id).collect();
                Some(Ok(Entity::Product(rows::product(row, items))))
            }
            None => None,
        },
        ChangeKind::Plan => plans::find(conn, workspace, Id::new(id))
            .await?
            .map(|row| Ok(Entity::Plan(rows::plan(row)))),
        ChangeKind::Application => applications::served(conn, workspace, Id::new(id))
            .await?
            .map(|row| Ok(Entity::Application(rows::application(row)))),
        ChangeKind::Subscription => subscriptions::find(conn, workspace, Id::new(id))
            .await?
            .map(|row| Ok(Entity::Subscription(rows::subscription(row)))),
        // no line of the feed: it follows from the others
        ChangeKind::Contract => None,
        ChangeKind::Credential => credentials::find(conn, workspace, Id::new(id))
            .await?
            .map(|row| Ok(Entity::Credential(rows::credential(row)))),
        ChangeKind::OauthRevocation => store::oauth_revocations::load(conn, id)
            .await?
            .map(|row| Ok(Entity::OauthRevocation(rows::oauth_revocation(&row)))),
        // carried out apart: see `purge`
        ChangeKind::CachePurge | ChangeKind::AcmeChallenge => None,
    })
}
