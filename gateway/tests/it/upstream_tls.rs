//! TLS to upstreams: own authorities, certificates of the gateway's own, names, and pools that are not shared.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use uuid::Uuid;

use crate::catalogue::{STANDARD, TARGET, UPSTREAM};
use crate::client::get;
use crate::papers::{Authority, Issued, sealer};
use crate::world::{Started, World, eventually};

/// A server that says how it was reached. `trusts`: it takes clients of this authority only.
async fn server(issued: &Issued, trusts: Option<&Authority>, alpn: &[&str]) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match trusts {
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            let pem = authority.pem();
            let der = rustls::pki_types::pem::PemObject::from_pem_slice(pem.as_bytes()).unwrap();
            roots.add(der).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
        None => builder.with_no_client_auth(),
    };
    let mut config = builder
        .with_single_cert(issued.chain(), issued.private_key())
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream).await;
                }
            });
        }
    });
    address
}

async fn serve(mut stream: TlsStream<TcpStream>) {
    let session = stream.get_ref().1;
    let told = json!({
        "name": session.server_name(),
        "client": session.peer_certificates().is_some(),
        "http": if session.alpn_protocol() == Some(b"h2") { "2" } else { "1.1" },
    })
    .to_string();
    if session.alpn_protocol() == Some(b"h2") {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            let mut body = respond
                .send_response(http::Response::new(()), false)
                .unwrap();
            body.send_data(Bytes::from(told.clone()), true).unwrap();
        }
        return;
    }
    let mut head = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        head.push(byte);
        if head.ends_with(b"\r\n\r\n") {
            head.clear();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{told}",
                told.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    }
}

/// A world whose upstream is this server, and a gateway over it.
async fn begin(world: &World, address: SocketAddr, settings: &serde_json::Value) -> Started {
    let url = format!("https://localhost:{}", address.port());
    let target = format!("UPDATE target SET url = '{url}' WHERE id = ?");
    world.change("upstream", TARGET, &target).await;
    set(world, settings).await;
    let mut config = world.config();
    config.sealer = Some(sealer());
    Started::new(config).await
}

async fn set(world: &World, settings: &serde_json::Value) {
    let settings = format!("UPDATE upstream SET settings = '{settings}' WHERE id = ?");
    world.change("upstream", UPSTREAM, &settings).await;
}

fn id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_is_verified_with_its_own_authority() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let (own, other) = (Authority::new(), Authority::new());
    world.authority(80, &own).await;
    world.authority(81, &other).await;
    let address = server(&own.issue(&["localhost", "other.test"]), None, &[]).await;
    let trusting = |ca: u128| json!({ "tls": { "ca": id(ca) } });
    let gateway = begin(&world, address, &trusting(80)).await;
    let status = async || get(gateway.address, "/shop/echo", &key).await.status;
    let answer = get(gateway.address, "/shop/echo", &key).await;
    assert_eq!(
        (answer.status, answer.json()["name"].as_str()),
        (200, Some("localhost"))
    );

    // a connection that was verified with another authority is not taken from the pool
    set(&world, &trusting(81)).await;
    eventually("it is refused", async || status().await == 502).await;
    set(&world, &trusting(80)).await;
    eventually("it is taken again", async || status().await == 200).await;
    // so too when the authority itself is replaced
    world.authority(80, &other).await;
    eventually("it is refused", async || status().await == 502).await;
    world.authority(80, &own).await;
    eventually("it is taken again", async || status().await == 200).await;

    // what is not there is never replaced by less
    set(&world, &trusting(99)).await;
    eventually("it is refused", async || status().await == 503).await;

    set(
        &world,
        &json!({ "tls": { "ca": id(80), "server_name": "other.test" } }),
    )
    .await;
    eventually("the other name is asked for", async || {
        let answer = get(gateway.address, "/shop/echo", &key).await;
        answer.status == 200 && answer.json()["name"] == "other.test"
    })
    .await;
    set(
        &world,
        &json!({ "tls": { "ca": id(80), "server_name": "third.test" } }),
    )
    .await;
    eventually("a name that is not in it is refused", async || {
        status().await == 502
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verification_is_only_off_where_somebody_said_so() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let address = server(&Authority::new().issue(&["elsewhere.test"]), None, &[]).await;
    let gateway = begin(&world, address, &json!({})).await;
    let status = async || get(gateway.address, "/shop/echo", &key).await.status;
    assert_eq!(status().await, 502);
    set(&world, &json!({ "tls": { "verify": false } })).await;
    eventually("it is taken", async || status().await == 200).await;
    // the connections that nobody verified are not used once it is on again
    set(&world, &json!({ "tls": { "verify": true } })).await;
    eventually("it is refused", async || status().await == 502).await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_is_shown_who_calls() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let authority = Authority::new();
    world.authority(80, &authority).await;
    let (good, bad) = (
        authority.issue(&["gateway"]),
        Authority::new().issue(&["gateway"]),
    );
    world.certificate(70, &good, &[], "client", None).await;
    world.certificate(71, &bad, &[], "client", None).await;
    let address = server(&authority.issue(&["localhost"]), Some(&authority), &[]).await;
    let showing = |certificate: Option<u128>| json!({ "tls": { "ca": id(80), "client_certificate": certificate.map(id) } });
    let gateway = begin(&world, address, &showing(Some(70))).await;
    let answer = get(gateway.address, "/shop/echo", &key).await;
    assert_eq!(
        (answer.status, &answer.json()["client"]),
        (200, &json!(true))
    );
    for other in [None, Some(71)] {
        set(&world, &showing(other)).await;
        eventually("it is refused", async || {
            get(gateway.address, "/shop/echo", &key).await.status == 502
        })
        .await;
    }
    set(&world, &showing(Some(99))).await;
    eventually("what is not there is not left out", async || {
        get(gateway.address, "/shop/echo", &key).await.status == 503
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_is_agreed_upon_with_upstreams() {
    let authority = Authority::new();
    let issued = authority.issue(&["localhost"]);
    for (protocol, alpn, spoken) in [
        ("auto", &["h2", "http/1.1"][..], "2"),
        ("auto", &["http/1.1"], "1.1"),
        ("http2", &["h2"], "2"),
        ("http1", &["h2", "http/1.1"], "1.1"),
    ] {
        let world = World::new().await;
        let key = world.active(1, STANDARD).await;
        world.authority(80, &authority).await;
        let address = server(&issued, None, alpn).await;
        let settings = json!({ "protocol": protocol, "tls": { "ca": id(80) } });
        let gateway = begin(&world, address, &settings).await;
        for _ in 0..3 {
            let call = get(gateway.address, "/shop/echo", &key);
            let answer = tokio::time::timeout(Duration::from_secs(10), call)
                .await
                .unwrap();
            assert_eq!(answer.status, 200, "{protocol} {alpn:?}");
            assert_eq!(answer.json()["http"], spoken, "{protocol} {alpn:?}");
        }
        gateway.running.shutdown().await;
    }
}
