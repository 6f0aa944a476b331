//! TLS from callers: which certificate, which version, who is let in, and what changes while it runs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gateway::config::{SecureListen, TlsVersion};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::catalogue::STANDARD;
use crate::client::{Answer, Connection};
use crate::papers::{Authority, sealer};
use crate::world::{Started, World, eventually};

/// A gateway with a TLS listener.
pub(crate) async fn start(world: &World, minimum: TlsVersion) -> Started {
    let mut config = world.config();
    config.listen_tls = vec![SecureListen {
        address: "127.0.0.1:0".parse().unwrap(),
        minimum,
    }];
    config.sealer = Some(sealer());
    Started::new(config).await
}

pub(crate) fn address(gateway: &Started) -> SocketAddr {
    gateway.running.secure_addresses()[0]
}

/// Shakes hands; an error when either side does not like the other's papers. TLS 1.3 servers say so only afterwards, so a
/// request is made too.
async fn visit(
    address: SocketAddr,
    config: &Arc<ClientConfig>,
    host: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(host.to_owned()).unwrap();
    TlsConnector::from(config.clone())
        .connect(name, stream)
        .await
}

async fn ask(stream: TlsStream<TcpStream>, host: &str, path: &str, key: &str) -> Option<Answer> {
    let mut connection = Connection::over(stream);
    connection
        .offer(format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {key}\r\nConnection: close\r\n\r\n"
        ))
        .await;
    connection.answer().await
}

/// A GET without a key on a connection of its own.
pub(crate) async fn get(
    address: SocketAddr,
    config: &Arc<ClientConfig>,
    host: &str,
    path: &str,
) -> Answer {
    let mut connection = Connection::over(visit(address, config, host).await.unwrap());
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    connection.send(request).await;
    connection.answer().await.expect("an answer")
}

fn shown(stream: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    let shown = stream.get_ref().1.peer_certificates().unwrap();
    shown[0].clone().into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_host_is_shown_its_certificate() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let authority = Authority::new();
    let (one, many) = (authority.issue(&["a.test"]), authority.issue(&["*.b.test"]));
    world
        .certificate(70, &one, &["a.test"], "server", None)
        .await;
    world
        .certificate(71, &many, &["*.b.test"], "server", None)
        .await;
    let gateway = start(&world, TlsVersion::V1_2).await;
    let client = authority.client(&[&TLS13, &TLS12], None, &[]);
    for (host, issued) in [("a.test", &one), ("x.b.test", &many), ("A.TEST", &one)] {
        let stream = visit(address(&gateway), &client, host).await.unwrap();
        assert_eq!(shown(&stream), *issued.certificate.der(), "{host}");
        let answer = ask(stream, host, "/shop/echo", &key).await.unwrap();
        assert_eq!(answer.json()["headers"]["x-forwarded-proto"], "https");
    }
    for host in ["c.test", "b.test", "x.y.b.test"] {
        assert!(
            visit(address(&gateway), &client, host).await.is_err(),
            "{host}"
        );
    }
    eventually("they are counted", async || {
        gateway.status().await["handshakes_failed_total"] == 3
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_replaced_while_it_runs() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let authority = Authority::new();
    let (old, new) = (authority.issue(&["a.test"]), authority.issue(&["a.test"]));
    world
        .certificate(70, &old, &["a.test"], "server", None)
        .await;
    let gateway = start(&world, TlsVersion::V1_2).await;
    let client = authority.client(&[&TLS13], None, &[]);
    let before = visit(address(&gateway), &client, "a.test").await.unwrap();
    world
        .certificate(70, &new, &["a.test"], "server", None)
        .await;
    eventually("the new one is shown", async || {
        let stream = visit(address(&gateway), &client, "a.test").await;
        stream.is_ok_and(|stream| shown(&stream) == *new.certificate.der())
    })
    .await;
    assert_eq!(shown(&before), *old.certificate.der());
    let answer = ask(before, "a.test", "/shop/echo", &key).await;
    assert_eq!(answer.unwrap().status, 200);
    world
        .change("certificate", 70, "DELETE FROM certificate WHERE id = ?")
        .await;
    eventually("nothing is shown", async || {
        visit(address(&gateway), &client, "a.test").await.is_err()
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_its_database_shows_what_is_on_its_disk() {
    let world = World::new().await;
    let authority = Authority::new();
    let issued = authority.issue(&["a.test"]);
    world
        .certificate(70, &issued, &["a.test"], "server", None)
        .await;
    start(&world, TlsVersion::V1_2)
        .await
        .running
        .shutdown()
        .await;
    let mut config = world.config();
    config.database = gateway::config::Database::None;
    config.sealer = Some(sealer());
    config.listen_tls = vec![SecureListen {
        address: "127.0.0.1:0".parse().unwrap(),
        minimum: TlsVersion::V1_2,
    }];
    let gateway = Started::new(config).await;
    let client = authority.client(&[&TLS13], None, &[]);
    let stream = visit(address(&gateway), &client, "a.test").await.unwrap();
    assert_eq!(shown(&stream), *issued.certificate.der());
    gateway.running.shutdown().await;
    let kept: Vec<u8> = std::fs::read_dir(world.data_dir().join("snapshot"))
        .unwrap()
        .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect();
    let key = issued.key.serialize_der();
    let secret = &key[key.len() / 2..key.len() / 2 + 16];
    assert!(
        !kept.windows(16).any(|part| part == secret),
        "the key is on the disk unsealed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_below_the_listeners_minimum_are_refused() {
    let world = World::new().await;
    let authority = Authority::new();
    let issued = authority.issue(&["a.test"]);
    world
        .certificate(70, &issued, &["a.test"], "server", None)
        .await;
    let gateway = start(&world, TlsVersion::V1_3).await;
    let old = authority.client(&[&TLS12], None, &[]);
    let new = authority.client(&[&TLS13], None, &[]);
    assert!(visit(address(&gateway), &old, "a.test").await.is_err());
    assert!(visit(address(&gateway), &new, "a.test").await.is_ok());
    gateway.running.shutdown().await;
    let gateway = start(&world, TlsVersion::V1_2).await;
    let both = authority.client(&[&TLS12, &TLS13], None, &[]);
    assert!(visit(address(&gateway), &old, "a.test").await.is_ok());
    let stream = visit(address(&gateway), &both, "a.test").await.unwrap();
    let spoken = stream.get_ref().1.protocol_version();
    assert_eq!(spoken, Some(rustls::ProtocolVersion::TLSv1_3));
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_verified_where_the_host_says_so() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let (authority, stranger) = (Authority::new(), Authority::new());
    world.authority(80, &authority).await;
    let server = authority.issue(&["a.test", "m.test", "o.test"]);
    world
        .certificate(70, &server, &["a.test"], "server", None)
        .await;
    world
        .certificate(71, &server, &["m.test"], "server", Some(("required", 80)))
        .await;
    world
        .certificate(72, &server, &["o.test"], "server", Some(("optional", 80)))
        .await;
    let gateway = start(&world, TlsVersion::V1_2).await;
    let (good, bad) = (authority.issue(&["client"]), stranger.issue(&["client"]));
    for versions in [[&TLS12], [&TLS13]] {
        let nobody = authority.client(&versions, None, &[]);
        let known = authority.client(&versions, Some(&good), &[]);
        let unknown = authority.client(&versions, Some(&bad), &[]);
        for (host, client, expected) in [
            ("m.test", &nobody, None),
            ("m.test", &unknown, None),
            ("m.test", &known, Some(200)),
            ("o.test", &nobody, Some(200)),
            ("o.test", &unknown, None),
            ("o.test", &known, Some(200)),
            ("a.test", &unknown, Some(200)),
        ] {
            let answer = match visit(address(&gateway), client, host).await {
                Ok(stream) => tokio::time::timeout(
                    Duration::from_secs(10),
                    ask(stream, host, "/shop/echo", &key),
                )
                .await
                .expect("an answer or an end"),
                Err(_) => None,
            };
            assert_eq!(answer.map(|answer| answer.status), expected, "{host}");
        }
    }
    // a host that verifies is not reached through the door of another one, nor in the clear
    let nobody = authority.client(&[&TLS13], None, &[]);
    let before = world.upstream.seen();
    for host in ["m.test", "o.test"] {
        let stream = visit(address(&gateway), &nobody, "a.test").await.unwrap();
        let answer = ask(stream, host, "/shop/echo", &key).await.unwrap();
        assert_eq!(answer.problem(), (421, "misdirected_request".to_owned()));
        let mut plain = Connection::open(gateway.address).await;
        plain
            .send(format!(
                "GET /shop/echo HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {key}\r\n\r\n"
            ))
            .await;
        let answer = plain.answer().await.unwrap();
        assert_eq!(answer.problem(), (421, "misdirected_request".to_owned()));
    }
    assert_eq!(world.upstream.seen(), before);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_whose_certificate_cannot_be_used_is_refused_and_said() {
    let world = World::new().await;
    let authority = Authority::new();
    let issued = authority.issue(&["a.test", "m.test"]);
    world
        .certificate(70, &issued, &["a.test"], "server", None)
        .await;
    // it asks for an authority that is not there
    world
        .certificate(71, &issued, &["m.test"], "server", Some(("required", 99)))
        .await;
    let gateway = start(&world, TlsVersion::V1_2).await;
    let client = authority.client(&[&TLS13], None, &[]);
    assert!(visit(address(&gateway), &client, "a.test").await.is_ok());
    assert!(visit(address(&gateway), &client, "m.test").await.is_err());
    let problem = gateway.status().await["snapshot_problem"].to_string();
    assert!(
        problem.contains("certificate 71") && problem.contains("authority"),
        "{problem}"
    );
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_are_sent_to_https_and_told_to_stay() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let authority = Authority::new();
    let issued = authority.issue(&["a.test"]);
    world
        .certificate(70, &issued, &["a.test"], "server", None)
        .await;
    let mut config = world.config();
    config.sealer = Some(sealer());
    config.hsts = Some(Duration::from_secs(86_400));
    config.redirect_to_https = true;
    config.listen_tls = vec![SecureListen {
        address: "127.0.0.1:0".parse().unwrap(),
        minimum: TlsVersion::V1_2,
    }];
    let gateway = Started::new(config).await;
    let client = authority.client(&[&TLS13], None, &[]);
    let stream = visit(address(&gateway), &client, "a.test").await.unwrap();
    let answer = ask(stream, "a.test", "/shop/echo", &key).await.unwrap();
    assert_eq!(answer.header("strict-transport-security"), "max-age=86400");
    let mut plain = Connection::open(gateway.address).await;
    plain
        .send("POST /shop/echo?a=1 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n")
        .await;
    let answer = plain.answer().await.unwrap();
    assert_eq!(answer.status, 308);
    let port = address(&gateway).port();
    assert_eq!(
        answer.header("location"),
        format!("https://a.test:{port}/shop/echo?a=1")
    );
    assert_eq!(answer.header("strict-transport-security"), "");
    // a host without a certificate has no other door
    plain
        .send(format!(
            "GET /shop/echo HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n"
        ))
        .await;
    assert_eq!(plain.answer().await.unwrap().status, 200);
    gateway.running.shutdown().await;
}
