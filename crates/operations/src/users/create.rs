//! Making an account for somebody else.

use domain::access::{Permission, Role};
use domain::account::{AccountState, Face, LinkPurpose};
use domain::actor::{Actor, Who};
use domain::id::AccountId;
use domain::text::{Email, Name, check_password};
use serde_json::json;
use store::accounts::Account;

use crate::Platform;
use crate::access::need;
use crate::accounts::{NewLink, write_link};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::secrets::Secret;
use crate::settings::WELCOME_LINK;
use crate::work::Work;

/// Somebody to make an account for.
pub struct NewUser {
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// Roles in the platform team; none for a developer.
    pub roles: Vec<Role>,
    /// A password, from the command line on the machine only. Without one the person chooses it by a mailed link.
    pub password: Option<Secret>,
}

/// An account that was made.
pub struct Created {
    /// Its id.
    pub id: AccountId,
    /// The link that was mailed, where the person chooses a password. For the terminal; `None` with a password.
    pub link: Option<String>,
}

/// Makes an account. Its address counts as proven once a password was chosen by the mailed link, or at once when the
/// command line set one.
pub async fn create(platform: &Platform, actor: &Actor, new: NewUser) -> Result<Created> {
    need(actor, Permission::SystemWrite)?;
    let (email, name) = check(actor, &new)?;
    let hash = match &new.password {
        Some(password) => Some(platform.passwords.hash(&platform.random, password).await),
        None => None,
    };
    let mut work = platform.begin(actor).await?;
    let account = account(platform, &work, email, name, hash);
    store::accounts::insert(work.conn(), account.clone())
        .await
        .map_err(|error| match error.is_taken("account") {
            true => Error::invalid("email", "has an account already"),
            false => error.into(),
        })?;
    let (at, workspace) = (work.at(), work.workspace());
    for role in &new.roles {
        store::roles::assign(work.conn(), workspace, account.id, *role, at).await?;
    }
    let told = json!({"email": account.email, "roles": new.roles});
    work.audit(
        "user.created",
        "account",
        account.id,
        &account.name,
        None,
        Some(told),
    );
    let link = match new.password {
        Some(_) => None,
        None => Some(welcome(platform, &mut work, &account, &new.roles).await?),
    };
    work.commit().await?;
    Ok(Created {
        id: account.id,
        link,
    })
}

fn check(actor: &Actor, new: &NewUser) -> Result<(Email, Name)> {
    let mut fields = Fields::new();
    let email = fields.parse("email", &new.email);
    let name = fields.parse("name", &new.name);
    if let Some(password) = &new.password {
        if actor.who != Who::System {
            fields.refuse(
                "password",
                "is chosen by its owner, by the link that is mailed",
            );
        }
        let about = [new.email.as_str(), new.name.as_str()];
        fields.check("password", check_password(password.reveal(), &about));
    }
    match (email, name) {
        (Some(email), Some(name)) => {
            fields.finish()?;
            Ok((email, name))
        }
        _ => Err(fields.into_error()),
    }
}

fn account(
    platform: &Platform,
    work: &Work,
    email: Email,
    name: Name,
    hash: Option<String>,
) -> Account {
    let proven = hash.is_some();
    Account {
        id: platform.new_id(),
        workspace_id: work.workspace(),
        email_key: email.key(),
        email: email.into(),
        name: name.into(),
        password_hash: hash,
        state: if proven {
            AccountState::Active
        } else {
            AccountState::Unverified
        },
        verified_at: proven.then_some(work.at()),
        last_sign_in_at: None,
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    }
}

async fn welcome(
    platform: &Platform,
    work: &mut Work,
    account: &Account,
    roles: &[Role],
) -> Result<String> {
    let face = if roles.is_empty() {
        Face::Portal
    } else {
        Face::Admin
    };
    let link = NewLink {
        account: account.id,
        purpose: LinkPurpose::Welcome,
        face,
    };
    let link = write_link(platform, work, link).await?;
    let hours = WELCOME_LINK.as_secs() / 3600;
    let payload = json!({"name": account.name, "link": link, "hours": hours});
    work.mail("welcome", &account.email, payload);
    Ok(link)
}
