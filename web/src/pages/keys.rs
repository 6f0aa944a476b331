//! `/keys`: what applications show at the gate, found by the beginning of a key, and revoked.

use askama::Template;
use axum::extract::Path;
use domain::access::Permission;
use domain::id::CredentialId;
use operations::credentials::{self, Key};

use super::products::end::{again, telling, typed};
use crate::admin::{Admin, show};
use crate::answer::{Answer, Fault, done};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{Confirm, ConfirmPage, Field, Kind, Pages, Threshold};
use crate::say;

#[derive(Template)]
#[template(path = "pages/keys.html")]
struct Keys {
    layout: Layout,
    head: Threshold,
    query: Form,
    keys: Vec<Key>,
    pages: Pages,
    may_write: bool,
}

/// The list, or what a prefix finds.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let (platform, actor) = (&admin.platform, &admin.actor);
    let text = query.text("q");
    let (keys, next) = if text.starts_with("gh_") {
        (credentials::by_prefix(platform, actor, &text).await?, None)
    } else {
        let page = credentials::list(platform, actor, None, &text, &query.paging(50)).await?;
        (page.items, page.next)
    };
    let shown = say::many(&say::len(&keys), "key", "keys");
    show(&Keys {
        layout: admin.layout("Keys", Some(Screen::Keys)),
        head: Threshold::new("Keys").lede(
            "Only the first and the last characters of a key are kept, and a hash of the rest.",
        ),
        pages: query.pages("/keys", shown, next.as_deref()),
        query,
        keys,
        may_write: admin.may(Permission::ConsumersWrite),
    })
}

/// Asks before a key is revoked.
pub(crate) async fn ask(admin: Admin, Path(key): Path<String>) -> Answer {
    show(&page(&admin, id(&key)?, None).await?)
}

/// Revokes it.
pub(crate) async fn revoke(admin: Admin, Path(key): Path<String>, form: Form) -> Answer {
    let key: CredentialId = id(&key)?;
    let found = credentials::find(&admin.platform, &admin.actor, key).await?;
    if let Err(error) = typed(&form, &found.hint.last_four) {
        return again(page(&admin, key, Some(error)).await?);
    }
    let reason = form.text("reason");
    match credentials::revoke(&admin.platform, &admin.actor, key, None, &reason).await {
        Ok(()) => done(
            &format!("/applications/{}", found.line.application_id),
            "Revoked: the key is refused on every node within a second",
        ),
        Err(error) => again(page(&admin, key, Some(error)).await?),
    }
}

async fn page(
    admin: &Admin,
    id: CredentialId,
    error: Option<operations::Error>,
) -> Result<ConfirmPage, Fault> {
    let error = telling(error)?;
    let key = credentials::find(&admin.platform, &admin.actor, id).await?;
    let question = format!("Revoke {}?", key.hint);
    let back = format!("/applications/{}", key.line.application_id);
    let mut impact = vec![("application".to_owned(), key.line.application_name.clone())];
    if let Some(calls) = key.calls_last_hour {
        impact.push(("calls in the last hour".to_owned(), say::count(&calls)));
    }
    Ok(ConfirmPage {
        layout: admin.layout(&question, Some(Screen::Keys)),
        head: Threshold::new(&question)
            .below("Keys", "/keys")
            .below(&key.line.application_name, &back),
        confirm: Confirm {
            id: "revoke".to_owned(),
            question,
            consequence: "It stops on every node within a second and cannot come back. The owner is told and can make another."
                .to_owned(),
            impact,
            fields: vec![
                Field::new(Kind::Text, "reason", "Reason").hint("The owner reads it."),
            ],
            typed_name: Some(key.hint.last_four.clone()),
            error,
            action: format!("/keys/{id}/revoke"),
            version: None,
            keep: "Keep it".to_owned(),
            act: "Revoke the key".to_owned(),
            back,
        },
        api_call: Some(admin.api_call("POST", format!("/api/v1/credentials/{id}/revoke"), None)),
    })
}
