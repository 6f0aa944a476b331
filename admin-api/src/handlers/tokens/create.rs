//! `POST /tokens`

use super::{NewToken, ShownToken};
use crate::body::Body;
use crate::caller::Caller;
use crate::state::Admin;
use crate::words::word;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;

/// Makes a token. The answer is the only time that it is shown.
#[utoipa::path(post, path = "/tokens", tag = "Tokens", operation_id = "create_token", request_body = NewToken, responses((status = 201, description = "Done", body = ShownToken), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_token(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<NewToken>,
) -> Result<(StatusCode, Json<ShownToken>), Problem> {
    let new = operations::tokens::NewToken {
        name: body.name,
        scopes: body
            .scopes
            .iter()
            .map(|scope| word("scopes", scope))
            .collect::<Result<_, _>>()?,
        expires_at: body
            .expires_at
            .map(|at| word("expires_at", &at))
            .transpose()?,
        account: None,
    };
    let made = operations::tokens::create(&admin.platform, &actor, new).await?;
    let text = made.text.reveal().to_owned();
    Ok((
        StatusCode::CREATED,
        Json(ShownToken {
            token: made.token.into(),
            text,
        }),
    ))
}
