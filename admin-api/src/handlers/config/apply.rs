//! `POST /config`

use super::{Applied, Seen, etag};
use crate::body::Written;
use crate::caller::Caller;
use crate::state::Admin;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use faces::problem::Problem;
use operations::declared::{self, Choice, Request};
use utoipa::IntoParams;

/// How a declaration is applied.
#[derive(Debug, Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct How {
    /// Tell what would be done, and change nothing.
    #[param(required = false, default = false)]
    dry_run: bool,
    /// Take away what carries the declaration's tag and is not declared any more.
    #[param(required = false, default = false)]
    prune: bool,
    /// Only things whose `kind name` fits one of these, with `*` for anything: `api shipping*`. Repeat it for more.
    #[param(required = false)]
    select: Vec<String>,
    /// Go on where applications would be cut off. Without it such an apply is refused with 409 and changes nothing.
    #[param(required = false, default = false)]
    allow_cut_off: bool,
}

impl How {
    fn read(query: &str) -> Result<Self, Problem> {
        let mut how = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "dry_run" => how.dry_run = yes_or_no(&name, &value)?,
                "prune" => how.prune = yes_or_no(&name, &value)?,
                "allow_cut_off" => how.allow_cut_off = yes_or_no(&name, &value)?,
                "select" => how.select.push(value.into_owned()),
                // a switch that is misspelt must not be taken for one that was left out
                other => {
                    return Err(unreadable(&format!(
                        "`{other}` is none of dry_run, prune, select, allow_cut_off"
                    )));
                }
            }
        }
        Ok(how)
    }
}

fn yes_or_no(name: &str, value: &str) -> Result<bool, Problem> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(unreadable(&format!(
            "`{name}` is `{other}`, which is neither true nor false"
        ))),
    }
}

fn unreadable(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "query_unreadable", detail)
}

/// Makes the platform what a declaration says, in one transaction: all of it, or nothing. The answer tells every
/// difference and who feels it. What a declaration names of variables, files and Vault is refused with its place: the server
/// looks nothing up for who is elsewhere.
///
/// With `If-Match` (the ETag of `GET /config`, or `before` of a dry run) an apply that another change came before is
/// refused with 412. For a declaration with applications that is the ETag of the export with applications.
#[utoipa::path(post, path = "/config", tag = "Configuration", operation_id = "apply_config", params(How, ("If-Match" = Option<String>, Header, description = "The hash that the configuration must have, in quotes")), request_body(description = "A declaration in one text", content((String = "application/yaml"), (Object = "application/json"))), responses((status = 200, description = "Done, or with `dry_run` told", body = Applied), (status = 409, description = "It would cut applications off, or is not possible as things stand", body = Problem), (status = 412, description = "The configuration is not the one that `If-Match` names", body = Problem), (status = 422, description = "Something is wrong with the declaration; `errors` says what and where", body = Problem), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn apply_config(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    RawQuery(query): RawQuery,
    Seen(expected): Seen,
    Written(text): Written,
) -> Result<Response, Problem> {
    let how = How::read(query.as_deref().unwrap_or_default())?;
    let request = Request {
        declaration: declared::read(&actor, text).await?,
        choice: Choice {
            prune: how.prune,
            select: how.select,
        },
        expected,
        confirmed: how.allow_cut_off,
        dry_run: how.dry_run,
        through: "api",
    };
    let report = Box::pin(declared::apply(
        &admin.platform,
        &actor,
        request,
        &|_, _| {},
    ))
    .await?;
    let tag = etag(&report.after);
    Ok(([(header::ETAG, tag)], Json(Applied::from(report))).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_read_and_nothing_else_is_taken() {
        let how = How::read("dry_run=true&select=api+a*&select=plan%20b&prune=false").unwrap();
        assert!(how.dry_run && !how.prune && !how.allow_cut_off);
        assert_eq!(how.select, ["api a*", "plan b"]);
        for query in ["dry-run=true", "prune=yes", "allow_cut_off="] {
            assert_eq!(
                How::read(query).unwrap_err().code,
                "query_unreadable",
                "{query}"
            );
        }
    }
}
