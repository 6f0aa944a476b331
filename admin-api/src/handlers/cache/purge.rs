//! `POST /cache/purges`

use super::{NewPurge, Purge};
use crate::body::Body;
use crate::caller::Caller;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use operations::cache;
use operations::fields::Fields;

/// Makes every gateway forget stored answers.
#[utoipa::path(post, path = "/cache/purges", tag = "Cache", operation_id = "purge_cache", request_body = NewPurge, responses((status = 202, description = "Ordered; every node does it within a second", body = Purge), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn purge_cache(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<NewPurge>,
) -> Result<(StatusCode, Json<Purge>), Problem> {
    let what = what(body)?;
    let ordered = cache::purge(&admin.platform, &actor, what).await?;
    Ok((StatusCode::ACCEPTED, Json(ordered.into())))
}

fn what(body: NewPurge) -> Result<cache::Purge, operations::Error> {
    Ok(match (body.all, body.api_id, body.tag, body.url) {
        (Some(true), None, None, None) => cache::Purge::All,
        (None, Some(api), None, None) => cache::Purge::Api(api.into()),
        (None, None, Some(tag), None) => cache::Purge::Tag(tag),
        (None, None, None, Some(url)) => cache::Purge::Url(url),
        _ => {
            let mut fields = Fields::new();
            fields.refuse(
                "all",
                "exactly one of `all`, `api_id`, `tag` and `url` is needed",
            );
            return Err(fields.into_error());
        }
    })
}
