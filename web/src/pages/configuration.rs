//! `/configuration`: what was declared, whether the platform still is that, and all of it as a file.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use domain::Timestamp;
use domain::access::Permission;
use domain::id::DeclarationId;
use operations::Error;
use operations::declared::{self, By, Declared, Difference, Kind, Selection, Standing};
use serde_json::Value;

use crate::admin::{Admin, file, show};
use crate::answer::{Answer, Fault, done};
use crate::form::{Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{ApiCall, Confirm, ConfirmPage, Notice, State, Threshold, Tone};
use crate::say;

/// The longest value that is shown whole, in characters.
const SHOWN: usize = 160;

#[derive(Template)]
#[template(path = "pages/configuration.html")]
struct Configuration {
    layout: Layout,
    head: Threshold,
    declarations: Vec<Declared>,
    /// Whether it may be given out and looked at anew.
    may_write: bool,
    /// Whether applications may be given out with it.
    may_callers: bool,
    call: ApiCall,
}

/// What a declaration is called.
pub(crate) fn title(declared: &Declared) -> String {
    if declared.tag.is_empty() {
        "Without a tag".to_owned()
    } else {
        declared.tag.clone()
    }
}

/// Where it stands, in a word.
fn standing(declared: &Declared) -> State {
    match declared.standing {
        Standing::InStep => State::new(Tone::Good, "check-circle", "In step"),
        Standing::Drifted(_) => State::new(Tone::Warn, "alert", "Drifted"),
        Standing::Unknown(_) => State::new(Tone::Bad, "cross-circle", "Not compared"),
    }
}

/// What there is to say of it, above what differs.
fn note(declared: &Declared) -> Option<Notice> {
    match &declared.standing {
        Standing::InStep => None,
        Standing::Drifted(since) => {
            let things = say::many(&declared.differing, "thing differs", "things differ");
            let title = format!("{things} since {} at the latest", say::exact(since));
            let text = "Apply the declaration again to put it back, or export what is there now into its files.";
            Some(Notice::new(Tone::Warn, title).text(text))
        }
        Standing::Unknown(problem) => Some(
            Notice::new(Tone::Bad, "The platform could not be held against it")
                .text(problem.as_str()),
        ),
    }
}

/// How many differences are not on the page, in words.
fn more(declared: &Declared) -> Option<String> {
    let more = declared.differing - say::len(&declared.differences);
    (more > 0).then(|| say::many(&more, "more differs", "more differ"))
}

/// When something was changed, seen from now.
fn when(by: &By, now: &Timestamp) -> String {
    say::ago(&by.at(), now)
}

/// How a thing differs, in a word.
fn how(difference: &Difference) -> State {
    match difference.how {
        Kind::Missing => State::new(Tone::Bad, "minus", "Gone"),
        Kind::Changed => State::new(Tone::Warn, "edit", "Changed"),
        Kind::Undeclared => State::new(Tone::Info, "plus", "Not declared"),
    }
}

/// `api_version` as "api version".
fn words(kind: &str) -> String {
    kind.replace('_', " ")
}

/// A value on one line.
fn value(value: &Value) -> String {
    let text = match value {
        Value::Null => return "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() <= SHOWN {
        return text;
    }
    let short: String = text.chars().take(SHOWN).collect();
    format!("{short}…")
}

/// Shows it as it stood when it was last looked at.
pub(crate) async fn get(admin: Admin) -> Answer {
    let declarations = declared::list(&admin.platform, &admin.actor).await?;
    show(&Configuration {
        layout: admin.layout("Configuration", Some(Screen::Configuration)),
        head: Threshold::new("Configuration").lede(
            "What was declared in files, and whether the platform still is that. It is looked at every quarter of an hour.",
        ),
        declarations,
        may_write: admin.may(Permission::CatalogWrite),
        may_callers: admin.may(Permission::ConsumersWrite),
        call: admin.api_call("POST", "/api/v1/config/declarations/check", None),
    })
}

/// Looks now.
pub(crate) async fn check(admin: Admin) -> Answer {
    let all = Box::pin(declared::check(&admin.platform, &admin.actor)).await?;
    let drifted = all
        .iter()
        .filter(|one| one.standing != Standing::InStep)
        .count();
    let said = match drifted {
        0 => "The platform is what was declared".to_owned(),
        1 => "1 declaration differs from the platform".to_owned(),
        many => format!("{many} declarations differ from the platform"),
    };
    done("/configuration", &said)
}

/// All of it as a file.
pub(crate) async fn download(admin: Admin, Query(query): Query) -> Result<Response, Fault> {
    let selection = Selection {
        tag: query.some("tag"),
        applications: query.is("applications"),
    };
    let found = Box::pin(declared::export(&admin.platform, &admin.actor, &selection)).await?;
    let text = declared::yaml(found.declaration).await?;
    Ok(file(
        "gatehouse.yaml",
        "application/yaml",
        text.into_bytes(),
    ))
}

/// Asks whether one is no longer to be looked at.
pub(crate) async fn ask_forget(admin: Admin, Path(declaration): Path<String>) -> Answer {
    if !admin.may(Permission::CatalogWrite) {
        return Err(Error::Forbidden {
            permission: Permission::CatalogWrite,
        }
        .into());
    }
    let wanted: DeclarationId = id(&declaration)?;
    let all = declared::list(&admin.platform, &admin.actor).await?;
    let found = all.into_iter().find(|one| one.id == wanted);
    let found = found.ok_or_else(|| Error::not_found("declaration", wanted))?;
    let question = format!("Forget what was declared as {}?", title(&found));
    show(&ConfirmPage {
        layout: admin.layout(&question, Some(Screen::Configuration)),
        head: Threshold::new(&question).below("Configuration", "/configuration"),
        confirm: Confirm {
            id: "forget".to_owned(),
            question,
            consequence: "The platform is no longer held against it. Everything that it made stays as it is, and the next apply is remembered again.".to_owned(),
            impact: vec![("things in it".to_owned(), say::count(&found.things))],
            fields: Vec::new(),
            typed_name: None,
            error: None,
            action: format!("/configuration/{wanted}/forget"),
            version: None,
            keep: "Go on looking".to_owned(),
            act: "Forget it".to_owned(),
            back: "/configuration".to_owned(),
        },
        api_call: Some(admin.api_call(
            "DELETE",
            format!("/api/v1/config/declarations/{wanted}"),
            None,
        )),
    })
}

/// Forgets one.
pub(crate) async fn forget(admin: Admin, Path(declaration): Path<String>) -> Answer {
    declared::forget(&admin.platform, &admin.actor, id(&declaration)?).await?;
    done("/configuration", "It is no longer looked at")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_stay_on_one_line() {
        for (given, shown) in [
            (json!(null), "nothing"),
            (json!("v1"), "v1"),
            (json!(["a", 1]), "[\"a\",1]"),
            (json!(false), "false"),
        ] {
            assert_eq!(value(&given), shown);
        }
        assert_eq!(value(&json!("é".repeat(300))).chars().count(), SHOWN + 1);
    }
}
