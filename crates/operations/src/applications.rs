//! Applications: the callers. A developer sees and changes the own ones, the platform team those of everybody.

pub(crate) mod reach;
mod remove;
mod state;
mod whole;

use domain::access::Permission;
use domain::actor::Actor;
use domain::change::ChangeKind;
use domain::credential::{KEY_PREFIX, KeyHint};
use domain::id::{AccountId, ApplicationId};
use domain::subscription::ApplicationState;
use domain::text::{Name, paragraph};
use serde_json::{Value, json};
use store::applications::{Application, Filter, Line};

pub use remove::{delete, impact};
pub use state::{resume, suspend};
pub use whole::{Made, Proof, Whole, Wish, create_whole};

use crate::access::{need, person};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::paging::{Page, Paging};
use crate::platform::Platform;
use crate::work::Work;

/// How many applications one person may own.
pub const MOST_OWNED: i64 = 50;
/// The longest description, in characters.
const DESCRIPTION_MOST: usize = 2_000;

/// What a person says of an application.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
}

/// Which applications the platform team looks for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Where they stand.
    pub state: Option<ApplicationState>,
    /// Who owns them.
    pub owner: Option<AccountId>,
    /// A part of the name, of the owner's name or address, or the beginning of a key.
    pub text: String,
}

/// Makes an application for the person who acts.
pub async fn create(platform: &Platform, actor: &Actor, input: &Input) -> Result<Application> {
    let owner = person(actor)?;
    create_for(platform, actor, owner, input).await
}

/// Makes an application for somebody; for another person only with the permission.
pub async fn create_for(
    platform: &Platform,
    actor: &Actor,
    owner: AccountId,
    input: &Input,
) -> Result<Application> {
    if !reach::owns(actor, owner) {
        need(actor, Permission::ConsumersWrite)?;
    }
    let (name, description) = check(input)?;
    let mut work = platform.begin(actor).await?;
    let owned = store::applications::count_owned(work.conn(), actor.workspace, owner).await?;
    if owned >= MOST_OWNED {
        return Err(Error::WrongState(format!(
            "this account owns {owned} applications; delete one first"
        )));
    }
    let application = Application {
        id: platform.new_id(),
        workspace_id: actor.workspace,
        owner_id: owner,
        name,
        description,
        state: ApplicationState::Active,
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    };
    match store::applications::insert(work.conn(), &application).await {
        Err(store::Error::Reference(_)) => return Err(Error::not_found("account", owner)),
        other => other?,
    }
    work.changed(ChangeKind::Application, application.id);
    note(&mut work, "application.created", None, &application);
    work.commit().await?;
    Ok(application)
}

/// Changes name and description.
pub async fn update(
    platform: &Platform,
    actor: &Actor,
    id: ApplicationId,
    version: i64,
    input: &Input,
) -> Result<Application> {
    let (name, description) = check(input)?;
    let mut work = platform.begin(actor).await?;
    let before = held(&mut work, actor, id, version).await?;
    let after = Application {
        name,
        description,
        ..before.clone()
    };
    let after = save(&mut work, "application.updated", &before, after).await?;
    work.commit().await?;
    Ok(after)
}

/// An application, with what a list says of it.
pub async fn find(platform: &Platform, actor: &Actor, id: ApplicationId) -> Result<Line> {
    let mut conn = platform.db.read().await?;
    reach::readable(&mut conn, actor, id).await?;
    store::applications::find_line(&mut conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("application", id))
}

/// The applications of the person who acts, by name.
pub async fn own(platform: &Platform, actor: &Actor) -> Result<Vec<Line>> {
    let owner = person(actor)?;
    let mut conn = platform.db.read().await?;
    Ok(store::applications::of_owner(&mut conn, actor.workspace, owner).await?)
}

/// Applications of everybody, by name.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    search: &Search,
    paging: &Paging,
) -> Result<Page<Line>> {
    need(actor, Permission::ConsumersRead)?;
    let (name, id) = paging
        .cursor::<(String, ApplicationId)>()?
        .unwrap_or_default();
    let text = search.text.trim();
    let hint = KeyHint::of(text).prefix;
    let key_prefix = match text.starts_with(KEY_PREFIX) {
        true if hint.is_empty() => Some(text.chars().take(12).collect()),
        true => Some(hint),
        false => None,
    };
    let filter = Filter {
        state: search.state,
        owner: search.owner,
        text: Some(text).filter(|text| !text.is_empty() && key_prefix.is_none()),
        key_prefix: key_prefix.as_deref(),
    };
    let mut conn = platform.db.read().await?;
    let rows = store::applications::list(
        &mut conn,
        actor.workspace,
        &filter,
        (&name, id),
        paging.probe(),
    )
    .await?;
    Ok(paging.page(rows, |line| (line.name.clone(), line.id)))
}

fn check(input: &Input) -> Result<(Name, String)> {
    let mut fields = Fields::new();
    let name = fields.parse("name", &input.name);
    let description = fields.check(
        "description",
        paragraph(&input.description, DESCRIPTION_MOST),
    );
    match (name, description) {
        (Some(name), Some(description)) => Ok((name, description)),
        _ => Err(fields.into_error()),
    }
}

/// The application, when the actor may change it and it is at this version.
async fn held(
    work: &mut Work,
    actor: &Actor,
    id: ApplicationId,
    version: i64,
) -> Result<Application> {
    let application = reach::changeable(work.conn(), actor, id).await?;
    if application.version != version {
        return Err(conflict(application.version));
    }
    Ok(application)
}

async fn save(
    work: &mut Work,
    action: &str,
    before: &Application,
    after: Application,
) -> Result<Application> {
    let mut after = Application {
        updated_at: work.at(),
        ..after
    };
    if !store::applications::update(work.conn(), &after).await? {
        return Err(conflict(before.version + 1));
    }
    after.version += 1;
    work.changed(ChangeKind::Application, after.id);
    note(work, action, Some(before), &after);
    Ok(after)
}

fn note(work: &mut Work, action: &str, before: Option<&Application>, after: &Application) {
    let name = after.name.as_str();
    let (before, facts) = (before.map(facts), Some(facts(after)));
    work.audit(action, "application", after.id, name, before, facts);
}

const fn conflict(current_version: i64) -> Error {
    Error::Conflict {
        what: "application",
        current_version,
    }
}

fn facts(a: &Application) -> Value {
    json!({ "name": a.name, "description": a.description, "owner_id": a.owner_id, "state": a.state })
}
