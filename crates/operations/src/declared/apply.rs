//! Makes a declaration so, in one transaction.

use std::collections::HashSet;

use declaration::{Body, Declaration, Key};
use domain::access::Permission;
use domain::actor::Actor;
use serde_json::json;
use uuid::Uuid;

use super::compare::{Comparison, Place, compare};
use super::export::hash;
use super::flaws::{at, refused};
use super::plan::{Action, Step};
use super::record::{self, Applied};
use super::request::{Progress, Report, Request};
use super::write::Writer;
use super::{Means, canonical, current, impact};
use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::versions::Unserved;
use crate::work::Shared;

/// Makes a declaration so, in one transaction, or only tells what that would do. The second time it changes nothing. What
/// was applied is remembered, so that the platform can be held against it later.
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
    let wanted = in_its_form(&means, request.declaration).await?;
    let applied = (!request.dry_run).then(|| Applied::of(&wanted, &request.choice));
    let applied = applied.transpose()?;

    let mut work = platform.begin(actor).await?;
    let workspace = work.workspace();
    // one apply after the other: the second sees what the first did
    store::api_versions::lock_publishing(work.conn(), workspace).await?;
    let place = Place {
        sealer: &platform.sealer,
        workspace,
        choice: &request.choice,
        expected: request.expected.as_deref(),
    };
    let mut found = compare(work.conn(), place, wanted).await?;
    let hour = work.at().seconds().div_euclid(3_600);
    let row = |key: &Key| found.ids.get(key).copied();
    let impact = impact::of(work.conn(), workspace, hour, &found.steps, row).await?;
    let mut report = Report {
        lines: found.steps.iter().map(Step::line).collect(),
        impact,
        after: found.before.clone(),
        before: found.before.clone(),
        revision: None,
        applied: false,
    };
    if request.dry_run {
        return Ok(report);
    }
    if impact.applications > 0 && !request.confirmed {
        return Err(Error::WrongState(format!(
            "this would cut off {} applications ({} calls in 24 h); nothing was changed: allow it by `--yes`, or over the API by `allow_cut_off=true`",
            impact.applications, impact.calls
        )));
    }

    let unserved = Unserved::before_all(&mut work).await?;
    let shared = Shared::new(work);
    let inner = platform.sharing(&shared);
    write(&inner, actor, &means, &mut found, progress).await?;
    let mut work = shared.finish()?;
    unserved.refuse_more(&mut work).await?;
    keep_tags(&mut work, &found, tag.as_deref()).await?;
    report.applied = report.differs();
    if report.applied {
        let sealer = &platform.sealer;
        let after = Box::pin(current::read(
            work.conn(),
            sealer,
            workspace,
            with_applications,
        ))
        .await?;
        report.after = hash(&after);
        let told = json!({
            "tag": tag, "created": report.count(Action::Create), "updated": report.count(Action::Update),
            "deleted": report.count(Action::Delete), "before": report.before, "after": report.after,
            "through": request.through,
        });
        work.audit(
            "configuration.applied",
            "configuration",
            Uuid::nil(),
            tag.as_deref().unwrap_or("configuration"),
            None,
            Some(told),
        );
    }
    if let Some(applied) = applied {
        record::remember(platform, &mut work, actor, applied, &found).await?;
    }
    report.revision = work.commit().await?;
    Ok(report)
}

/// The work of seconds where a declaration is large, beside what else is done meanwhile.
async fn in_its_form(means: &Means, declaration: Declaration) -> Result<Declaration> {
    let means = means.clone();
    let formed = tokio::task::spawn_blocking(move || {
        declaration::check(&declaration)?;
        canonical(&means, declaration)
    });
    formed
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
        .map_err(refused)
}

/// Takes every step, all through one transaction, and sees that what was written can serve.
async fn write(
    inner: &Platform,
    actor: &Actor,
    means: &Means,
    found: &mut Comparison,
    progress: Progress<'_>,
) -> Result<()> {
    let mut writer = Writer {
        platform: inner,
        actor,
        means,
        ids: std::mem::take(&mut found.ids),
    };
    let total = found.steps.len();
    let mut touched: HashSet<&Key> = HashSet::new();
    for (done, step) in found.steps.iter().enumerate() {
        Box::pin(writer.take(step))
            .await
            .map_err(|error| at(step.key(), error))?;
        touched.insert(step.key());
        let item = step.after.as_ref().or(step.before.as_ref());
        touched.extend(item.and_then(|item| item.parent.as_ref()));
        progress(done + 1, total);
    }
    for item in found
        .versions
        .iter()
        .filter(|item| touched.contains(&item.key))
    {
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
    for item in found.versions.iter().filter(|_| total > 0) {
        if let Some(id) = writer.ids.get(&item.key) {
            let verified = crate::versions::verify(inner, actor, (*id).into()).await;
            verified.map_err(|error| at(&item.key, error))?;
        }
    }
    found.ids = writer.ids;
    Ok(())
}

/// What was made or taken over carries the tag from now on; what is gone carries none.
async fn keep_tags(
    work: &mut crate::work::Work,
    found: &Comparison,
    tag: Option<&str>,
) -> Result<()> {
    let workspace = work.workspace();
    if let Some(tag) = tag {
        for key in &found.untagged {
            if let Some(id) = found.ids.get(key) {
                store::declared::remember(work.conn(), workspace, key.kind.as_str(), *id, tag)
                    .await?;
            }
        }
    }
    for item in found
        .steps
        .iter()
        .filter(|step| step.action == Action::Delete)
        .filter_map(|step| step.before.as_ref())
    {
        let kind = item.key.kind.as_str();
        store::declared::forget(work.conn(), workspace, kind, item.body.id().uuid()).await?;
    }
    Ok(())
}
