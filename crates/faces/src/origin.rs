//! Where a request came from: the client's address behind trusted proxies, and the request id.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use data_encoding::HEXLOWER;
use domain::actor::Origin;
use ipnet::IpNet;

/// The header that names a request in answers and logs.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Networks whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// A network that does not parse.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither an address nor a network such as 10.0.0.0/8")]
pub struct NotANetwork(String);

impl TrustedProxies {
    /// From texts such as `10.0.0.0/8` or `192.0.2.1`.
    pub fn parse(networks: &[String]) -> Result<Self, NotANetwork> {
        networks
            .iter()
            .map(|text| {
                text.parse::<IpNet>()
                    .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
                    .map_err(|_| NotANetwork(text.clone()))
            })
            .collect::<Result<Vec<_>, _>>()
            .map(|networks| Self(networks.into()))
    }

    fn contain(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|network| network.contains(&ip))
    }

    /// The client's address: the last one in `X-Forwarded-For` that is not a trusted proxy, where the peer is one.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.contain(peer) {
            return peer.to_canonical();
        }
        let hops: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        let mut client = peer;
        for hop in hops.iter().rev() {
            let Ok(ip) = hop.parse::<IpAddr>() else { break };
            client = ip;
            if !self.contain(ip) {
                break;
            }
        }
        client.to_canonical()
    }
}

/// Puts an [`Origin`] into the request's extensions, and the request id into the answer.
pub async fn note(
    State(proxies): State<TrustedProxies>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip());
    let ip = peer.map(|peer| proxies.client(peer, request.headers()));
    let request_id = request
        .headers()
        .get(&REQUEST_ID)
        .filter(|_| peer.is_some_and(|peer| proxies.contain(peer)))
        .and_then(|value| value.to_str().ok())
        .filter(|text| is_plain(text))
        .map_or_else(new_request_id, str::to_owned);
    let header = HeaderValue::from_str(&request_id).ok();
    request.extensions_mut().insert(Origin {
        request_id,
        ip: ip.map(|ip| ip.to_string()).unwrap_or_default(),
    });
    let mut response = next.run(request).await;
    if let Some(header) = header {
        response.headers_mut().insert(REQUEST_ID, header);
    }
    response
}

fn is_plain(text: &str) -> bool {
    (8..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn new_request_id() -> String {
    HEXLOWER.encode(&rand::random::<[u8; 12]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &str) -> String {
        let networks: Vec<String> = trusted.iter().map(|&t| t.to_owned()).collect();
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        TrustedProxies::parse(&networks)
            .unwrap()
            .client(peer.parse().unwrap(), &headers)
            .to_string()
    }

    #[test]
    fn only_trusted_peers_name_another_client() {
        assert_eq!(client(&[], "192.0.2.9", "203.0.113.1"), "192.0.2.9");
        assert_eq!(
            client(&["192.0.2.0/24"], "192.0.2.9", "203.0.113.1"),
            "203.0.113.1"
        );
        assert_eq!(
            client(&["192.0.2.0/24"], "::ffff:192.0.2.9", "203.0.113.1"),
            "203.0.113.1"
        );
    }

    #[test]
    fn the_client_cannot_prepend_an_address() {
        assert_eq!(
            client(
                &["10.0.0.0/8"],
                "10.0.0.1",
                "127.0.0.1, 203.0.113.1, 10.0.0.2"
            ),
            "203.0.113.1"
        );
        assert_eq!(
            client(&["10.0.0.0/8"], "10.0.0.1", "127.0.0.1, garbage"),
            "10.0.0.1"
        );
    }
}
