//! The client: bounded in time, size and redirects.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{HeaderMap, Method, StatusCode};
use url::{Host, Url};

use crate::address::{self, Verdict};
use crate::resolver::{Guarded, Refused};

/// What the operator allows beyond public addresses.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Names that may resolve to private addresses (exact, lower case).
    pub allowed_hosts: Vec<String>,
    /// Networks that may be fetched from although they are not public.
    pub allowed_networks: Vec<ipnet::IpNet>,
}

impl Policy {
    /// Loopback allowed: for a platform that runs on one machine, and for tests.
    pub fn with_loopback(mut self) -> Self {
        for network in ["127.0.0.0/8", "::1/128"] {
            self.allowed_networks
                .push(network.parse().expect("a network written above"));
        }
        self
    }

    /// Why this address of this host is refused; `None` when it is public or allowed.
    pub fn judge(&self, host: &str, ip: IpAddr) -> Option<Verdict> {
        address::verdict(ip).filter(|_| !self.allows(host, ip))
    }

    /// Private, loopback and link-local networks allowed: for upstreams of a platform in its own network.
    pub fn with_private_networks(mut self) -> Self {
        for network in ["0.0.0.0/0", "::/0"] {
            self.allowed_networks
                .push(network.parse().expect("a network written above"));
        }
        self
    }

    /// Whether a refused address is allowed all the same.
    fn allows(&self, host: &str, ip: IpAddr) -> bool {
        self.allowed_hosts.iter().any(|h| h == host)
            || self
                .allowed_networks
                .iter()
                .any(|network| network.contains(&ip))
    }
}

/// Bounds of one fetch.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Whole time, redirects included.
    pub time: Duration,
    /// Largest body in bytes, after decompression.
    pub size: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(20),
            size: 1 << 20,
        }
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Fetched {
    /// HTTP status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// Why a fetch failed. The messages are fit for the person who named the URL.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not http or https, or no host.
    #[error("`{0}` is not an http or https URL with a host")]
    NotAWebAddress(String),
    /// The URL carries a user name or password.
    #[error("the URL carries a user name or password; send credentials in a header instead")]
    Credentials,
    /// The address is not public, and the operator has not allowed it.
    #[error("`{host}` is {verdict}; an operator can allow it in `outbound.allowed_hosts`")]
    Refused {
        /// The host of the URL.
        host: String,
        /// What kind of address it is.
        verdict: Verdict,
    },
    /// Another host was named by a redirect.
    #[error("`{from}` redirects to another host, `{to}`; name that URL instead")]
    CrossHostRedirect {
        /// The host that was asked.
        from: String,
        /// The host it pointed to.
        to: String,
    },
    /// Too many redirects.
    #[error("more than {0} redirects")]
    TooManyRedirects(usize),
    /// The answer is larger than the bound.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The answer took longer than the bound.
    #[error("no whole answer within {0:?}")]
    Timeout(Duration),
    /// The connection could not be made or broke.
    #[error("could not fetch from `{host}`: {cause}")]
    Failed {
        /// The host of the URL.
        host: String,
        /// What went wrong, innermost cause.
        cause: String,
    },
    /// The client itself could not be set up.
    #[error("the HTTP client could not be set up")]
    SetUp(#[source] reqwest::Error),
}

/// The guarded client. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    inner: reqwest::Client,
    policy: Arc<Policy>,
}

const MOST_REDIRECTS: usize = 5;

impl Client {
    /// A client that keeps to the policy.
    pub fn new(policy: Policy) -> Result<Self, Error> {
        Self::trusting(policy, "")
    }

    /// A client that keeps to the policy and believes these authorities (PEM) beside those of the machine.
    pub fn trusting(policy: Policy, authorities: &str) -> Result<Self, Error> {
        // Another crate may have installed the same provider already: that is no error.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let roots =
            reqwest::Certificate::from_pem_bundle(authorities.as_bytes()).map_err(Error::SetUp)?;
        let inner = reqwest::Client::builder()
            .tls_certs_merge(roots)
            .user_agent(concat!("gatehouse/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Arc::new(Guarded(policy.clone())))
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(Duration::from_secs(30))
            .no_proxy()
            .build()
            .map_err(Error::SetUp)?;
        Ok(Self {
            inner,
            policy: Arc::new(policy),
        })
    }

    /// What it keeps to.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Fetches with GET.
    pub async fn get(&self, url: &Url, limits: Limits) -> Result<Fetched, Error> {
        self.send(Method::GET, url, HeaderMap::new(), Bytes::new(), limits)
            .await
    }

    /// Sends a request and reads the whole answer. Redirects are followed for GET, on the same host only.
    pub async fn send(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
        limits: Limits,
    ) -> Result<Fetched, Error> {
        tokio::time::timeout(
            limits.time,
            self.follow(method, url.clone(), headers, body, limits),
        )
        .await
        .unwrap_or(Err(Error::Timeout(limits.time)))
    }

    /// Sends a request and reads the whole answer; a redirect is an answer like any other.
    pub async fn send_once(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
        limits: Limits,
    ) -> Result<Fetched, Error> {
        let exchange = async {
            self.check(url)?;
            let host = url.host_str().unwrap_or_default();
            let answer = self.ask(method, url, headers, body).await?;
            read(answer, host, limits.size).await
        };
        tokio::time::timeout(limits.time, exchange)
            .await
            .unwrap_or(Err(Error::Timeout(limits.time)))
    }

    async fn ask(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<reqwest::Response, Error> {
        let request = self.inner.request(method, url.clone()).headers(headers);
        let sent = request.body(body).send().await;
        sent.map_err(|error| failed(url.host_str().unwrap_or_default(), &error))
    }

    async fn follow(
        &self,
        method: Method,
        mut url: Url,
        headers: HeaderMap,
        body: Bytes,
        limits: Limits,
    ) -> Result<Fetched, Error> {
        for _ in 0..=MOST_REDIRECTS {
            self.check(&url)?;
            let host = url.host_str().unwrap_or_default().to_owned();
            let answer = self
                .ask(method.clone(), &url, headers.clone(), body.clone())
                .await?;
            let target = (method == Method::GET && answer.status().is_redirection())
                .then(|| answer.headers().get(http::header::LOCATION))
                .flatten()
                .and_then(|location| url.join(location.to_str().ok()?).ok());
            let Some(target) = target else {
                return read(answer, &host, limits.size).await;
            };
            let same = target.host_str() == url.host_str()
                && (target.scheme() == url.scheme() || target.scheme() == "https");
            if !same {
                return Err(Error::CrossHostRedirect {
                    from: host,
                    to: target.host_str().unwrap_or_default().to_owned(),
                });
            }
            url = target;
        }
        Err(Error::TooManyRedirects(MOST_REDIRECTS))
    }

    fn check(&self, url: &Url) -> Result<(), Error> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::NotAWebAddress(url.to_string()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::Credentials);
        }
        // A literal address never meets the resolver.
        let ip = match url.host() {
            None => return Err(Error::NotAWebAddress(url.to_string())),
            Some(Host::Domain(_)) => return Ok(()),
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        };
        let host = url.host_str().unwrap_or_default();
        match self.policy.judge(host, ip) {
            Some(verdict) => Err(Error::Refused {
                host: host.to_owned(),
                verdict,
            }),
            None => Ok(()),
        }
    }
}

async fn read(answer: reqwest::Response, host: &str, size: usize) -> Result<Fetched, Error> {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut body = BytesMut::new();
    let mut chunks = answer.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|e| failed(host, &e))?;
        if body.len() + chunk.len() > size {
            return Err(Error::TooLarge(size));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Fetched {
        status,
        headers,
        body: body.freeze(),
    })
}

fn failed(host: &str, error: &reqwest::Error) -> Error {
    let mut cause: &(dyn std::error::Error + 'static) = error;
    loop {
        if let Some(refused) = cause.downcast_ref::<Refused>() {
            return Error::Refused {
                host: refused.name.clone(),
                verdict: refused.verdict,
            };
        }
        match cause.source() {
            Some(inner) => cause = inner,
            None => break,
        }
    }
    Error::Failed {
        host: host.to_owned(),
        cause: cause.to_string(),
    }
}
