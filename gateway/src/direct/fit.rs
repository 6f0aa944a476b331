//! Which requests the direct exchange takes. The others were not touched, and go through Pingora's proxy.

use gateway_wire::request::is_connection_plain;
use http::header::{CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, Version};
use pingora::proxy::Session;

use crate::context::Context;
use crate::pipeline::forward;

/// A body of at most so many bytes is read before the upstream is asked. Larger ones are streamed, by the other lane.
const BODY_MOST: u64 = 64 * 1024;

/// Whether the request is one of those.
pub(super) fn fits(session: &mut Session, ctx: &Context) -> bool {
    let may = ctx.engine.config.direct_exchange
        && ctx
            .route
            .as_ref()
            .is_some_and(|route| route.settings.direct_exchange);
    if !may {
        return false;
    }
    // a stand-in: the request was read whole, or its answer waits
    let is_own = session.as_ref().is_custom() || session.as_ref().is_subrequest();
    let has_body = !session.as_mut().is_body_empty();
    let request = session.req_header();
    let headers = &request.headers;
    !is_own
        && matches!(request.version, Version::HTTP_11 | Version::HTTP_2)
        && !headers.contains_key(UPGRADE)
        && !headers.contains_key(EXPECT)
        && is_connection_plain(headers)
        && (!has_body || !ctx.wanted.request_changes && has_small_body(headers))
        && forward::is_plain(ctx)
}

fn has_small_body(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    !headers.contains_key(TRANSFER_ENCODING) && length.is_some_and(|length| length <= BODY_MOST)
}
