//! Configuration as code: what the store holds as a declaration, how a declaration differs from it, and making it so.

mod callers;
mod canonical;
mod compile;
mod current;
mod impact;
mod plan;
mod seal;
mod vault;
mod write;

use std::collections::{HashMap, HashSet};

use declaration::{Body, Declaration, Flaws, Item, Key, Names, items};
use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::api::Lifecycle;
use domain::id::WorkspaceId;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::Conn;
use uuid::Uuid;

use crate::access::need;
use crate::error::{Error, FieldError, Result};
use crate::platform::Platform;
use crate::work::Shared;
use write::Writer;

pub use canonical::{Means, canonical};
pub use compile::compile;
pub use impact::Impact;
pub use plan::{Action, Choice, Line};
pub use vault::Vault;

/// What the store holds.
#[derive(Debug, Clone)]
pub struct Exported {
    /// As a declaration in its one form.
    pub declaration: Declaration,
    /// SHA-256 of it, in base 16: the same for the same configuration on every platform with the same master key.
    pub hash: String,
}

/// What is exported.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only what carries this tag.
    pub tag: Option<String>,
    /// With applications, their subscriptions and credentials.
    pub applications: bool,
}

/// What is to be made so.
#[derive(Clone, Default)]
pub struct Request {
    /// What is declared, its references replaced.
    pub declaration: Declaration,
    /// Which things are looked at.
    pub choice: Choice,
    /// The hash of the configuration that it was compared with; another one now is a conflict.
    pub expected: Option<String>,
    /// Whether applications may be cut off.
    pub confirmed: bool,
    /// Whether nothing is written.
    pub dry_run: bool,
}

/// What an apply did, or would do.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Every difference, in the order in which it is dealt with.
    pub lines: Vec<Line>,
    /// Who would feel it.
    pub impact: Impact,
    /// The hash of the configuration that it was compared with.
    pub before: String,
    /// The hash afterwards; the same when nothing was written.
    pub after: String,
    /// The revision that was taken, when the gateways have something to read.
    pub revision: Option<i64>,
    /// Whether anything was written.
    pub applied: bool,
}

impl Report {
    /// Whether the platform is not what is declared. What is there and not declared counts only where it would be taken
    /// away.
    pub fn differs(&self) -> bool {
        self.lines.iter().any(|line| line.action != Action::Keep)
    }
}

/// Told of each step that was taken: how many of how many.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Send + Sync);

impl Platform {
    /// What the one form of a declaration depends on here.
    pub fn means(&self) -> Means {
        Means {
            sealer: self.sealer.clone(),
            now: self.now(),
            upstreams: self.settings.upstreams.clone(),
        }
    }
}

/// Gives out what the store holds. Hashes and sealed secrets are in it, so that it takes the permission to write.
pub async fn export(platform: &Platform, actor: &Actor, selection: &Selection) -> Result<Exported> {
    need(actor, Permission::CatalogWrite)?;
    if selection.applications {
        need(actor, Permission::ConsumersWrite)?;
    }
    let mut conn = platform.db.read().await?;
    let workspace = actor.workspace;
    let sealer = &platform.sealer;
    let mut all = Box::pin(current::read(
        &mut conn,
        sealer,
        workspace,
        selection.applications,
    ))
    .await?;
    let hash = hash(&all);
    if let Some(tag) = &selection.tag {
        let tags = tags(&mut conn, workspace).await?;
        keep_tagged(&mut all, tag, &tags);
        all.tag = Some(tag.clone());
    }
    Ok(Exported {
        declaration: all,
        hash,
    })
}

/// Things of the top level that carry another tag, or none, are left out with all that stands in them.
fn keep_tagged(all: &mut Declaration, tag: &str, tags: &HashMap<Uuid, String>) {
    let has = |id: declaration::RowId| tags.get(&id.uuid()).is_some_and(|found| found == tag);
    all.authorities.retain(|one| has(one.id));
    all.certificates.retain(|one| has(one.id));
    all.upstreams.retain(|one| has(one.id));
    all.policies.retain(|one| has(one.id));
    all.apis.retain(|one| has(one.id));
    all.products.retain(|one| has(one.id));
    all.applications.retain(|one| has(one.id));
}

async fn tags(conn: &mut Conn, workspace: WorkspaceId) -> Result<HashMap<Uuid, String>> {
    let rows = store::declared::of_workspace(conn, workspace).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.entity_id, row.tag))
        .collect())
}

/// The hash of a declaration in its one form.
pub fn hash(all: &Declaration) -> String {
    let text = serde_json::to_vec(all).unwrap_or_default();
    data_encoding::HEXLOWER.encode(&Sha256::digest(text))
}

/// Flaws as the fields of a refusal.
pub fn refused(flaws: Flaws) -> Error {
    let fields = flaws.0.into_iter().map(|flaw| FieldError {
        field: match (flaw.place.is_empty(), flaw.line) {
            (true, 0) => "declaration".to_owned(),
            (true, line) => format!("line {line}"),
            _ => flaw.place,
        },
        message: flaw.message,
    });
    Error::Invalid(fields.collect())
}

/// Makes a declaration so, in one transaction, or only tells what that would do. The second time it changes nothing.
pub async fn apply(
    platform: &Platform,
    actor: &Actor,
    request: Request,
    progress: Progress<'_>,
) -> Result<Report> {
    need(actor, Permission::CatalogWrite)?;
    let with_applications = !request.declaration.applications.is_empty();
    if with_applications {
        need(actor, Permission::ConsumersWrite)?;
    }
    let tag = request.declaration.tag.clone();
    if request.choice.prune && tag.is_none() {
        return Err(Error::invalid(
            "tag",
            "is missing: only what carries the declaration's tag is pruned",
        ));
    }
    let means = platform.means();
    declaration::check(&request.declaration).map_err(refused)?;
    let wanted = canonical(&means, request.declaration).map_err(refused)?;

    let mut work = platform.begin(actor).await?;
    let workspace = work.workspace();
    // one apply after the other: the second sees what the first did
    store::api_versions::lock_publishing(work.conn(), workspace).await?;
    let sealer = &platform.sealer;
    let present = Box::pin(current::read(
        work.conn(),
        sealer,
        workspace,
        with_applications,
    ))
    .await?;
    let before = hash(&present);
    if request
        .expected
        .as_ref()
        .is_some_and(|expected| *expected != before)
    {
        let current_version = store::changes::revision(work.conn()).await?;
        return Err(Error::Conflict {
            what: "configuration",
            current_version,
        });
    }
    let dangling = declaration::dangling(&wanted, Names::of(&present));
    if !dangling.is_empty() {
        return Err(refused(Flaws(dangling)));
    }
    let tags = tags(work.conn(), workspace).await?;
    let (present, mut wanted) = (items(present), items(wanted));
    keep_dates(&present, &mut wanted);
    let ids: HashMap<Key, Uuid> = present
        .iter()
        .map(|item| (item.key.clone(), item.body.id().uuid()))
        .collect();
    foreign(&present, &wanted, &tags, tag.as_deref())?;
    let owned = |item: &Item| tag.is_some() && tags.get(&item.body.id().uuid()) == tag.as_ref();
    let endings: Vec<Item> = wanted
        .iter()
        .filter(|item| matches!(item.body, Body::Version(_)))
        .cloned()
        .collect();
    let untagged: Vec<Key> = wanted
        .iter()
        .filter(|item| match ids.get(&item.key) {
            Some(id) => tags.get(id) != tag.as_ref(),
            None => true,
        })
        .map(|item| item.key.clone())
        .collect();
    let steps = plan::steps(present, wanted, &request.choice, owned);
    let row = |key: &Key| ids.get(key).copied();
    let hour = work.at().seconds().div_euclid(3_600);
    let impact = impact::of(work.conn(), workspace, hour, &steps, row).await?;
    let lines: Vec<Line> = steps.iter().map(plan::Step::line).collect();
    let mut report = Report {
        lines,
        impact,
        after: before.clone(),
        before,
        revision: None,
        applied: false,
    };
    if request.dry_run {
        return Ok(report);
    }
    if impact.applications > 0 && !request.confirmed {
        return Err(Error::WrongState(format!(
            "this would cut off {} applications ({} calls in 24 h); confirm it",
            impact.applications, impact.calls
        )));
    }

    let shared = Shared::new(work);
    let inner = platform.sharing(&shared);
    let mut writer = Writer {
        platform: &inner,
        actor,
        means: &means,
        ids,
    };
    let total = steps.len();
    let mut touched: HashSet<Key> = HashSet::new();
    for (done, step) in steps.iter().enumerate() {
        Box::pin(writer.take(step))
            .await
            .map_err(|error| at(step.key(), error))?;
        touched.insert(step.key().clone());
        touched.extend(
            step.after
                .as_ref()
                .or(step.before.as_ref())
                .and_then(|item| item.parent.clone()),
        );
        progress(done + 1, total);
    }
    for item in endings.iter().filter(|item| touched.contains(&item.key)) {
        if let (Body::Version(one), Some(id)) = (&item.body, writer.ids.get(&item.key)) {
            let api = item
                .parent
                .as_ref()
                .map(|key| key.path.as_str())
                .unwrap_or_default();
            writer
                .ending(api, (*id).into(), one)
                .await
                .map_err(|error| at(&item.key, error))?;
        }
    }
    for item in &endings {
        if let Some(id) = writer.ids.get(&item.key)
            && !steps.is_empty()
        {
            let verified = crate::versions::verify(&inner, actor, (*id).into()).await;
            verified.map_err(|error| at(&item.key, error))?;
        }
    }
    let ids = writer.ids;
    let mut work = shared.finish()?;
    if let Some(tag) = &tag {
        for key in untagged {
            if let Some(id) = ids.get(&key) {
                store::declared::remember(work.conn(), workspace, key.kind.as_str(), *id, tag)
                    .await?;
            }
        }
    }
    for item in steps
        .iter()
        .filter(|step| step.action == Action::Delete)
        .filter_map(|step| step.before.as_ref())
    {
        let kind = item.key.kind.as_str();
        store::declared::forget(work.conn(), workspace, kind, item.body.id().uuid()).await?;
    }
    report.applied = report.differs();
    if report.applied {
        let after = Box::pin(current::read(
            work.conn(),
            sealer,
            workspace,
            with_applications,
        ))
        .await?;
        report.after = hash(&after);
        let count = |action| {
            report
                .lines
                .iter()
                .filter(|line| line.action == action)
                .count()
        };
        let told = json!({
            "tag": tag, "created": count(Action::Create), "updated": count(Action::Update),
            "deleted": count(Action::Delete), "before": report.before, "after": report.after,
        });
        work.audit(
            "configuration.applied",
            "configuration",
            Uuid::nil(),
            "configuration",
            None,
            Some(told),
        );
    }
    report.revision = work.commit().await?;
    Ok(report)
}

/// A version that is deprecated stays so since the day it was, unless the declaration names another one.
fn keep_dates(present: &[Item], wanted: &mut [Item]) {
    let dates: HashMap<&Key, Timestamp> = present
        .iter()
        .filter_map(|item| match &item.body {
            Body::Version(one) => Some((&item.key, one.deprecated_at?)),
            _ => None,
        })
        .collect();
    for item in wanted {
        if let Body::Version(one) = &mut item.body
            && matches!(one.lifecycle, Lifecycle::Deprecated | Lifecycle::Retired)
            && one.deprecated_at.is_none()
        {
            one.deprecated_at = dates.get(&item.key).copied();
        }
    }
}

/// Two declarations with different tags do not fight over one thing.
fn foreign(
    present: &[Item],
    wanted: &[Item],
    tags: &HashMap<Uuid, String>,
    tag: Option<&str>,
) -> Result<()> {
    let Some(tag) = tag else { return Ok(()) };
    let wanted: HashSet<&Key> = wanted.iter().map(|item| &item.key).collect();
    let fields: Vec<FieldError> = present
        .iter()
        .filter(|item| wanted.contains(&item.key))
        .filter_map(|item| {
            let other = tags
                .get(&item.body.id().uuid())
                .filter(|other| *other != tag)?;
            Some(FieldError {
                field: item.key.to_string(),
                message: format!(
                    "carries the tag `{other}`, not `{tag}`: another declaration holds it"
                ),
            })
        })
        .collect();
    if fields.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(fields))
    }
}

/// Which step an error belongs to.
fn at(key: &Key, error: Error) -> Error {
    match error {
        Error::Invalid(fields) => Error::Invalid(
            fields
                .into_iter()
                .map(|field| FieldError {
                    field: format!("{key}: {}", field.field),
                    message: field.message,
                })
                .collect(),
        ),
        Error::WrongState(message) => Error::WrongState(format!("{key}: {message}")),
        Error::InUse(message) => Error::InUse(format!("{key}: {message}")),
        other => other,
    }
}
