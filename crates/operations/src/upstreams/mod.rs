//! Upstreams: making, changing and deleting what requests are sent to.

pub(crate) mod address;
mod input;
mod standing;
pub(crate) mod tls;

use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::change::ChangeKind;
use domain::id::{TargetId, UpstreamId, WorkspaceId};
use domain::text::{Name, Slug};
use gateway_snapshot::settings::UpstreamSettings;
use serde::Serialize;
use serde_json::{Value, json};
use store::{Conn, upstreams};

use crate::access::need;
use crate::error::{Error, Result};
use crate::paging::{Page, Paging};
use crate::platform::Platform;
use crate::work::Work;

pub use self::address::AddressError;
pub(crate) use self::input::{Checked, TargetRow, check, slugs};
pub use self::input::{Input, TargetInput};
pub use self::standing::{Standing, Target as TargetStanding, Told, standing};

/// A group of targets that answer the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Upstream {
    /// Its id.
    pub id: UpstreamId,
    /// Its name in URLs.
    pub slug: Slug,
    /// Its name for people.
    pub name: Name,
    /// How it is spoken to.
    pub settings: UpstreamSettings,
    /// Its addresses, oldest first.
    pub targets: Vec<Target>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts the changes; give it back to change or delete.
    pub version: i64,
}

/// One address of an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// Its id.
    pub id: TargetId,
    /// Where it is.
    pub url: String,
    /// Its share of the requests.
    pub weight: i64,
    /// Whether it gets requests.
    pub enabled: bool,
}

/// Makes an upstream.
pub async fn create(platform: &Platform, actor: &Actor, input: Input) -> Result<Upstream> {
    need(actor, Permission::CatalogWrite)?;
    let checked = check(platform, input)?;
    let mut work = platform.begin(actor).await?;
    let made = insert(platform, &mut work, checked).await?;
    work.commit().await?;
    Ok(made)
}

/// Writes a checked upstream in a transaction that is under way.
pub(crate) async fn insert(
    platform: &Platform,
    work: &mut Work,
    checked: Checked,
) -> Result<Upstream> {
    let workspace = work.workspace();
    tls::check(work.conn(), workspace, &checked.settings).await?;
    let slug = slug_of(work.conn(), workspace, &checked).await?;
    let row = upstreams::Upstream {
        id: platform.new_id(),
        workspace_id: workspace,
        slug,
        name: checked.name,
        settings: to_json(&checked.settings).into(),
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    };
    upstreams::insert(work.conn(), &row)
        .await
        .map_err(|error| taken(error, &row.slug))?;
    for target in checked.targets {
        let target = target.row(platform.new_id(), &row, work.at());
        upstreams::insert_target(work.conn(), &target).await?;
    }
    let made = view(work.conn(), row).await?;
    work.changed(ChangeKind::Upstream, made.id);
    work.audit(
        "upstream.created",
        "upstream",
        made.id,
        made.name.as_str(),
        None,
        Some(json!(made)),
    );
    Ok(made)
}

/// Changes an upstream to what is given: targets are matched by id, else by address; what is left out goes.
pub async fn update(
    platform: &Platform,
    actor: &Actor,
    id: UpstreamId,
    version: i64,
    input: Input,
) -> Result<Upstream> {
    need(actor, Permission::CatalogWrite)?;
    let checked = check(platform, input)?;
    let mut work = platform.begin(actor).await?;
    let workspace = work.workspace();
    tls::check(work.conn(), workspace, &checked.settings).await?;
    let before = load(work.conn(), actor, id).await?;
    let mut row = upstreams::find(work.conn(), workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("upstream", id))?;
    row.slug = checked.slug.clone().unwrap_or(row.slug);
    row.name = checked.name;
    row.settings = to_json(&checked.settings).into();
    row.updated_at = work.at();
    row.version = version;
    let current = upstreams::update(work.conn(), &row)
        .await
        .map_err(|error| taken(error, &row.slug))?;
    if !current {
        return Err(stale(before.version));
    }
    replace_targets(platform, &mut work, &row, checked.targets).await?;
    let after = load(work.conn(), actor, id).await?;
    work.changed(ChangeKind::Upstream, id);
    work.audit(
        "upstream.updated",
        "upstream",
        id,
        after.name.as_str(),
        Some(json!(before)),
        Some(json!(after)),
    );
    work.commit().await?;
    Ok(after)
}

/// Deletes an upstream that no API version uses.
pub async fn delete(
    platform: &Platform,
    actor: &Actor,
    id: UpstreamId,
    version: i64,
) -> Result<()> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor, id).await?;
    let users = upstreams::users(work.conn(), actor.workspace, id).await?;
    if !users.is_empty() {
        let names: Vec<String> = users
            .iter()
            .map(|user| format!("{} {}", user.api_name, user.label))
            .collect();
        return Err(Error::InUse(format!(
            "upstream `{}` is used by {}",
            before.slug,
            names.join(", ")
        )));
    }
    if !upstreams::delete(work.conn(), actor.workspace, id, version).await? {
        return Err(stale(before.version));
    }
    work.removed(ChangeKind::Upstream, id);
    work.audit(
        "upstream.deleted",
        "upstream",
        id,
        before.name.as_str(),
        Some(json!(before)),
        None,
    );
    work.commit().await?;
    Ok(())
}

/// One upstream.
pub async fn find(platform: &Platform, actor: &Actor, id: UpstreamId) -> Result<Upstream> {
    need(actor, Permission::CatalogRead)?;
    load(&mut platform.db.read().await?, actor, id).await
}

/// Upstreams by name.
pub async fn list(platform: &Platform, actor: &Actor, paging: &Paging) -> Result<Page<Upstream>> {
    need(actor, Permission::CatalogRead)?;
    let after: (String, UpstreamId) = paging.cursor()?.unwrap_or_default();
    let mut conn = platform.db.read().await?;
    let rows = upstreams::list(
        &mut conn,
        actor.workspace,
        (&after.0, after.1),
        paging.probe(),
    )
    .await?;
    let page = paging.page(rows, |row| (row.name.clone(), row.id));
    let mut items = Vec::with_capacity(page.items.len());
    for row in page.items {
        items.push(view(&mut conn, row).await?);
    }
    Ok(Page {
        items,
        next: page.next,
    })
}

/// The API versions that send their requests to an upstream, as "Shipping Rates v2".
pub async fn users(platform: &Platform, actor: &Actor, id: UpstreamId) -> Result<Vec<String>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    let users = upstreams::users(&mut conn, actor.workspace, id).await?;
    Ok(users
        .into_iter()
        .map(|user| format!("{} {}", user.api_name, user.label))
        .collect())
}

async fn load(conn: &mut Conn, actor: &Actor, id: UpstreamId) -> Result<Upstream> {
    let row = upstreams::find(conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("upstream", id))?;
    view(conn, row).await
}

async fn view(conn: &mut Conn, row: upstreams::Upstream) -> Result<Upstream> {
    let targets = upstreams::targets(conn, row.id).await?;
    Ok(Upstream {
        id: row.id,
        slug: row.slug,
        name: row.name,
        settings: serde_json::from_value(row.settings.0).unwrap_or_default(),
        targets: targets
            .into_iter()
            .map(|target| Target {
                id: target.id,
                url: target.url,
                weight: target.weight,
                enabled: target.enabled,
            })
            .collect(),
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    })
}

async fn replace_targets(
    platform: &Platform,
    work: &mut Work,
    upstream: &upstreams::Upstream,
    wanted: Vec<TargetRow>,
) -> Result<()> {
    let mut present = upstreams::targets(work.conn(), upstream.id).await?;
    let (mut kept, mut fresh) = (Vec::new(), Vec::new());
    // Those that are named are taken before an address can be taken for one of them.
    let (named, others): (Vec<TargetRow>, Vec<TargetRow>) =
        wanted.into_iter().partition(|target| target.id.is_some());
    for target in named.into_iter().chain(others) {
        let found = present.iter().position(|row| match target.id {
            Some(id) => row.id == id,
            None => row.url == target.url,
        });
        match found {
            Some(at) => kept.push((target, present.swap_remove(at))),
            None => fresh.push(target),
        }
    }
    // What goes or moves is taken away first: an address may pass from one target to another.
    let (moved, same): (Vec<_>, Vec<_>) = kept
        .into_iter()
        .partition(|(target, row)| target.url != row.url);
    for gone in present.iter().chain(moved.iter().map(|(_, row)| row)) {
        upstreams::delete_target(work.conn(), upstream.id, gone.id).await?;
    }
    for (target, row) in same {
        upstreams::update_target(work.conn(), &target.over(row)).await?;
    }
    for (target, row) in moved {
        let row = target.over(row);
        upstreams::insert_target(work.conn(), &row)
            .await
            .map_err(|error| target_taken(error, &row.url))?;
    }
    for target in fresh {
        let row = target.row(platform.new_id(), upstream, work.at());
        upstreams::insert_target(work.conn(), &row)
            .await
            .map_err(|error| target_taken(error, &row.url))?;
    }
    Ok(())
}

/// The slug that was given, or a free one made from the name.
async fn slug_of(conn: &mut Conn, workspace: WorkspaceId, checked: &Checked) -> Result<Slug> {
    match &checked.slug {
        Some(slug) => Ok(slug.clone()),
        None => free_slug(conn, workspace, checked.name.as_str()).await,
    }
}

/// A slug made from a text that no upstream has yet.
pub(crate) async fn free_slug(conn: &mut Conn, workspace: WorkspaceId, text: &str) -> Result<Slug> {
    for candidate in slugs(text, "upstream") {
        if upstreams::find_by_slug(conn, workspace, &candidate)
            .await?
            .is_none()
        {
            return Ok(candidate);
        }
    }
    Err(Error::invalid(
        "slug",
        "is needed: every one made from the name is taken",
    ))
}

fn to_json(settings: &UpstreamSettings) -> Value {
    json!(settings)
}

fn stale(current_version: i64) -> Error {
    Error::Conflict {
        what: "upstream",
        current_version,
    }
}

fn taken(error: store::Error, slug: &Slug) -> Error {
    if error.is_taken("upstream") {
        return Error::invalid("slug", format!("`{slug}` belongs to another upstream"));
    }
    error.into()
}

fn target_taken(error: store::Error, url: &str) -> Error {
    if error.is_taken("target") {
        return Error::invalid("targets", format!("hold `{url}` twice"));
    }
    error.into()
}
