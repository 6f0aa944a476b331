//! Certificates for tests: an authority of the test's own, and what it signs.

use std::sync::Arc;

use domain::id::CertificateId;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use store::seal::Sealer;
use uuid::Uuid;

use crate::catalogue::Cell::{self, Bytes, Id, Number, Text};
use crate::world::World;

/// The master key of the tests.
pub(crate) fn sealer() -> Sealer {
    Sealer::new([7; 32])
}

/// Who signs.
pub(crate) struct Authority {
    certificate: Certificate,
    key: KeyPair,
}

/// A certificate with its key.
pub(crate) struct Issued {
    pub(crate) certificate: Certificate,
    pub(crate) key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self {
            certificate: params.self_signed(&key).unwrap(),
            key,
        }
    }

    /// A certificate for these names, good for both sides.
    pub(crate) fn issue(&self, names: &[&str]) -> Issued {
        self.issue_with(names, None)
    }

    /// Whose subject names an organisation besides.
    pub(crate) fn issue_to(&self, names: &[&str], organisation: &str) -> Issued {
        let mut subject = DistinguishedName::new();
        subject.push(DnType::OrganizationName, organisation);
        self.issue_with(names, Some(subject))
    }

    fn issue_with(&self, names: &[&str], subject: Option<DistinguishedName>) -> Issued {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        if let Some(subject) = subject {
            params.distinguished_name = subject;
        }
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = KeyPair::generate().unwrap();
        Issued {
            certificate: params
                .signed_by(&key, &self.certificate, &self.key)
                .unwrap(),
            key,
        }
    }

    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// A client that trusts this authority, and shows a certificate when it has one.
    pub(crate) fn client(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        shows: Option<&Issued>,
        alpn: &[&str],
    ) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match shows {
            Some(issued) => builder
                .with_client_auth_cert(issued.chain(), issued.private_key())
                .unwrap(),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}

impl Issued {
    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.certificate.der().clone()]
    }

    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).unwrap()
    }
}

impl World {
    /// Writes a certificate as the platform does, and tells the gateways.
    pub(crate) async fn certificate(
        &self,
        id: u128,
        issued: &Issued,
        names: &[&str],
        used_for: &str,
        asks: Option<(&str, u128)>,
    ) {
        let purpose = format!("certificate:{}", CertificateId::new(Uuid::from_u128(id)));
        let sealed = sealer().seal([1; 24], &purpose, &issued.key.serialize_der());
        let names = serde_json::to_string(names).unwrap();
        let (client_auth, ca) = asks.unwrap_or(("none", 0));
        self.replace(
            "certificate",
            id,
            &[
                ("name", Text(&format!("certificate {id}"))),
                ("used_for", Text(used_for)),
                ("names", Text(&names)),
                ("chain", Text(&issued.certificate.pem())),
                ("sealed_key", Bytes(&sealed)),
                ("fingerprint", Text("")),
                ("issuer", Text("")),
                ("key_kind", Text("")),
                ("not_before", Number(0)),
                ("not_after", Number(0)),
                ("client_auth", Text(client_auth)),
                ("client_ca_id", Id(ca)),
            ],
        )
        .await;
    }

    /// Writes an authority.
    pub(crate) async fn authority(&self, id: u128, authority: &Authority) {
        self.replace(
            "ca",
            id,
            &[
                ("name", Text(&format!("authority {id}"))),
                ("bundle", Text(&authority.pem())),
                ("subjects", Text("[]")),
                ("not_after", Number(0)),
            ],
        )
        .await;
    }

    async fn replace(&self, table: &str, id: u128, cells: &[(&str, Cell<'_>)]) {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "DELETE FROM {table} WHERE id = ?"
        )))
        .bind(Uuid::from_u128(id))
        .execute(&self.pool)
        .await
        .unwrap();
        self.put(table, id, cells).await;
        let touch = format!("UPDATE {table} SET version = version + 1 WHERE id = ?");
        self.change(table, id, &touch).await;
    }
}
