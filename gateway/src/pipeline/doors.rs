//! Which door a request came through: in the clear where HTTPS is there, or over a connection made for another host.

use domain::refusal::Refusal;
use http::header::{CONTENT_LENGTH, LOCATION};
use pingora_http::{RequestHeader, ResponseHeader};
use url::Url;

use super::arrive::internal;
use crate::context::Context;
use crate::problem::Problem;

/// Refuses a request that must come through another door; the answer shows it the way where there is one.
pub(super) fn check(
    request: &RequestHeader,
    ctx: &Context,
) -> Result<Option<ResponseHeader>, Box<Problem>> {
    let engine = &ctx.engine;
    let table = engine.tls.table();
    let secured = ctx.connection.secured.as_ref();
    if secured.is_none()
        && engine.config.redirect_to_https
        && !ctx.connection.trusted
        && table.covers(&ctx.sight.host)
    {
        let query = request.uri.query().map(|query| format!("?{query}"));
        let port = port(engine.config.gateway_url.as_ref(), &engine.secure_ports);
        let to = format!(
            "https://{}{port}{}{}",
            ctx.sight.host,
            ctx.path(),
            query.unwrap_or_default()
        );
        return moved(&to).map(Some).map_err(internal);
    }
    if table.admits(&ctx.sight.host, secured.map(|secured| secured.paper.id)) {
        return Ok(None);
    }
    Err(Box::new(Problem::new(Refusal::MisdirectedRequest)))
}

/// 308 keeps the method and the body (RFC 9110 section 15.4.9).
fn moved(to: &str) -> pingora::Result<ResponseHeader> {
    let mut header = ResponseHeader::build(308, Some(4))?;
    header.insert_header(LOCATION, to)?;
    header.insert_header(CONTENT_LENGTH, "0")?;
    Ok(header)
}

/// The port of HTTPS as callers see it, with its colon: that of the public address, else that of the listener.
fn port(public: Option<&Url>, listening: &[u16]) -> String {
    let public = public
        .filter(|url| url.scheme() == "https")
        .and_then(Url::port_or_known_default);
    match public.or_else(|| listening.first().copied()) {
        None | Some(443) => String::new(),
        Some(port) => format!(":{port}"),
    }
}
