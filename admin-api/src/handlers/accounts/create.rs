//! `POST /accounts`

use super::{Account, NewAccount};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::state::Admin;
use crate::words::word;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;

/// Makes an account and mails a link to choose a password.
#[utoipa::path(post, path = "/accounts", tag = "People", operation_id = "create_account", request_body = NewAccount, responses((status = 201, description = "Done", body = Account), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_account(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<NewAccount>,
) -> Result<(StatusCode, Tagged<Account>), Problem> {
    let roles = body
        .roles
        .iter()
        .map(|role| word("roles", role))
        .collect::<Result<_, _>>()?;
    let new = operations::users::NewUser {
        email: body.email,
        name: body.name,
        roles,
        password: None,
    };
    let made = operations::users::create(&admin.platform, &actor, new).await?;
    let found = operations::users::find(&admin.platform, &actor, made.id).await?;
    Ok((StatusCode::CREATED, Tagged(found.version, found.into())))
}
