//! Publishing a version, and the steps towards its end: each with what it breaks.

use axum::extract::Path;
use domain::Timestamp;
use domain::api::Lifecycle;
use operations::versions::lifecycle::{self, Deprecation};

use super::super::products::end::{again, telling, typed};
use super::super::products::product_form::refused;
use super::place::Place;
use crate::admin::{Admin, show};
use crate::answer::{Answer, Fault, done};
use crate::form::{Form, id};
use crate::layout::Screen;
use crate::parts::{Choice, Confirm, ConfirmPage, Field, Kind, Threshold};
use crate::say;

/// Puts it on the gateway and into the portal.
pub(crate) async fn publish(
    admin: Admin,
    Path((api, label)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let published = lifecycle::publish(
        &admin.platform,
        &admin.actor,
        place.version.id,
        form.version(),
    );
    match published.await {
        Ok(_) => done(
            &place.path(),
            &format!(
                "{} is published; nodes have it within a second",
                place.name()
            ),
        ),
        Err(error) => refused(&place.path(), error),
    }
}

/// A step that takes something away from callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Unpublish,
    Deprecate,
    Retire,
}

impl Step {
    fn of(word: &str) -> Result<Self, Fault> {
        match word {
            "unpublish" => Ok(Self::Unpublish),
            "deprecate" => Ok(Self::Deprecate),
            "retire" => Ok(Self::Retire),
            _ => Err(operations::Error::not_found("page", word).into()),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Unpublish => "unpublish",
            Self::Deprecate => "deprecate",
            Self::Retire => "retire",
        }
    }

    fn question(self, name: &str) -> String {
        match self {
            Self::Unpublish => format!("Unpublish {name}?"),
            Self::Deprecate => format!("Deprecate {name}?"),
            Self::Retire => format!("Retire {name}?"),
        }
    }

    const fn consequence(self) -> &'static str {
        match self {
            Self::Unpublish => {
                "It leaves the gateway and the portal within a second: callers get 404. It is a draft again and can be published later."
            }
            Self::Deprecate => {
                "It goes on serving, with Deprecation and Sunset headers, and takes no new subscriptions."
            }
            Self::Retire => {
                "Every call is refused with 410 within a second; the portal says what comes after it."
            }
        }
    }

    const fn act(self) -> &'static str {
        match self {
            Self::Unpublish => "Unpublish the version",
            Self::Deprecate => "Deprecate the version",
            Self::Retire => "Retire the version",
        }
    }

    const fn next(self) -> Lifecycle {
        match self {
            Self::Unpublish => Lifecycle::Draft,
            Self::Deprecate => Lifecycle::Deprecated,
            Self::Retire => Lifecycle::Retired,
        }
    }
}

/// Asks first.
pub(crate) async fn ask(
    admin: Admin,
    Path((api, label, step)): Path<(String, String, String)>,
) -> Answer {
    let step = Step::of(&step)?;
    let place = Place::find(&admin, &api, &label).await?;
    show(&page(&admin, &place, step, &Form::default(), None).await?)
}

/// Does it.
pub(crate) async fn take(
    admin: Admin,
    Path((api, label, step)): Path<(String, String, String)>,
    form: Form,
) -> Answer {
    let step = Step::of(&step)?;
    let place = Place::find(&admin, &api, &label).await?;
    match run(&admin, &place, step, &form).await {
        Ok(()) => done(&place.path(), &format!("{}: {}", place.name(), step.next())),
        Err(error) => again(page(&admin, &place, step, &form, Some(error)).await?),
    }
}

async fn run(
    admin: &Admin,
    place: &Place,
    step: Step,
    form: &Form,
) -> Result<(), operations::Error> {
    let (platform, actor, id_of) = (&admin.platform, &admin.actor, place.version.id);
    let version = form.version();
    match step {
        Step::Unpublish => {
            typed(form, &place.name())?;
            lifecycle::unpublish(platform, actor, id_of, version).await?;
        }
        Step::Retire => {
            typed(form, &place.name())?;
            lifecycle::retire(platform, actor, id_of, version).await?;
        }
        Step::Deprecate => {
            let deprecation = Deprecation {
                sunset_at: sunset(form)?,
                successor: form
                    .some("successor")
                    .and_then(|successor| id(&successor).ok()),
            };
            lifecycle::deprecate(platform, actor, id_of, version, deprecation).await?;
        }
    }
    Ok(())
}

/// A day such as `2027-03-31` is its first moment in UTC.
fn sunset(form: &Form) -> Result<Option<Timestamp>, operations::Error> {
    let Some(day) = form.some("sunset") else {
        return Ok(None);
    };
    format!("{day}T00:00:00Z")
        .parse()
        .map(Some)
        .map_err(|_| operations::Error::invalid("sunset", "is not a day such as 2027-03-31"))
}

async fn page(
    admin: &Admin,
    place: &Place,
    step: Step,
    form: &Form,
    error: Option<operations::Error>,
) -> Result<ConfirmPage, Fault> {
    let error = telling(error)?;
    let impact = super::danger::impact(admin, place).await?;
    let name = place.name();
    let question = step.question(&name);
    let action = format!("{}/life/{}", place.path(), step.word());
    Ok(ConfirmPage {
        layout: admin.layout(&question, Some(Screen::Apis)),
        head: Threshold::new(&question)
            .below("APIs", "/apis")
            .below(&name, place.path()),
        confirm: Confirm {
            id: "life".to_owned(),
            question,
            consequence: step.consequence().to_owned(),
            impact,
            fields: if step == Step::Deprecate {
                deprecation_fields(place, form)
            } else {
                Vec::new()
            },
            typed_name: (step != Step::Deprecate).then(|| name.clone()),
            error,
            action,
            keep: "Keep it as it is".to_owned(),
            act: step.act().to_owned(),
            version: Some(place.version.version),
            back: format!("{}/danger", place.path()),
        },
        api_call: Some(admin.api_call(
            "POST",
            format!("/api/v1/versions/{}/{}", place.version.id, step.word()),
            None,
        )),
    })
}

fn deprecation_fields(place: &Place, form: &Form) -> Vec<Field> {
    let mut successors = vec![Choice::new("", "none")];
    successors.extend(
        place
            .versions
            .iter()
            .filter(|version| version.id != place.version.id)
            .map(|version| Choice::new(version.id.to_string(), version.label.clone())),
    );
    let sunset = place
        .version
        .sunset_at
        .map(|at| at.to_string().chars().take(10).collect::<String>())
        .unwrap_or_default();
    let mut form = form.clone();
    if form.get("sunset").is_empty() {
        form.set("sunset", sunset);
    }
    if form.get("successor").is_empty() && !place.version.successor_id.is_nil() {
        form.set("successor", place.version.successor_id.to_string());
    }
    vec![
        form.field(Kind::Text, "sunset", "Ends on")
            .mono()
            .optional()
            .hint("A day such as 2027-03-31, in UTC. It stands in the Sunset header; retiring it then is your act."),
        form.field(Kind::Select(successors), "successor", "What comes after it"),
    ]
}

/// Where each step is asked for, when the version can take it.
pub(crate) fn steps(place: &Place) -> Vec<(&'static str, String, &'static str)> {
    let lifecycle = place.version.lifecycle;
    [Step::Deprecate, Step::Unpublish, Step::Retire]
        .into_iter()
        .filter(|step| {
            lifecycle.may_become(step.next())
                || (*step == Step::Deprecate && lifecycle == Lifecycle::Deprecated)
        })
        .map(|step| {
            let label = match step {
                Step::Deprecate if lifecycle == Lifecycle::Deprecated => "Change the dates",
                step => step.act(),
            };
            (
                label,
                format!("{}/life/{}", place.path(), step.word()),
                step.consequence(),
            )
        })
        .collect()
}

/// How many of something a step takes away, in words.
pub(crate) fn figure(name: &str, number: i64) -> (String, String) {
    (name.to_owned(), say::count(&number))
}
