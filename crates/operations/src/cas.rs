//! Bundles of authorities: who signs the certificates of callers or of upstreams.

use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::change::ChangeKind;
use domain::id::CaId;
use domain::text::Name;
use serde::Serialize;
use serde_json::json;
use store::{Conn, cas as rows, certificates};

use crate::access::need;
use crate::certificates::paper::{self, Bundle};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::paging::{Page, Paging};
use crate::platform::Platform;

/// What a bundle is to be.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// Its name for people.
    pub name: String,
    /// The certificates, PEM.
    pub bundle: String,
}

/// A bundle of authorities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ca {
    /// Its id.
    pub id: CaId,
    /// Its name for people.
    pub name: String,
    /// The certificates, PEM.
    pub bundle: String,
    /// Whom they name, in the bundle's order.
    pub subjects: Vec<String>,
    /// When the first of them expires.
    pub not_after: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts the changes.
    pub version: i64,
}

impl From<rows::Ca> for Ca {
    fn from(row: rows::Ca) -> Self {
        Self {
            id: row.id,
            name: row.name,
            bundle: row.bundle,
            subjects: row.subjects.0,
            not_after: row.not_after,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// Uploads a bundle.
pub async fn create(platform: &Platform, actor: &Actor, input: Input) -> Result<Ca> {
    need(actor, Permission::CatalogWrite)?;
    let (name, bundle) = check(platform, &input)?;
    let mut work = platform.begin(actor).await?;
    let row = rows::Ca {
        id: platform.new_id(),
        workspace_id: work.workspace(),
        name: name.to_string(),
        bundle: bundle.pem,
        subjects: bundle.subjects.into(),
        not_after: bundle.not_after,
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    };
    rows::insert(work.conn(), &row)
        .await
        .map_err(|error| taken(error, &name))?;
    work.changed(ChangeKind::Ca, row.id);
    let made = Ca::from(row);
    work.audit(
        "ca.created",
        "ca",
        made.id,
        &made.name,
        None,
        Some(told(&made)),
    );
    work.commit().await?;
    Ok(made)
}

/// Replaces a bundle.
pub async fn update(
    platform: &Platform,
    actor: &Actor,
    id: CaId,
    version: i64,
    input: Input,
) -> Result<Ca> {
    need(actor, Permission::CatalogWrite)?;
    let (name, bundle) = check(platform, &input)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor, id).await?;
    let mut row = rows::Ca {
        name: name.to_string(),
        bundle: bundle.pem,
        subjects: bundle.subjects.into(),
        not_after: bundle.not_after,
        updated_at: work.at(),
        version,
        ..before.clone()
    };
    let current = rows::update(work.conn(), &row)
        .await
        .map_err(|error| taken(error, &name))?;
    if !current {
        return Err(stale(before.version));
    }
    row.version += 1;
    work.changed(ChangeKind::Ca, id);
    let (before, after) = (Ca::from(before), Ca::from(row));
    work.audit(
        "ca.updated",
        "ca",
        id,
        &after.name,
        Some(told(&before)),
        Some(told(&after)),
    );
    work.commit().await?;
    Ok(after)
}

/// Deletes a bundle that nothing is verified with.
pub async fn delete(platform: &Platform, actor: &Actor, id: CaId, version: i64) -> Result<()> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor, id).await?;
    let users = users(work.conn(), actor, id).await?;
    if !users.is_empty() {
        return Err(Error::InUse(format!(
            "authority `{}` is used by {}",
            before.name,
            users.join(", ")
        )));
    }
    if !rows::delete(work.conn(), actor.workspace, id, version).await? {
        return Err(stale(before.version));
    }
    work.removed(ChangeKind::Ca, id);
    let before = Ca::from(before);
    work.audit(
        "ca.deleted",
        "ca",
        id,
        &before.name,
        Some(told(&before)),
        None,
    );
    work.commit().await?;
    Ok(())
}

/// One bundle.
pub async fn find(platform: &Platform, actor: &Actor, id: CaId) -> Result<Ca> {
    need(actor, Permission::CatalogRead)?;
    let row = load(&mut platform.db.read().await?, actor, id).await?;
    Ok(row.into())
}

/// Bundles by name.
pub async fn list(platform: &Platform, actor: &Actor, paging: &Paging) -> Result<Page<Ca>> {
    need(actor, Permission::CatalogRead)?;
    let after: (String, CaId) = paging.cursor()?.unwrap_or_default();
    let mut conn = platform.db.read().await?;
    let rows = rows::list(
        &mut conn,
        actor.workspace,
        (&after.0, after.1),
        paging.probe(),
    )
    .await?;
    let page = paging.page(rows, |row| (row.name.clone(), row.id));
    Ok(Page {
        items: page.items.into_iter().map(Ca::from).collect(),
        next: page.next,
    })
}

/// What is verified with a bundle, in words.
async fn users(conn: &mut Conn, actor: &Actor, id: CaId) -> Result<Vec<String>> {
    let asking = certificates::asking(conn, actor.workspace, id).await?;
    let mut users: Vec<String> = asking
        .into_iter()
        .map(|certificate| format!("certificate `{}`", certificate.name))
        .collect();
    users.extend(crate::upstreams::tls::trusting(conn, actor.workspace, id).await?);
    Ok(users)
}

fn check(platform: &Platform, input: &Input) -> Result<(Name, Bundle)> {
    let mut fields = Fields::new();
    let name = fields.parse::<Name>("name", &input.name);
    let bundle = fields.check("bundle", paper::bundle(&input.bundle, platform.now()));
    match (name, bundle) {
        (Some(name), Some(bundle)) => Ok((name, bundle)),
        _ => Err(fields.into_error()),
    }
}

async fn load(conn: &mut Conn, actor: &Actor, id: CaId) -> Result<rows::Ca> {
    rows::find(conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("authority", id))
}

fn told(ca: &Ca) -> serde_json::Value {
    json!({ "name": ca.name, "subjects": ca.subjects, "not_after": ca.not_after })
}

fn stale(current_version: i64) -> Error {
    Error::Conflict {
        what: "authority",
        current_version,
    }
}

fn taken(error: store::Error, name: &Name) -> Error {
    if error.is_taken("ca") {
        return Error::invalid("name", format!("`{name}` belongs to another authority"));
    }
    error.into()
}
