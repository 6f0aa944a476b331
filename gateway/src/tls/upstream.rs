//! TLS towards upstreams: whom to trust, what to show, and which connections may be shared.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use gateway_snapshot::model::Ca;
use gateway_snapshot::settings::Protocol;
use gateway_snapshot::upstream::CompiledUpstream;
use pingora::upstreams::peer::HttpPeer;
use pingora::utils::tls::{WrappedX509, parse_x509};
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::table::Table;

/// Authorities in Pingora's form, and what tells them from others.
pub(crate) struct Authorities {
    certificates: Arc<[WrappedX509]>,
    fingerprint: [u8; 32],
}

/// The authorities in Pingora's form; `None` when one is no certificate, or there is none.
pub(super) fn authorities(ca: &Ca) -> Option<Arc<Authorities>> {
    let mut sum = Sha256::new();
    let mut certificates = Vec::with_capacity(ca.certificates.len());
    for der in &ca.certificates {
        // checked first: Pingora's own parser panics
        X509Certificate::from_der(der).ok()?;
        sum.update(der);
        certificates.push(WrappedX509::new(der.clone(), parse_x509));
    }
    (!certificates.is_empty()).then(|| {
        Arc::new(Authorities {
            certificates: certificates.into(),
            fingerprint: sum.finalize().into(),
        })
    })
}

/// What an upstream's settings name that is not there: its requests are refused rather than sent to whoever answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing;

impl Table {
    /// Tells a peer how its upstream is spoken to, and keeps its connections apart from those of every other upstream
    /// and of every other setting: Pingora's pool knows neither the authorities nor whether anything was verified.
    pub(crate) fn dress(
        &self,
        peer: &mut HttpPeer,
        upstream: &CompiledUpstream,
    ) -> Result<(), Missing> {
        let settings = &upstream.settings;
        let mut group = DefaultHasher::new();
        upstream.id.uuid().hash(&mut group);
        match settings.protocol {
            Protocol::Http1 => peer.options.set_http_version(1, 1),
            Protocol::Http2 => peer.options.set_http_version(2, 2),
            // without TLS there is no way to ask
            Protocol::Auto if peer.is_tls() => peer.options.set_http_version(2, 1),
            Protocol::Auto => peer.options.set_http_version(1, 1),
        }
        std::mem::discriminant(&settings.protocol).hash(&mut group);
        if settings.protocol != Protocol::Http1 {
            peer.options.max_h2_streams = STREAMS;
        }
        if peer.is_tls() {
            let tls = &settings.tls;
            tls.hash(&mut group);
            if let Some(id) = tls.ca {
                let authorities = self.authorities.get(&id).ok_or(Missing)?;
                authorities.fingerprint.hash(&mut group);
                peer.options.ca = Some(authorities.certificates.clone());
            }
            if let Some(id) = tls.client_certificate {
                let key = self.clients.get(&id).ok_or(Missing)?;
                peer.client_cert_key = Some(key.clone());
            }
            if let Some(name) = tls.server_name.as_ref().filter(|name| !name.is_empty()) {
                peer.sni.clone_from(name);
            }
            // the name stays even then: an empty one would switch more off than was asked for
            peer.options.verify_cert = tls.verify;
            peer.options.verify_hostname = tls.verify;
        }
        peer.group_key = group.finish();
        Ok(())
    }
}

/// Requests at a time on one HTTP/2 connection to an upstream.
const STREAMS: usize = 100;
