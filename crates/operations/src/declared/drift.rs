//! Drift: what was applied last held against what the store holds now, and who changed it.

use declaration::ItemKind;
use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::id::{AuditEventId, DeclarationId, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Conn;
use store::declarations::Declaration as Row;
use uuid::Uuid;

use super::compare::{Place, compare};
use super::plan::{Action, Line, Step};
use super::record::{Kept, kept};
use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;

/// How many differences are kept whole; of the others it is only known how many there are.
const KEPT: usize = 200;

/// What was applied last under a tag, and how it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// Its id, the same from one apply to the next.
    pub id: DeclarationId,
    /// Its tag; empty for declarations without one.
    pub tag: String,
    /// SHA-256 of the declaration in its one form, in base 16.
    pub hash: String,
    /// How many things it names.
    pub things: i64,
    /// When it was applied.
    pub applied_at: Timestamp,
    /// Who applied it.
    pub applied_by: String,
    /// `account`, `token` or `system`.
    pub applied_by_kind: String,
    /// The revision of the configuration that it was applied to.
    pub revision: i64,
    /// When the platform was last held against it.
    pub checked_at: Timestamp,
    /// Where it stands.
    pub standing: Standing,
    /// How many things differ.
    pub differing: i64,
    /// What differs, the first 200 of it.
    pub differences: Vec<Difference>,
}

/// Where a declaration stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The platform is what was declared.
    InStep,
    /// It is not, since this moment at the latest.
    Drifted(Timestamp),
    /// That cannot be said, and why.
    Unknown(String),
}

/// How a thing differs from what was declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was declared, and is gone.
    Missing,
    /// It says something else.
    Changed,
    /// It carries the tag, and was not declared.
    Undeclared,
}

/// A thing that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// How.
    pub how: Kind,
    /// What kind of thing: `route`.
    pub kind: String,
    /// Which one: `shipping/v2/GET /rates`.
    pub name: String,
    /// Which of its members differ.
    pub members: Vec<Member>,
    /// Who changed it last since it was applied, where the audit log knows.
    pub by: Option<By>,
}

/// A member that differs. Secrets are told as having changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Its name: `lifecycle`.
    pub name: String,
    /// What was declared; null for nothing.
    pub declared: Value,
    /// What it is; null for nothing.
    pub found: Value,
}

/// Who changed a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// The name in the audit log.
    pub name: String,
    /// When, in microseconds since the epoch.
    pub at_micros: i64,
    /// What was done: `route.updated`.
    pub action: String,
    /// The line of the audit log.
    pub event: AuditEventId,
}

impl By {
    /// When.
    pub const fn at(&self) -> Timestamp {
        Timestamp::from_micros(self.at_micros)
    }
}

/// What was applied last under each tag, as it stood when it was last looked at. Who changed what is told to those who may
/// read the audit log, and what is about applications to those who may read these.
pub async fn list(platform: &Platform, actor: &Actor) -> Result<Vec<Declared>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    let rows = store::declarations::list(&mut conn, actor.workspace).await?;
    Ok(rows.into_iter().map(|row| told(row, actor)).collect())
}

fn told(row: Row, actor: &Actor) -> Declared {
    let mut differences: Vec<Difference> =
        serde_json::from_value(row.differences.0).unwrap_or_default();
    let consumers = [
        ItemKind::Application,
        ItemKind::Subscription,
        ItemKind::Credential,
    ];
    if !actor.may(Permission::ConsumersRead) {
        differences.retain(|one| consumers.iter().all(|kind| kind.as_str() != one.kind));
    }
    if !actor.may(Permission::AuditRead) {
        for one in &mut differences {
            one.by = None;
        }
    }
    Declared {
        id: row.id,
        tag: row.tag,
        hash: row.hash,
        things: row.things,
        applied_at: row.applied_at,
        applied_by: row.applied_by,
        applied_by_kind: row.applied_by_kind,
        revision: row.revision,
        checked_at: row.checked_at,
        standing: match (row.problem.is_empty(), row.drifted_at) {
            (false, _) => Standing::Unknown(row.problem),
            (true, Some(since)) => Standing::Drifted(since),
            (true, None) => Standing::InStep,
        },
        differing: row.differing,
        differences,
    }
}

/// Holds the platform against everything that was applied last. Where it begins to differ, or no longer does, that is
/// written into the audit log.
pub async fn check(platform: &Platform, actor: &Actor) -> Result<Vec<Declared>> {
    need(actor, Permission::CatalogWrite)?;
    let mut conn = platform.db.read().await?;
    let rows = store::declarations::list(&mut conn, actor.workspace).await?;
    drop(conn);
    for row in rows {
        Box::pin(check_one(platform, actor, row)).await?;
    }
    list(platform, actor).await
}

/// Forgets what was applied under a tag: it is no longer looked at. The things themselves stay as they are.
pub async fn forget(platform: &Platform, actor: &Actor, id: DeclarationId) -> Result<()> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let workspace = work.workspace();
    let missing = || Error::not_found("declaration", id);
    let row = store::declarations::find(work.conn(), workspace, id).await?;
    let row = row.ok_or_else(missing)?;
    if !store::declarations::delete(work.conn(), workspace, id).await? {
        return Err(missing());
    }
    let told = json!({ "tag": row.tag, "hash": row.hash });
    let name = name(&row.tag);
    work.audit("configuration.forgotten", KIND, id, name, Some(told), None);
    work.commit().await.map(drop)
}

/// What lines of the audit log are about.
const KIND: &str = "configuration";

fn name(tag: &str) -> &str {
    if tag.is_empty() { KIND } else { tag }
}

/// What a look found.
struct Found {
    lines: Vec<Line>,
    /// The row of each line, where one is known.
    rows: Vec<Option<Uuid>>,
    problem: String,
}

impl Found {
    fn is_in_step(&self) -> bool {
        self.lines.is_empty() && self.problem.is_empty()
    }
}

/// Looks twice before it says that something differs: the second time under the lock of applies, so that one under way is
/// not taken for drift.
async fn check_one(platform: &Platform, actor: &Actor, row: Row) -> Result<()> {
    let workspace = row.workspace_id;
    let mut conn = platform.db.read().await?;
    let Some(content) = store::declarations::content(&mut conn, workspace, row.id).await? else {
        return Ok(());
    };
    if content.applied_at != row.applied_at {
        return Ok(());
    }
    let first = look(platform, &mut conn, workspace, &content.content).await?;
    drop(conn);
    let mut work = platform.begin(actor).await?;
    let found = if first.is_in_step() {
        first
    } else {
        store::api_versions::lock_publishing(work.conn(), workspace).await?;
        look(platform, work.conn(), workspace, &content.content).await?
    };
    let after = judged(work.conn(), &row, &found, platform.now()).await?;
    if !store::declarations::checked(work.conn(), &after).await? {
        return Ok(());
    }
    let news = match (row.drifted_at, after.drifted_at) {
        (None, Some(_)) => Some("configuration.drifted"),
        (Some(_), None) if after.problem.is_empty() => Some("configuration.restored"),
        _ => None,
    };
    if let Some(action) = news {
        let first: Vec<String> = found
            .lines
            .iter()
            .take(10)
            .map(|line| format!("{} {}", line.kind.as_str(), line.name))
            .collect();
        let told = json!({ "tag": row.tag, "differing": after.differing, "first": first });
        if after.drifted_at.is_some() {
            tracing::warn!(
                tag = row.tag,
                differing = after.differing,
                ?first,
                "the configuration is not what was declared"
            );
        }
        work.audit(action, KIND, row.id, name(&row.tag), None, Some(told));
    }
    work.commit().await.map(drop)
}

/// Compares what was applied with what is there. What cannot be compared is a finding, and no failure.
async fn look(
    platform: &Platform,
    conn: &mut Conn,
    workspace: WorkspaceId,
    content: &[u8],
) -> Result<Found> {
    let outcome = match kept(content) {
        Ok(kept) => compared(platform, conn, workspace, kept).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(found) => Ok(found),
        Err(error @ (Error::Invalid(_) | Error::WrongState(_) | Error::Seal(_))) => Ok(Found {
            lines: Vec::new(),
            rows: Vec::new(),
            problem: error.to_string(),
        }),
        Err(error) => Err(error),
    }
}

async fn compared(
    platform: &Platform,
    conn: &mut Conn,
    workspace: WorkspaceId,
    kept: Kept,
) -> Result<Found> {
    let place = Place {
        sealer: &platform.sealer,
        workspace,
        choice: &kept.choice,
        expected: None,
    };
    let comparison = Box::pin(compare(conn, place, kept.declaration)).await?;
    let differing = comparison
        .steps
        .iter()
        .filter(|step| step.action != Action::Keep);
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    for step in differing {
        let present = step.before.as_ref().map(|item| item.body.id().uuid());
        rows.push(present.or_else(|| kept.rows.get(&step.key().to_string()).copied()));
        lines.push(Step::line(step));
    }
    Ok(Found {
        lines,
        rows,
        problem: String::new(),
    })
}

/// The row as it is after a look.
async fn judged(conn: &mut Conn, row: &Row, found: &Found, now: Timestamp) -> Result<Row> {
    let mut differences = Vec::new();
    for (line, id) in found.lines.iter().zip(&found.rows).take(KEPT) {
        let by = match id {
            Some(id) => changed_by(conn, row, line.kind, *id).await?,
            None => None,
        };
        differences.push(difference(line, by));
    }
    let drifted = !found.lines.is_empty();
    Ok(Row {
        checked_at: now,
        drifted_at: match (drifted, found.problem.is_empty()) {
            (true, _) => row.drifted_at.or(Some(now)),
            // what was known before stays known while nobody can look
            (false, false) => row.drifted_at,
            (false, true) => None,
        },
        problem: found.problem.clone(),
        differing: i64::try_from(found.lines.len()).unwrap_or(i64::MAX),
        differences: json!(differences).into(),
        ..row.clone()
    })
}

async fn changed_by(conn: &mut Conn, row: &Row, kind: ItemKind, id: Uuid) -> Result<Option<By>> {
    let word = match kind {
        ItemKind::Authority => "ca",
        ItemKind::Version => "api_version",
        other => other.as_str(),
    };
    let workspace = row.workspace_id;
    let event = store::audit::latest(conn, workspace, word, id, row.applied_at).await?;
    Ok(event.map(|event| By {
        name: event.actor_name,
        at_micros: event.at.micros(),
        action: event.action,
        event: event.id,
    }))
}

fn difference(line: &Line, by: Option<By>) -> Difference {
    let part = |change: &Value, side: &str| change.get(side).cloned().unwrap_or_default();
    Difference {
        how: match line.action {
            Action::Create => Kind::Missing,
            Action::Update | Action::Keep => Kind::Changed,
            Action::Delete => Kind::Undeclared,
        },
        kind: line.kind.as_str().to_owned(),
        name: line.name.clone(),
        members: line
            .changes
            .iter()
            .map(|(name, change)| Member {
                name: name.clone(),
                declared: part(change, "to"),
                found: part(change, "from"),
            })
            .collect(),
        by,
    }
}
