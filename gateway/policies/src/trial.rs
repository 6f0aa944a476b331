//! What the tests of all policies share: requests, services, and a small table of credentials.

use std::collections::HashMap;
use std::sync::Arc;

use domain::Timestamp;
use domain::api::PolicyScope;
use domain::id::{ApplicationId, CredentialId, Id, SigningKeyId, SubscriptionId};
use domain::refusal::Refusal;
use pingora_http::{RequestHeader, ResponseHeader};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::counters::Counters;
use crate::exchange::{Caller, Exchange, Proof, Terms};
use crate::kind::Instance;
use crate::policy::{Flow, Outcome, Policy, Verdict};
use crate::quotas::Quotas;
use crate::request::Request;
use crate::response::Response;
use crate::services::{Credentials, Services};
use crate::upstream::UpstreamRequest;

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

pub(crate) fn id<T>(n: u128) -> Id<T> {
    Id::new(Uuid::from_u128(n))
}

#[derive(Default)]
pub(crate) struct Table {
    pub(crate) keys: HashMap<[u8; 32], Result<Caller, Refusal>>,
    pub(crate) signing: HashMap<SigningKeyId, [u8; 32]>,
}

impl Table {
    pub(crate) fn hold(&mut self, key: &str, answer: Result<Caller, Refusal>) {
        self.keys
            .insert(Sha256::digest(key.as_bytes()).into(), answer);
    }
}

impl Credentials for Table {
    fn api_key(&self, hash: &[u8; 32], _now: Timestamp) -> Result<Caller, Refusal> {
        *self
            .keys
            .get(hash)
            .unwrap_or(&Err(Refusal::CredentialUnknown))
    }

    fn playground_key(&self, id: SigningKeyId) -> Option<[u8; 32]> {
        self.signing.get(&id).copied()
    }
}

pub(crate) fn services(table: Table) -> Services {
    Services {
        credentials: Arc::new(table),
        counters: Arc::new(Counters::new(1_000)),
        quotas: Arc::new(Quotas::default()),
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
    Exchange::new(NOW, id(10), id(11))
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
