//! Certificates: what is taken, what is refused with which reason, and what keeps one from going.

use domain::Timestamp;
use domain::certificate::{CertificateUse, ClientAuth};
use gateway_snapshot::settings::{UpstreamSettings, UpstreamTls};
use operations::certificates::{self, Input};
use operations::upstreams::{self, TargetInput};
use operations::{Error, cas};
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, KeyPair};
use testkit::each_platform;

use crate::rates::on_sqlite;

struct Pair {
    certificate: Certificate,
    key: KeyPair,
}

fn made(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Pair {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    Pair {
        certificate: params.self_signed(&key).unwrap(),
        key,
    }
}

fn authority(name: &str) -> Pair {
    made(&[], |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
    })
}

fn input(chain: &str, key: &str) -> Input {
    Input {
        name: "shop".to_owned(),
        chain: Some(chain.to_owned()),
        key: Some(key.to_owned()),
        ..Input::default()
    }
}

fn of(pair: &Pair) -> Input {
    input(&pair.certificate.pem(), &pair.key.serialize_pem())
}

#[tokio::test]
async fn a_certificate_is_kept_with_its_key_sealed() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let pair = made(&["Shop.Example", "*.shop.example"], |_| {});
        let kept = certificates::create(&p, &admin, CertificateUse::Server, of(&pair))
            .await
            .unwrap();
        assert_eq!(kept.names, ["*.shop.example", "shop.example"]);
        assert_eq!(kept.key_kind, "ECDSA P-256");
        assert_eq!(kept.fingerprint.len(), 64);
        let mut conn = p.db.read().await.unwrap();
        let row = store::certificates::find(&mut conn, admin.workspace, kept.id)
            .await
            .unwrap()
            .unwrap();
        drop(conn);
        let der = pair.key.serialize_der();
        assert!(!row.sealed_key.windows(16).any(|part| part == &der[40..56]));
        let purpose = format!("certificate:{}", kept.id);
        assert_eq!(p.sealer.open(&purpose, &row.sealed_key).unwrap(), der);

        // without a chain only the rest changes
        let renamed = Input {
            name: "shop and more".to_owned(),
            ..Input::default()
        };
        let after = certificates::update(&p, &admin, kept.id, 1, renamed)
            .await
            .unwrap();
        assert_eq!(
            (after.name.as_str(), &after.fingerprint),
            ("shop and more", &kept.fingerprint)
        );
        let twice = certificates::create(
            &p,
            &admin,
            CertificateUse::Server,
            Input {
                name: "shop and more".to_owned(),
                ..of(&pair)
            },
        )
        .await
        .unwrap_err();
        assert!(
            twice.to_string().contains("belongs to another certificate"),
            "{twice}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_would_fail_is_refused_with_the_reason() {
    on_sqlite(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let good = made(&["shop.example"], |_| {});
        let other = made(&["shop.example"], |_| {});
        let old = made(&["shop.example"], |params| {
            params.not_after = rcgen::date_time_ymd(2020, 1, 1)
        });
        let early = made(&["shop.example"], |params| {
            params.not_before = rcgen::date_time_ymd(4000, 1, 1)
        });
        let nameless = made(&[], |_| {});
        let (chain, key) = (good.certificate.pem(), good.key.serialize_pem());
        let with_stranger = format!("{chain}{}", authority("Stranger").certificate.pem());
        for (given, expected) in [
            (input("", ""), "chain is needed, with its key"),
            (input(&chain, ""), "key is needed with a chain"),
            (input("", &key), "chain is needed with a key"),
            (input("hello", &key), "chain holds no certificate"),
            (input(&key, &key), "chain holds no certificate"),
            (input(&chain, "hello"), "key holds no private key"),
            (
                input(&chain, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"),
                "key is encrypted",
            ),
            (
                input(&chain, &other.key.serialize_pem()),
                "key does not belong to the certificate",
            ),
            (of(&old), "expired on 2020-01-01"),
            (of(&early), "holds only from 4000-01-01"),
            (of(&nameless), "names no host"),
            (input(&with_stranger, &key), "is out of order"),
            (
                input(
                    include_str!("papers/rsa1024.pem"),
                    include_str!("papers/rsa1024.key"),
                ),
                "RSA key of 1024 bits",
            ),
            (
                input(
                    include_str!("papers/sha1.pem"),
                    include_str!("papers/sha1.key"),
                ),
                "signed with MD5 or SHA-1",
            ),
            (
                Input {
                    client_auth: Some(ClientAuth::Required),
                    ..of(&good)
                },
                "client_ca is needed",
            ),
            (
                Input {
                    client_auth: Some(ClientAuth::Required),
                    client_ca: Some(p.new_id()),
                    ..of(&good)
                },
                "is no authority",
            ),
        ] {
            let refused = certificates::create(&p, &admin, CertificateUse::Server, given)
                .await
                .unwrap_err();
            assert!(
                matches!(refused, Error::Invalid(_)),
                "{expected}: {refused:?}"
            );
            assert!(
                refused.to_string().contains(expected),
                "{expected}: {refused}"
            );
        }
        let leaf = cas::Input {
            name: "leaf".to_owned(),
            bundle: chain,
        };
        let refused = cas::create(&p, &admin, leaf).await.unwrap_err();
        assert!(refused.to_string().contains("may not sign"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn what_is_named_stays() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let ca = cas::Input {
            name: "Harbor".to_owned(),
            bundle: authority("Harbor").certificate.pem(),
        };
        let ca = cas::create(&p, &admin, ca).await.unwrap();
        assert!(ca.subjects[0].contains("Harbor") && ca.not_after > Timestamp::from_seconds(0));
        let asking = Input {
            client_auth: Some(ClientAuth::Optional),
            client_ca: Some(ca.id),
            ..of(&made(&["shop.example"], |_| {}))
        };
        let server = certificates::create(&p, &admin, CertificateUse::Server, asking)
            .await
            .unwrap();
        let client = Input {
            name: "to upstreams".to_owned(),
            ..of(&made(&[], |_| {}))
        };
        let client = certificates::create(&p, &admin, CertificateUse::Client, client)
            .await
            .unwrap();
        let upstream = |ca, certificate| upstreams::Input {
            name: "Labels".to_owned(),
            slug: None,
            settings: UpstreamSettings {
                tls: UpstreamTls {
                    ca,
                    client_certificate: certificate,
                    ..UpstreamTls::default()
                },
                ..UpstreamSettings::default()
            },
            targets: vec![TargetInput::at("https://labels.example")],
        };
        // a certificate for callers is not shown to upstreams, and none that is not there
        for (ca, certificate) in [
            (None, Some(server.id)),
            (None, Some(p.new_id())),
            (Some(p.new_id()), None),
        ] {
            let refused = upstreams::create(&p, &admin, upstream(ca, certificate)).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        }
        let made = upstreams::create(&p, &admin, upstream(Some(ca.id), Some(client.id)))
            .await
            .unwrap();
        for refused in [
            cas::delete(&p, &admin, ca.id, 1).await,
            certificates::delete(&p, &admin, client.id, 1).await,
        ] {
            let refused = refused.unwrap_err();
            assert!(
                matches!(&refused, Error::InUse(text) if text.contains("labels")),
                "{refused:?}"
            );
        }
        upstreams::delete(&p, &admin, made.id, 1).await.unwrap();
        certificates::delete(&p, &admin, client.id, 1)
            .await
            .unwrap();
        let refused = cas::delete(&p, &admin, ca.id, 1).await.unwrap_err();
        assert!(
            refused.to_string().contains("certificate `shop`"),
            "{refused}"
        );
        certificates::delete(&p, &admin, server.id, 1)
            .await
            .unwrap();
        cas::delete(&p, &admin, ca.id, 1).await.unwrap();
    })
    .await;
}
