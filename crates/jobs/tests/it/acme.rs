//! Certificates from a server that proves every host over sockets, shown by a gateway that runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::acme::{ChallengeKind, OrderState};
use domain::actor::Actor;
use domain::{Clock, Timestamp};
use gateway::config::{Database, SecureListen, TlsVersion};
use gateway::{Config, Gateway, Running};
use jobs::acme::fulfil_due;
use operations::acme::{self, Input, Order};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use store::seal::Sealer;
use tempfile::TempDir;
use testkit::{PlatformBuilder, START, TestDb, TestPlatform};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use uuid::Uuid;

use crate::pebble::{self, Pebble};

const ME: Uuid = Uuid::from_u128(1);

/// A platform that gets certificates, and its gateway.
struct World {
    platform: TestPlatform,
    gateway: Running,
    pebble: Pebble,
    admin: Actor,
    _folder: TempDir,
}

impl World {
    /// `reachable`: whether the server finds the gateway where it looks for it.
    async fn build(reachable: bool) -> Self {
        let (plain, secure) = (pebble::free(), pebble::free());
        let asked = |port: u16| {
            if reachable {
                port
            } else {
                pebble::free().port()
            }
        };
        let pebble = Pebble::start(asked(plain.port()), asked(secure.port())).await;
        let platform = PlatformBuilder::default()
            .settings(|settings| settings.acme = pebble.settings())
            .over(TestDb::sqlite().await);
        // certificates begin to hold when they are issued, which is later than this moment
        let start: Timestamp = START.parse().unwrap();
        platform.wait(Clock::system().now().since(start) + Duration::from_secs(600));
        let admin = platform.admin("ada@harbor.example").await;
        let folder = tempfile::tempdir().unwrap();
        let gateway = Gateway::start(Config {
            listen: vec![plain],
            listen_tls: vec![SecureListen {
                address: secure,
                minimum: TlsVersion::V1_2,
            }],
            database: Database::Open(platform.db.clone()),
            sealer: Some(Sealer::new([1; 32])),
            changes: Some(platform.changes.subscribe()),
            clock: platform.clock.clone(),
            workers: Some(1),
            ..Config::new(folder.path())
        })
        .await
        .unwrap();
        Self {
            platform,
            gateway,
            pebble,
            admin,
            _folder: folder,
        }
    }

    async fn order(&self, name: &str, challenge: ChallengeKind) -> Order {
        let input = Input {
            names: vec![name.to_owned()],
            challenge: Some(challenge),
        };
        acme::create(&self.platform, &self.admin, input)
            .await
            .unwrap()
    }

    async fn look(&self, order: &Order) -> Order {
        acme::find(&self.platform, &self.admin, order.id)
            .await
            .unwrap()
    }

    /// What the gateway shows for a host; `None` for what does not come from the server.
    async fn shown(&self, host: &str) -> Option<CertificateDer<'static>> {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(self.pebble.root().as_bytes()).unwrap();
        roots.add(root).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let tcp = TcpStream::connect(self.gateway.secure_addresses()[0])
            .await
            .unwrap();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let tls = TlsConnector::from(Arc::new(config))
            .connect(name, tcp)
            .await
            .ok()?;
        let shown = tls.get_ref().1.peer_certificates()?.first()?;
        Some(shown.clone().into_owned())
    }

    /// The same, once it is another one than this.
    async fn shown_instead(
        &self,
        host: &str,
        before: Option<&CertificateDer<'static>>,
    ) -> CertificateDer<'static> {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            let shown = self.shown(host).await;
            match shown {
                Some(shown) if Some(&shown) != before => return shown,
                _ => assert!(Instant::now() < end, "nothing new for {host}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_got_both_ways_shown_and_renewed_after_two_thirds_of_their_life() {
    if !pebble::is_installed() {
        return;
    }
    let world = World::build(true).await;
    let hosts = [
        ("shop.harbor.test", ChallengeKind::Http01),
        ("api.harbor.test", ChallengeKind::TlsAlpn01),
    ];
    let mut first = Vec::new();
    for (host, challenge) in hosts {
        let order = world.order(host, challenge).await;
        assert!(world.shown(host).await.is_none());
        assert_eq!(fulfil_due(&world.platform, ME).await.unwrap(), 1);
        let issued = world.look(&order).await;
        assert_eq!(issued.state, OrderState::Issued, "{}", issued.last_error);
        first.push((issued, world.shown_instead(host, None).await));
    }
    // nothing is left to be asked for, and nothing is due
    let mut conn = world.platform.db.read().await.unwrap();
    let left = store::acme_challenges::all(&mut conn).await.unwrap();
    assert_eq!(left, []);
    drop(conn);
    assert_eq!(fulfil_due(&world.platform, ME).await.unwrap(), 0);

    for ((host, _), (order, before)) in hosts.into_iter().zip(first) {
        let (_, parsed) = x509_parser::parse_x509_certificate(&before).unwrap();
        let validity = parsed.validity();
        let (from, until) = (
            validity.not_before.timestamp(),
            validity.not_after.timestamp(),
        );
        let renewal = from + (until - from) / 3 * 2;
        assert!((order.next_attempt_at.seconds() - renewal).abs() <= 1);
        world
            .platform
            .wait(order.next_attempt_at.since(world.platform.now()));
        fulfil_due(&world.platform, ME).await.unwrap();
        let renewed = world.look(&order).await;
        assert_eq!(renewed.state, OrderState::Issued, "{}", renewed.last_error);
        assert_eq!(renewed.certificate, order.certificate);
        world.shown_instead(host, Some(&before)).await;
    }
    // one account, however many orders
    let mut conn = world.platform.db.read().await.unwrap();
    let directory = world.platform.settings.acme.directory.clone().unwrap();
    let workspace = world.platform.settings.workspace;
    let account = store::acme_accounts::find(&mut conn, workspace, directory.as_str()).await;
    assert!(account.unwrap().is_some());
    drop(conn);
    world.gateway.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_told_and_tried_again_later_and_later() {
    if !pebble::is_installed() {
        return;
    }
    let world = World::build(false).await;
    let order = world.order("shop.harbor.test", ChallengeKind::Http01).await;
    let mut waits = Vec::new();
    for attempt in 1..=3 {
        assert_eq!(fulfil_due(&world.platform, ME).await.unwrap(), 1);
        let failed = world.look(&order).await;
        assert_eq!(
            (failed.state, failed.attempts),
            (OrderState::Failed, attempt)
        );
        assert!(
            failed
                .last_error
                .contains("`shop.harbor.test` could not be proven"),
            "{}",
            failed.last_error
        );
        assert!(
            failed.last_error.contains("refused"),
            "{}",
            failed.last_error
        );
        assert_eq!(fulfil_due(&world.platform, ME).await.unwrap(), 0);
        let wait = failed.next_attempt_at.since(world.platform.now());
        waits.push(wait.as_secs() / 60);
        world.platform.wait(wait);
    }
    assert_eq!(waits, [5, 20, 80]);
    world.gateway.shutdown().await;
}

#[tokio::test]
async fn one_process_at_a_time_carries_orders_out() {
    let platform = PlatformBuilder::default()
        .settings(|settings| {
            // nobody listens there
            settings.acme.directory =
                Some(format!("https://{}/dir", pebble::free()).parse().unwrap());
            settings.acme.terms_agreed = true;
        })
        .over(TestDb::sqlite().await);
    let admin = platform.admin("ada@harbor.example").await;
    let input = Input {
        names: vec!["shop.harbor.test".to_owned()],
        challenge: None,
    };
    let order = acme::create(&platform, &admin, input).await.unwrap();
    let now = platform.now();
    let other = Uuid::from_u128(2);
    let mut tx = platform.db.begin().await.unwrap();
    let until = now + Duration::from_secs(60);
    let workspace = platform.settings.workspace;
    assert!(
        store::leases::take(&mut tx, "acme", workspace, other, until, now)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert_eq!(fulfil_due(&platform, ME).await.unwrap(), 0);
    platform.wait(Duration::from_secs(61));
    assert_eq!(fulfil_due(&platform, ME).await.unwrap(), 1);
    let failed = acme::find(&platform, &admin, order.id).await.unwrap();
    assert!(
        failed.last_error.contains("cannot be reached"),
        "{}",
        failed.last_error
    );
}
