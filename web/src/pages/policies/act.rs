//! What is done to policies: made, changed, switched, moved, deleted.

use axum::extract::Path;
use domain::id::PolicyId;
use operations::policies::{self, Aside, New, Place as Scope};
use serde_json::Value;

use super::super::gate::here;
use super::super::products::product_form::refused;
use super::bench::{described, page};
use super::{aside, at, schema};
use crate::admin::Admin;
use crate::answer::{Answer, done};
use crate::form::{Form, id};

/// Makes a policy in a scope.
pub(crate) async fn create(admin: Admin, Path(scope): Path<String>, mut form: Form) -> Answer {
    let place = at::parse(&scope)?;
    let kind = form.text("new");
    let aside = aside::read(&form, Aside::default());
    let made = match config(&mut form, &kind)?.and_then(|config| Ok((config, aside?))) {
        Ok((config, aside)) => {
            let new = New {
                aside,
                kind: kind.clone(),
                place,
                config,
                enabled: true,
            };
            policies::create(&admin.platform, &admin.actor, new).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(policy) => done(
            &back(&form, Some(policy.id)),
            &format!("{kind} runs; nodes have it within a second"),
        ),
        Err(error) => page(&admin, place, &form.refused(error)?).await,
    }
}

/// Changes a policy.
pub(crate) async fn save(admin: Admin, Path(policy): Path<String>, mut form: Form) -> Answer {
    let policy: PolicyId = id(&policy)?;
    let before = policies::find(&admin.platform, &admin.actor, policy).await?;
    let aside = aside::read(&form, Aside::from(&before));
    let saved = match config(&mut form, &before.kind)?.and_then(|config| Ok((config, aside?))) {
        Ok((config, aside)) => {
            policies::update(
                &admin.platform,
                &admin.actor,
                policy,
                form.version(),
                config,
                aside,
                before.enabled,
            )
            .await
        }
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => done(
            &back(&form, Some(policy)),
            &format!("Saved {}; nodes have it within a second", before.kind),
        ),
        Err(error) => {
            let mut form = form.refused(error)?;
            form.set("policy", policy.to_string());
            page(&admin, Scope::new(before.scope, before.scope_id), &form).await
        }
    }
}

/// Switches it on or off.
pub(crate) async fn switch(admin: Admin, Path(policy): Path<String>, form: Form) -> Answer {
    let policy: PolicyId = id(&policy)?;
    let (platform, actor, version) = (&admin.platform, &admin.actor, form.version());
    let switched = if form.is("on") {
        policies::enable(platform, actor, policy, version).await
    } else {
        policies::disable(platform, actor, policy, version).await
    };
    match switched {
        Ok(policy) if policy.enabled => done(
            &back(&form, Some(policy.id)),
            &format!("{} runs again", policy.kind),
        ),
        Ok(policy) => done(
            &back(&form, Some(policy.id)),
            &format!("{} is off", policy.kind),
        ),
        Err(error) => refused(&back(&form, Some(policy)), error),
    }
}

/// Puts it earlier or later among those of its scope.
pub(crate) async fn shift(admin: Admin, Path(policy): Path<String>, form: Form) -> Answer {
    let policy: PolicyId = id(&policy)?;
    let (platform, actor) = (&admin.platform, &admin.actor);
    let found = policies::find(platform, actor, policy).await?;
    let all = policies::list(platform, actor, Scope::new(found.scope, found.scope_id)).await?;
    let now = all.iter().position(|one| one.id == policy).unwrap_or(0);
    let to = if form.get("to") == "earlier" {
        now.saturating_sub(1)
    } else {
        (now + 1).min(all.len().saturating_sub(1))
    };
    let moved = policies::move_to(platform, actor, policy, form.version(), to).await;
    match moved {
        Ok(_) => done(&back(&form, Some(policy)), "Moved"),
        Err(error) => refused(&back(&form, Some(policy)), error),
    }
}

/// Deletes it.
pub(crate) async fn delete(admin: Admin, Path(policy): Path<String>, form: Form) -> Answer {
    let policy: PolicyId = id(&policy)?;
    match policies::delete(&admin.platform, &admin.actor, policy, form.version()).await {
        Ok(()) => done(&back(&form, None), "Deleted; nodes have it within a second"),
        Err(error) => refused(&back(&form, Some(policy)), error),
    }
}

/// The configuration that the form or its JSON means. The inner error is the person's to mend.
fn config(
    form: &mut Form,
    kind: &str,
) -> Result<Result<Value, operations::Error>, crate::answer::Fault> {
    let schema = described(kind)?.schema;
    if form.get("as") != "json"
        && let Some(config) = schema::read(form, &schema)
    {
        form.set("json", format!("{config:#}"));
        return Ok(Ok(config));
    }
    match serde_json::from_str::<Value>(form.get("json")) {
        Ok(config) => {
            schema::fill(form, "config", &config);
            Ok(Ok(config))
        }
        Err(error) => Ok(Err(operations::Error::invalid(
            "json",
            format!("is not JSON: {error}"),
        ))),
    }
}

/// The page that the form was on, with the policy open.
fn back(form: &Form, policy: Option<PolicyId>) -> String {
    let path = here(form.get("back")).to_owned();
    let path = path.split('?').next().unwrap_or("/policies");
    match policy {
        Some(policy) => format!("{path}?policy={policy}"),
        None => path.to_owned(),
    }
}
