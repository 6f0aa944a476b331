//! The direct exchange: plain requests go to HTTP/1.1 upstreams over this worker's own connections. The pipeline is driven by the
//! same calls as from Pingora's phases.

mod exchange;
mod fit;
mod link;
mod pool;
mod relay;

use pingora::Result;
use pingora::proxy::Session;

use crate::client::Client;
use crate::client::http1::Turn;
use crate::context::Context;
use crate::pipeline::arrive::{self, Entered};
use crate::pipeline::failure;

pub(crate) use fit::BODY_MOST;
pub(crate) use pool::Pool;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Served {
    /// It was answered, or could not be.
    Here,
    /// It is one for Pingora's proxy. Nothing was sent; it may have been let in.
    Elsewhere,
}

/// Serves a request of a connection of our own.
pub(crate) async fn serve(client: &mut Turn<'_>, ctx: &mut Context, pool: &Pool) -> Served {
    match try_serve(client, ctx, pool).await {
        Ok(served) => served,
        Err(error) => {
            failure::failed(client, &error, ctx).await;
            failure::trace_failure(ctx, &error);
            client.close();
            Served::Here
        }
    }
}

async fn try_serve(client: &mut Turn<'_>, ctx: &mut Context, pool: &Pool) -> Result<Served> {
    match arrive::enter(client, ctx, |_, ctx| fit::is_direct(ctx)).await? {
        Entered::Answered => Ok(Served::Here),
        Entered::Forward if fit::fits(client, ctx) => {
            exchange::exchange(client, ctx, pool).await?;
            Ok(Served::Here)
        }
        Entered::Forward | Entered::Elsewhere => Ok(Served::Elsewhere),
    }
}

/// Takes a request that Pingora read over HTTP/2 to its upstream. False, with nothing sent, when it is one for Pingora's proxy.
pub(crate) async fn exchange(
    session: &mut Session,
    ctx: &mut Context,
    pool: &Pool,
) -> Result<bool> {
    // a stand-in: the request was read whole, or its answer waits
    let is_own = session.as_ref().is_custom() || session.as_ref().is_subrequest();
    if is_own || !session.is_http2() || !fit::is_direct(ctx) || !fit::fits(session, ctx) {
        return Ok(false);
    }
    exchange::exchange(session, ctx, pool).await?;
    Ok(true)
}
