//! One question of an active check: a GET, a connection, or gRPC's health service.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gateway_snapshot::health::{ActiveCheck, GrpcProbe, HttpProbe, Probe};
use gateway_snapshot::settings::HostHeader;
use gateway_snapshot::upstream::{CompiledTarget, CompiledUpstream};
use http::Uri;
use http::header::{CONTENT_TYPE, HOST, TE, USER_AGENT};
use pingora::connectors::TransportConnector;
use pingora::connectors::http::Connector;
use pingora::upstreams::peer::HttpPeer;
use pingora_http::RequestHeader;
use thiserror::Error;
use tokio::time::timeout;

use super::names::Lookup;
use super::peer::{Patience, peer};
use super::target::TargetState;
use crate::dns::Resolver;
use crate::tls::Table;

/// The most of an answer that is looked at.
const LARGEST: usize = 4_096;
/// `SERVING` of gRPC's health service.
const SERVING: u8 = 1;

/// Why a target is not healthy.
#[derive(Debug, Error)]
pub(super) enum Unhealthy {
    #[error("its name has no address")]
    NoAddress,
    #[error("its authority or certificate is not there")]
    NoPapers,
    #[error("no answer in time")]
    TimedOut,
    #[error("{0}")]
    Failed(#[from] Box<pingora::Error>),
    #[error("status {0}")]
    Status(u16),
    #[error("not serving")]
    NotServing,
}

/// What asks. Its connections are closed after each question: a kept one says nothing of the next.
pub(super) struct Prober {
    http: Connector,
    transport: TransportConnector,
    resolver: Arc<Resolver>,
}

impl Prober {
    pub(super) fn new(resolver: Arc<Resolver>) -> Self {
        Self {
            http: Connector::new(None),
            transport: TransportConnector::new(None),
            resolver,
        }
    }

    /// Asks once.
    pub(super) async fn ask(
        &self,
        tls: &Table,
        upstream: &CompiledUpstream,
        target: &CompiledTarget,
        state: &TargetState,
        check: &ActiveCheck,
    ) -> Result<(), Unhealthy> {
        let patience = Duration::from_millis(u64::from(check.timeout_ms));
        let asking = async {
            let lookup = Lookup::new(&self.resolver, patience, &upstream.settings);
            let found = state.names.nth(lookup, 0, 0).await;
            let (_, address) = found.ok_or(Unhealthy::NoAddress)?;
            let all = Patience {
                connect: patience,
                read: patience,
                idle: patience,
                write: patience,
            };
            let mut peer = peer(upstream, target, state, address, all);
            tls.dress(&mut peer, upstream)
                .map_err(|_| Unhealthy::NoPapers)?;
            // the questions are HTTP/1.1; that of gRPC says so itself
            peer.options.set_http_version(1, 1);
            // these connections are no load
            peer.options.tracer = None;
            match &check.probe {
                Probe::Tcp => {
                    drop(self.transport.new_stream(&peer).await?);
                    Ok(())
                }
                Probe::Http(probe) => self.http(upstream, target, &peer, probe).await,
                Probe::Grpc(probe) => self.grpc(target, peer, probe).await,
            }
        };
        timeout(patience, asking)
            .await
            .unwrap_or(Err(Unhealthy::TimedOut))
    }

    async fn http(
        &self,
        upstream: &CompiledUpstream,
        target: &CompiledTarget,
        peer: &HttpPeer,
        probe: &HttpProbe,
    ) -> Result<(), Unhealthy> {
        let fixed = match &upstream.settings.host {
            HostHeader::Fixed(host) => Some(host),
            HostHeader::Target | HostHeader::Preserve => None,
        };
        let host = probe.host.as_ref().or(fixed).unwrap_or(&target.authority);
        let mut request = RequestHeader::build("GET", probe.path.as_bytes(), Some(4))?;
        request.insert_header(HOST, host.as_str())?;
        request.insert_header(USER_AGENT, "gatehouse-health")?;
        let (mut session, _) = self.http.get_http_session(peer).await?;
        session.set_read_timeout(peer.options.read_timeout);
        session.set_write_timeout(peer.options.write_timeout);
        session.write_request_header(Box::new(request)).await?;
        session.finish_request_body().await?;
        session.read_response_header().await?;
        let status = session
            .response_header()
            .map_or(0, |head| head.status.as_u16());
        session.shutdown().await;
        if probe.statuses.iter().any(|range| range.has(status)) {
            Ok(())
        } else {
            Err(Unhealthy::Status(status))
        }
    }

    async fn grpc(
        &self,
        target: &CompiledTarget,
        mut peer: HttpPeer,
        probe: &GrpcProbe,
    ) -> Result<(), Unhealthy> {
        peer.options.set_http_version(2, 2);
        let scheme = if target.tls { "https" } else { "http" };
        let path = "/grpc.health.v1.Health/Check";
        let mut request = RequestHeader::build("POST", path.as_bytes(), Some(4))?;
        let uri = format!("{scheme}://{}{path}", target.authority).parse::<Uri>();
        request.set_uri(uri.map_err(|_| Unhealthy::NoAddress)?);
        request.set_version(http::Version::HTTP_2);
        request.insert_header(CONTENT_TYPE, "application/grpc")?;
        request.insert_header(TE, "trailers")?;
        let (mut session, _) = self.http.get_http_session(&peer).await?;
        session.set_read_timeout(peer.options.read_timeout);
        session.set_write_timeout(peer.options.write_timeout);
        session.write_request_header(Box::new(request)).await?;
        session
            .write_request_body(message(&probe.service), true)
            .await?;
        session.read_response_header().await?;
        let status = session
            .response_header()
            .map_or(0, |head| head.status.as_u16());
        if status != 200 {
            return Err(Unhealthy::Status(status));
        }
        let mut answer = Vec::new();
        while let Some(piece) = session.read_response_body().await? {
            answer.extend_from_slice(&piece);
            if answer.len() > LARGEST {
                return Err(Unhealthy::NotServing);
            }
        }
        session.shutdown().await;
        if serves(&answer) {
            Ok(())
        } else {
            Err(Unhealthy::NotServing)
        }
    }
}

/// `HealthCheckRequest { service }` in gRPC's framing: a flag, the length in four bytes, the message.
fn message(service: &str) -> Bytes {
    let mut message = Vec::new();
    if !service.is_empty() {
        // field 1, length-delimited
        message.push(0x0a);
        let mut length = service.len();
        while length >= 0x80 {
            message.push(u8::try_from(length & 0x7f).unwrap_or_default() | 0x80);
            length >>= 7;
        }
        message.push(u8::try_from(length).unwrap_or_default());
        message.extend_from_slice(service.as_bytes());
    }
    let mut framed = vec![0];
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(&message);
    framed.into()
}

/// Whether a `HealthCheckResponse` in gRPC's framing says `SERVING`: field 1, a varint of one byte.
fn serves(answer: &[u8]) -> bool {
    matches!(answer, [0, _, _, _, _, 0x08, status, ..] if *status == SERVING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_framed() {
        assert_eq!(&message("")[..], [0, 0, 0, 0, 0]);
        assert_eq!(
            &message("a.B")[..],
            [0, 0, 0, 0, 5, 0x0a, 3, b'a', b'.', b'B']
        );
        assert_eq!(message(&"x".repeat(200))[4..8], [203, 0x0a, 0xc8, 1]);
        assert!(serves(&[0, 0, 0, 0, 2, 8, 1]));
        assert!(!serves(&[0, 0, 0, 0, 2, 8, 2]) && !serves(&[0, 0, 0, 0, 0]) && !serves(&[]));
    }
}
