//! `gatehouse user` and `gatehouse token`: people and tokens of the platform team, from the machine itself.

use std::time::Duration;

use anyhow::Context as _;
use domain::access::{Permission, Role};
use domain::actor::Actor;
use domain::text::Email;
use operations::Platform;
use operations::tokens::{self, NewToken};
use operations::users::{self, NewUser};
use store::Access;

use crate::cli;
use crate::config::Config;
use crate::platform::{Schema, assemble, open_database};
use crate::terminal::say;

async fn platform(config: &Config) -> anyhow::Result<Platform> {
    let db = open_database(config, Access::Beside, Schema::Expect).await?;
    assemble(config, db).await
}

/// Makes an account, and says where its owner chooses a password.
pub(crate) async fn user(config: &Config, command: cli::User) -> anyhow::Result<()> {
    let cli::User::Create { email, name, role } = command;
    let platform = platform(config).await?;
    let system = Actor::system(platform.settings.workspace);
    let role = role.map(|role| match role {
        cli::Role::Viewer => Role::Viewer,
        cli::Role::Approver => Role::Approver,
        cli::Role::ApiOwner => Role::ApiOwner,
        cli::Role::Admin => Role::Admin,
    });
    let new = NewUser {
        name: name.unwrap_or_else(|| email.clone()),
        email: email.clone(),
        roles: role.into_iter().collect(),
        password: None,
    };
    let created = users::create(&platform, &system, new).await?;
    say(format!("made an account for {email}"));
    if let Some(link) = created.link {
        say(format!(
            "they choose a password here, within seven days:\n{link}"
        ));
    }
    Ok(())
}

/// Makes a token and prints it, once.
pub(crate) async fn token(config: &Config, command: cli::Token) -> anyhow::Result<()> {
    let cli::Token::Create {
        email,
        name,
        scopes,
        days,
    } = command;
    let platform = platform(config).await?;
    let system = Actor::system(platform.settings.workspace);
    let mut scopes: Vec<Permission> = scopes
        .iter()
        .map(|scope| scope.parse())
        .collect::<Result<_, _>>()?;
    let key = email.parse::<Email>().context(format!("`{email}`"))?.key();
    let mut conn = platform.db.read().await?;
    let account = store::accounts::find_by_email(&mut conn, system.workspace, &key)
        .await?
        .with_context(|| {
            format!("there is no account for {email}; make one with `gatehouse user create`")
        })?;
    if scopes.is_empty() {
        let roles = store::roles::of(&mut conn, system.workspace, account.id).await?;
        scopes = Permission::ALL
            .iter()
            .copied()
            .filter(|scope| roles.iter().any(|role| role.allows(*scope)))
            .collect();
    }
    drop(conn);
    let new = NewToken {
        name,
        scopes,
        expires_at: Some(platform.now() + Duration::from_secs(u64::from(days) * 86_400)),
        account: Some(account.id),
    };
    let created = tokens::create(&platform, &system, new).await?;
    say(created.text.reveal());
    Ok(())
}
