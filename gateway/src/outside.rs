//! What policies may reach beside their exchange: addresses that somebody configured, upstreams of the catalogue, and work
//! that outlives its request.

use std::sync::Arc;
use std::time::Duration;

use gateway_policies::services::{
    Background, BoxFuture, Call, Fetch, FetchError, Fetched, Redirects, Secrets, UpstreamCall,
    Upstreams,
};
use gateway_snapshot::live::Live;
use gateway_snapshot::path::Canonical;
use gateway_snapshot::settings::HostHeader;
use gateway_snapshot::upstream::CompiledTarget;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue};
use store::seal::Sealer;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;
use zeroize::Zeroizing;

use crate::dns::Resolver;
use crate::upstreams::{Attempt, Lookup, Plan, Ticket, of};

/// Pieces of work that outlive their requests, at a time.
const MOST_TASKS: usize = 1_024;

/// The guarded client behind [`Fetch`].
pub(crate) struct Guarded(pub(crate) outbound::Client);

impl Fetch for Guarded {
    fn fetch(&self, mut call: Call) -> BoxFuture<'static, Result<Fetched, FetchError>> {
        let client = self.0.clone();
        Box::pin(async move {
            let limits = outbound::Limits {
                time: call.timeout,
                size: call.max_bytes,
            };
            strip_framing(&mut call.headers);
            call.headers.remove(HOST);
            let Call {
                method,
                url,
                headers,
                body,
                ..
            } = call;
            let answer = match call.redirects {
                Redirects::Follow => client.send(method, &url, headers, body, limits).await,
                Redirects::Answer => client.send_once(method, &url, headers, body, limits).await,
            };
            answer.map(fetched).map_err(|error| explain(&error))
        })
    }
}

/// The master key behind [`Secrets`]; without one nothing opens.
pub(crate) struct Sealed(pub(crate) Option<Sealer>);

impl Secrets for Sealed {
    fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let opened = self.0.as_ref()?.open(purpose, sealed);
        opened.ok().map(Zeroizing::new)
    }
}

/// The catalogue's upstreams, by the same turns that requests take.
pub(crate) struct Catalogue {
    pub(crate) live: Arc<Live>,
    /// Upstreams are where operators put them: their addresses were judged when they were saved.
    pub(crate) client: outbound::Client,
    pub(crate) resolver: Arc<Resolver>,
}

impl Upstreams for Catalogue {
    fn call(
        &self,
        upstream: &str,
        call: UpstreamCall,
    ) -> BoxFuture<'static, Result<Fetched, FetchError>> {
        let cell = self.live.upstream_by_slug(upstream);
        let (client, resolver) = (self.client.clone(), self.resolver.clone());
        Box::pin(async move {
            let cell = cell.ok_or(FetchError::UnknownUpstream)?;
            let upstream = cell.load().ok_or(FetchError::UnknownUpstream)?;
            let state = of(&cell).ok_or(FetchError::UnknownUpstream)?;
            let plan = state.plan(upstream);
            let ticket = state
                .admit(&plan, None)
                .map_err(|_| FetchError::Failed("the upstream takes no more".to_owned()))?;
            let time = call.timeout;
            timeout(time, ask(&client, &resolver, &plan, ticket, call))
                .await
                .unwrap_or(Err(FetchError::TimedOut))
        })
    }
}

/// Asks one target after the other, where asking again does no harm, as often as the upstream's settings say.
async fn ask(
    client: &outbound::Client,
    resolver: &Arc<Resolver>,
    plan: &Arc<Plan>,
    mut ticket: Ticket,
    mut call: UpstreamCall,
) -> Result<Fetched, FetchError> {
    let upstream = &plan.upstream;
    strip_framing(&mut call.headers);
    match &upstream.settings.host {
        HostHeader::Target => {
            call.headers.remove(HOST);
        }
        HostHeader::Fixed(host) => {
            let host = HeaderValue::from_str(host);
            call.headers
                .insert(HOST, host.map_err(|e| FetchError::Failed(e.to_string()))?);
        }
        HostHeader::Preserve => {}
    }
    let limits = outbound::Limits {
        time: call.timeout,
        size: call.max_bytes,
    };
    let mut tried = Vec::new();
    loop {
        let mut attempt = plan
            .choose(&tried, 0)
            .map_err(|_| FetchError::Failed("the upstream has no target that works".to_owned()))?;
        tried.push(attempt.target().id);
        let mut url = address(attempt.target(), &call.path_and_query)?;
        let (method, mut headers, body) =
            (call.method.clone(), call.headers.clone(), call.body.clone());
        if attempt.target().service.is_some() {
            let lookup = Lookup::new(resolver, call.timeout, &upstream.settings);
            place(&mut attempt, lookup, &mut url, &mut headers).await?;
        }
        let answer = client.send_once(method, &url, headers, body, limits).await;
        match answer {
            Ok(answer) => {
                attempt.answered(Some(&mut ticket), answer.status.as_u16());
                return Ok(fetched(answer));
            }
            Err(error) => {
                let error = explain(&error);
                if matches!(error, FetchError::Failed(_) | FetchError::TimedOut) {
                    attempt.failed(Some(&mut ticket));
                }
                let again = matches!(error, FetchError::Failed(_))
                    && call.method.is_idempotent()
                    && tried.len() <= usize::from(upstream.settings.retries);
                if again && ticket.may_retry() {
                    continue;
                }
                return Err(error);
            }
        }
    }
}

fn address(target: &CompiledTarget, path_and_query: &str) -> Result<Url, FetchError> {
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    let refused = |why: String| FetchError::Refused(format!("path `{path}` {why}"));
    let path = Canonical::parse(path.as_bytes()).map_err(|e| refused(e.to_string()))?;
    let scheme = if target.tls { "https" } else { "http" };
    let text = format!(
        "{scheme}://{}{}{}",
        target.authority,
        target.base_path,
        path.as_str()
    );
    let mut url = Url::parse(&text).map_err(|e| refused(format!("makes no URL: {e}")))?;
    url.set_query(query);
    Ok(url)
}

/// Puts one of the places that a service's records name in its URL.
async fn place(
    attempt: &mut Attempt,
    lookup: Lookup<'_>,
    url: &mut Url,
    headers: &mut HeaderMap,
) -> Result<(), FetchError> {
    let failed = |why: &str| FetchError::Failed(format!("the upstream {why}"));
    if attempt.target().tls {
        // the certificate is for the name of the service, which the client would not ask for
        return Err(failed("is a service over TLS, which policies cannot call"));
    }
    let address = attempt.aim(lookup, 0).await;
    let address = address.ok_or_else(|| failed("has no address"))?;
    if !headers.contains_key(HOST) {
        let authority = HeaderValue::from_str(&attempt.target().authority);
        headers.insert(HOST, authority.map_err(|_| failed("has no name"))?);
    }
    url.set_ip_host(address.ip())
        .and_then(|()| url.set_port(Some(address.port())))
        .map_err(|()| failed("has no address"))
}

/// The client frames the message itself.
fn strip_framing(headers: &mut HeaderMap) {
    headers.remove(CONTENT_LENGTH);
    headers.remove(TRANSFER_ENCODING);
}

fn fetched(answer: outbound::Fetched) -> Fetched {
    Fetched {
        status: answer.status,
        headers: answer.headers,
        body: answer.body,
    }
}

fn explain(error: &outbound::Error) -> FetchError {
    use outbound::Error as E;
    match error {
        E::Timeout(_) => FetchError::TimedOut,
        E::TooLarge(_) => FetchError::TooLarge,
        E::Failed { .. } | E::SetUp(_) => FetchError::Failed(error.to_string()),
        E::NotAWebAddress(_)
        | E::Credentials
        | E::Refused { .. }
        | E::CrossHostRedirect { .. }
        | E::TooManyRedirects(_) => FetchError::Refused(error.to_string()),
    }
}

/// Work that outlives its request: on the runtime that the gateway was started from, not on a worker's.
pub(crate) struct Tasks {
    runtime: Handle,
    slots: Arc<Semaphore>,
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// Tasks of the current runtime.
    pub(crate) fn here() -> Self {
        Self {
            runtime: Handle::current(),
            slots: Arc::new(Semaphore::new(MOST_TASKS)),
            tracker: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Lets what runs come to its end for so long, then breaks it off.
    pub(crate) async fn end(&self, patience: Duration) {
        self.tracker.close();
        if timeout(patience, self.tracker.wait()).await.is_err() {
            let tasks = self.tracker.len();
            tracing::warn!(tasks, "work that policies had started was broken off");
        }
        self.stop.cancel();
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Background for Tasks {
    fn spawn(&self, work: BoxFuture<'static, ()>) -> bool {
        let Ok(slot) = self.slots.clone().try_acquire_owned() else {
            return false;
        };
        if self.stop.is_cancelled() {
            return false;
        }
        let stop = self.stop.clone();
        let guarded = async move {
            tokio::select! {
                () = work => {}
                () = stop.cancelled() => {}
            }
            drop(slot);
        };
        self.tracker.spawn_on(guarded, &self.runtime);
        true
    }
}
