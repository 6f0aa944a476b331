//! What the tests of all policies share: requests, services, and a small table of credentials.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use domain::Timestamp;
use domain::api::PolicyScope;
use domain::credential::CredentialKind;
use domain::id::{ApplicationId, CredentialId, Id, ProductId, SigningKeyId, SubscriptionId};
use domain::refusal::Refusal;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use parking_lot::Mutex;
use pingora_http::{RequestHeader, ResponseHeader};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::cache::store::CacheStore;
use crate::counters::Counters;
use crate::dice::Dice;
use crate::exchange::{Caller, Exchange, Proof, Terms};
use crate::jose::key::Key;
use crate::kind::Instance;
use crate::policy::{Flow, Outcome, Policy, Verdict};
use crate::quotas::Quotas;
use crate::request::Request;
use crate::response::Response;
use crate::services::{
    Background, BoxFuture, Call, Credentials, Fetch, FetchError, Fetched, Redirects, Secrets,
    Services, UpstreamCall, Upstreams,
};
use crate::upstream::UpstreamRequest;

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

pub(crate) fn id<T>(n: u128) -> Id<T> {
    Id::new(Uuid::from_u128(n))
}

#[derive(Default)]
pub(crate) struct Table {
    pub(crate) keys: HashMap<(CredentialKind, [u8; 32]), Result<Caller, Refusal>>,
    pub(crate) signing: HashMap<SigningKeyId, [u8; 32]>,
    pub(crate) access: HashMap<SigningKeyId, Arc<Key>>,
    pub(crate) revoked: Vec<Uuid>,
    pub(crate) subscribed: Vec<(ApplicationId, ProductId)>,
    /// Of credentials with a secret, as if they were sealed: the world's seal is the plain text itself.
    pub(crate) secrets: HashMap<[u8; 32], Vec<u8>>,
}

impl Table {
    pub(crate) fn hold(&mut self, key: &str, answer: Result<Caller, Refusal>) {
        self.put(CredentialKind::ApiKey, key, answer);
    }

    /// A credential that is found by this look-up text.
    pub(crate) fn put(
        &mut self,
        kind: CredentialKind,
        text: &str,
        answer: Result<Caller, Refusal>,
    ) {
        self.put_hash(kind, Sha256::digest(text.as_bytes()).into(), answer);
    }

    pub(crate) fn put_hash(
        &mut self,
        kind: CredentialKind,
        hash: [u8; 32],
        answer: Result<Caller, Refusal>,
    ) {
        self.keys.insert((kind, hash), answer);
    }
}

impl Credentials for Table {
    fn holder(
        &self,
        kind: CredentialKind,
        hash: &[u8; 32],
        _now: Timestamp,
    ) -> Result<Caller, Refusal> {
        *self
            .keys
            .get(&(kind, *hash))
            .unwrap_or(&Err(Refusal::CredentialUnknown))
    }

    fn signing_secret(
        &self,
        kind: CredentialKind,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<(Caller, Arc<[u8]>), Refusal> {
        let caller = self.holder(kind, hash, now)?;
        let sealed = self.secrets.get(hash).ok_or(Refusal::CredentialUnknown)?;
        Ok((caller, sealed.as_slice().into()))
    }

    fn is_subscribed(&self, application: ApplicationId, product: ProductId) -> bool {
        self.subscribed.contains(&(application, product))
    }

    fn playground_key(&self, id: SigningKeyId) -> Option<[u8; 32]> {
        self.signing.get(&id).copied()
    }

    fn access_token_key(&self, id: SigningKeyId) -> Option<Arc<Key>> {
        self.access.get(&id).cloned()
    }

    fn is_token_revoked(&self, id: Uuid) -> bool {
        self.revoked.contains(&id)
    }
}

pub(crate) fn services(table: Table) -> Services {
    Services {
        credentials: Arc::new(table),
        counters: Arc::new(Counters::new(1_000)),
        quotas: Arc::new(Quotas::default()),
        slots: Arc::default(),
        proofs: Arc::default(),
        dice: Arc::new(Dice::seeded(1)),
        cache: Arc::new(CacheStore::new(1 << 22)),
        secrets: Arc::new(World::default()),
        fetch: Arc::new(World::default()),
        upstreams: Arc::new(World::default()),
        background: Arc::new(World::default()),
    }
}

/// Services over a world of canned answers; the same `Arc` says afterwards what was asked of it.
pub(crate) fn services_in(table: Table, world: &Arc<World>) -> Services {
    Services {
        fetch: world.clone(),
        upstreams: world.clone(),
        background: world.clone(),
        ..services(table)
    }
}

/// What the outside answers: by URL for `fetch`, by `slug path` for upstreams. What is not there fails to connect.
#[derive(Default)]
pub(crate) struct World {
    answers: Mutex<HashMap<String, Result<Fetched, FetchError>>>,
    fetched: Mutex<Vec<Call>>,
    called: Mutex<Vec<(String, UpstreamCall)>>,
    started: Mutex<Vec<BoxFuture<'static, ()>>>,
}

impl World {
    /// Answers `at` (a URL, or `slug /path?query`) from now on.
    pub(crate) fn answer(&self, at: &str, answer: Result<Fetched, FetchError>) {
        self.answers.lock().insert(at.to_owned(), answer);
    }

    /// What was fetched since the last time that somebody asked.
    pub(crate) fn fetched(&self) -> Vec<Call> {
        std::mem::take(&mut self.fetched.lock())
    }

    /// Which upstreams were called since the last time that somebody asked.
    pub(crate) fn called(&self) -> Vec<(String, UpstreamCall)> {
        std::mem::take(&mut self.called.lock())
    }

    /// The work that was started and has not run: the test awaits it.
    pub(crate) fn started(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut self.started.lock())
    }

    fn find(&self, at: &str) -> BoxFuture<'static, Result<Fetched, FetchError>> {
        let known = self.answers.lock().get(at).cloned();
        let missing = || Err(FetchError::Failed("connection refused".to_owned()));
        Box::pin(std::future::ready(known.unwrap_or_else(missing)))
    }
}

impl Fetch for World {
    fn fetch(&self, call: Call) -> BoxFuture<'static, Result<Fetched, FetchError>> {
        let answer = self.find(call.url.as_str());
        self.fetched.lock().push(call);
        answer
    }
}

impl Upstreams for World {
    fn call(
        &self,
        upstream: &str,
        call: UpstreamCall,
    ) -> BoxFuture<'static, Result<Fetched, FetchError>> {
        let answer = self.find(&format!("{upstream} {}", call.path_and_query));
        self.called.lock().push((upstream.to_owned(), call));
        answer
    }
}

impl Secrets for World {
    fn open(&self, _purpose: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        (!sealed.is_empty()).then(|| Zeroizing::new(sealed.to_vec()))
    }
}

impl Background for World {
    fn spawn(&self, work: BoxFuture<'static, ()>) -> bool {
        self.started.lock().push(work);
        true
    }
}

/// An answer of the outside.
pub(crate) fn fetched(status: u16, headers: &[(&str, &str)], body: &str) -> Fetched {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            (
                name.parse::<HeaderName>().unwrap(),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect();
    Fetched {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

/// Waits for a future on this thread: for outcomes that are [`Outcome::Later`] and for work that was started. Nothing in
/// the world of tests keeps anybody waiting for real.
pub(crate) fn wait<T>(future: impl std::future::Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..1_000 {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    panic!("the future waits for something that does not come")
}

/// The verdict, waited for where it takes waiting.
pub(crate) fn settled(outcome: Outcome<'_>) -> Verdict {
    match outcome {
        Outcome::Ready(verdict) => verdict,
        Outcome::Later(later) => wait(later),
    }
}

pub(crate) fn caller() -> Caller {
    Caller {
        application: ApplicationId::new(Uuid::from_u128(1)),
        proof: Proof::Credential(CredentialId::new(Uuid::from_u128(2))),
    }
}

/// An exchange at [`NOW`] whose caller and subscription are known.
pub(crate) fn exchange() -> Exchange {
    let mut exchange = anonymous();
    exchange.caller = Some(caller());
    exchange.terms = Some(Terms {
        subscription: SubscriptionId::new(Uuid::from_u128(3)),
        plan: id(4),
        product: id(5),
    });
    exchange
}

/// An exchange of which nothing is known yet.
pub(crate) fn anonymous() -> Exchange {
    Exchange::new(NOW, id(10), id(11), id(12))
}

pub(crate) fn header(method: &str, target: &str, headers: &[(&str, &str)]) -> RequestHeader {
    let mut header = RequestHeader::build(method, target.as_bytes(), None).unwrap();
    for (name, value) in headers {
        header.append_header((*name).to_owned(), *value).unwrap();
    }
    header
}

pub(crate) fn view(header: &RequestHeader) -> Request<'_> {
    Request::new(
        header,
        "api.example.com",
        header.uri.path(),
        "192.0.2.7".parse().unwrap(),
    )
}

pub(crate) fn compile(kind: &str, config: Value) -> Arc<dyn Policy> {
    let instance = Instance {
        id: id(77),
        scope: PolicyScope::Route,
    };
    let (_, kind) = crate::registry::find(kind).unwrap();
    (kind.compile)(&config, instance).unwrap()
}

/// What is wrong with a configuration, one `path: problem` a line.
pub(crate) fn errors(kind: &str, config: &Value) -> String {
    let errors = crate::registry::validate(kind, config).unwrap_err();
    errors.iter().map(|e| format!("{e}\n")).collect()
}

pub(crate) fn ready(outcome: Outcome<'_>) -> Verdict {
    match outcome {
        Outcome::Ready(verdict) => verdict,
        Outcome::Later(_) => panic!("nothing here waits"),
    }
}

pub(crate) fn run(
    policy: &dyn Policy,
    header: &RequestHeader,
    exchange: &mut Exchange,
    services: &Services,
) -> Verdict {
    ready(policy.request(&view(header), exchange, services))
}

/// The request line and headers that the upstream would get.
pub(crate) fn sent(policy: &dyn Policy, header: &RequestHeader, exchange: &mut Exchange) -> String {
    let services = services(Table::default());
    let mut copy = header.clone();
    let flow = ready(policy.upstream_request(
        &view(header),
        &mut UpstreamRequest::new(&mut copy),
        exchange,
        &services,
    ));
    assert!(matches!(flow, Ok(Flow::Next)));
    let mut lines = vec![format!("{} {}", copy.method, copy.uri)];
    for (name, value) in &copy.headers {
        lines.push(format!("{name}: {}", value.to_str().unwrap()));
    }
    lines.join("\n")
}

/// The headers that the caller would get, sorted.
pub(crate) fn answered(
    policy: &dyn Policy,
    header: &RequestHeader,
    headers: &[(&str, &str)],
    from_upstream: bool,
) -> Vec<String> {
    let services = services(Table::default());
    let mut response = ResponseHeader::build(200, None).unwrap();
    for (name, value) in headers {
        response.append_header((*name).to_owned(), *value).unwrap();
    }
    let mut view_of = if from_upstream {
        Response::from_upstream(&mut response)
    } else {
        Response::from_gateway(&mut response)
    };
    let flow = ready(policy.response(&view(header), &mut view_of, &mut exchange(), &services));
    assert!(matches!(flow, Ok(Flow::Next)));
    let mut lines: Vec<String> = response
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines
}

mod tests {
    use http::Method;

    use super::*;

    #[test]
    fn the_world_answers_what_it_was_told_and_remembers() {
        let world = Arc::new(World::default());
        let services = services_in(Table::default(), &world);
        world.answer("users /1", Ok(fetched(200, &[("x-a", "b")], "one")));
        let call = UpstreamCall {
            method: Method::GET,
            path_and_query: "/1".to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: std::time::Duration::from_secs(1),
            max_bytes: 10,
        };
        let answer = wait(services.upstreams.call("users", call.clone())).unwrap();
        assert_eq!(answer.body, "one");
        assert!(wait(services.upstreams.call("other", call)).is_err());
        assert_eq!(world.called().len(), 2);
        let url = "https://keys.example/jwks".parse().unwrap();
        let call = Call {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: std::time::Duration::from_secs(1),
            max_bytes: 10,
            redirects: Redirects::Follow,
        };
        assert!(settled_fetch(&services, call).is_err());
        assert_eq!(world.fetched().len(), 1);
        let flag = Arc::new(Mutex::new(false));
        let set = flag.clone();
        assert!(services.spawn(async move { *set.lock() = true }));
        for work in world.started() {
            wait(work);
        }
        assert!(*flag.lock());
    }

    fn settled_fetch(services: &Services, call: Call) -> Result<Fetched, FetchError> {
        wait(services.fetch.fetch(call))
    }

    #[test]
    fn values_are_replaced_and_guards_dropped_at_the_end() {
        let mut exchange = anonymous();
        exchange.set_value("user", "a");
        exchange.set_value("user", "b");
        assert_eq!(exchange.value("user"), Some("b"));
        assert_eq!(exchange.values().count(), 1);
        *exchange.state::<u32>(id(1)) += 2;
        *exchange.state::<u32>(id(2)) += 1;
        exchange.state::<String>(id(1)).push('x');
        assert_eq!(*exchange.state::<u32>(id(1)), 2);
        assert_eq!(exchange.state::<String>(id(1)), "x");
        let held = Arc::new(());
        exchange.hold(held.clone());
        assert_eq!(Arc::strong_count(&held), 2);
        drop(exchange);
        assert_eq!(Arc::strong_count(&held), 1);
        let later: Outcome<'_> = Outcome::Later(Box::pin(std::future::ready(Ok(Flow::Next))));
        assert!(matches!(settled(later), Ok(Flow::Next)));
    }
}
