//! Upstreams as the runtime uses them: addresses taken apart, behind a cell that routes share.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use domain::change::ChangeKind;
use domain::id::{TargetId, UpstreamId};
use http::HeaderValue;
use url::Url;

use crate::flaws;
use crate::model;
use crate::problem::Problem;
use crate::settings::{HostHeader, Protocol, UpstreamSettings};

/// A place that holds the current form of an upstream. Routes point here, so that a changed target rebuilds no router.
pub struct UpstreamCell {
    id: UpstreamId,
    current: ArcSwapOption<CompiledUpstream>,
    companion: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl UpstreamCell {
    pub(crate) fn new(id: UpstreamId) -> Self {
        Self {
            id,
            current: ArcSwapOption::empty(),
            companion: OnceLock::new(),
        }
    }

    /// Which upstream.
    pub fn id(&self) -> UpstreamId {
        self.id
    }

    /// Its current form; `None` when it is gone.
    pub fn load(&self) -> Option<Arc<CompiledUpstream>> {
        self.current.load_full()
    }

    /// What the runtime keeps beside it (health, counts), from configuration to configuration: made when it is first asked
    /// for. `None` when it was made as another type.
    pub fn companion<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Option<Arc<T>> {
        let companion = self.companion.get_or_init(|| Arc::new(make()));
        companion.clone().downcast().ok()
    }

    pub(crate) fn store(&self, upstream: Option<Arc<CompiledUpstream>>) {
        self.current.store(upstream);
    }
}

/// An upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledUpstream {
    /// Its id.
    pub id: UpstreamId,
    /// Its slug, for messages.
    pub slug: String,
    /// How it is spoken to.
    pub settings: UpstreamSettings,
    /// Its enabled targets with a weight, in order of their ids.
    pub targets: Vec<CompiledTarget>,
    /// Whether every one of them speaks HTTP/1.1 without TLS.
    pub is_plain: bool,
}

/// One address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledTarget {
    /// Its id.
    pub id: TargetId,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Host name or address, without brackets. Of a service its domain: what its certificate is for.
    pub host: String,
    /// Port; 0 for a service, whose records name it.
    pub port: u16,
    /// The name of the service whose records say where it is (SRV, RFC 2782); `None` for a host.
    pub service: Option<String>,
    /// `Host` of its URL: the port only where it is not the scheme's own.
    pub authority: String,
    /// What it gets as `Host`; `None` for what the caller sent.
    pub sent_host: Option<HeaderValue>,
    /// What is put before every path, without a slash at the end; often empty.
    pub base_path: String,
    /// Its share of the requests; never 0.
    pub weight: u32,
}

impl CompiledUpstream {
    pub(crate) fn compile(upstream: &model::Upstream) -> Result<Self, Vec<Problem>> {
        let mut targets = Vec::new();
        let flaws = flaws::of_upstream(&upstream.settings).into_iter();
        let mut problems: Vec<Problem> = flaws
            .map(|flaw| {
                let message = format!("setting `{}` {}", flaw.field, flaw.message);
                Problem::new(ChangeKind::Upstream, upstream.id, message)
            })
            .collect();
        for target in upstream
            .targets
            .iter()
            .filter(|t| t.enabled && t.weight > 0)
        {
            match CompiledTarget::compile(target, &upstream.settings.host) {
                Ok(target) => targets.push(target),
                Err(message) => problems.push(Problem::new(
                    ChangeKind::Upstream,
                    upstream.id,
                    format!("target `{}` {message}", target.url),
                )),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        targets.sort_by_key(|target| target.id);
        Ok(Self {
            id: upstream.id,
            slug: upstream.slug.clone(),
            settings: upstream.settings.clone(),
            // without TLS there is no way to agree on another version
            is_plain: upstream.settings.protocol != Protocol::Http2
                && targets.iter().all(|target: &CompiledTarget| !target.tls),
            targets,
        })
    }
}

impl CompiledTarget {
    fn compile(target: &model::Target, sent: &HostHeader) -> Result<Self, String> {
        let url = Url::parse(&target.url).map_err(|error| format!("is not a URL: {error}"))?;
        let (tls, is_service) = match url.scheme() {
            "http" => (false, false),
            "https" => (true, false),
            "http+srv" => (false, true),
            "https+srv" => (true, true),
            other => {
                return Err(format!(
                    "has the scheme `{other}`; only http, https, http+srv and https+srv are spoken"
                ));
            }
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("holds a user name or password; use a policy that adds it".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("holds a query or a fragment; it may only have a path".to_owned());
        }
        let host = url.host_str().ok_or("has no host")?;
        let base_path = url.path().trim_end_matches('/').to_owned();
        if is_service {
            if url.port().is_some() {
                return Err("names a port; the records of a service do that".to_owned());
            }
            let domain = domain_of(host).ok_or("names no service")?;
            return Ok(Self {
                id: target.id,
                tls,
                host: domain.to_owned(),
                port: 0,
                service: Some(host.to_owned()),
                authority: domain.to_owned(),
                sent_host: sent_host(sent, domain)?,
                base_path,
                weight: target.weight,
            });
        }
        let port = url.port_or_known_default().ok_or("has no port")?;
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Ok(Self {
            id: target.id,
            tls,
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            service: None,
            sent_host: sent_host(sent, &authority)?,
            authority,
            base_path,
            weight: target.weight,
        })
    }

    /// Its URL.
    pub fn url(&self) -> String {
        let scheme = match (self.tls, &self.service) {
            (false, None) => "http",
            (true, None) => "https",
            (false, Some(_)) => "http+srv",
            (true, Some(_)) => "https+srv",
        };
        let place = self.service.as_ref().unwrap_or(&self.authority);
        format!("{scheme}://{place}{}", self.base_path)
    }
}

fn sent_host(sent: &HostHeader, authority: &str) -> Result<Option<HeaderValue>, String> {
    let host = match sent {
        HostHeader::Target => authority,
        HostHeader::Fixed(host) => host,
        HostHeader::Preserve => return Ok(None),
    };
    let value = HeaderValue::from_str(host);
    value
        .map(Some)
        .map_err(|_| format!("cannot be sent the host `{host}`"))
}

/// What a service's name ends with: `shop.internal` of `_orders._tcp.shop.internal`. Where the records lead is for a name
/// server to say, so that no certificate is taken for it (RFC 6125, section 6.2.1).
fn domain_of(service: &str) -> Option<&str> {
    let mut rest = service.trim_end_matches('.');
    while rest.starts_with('_') {
        rest = rest.split_once('.')?.1;
    }
    (!rest.is_empty()).then_some(rest)
}
