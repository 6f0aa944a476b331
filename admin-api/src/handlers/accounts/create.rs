//! `POST /accounts`

use super::{Account, NewAccount};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::state::Admin;
use crate::words::word;
use axum::extract::State;
use axum::http::StatusCode;
use domain::actor::Actor;
use faces::problem::Problem;
use operations::users::User;

/// Makes an account and mails a link to choose a password.
#[utoipa::path(post, path = "/accounts", tag = "People", operation_id = "create_account", request_body = NewAccount, responses((status = 201, description = "Done", body = Account), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_account(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<NewAccount>,
) -> Result<(StatusCode, Tagged<Account>), Problem> {
    let found = make(&admin, &actor, body).await?;
    Ok((StatusCode::CREATED, Tagged(found.version, found.into())))
}

/// Makes it, and reads it as it is shown.
pub(super) async fn make(
    admin: &Admin,
    actor: &Actor,
    wanted: NewAccount,
) -> Result<User, Problem> {
    let roles = wanted
        .roles
        .iter()
        .map(|role| word("roles", role))
        .collect::<Result<_, _>>()?;
    let new = operations::users::NewUser {
        email: wanted.email,
        name: wanted.name,
        roles,
        password: None,
    };
    let made = operations::users::create(&admin.platform, actor, new).await?;
    Ok(operations::users::find(&admin.platform, actor, made.id).await?)
}
