//! Which requests the direct exchange takes. The others were not touched, and go through Pingora's proxy.

use gateway_wire::request::is_connection_plain;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING, UPGRADE};

use crate::client::Client;
use crate::context::Context;
use crate::pipeline::forward;

/// A body of at most so many bytes is read before the upstream is asked. Larger ones are streamed, by the other lane.
pub(crate) const BODY_MOST: u64 = 64 * 1024;

/// Whether the route's requests are direct ones, and its upstream one for them.
pub(super) fn is_direct(ctx: &Context) -> bool {
    let route = ctx.route.as_ref();
    ctx.engine.config.direct_exchange
        && route.is_some_and(|route| route.settings.direct_exchange)
        && forward::is_plain(ctx)
}

/// Whether the request is one, now that it was let in: a policy may have found another upstream, or want its bodies.
pub(super) fn fits(client: &mut impl Client, ctx: &Context) -> bool {
    let has_body = client.has_body();
    let headers = &client.request().headers;
    !headers.contains_key(UPGRADE)
        && !headers.contains_key(EXPECT)
        && is_connection_plain(headers)
        && (!has_body || !ctx.wanted.request_changes && has_small_body(headers))
        && !ctx.wanted.response_whole
        && ctx.whole.is_none()
        && forward::is_plain(ctx)
}

fn has_small_body(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    !headers.contains_key(TRANSFER_ENCODING) && length.is_some_and(|length| length <= BODY_MOST)
}
