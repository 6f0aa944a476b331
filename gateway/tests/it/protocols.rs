//! HTTP/2, gRPC and WebSockets, with clients and servers that are not ours: hyper's, tonic's, tungstenite's and curl.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use gateway::config::{SecureListen, TlsVersion};
use rustls::version::TLS13;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus as Said;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::catalogue::{STANDARD, TARGET, UPSTREAM, VERSION};
use crate::client::get;
use crate::papers::{Authority, sealer};
use crate::world::{Started, World, eventually};

const SOON: Duration = Duration::from_secs(10);

/// A gateway that takes HTTP/2 in the clear and over TLS, for `a.test`.
async fn start(world: &World, authority: &Authority) -> Started {
    let issued = authority.issue(&["a.test"]);
    world
        .certificate(70, &issued, &["a.test"], "server", None)
        .await;
    let mut config = world.config();
    config.h2c = true;
    config.sealer = Some(sealer());
    config.listen_tls = vec![SecureListen {
        address: "127.0.0.1:0".parse().unwrap(),
        minimum: TlsVersion::V1_2,
    }];
    Started::new(config).await
}

fn secure(gateway: &Started) -> SocketAddr {
    gateway.running.secure_addresses()[0]
}

/// Points the catalogue's upstream somewhere else, with these settings.
async fn point(world: &World, url: &str, settings: &str) {
    let target = format!("UPDATE target SET url = '{url}' WHERE id = ?");
    world.change("upstream", TARGET, &target).await;
    let settings = format!("UPDATE upstream SET settings = '{settings}' WHERE id = ?");
    world.change("upstream", UPSTREAM, &settings).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_is_agreed_upon_over_tls() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let authority = Authority::new();
    let gateway = start(&world, &authority).await;
    for (alpn, version) in [
        (&["h2", "http/1.1"][..], reqwest::Version::HTTP_2),
        (&["http/1.1"], reqwest::Version::HTTP_11),
        (&[], reqwest::Version::HTTP_11),
    ] {
        let tls = authority.client(&[&TLS13], None, alpn);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.as_ref().clone())
            .resolve("a.test", secure(&gateway))
            .timeout(SOON)
            .build()
            .unwrap();
        let url = format!("https://a.test:{}/shop/echo?a=b", secure(&gateway).port());
        for body in [0, 10, 300_000] {
            let answer = client
                .post(&url)
                .header("x-api-key", &key)
                .header("x-forwarded-for", "6.6.6.6")
                .body(vec![b'x'; body])
                .send()
                .await
                .unwrap();
            assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
            let told: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(told["length"], body);
            assert_eq!(told["target"], "/echo?a=b");
            assert_eq!(told["headers"]["x-forwarded-proto"], "https");
            assert_eq!(told["headers"]["x-forwarded-for"], "127.0.0.1");
            let host = told["headers"]["x-forwarded-host"].as_str().unwrap();
            assert!(host.starts_with("a.test"), "{host}");
        }
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_are_taken_in_the_clear_where_that_is_on() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = start(&world, &Authority::new()).await;
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .timeout(SOON)
        .build()
        .unwrap();
    let url = format!("http://{}/shop/echo", gateway.address);
    let calls = (0..20).map(|_| client.get(&url).header("x-api-key", &key).send());
    for answer in futures_util::future::join_all(calls).await {
        let answer = answer.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.version()),
            (200, reqwest::Version::HTTP_2)
        );
    }
    let refused = client.get(&url).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_speaks_http2() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = start(&world, &Authority::new()).await;
    let run = |flags: &'static [&'static str]| {
        let url = format!("http://{}/shop/echo", gateway.address);
        let header = format!("X-API-Key: {key}");
        async move {
            let told = tokio::process::Command::new("curl")
                .args(["--silent", "--max-time", "10", "--output", "/dev/null"])
                .args(["--write-out", "%{http_code} %{http_version}"])
                .args(flags)
                .args(["--header", &header, &url])
                .output()
                .await
                .expect("curl is installed");
            String::from_utf8(told.stdout).unwrap()
        }
    };
    assert_eq!(run(&["--http2-prior-knowledge"]).await, "200 2");
    assert_eq!(run(&["--http1.1"]).await, "200 1.1");
    // an Upgrade to HTTP/2 is optional, and not taken up (RFC 9113 section 3.1)
    assert_eq!(run(&["--http2"]).await, "200 1.1");
    gateway.running.shutdown().await;
}

/// A gRPC server, and what it says of its health.
async fn grpc() -> (SocketAddr, HealthReporter) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (reporter, service) = tonic_health::server::health_reporter();
    tokio::spawn(
        tonic::transport::Server::builder()
            .add_service(service)
            .serve_with_incoming(TcpListenerStream::new(listener)),
    );
    (address, reporter)
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_calls_and_streams_pass_with_their_trailers() {
    let world = World::new().await;
    let (upstream, reporter) = grpc().await;
    world
        .version(VERSION + 5, "grpc", "published", "/grpc.health.v1.Health")
        .await;
    let settings = "{\"access\": \"open\", \"strip_base_path\": false}";
    world
        .route(46, VERSION + 5, "[\"POST\"]", "/", "prefix", settings)
        .await;
    point(
        &world,
        &format!("http://{upstream}"),
        "{\"protocol\": \"http2\"}",
    )
    .await;
    let gateway = start(&world, &Authority::new()).await;
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{}", gateway.address))
        .unwrap()
        .connect()
        .await
        .unwrap();
    let mut client = HealthClient::new(channel);
    let ask = |service: &str| HealthCheckRequest {
        service: service.to_owned(),
    };
    let said = timeout(SOON, client.check(ask(""))).await.unwrap().unwrap();
    assert_eq!(said.into_inner().status(), Said::Serving);
    let unknown = timeout(SOON, client.check(ask("nobody"))).await.unwrap();
    assert_eq!(unknown.unwrap_err().code(), tonic::Code::NotFound);

    reporter
        .set_service_status("shop", ServingStatus::Serving)
        .await;
    let watching = timeout(SOON, client.watch(ask("shop"))).await.unwrap();
    let mut watching = watching.unwrap().into_inner();
    for (next, said) in [
        (ServingStatus::NotServing, Said::Serving),
        (ServingStatus::Serving, Said::NotServing),
        (ServingStatus::NotServing, Said::Serving),
    ] {
        let message = timeout(SOON, watching.message()).await.unwrap().unwrap();
        assert_eq!(message.unwrap().status(), said);
        reporter.set_service_status("shop", next).await;
    }
    gateway.running.shutdown().await;
}

/// A WebSocket server that sends back what it gets, and tells of the close frames it sees.
async fn web_socket() -> (SocketAddr, mpsc::Receiver<Option<CloseCode>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, closed) = mpsc::channel(8);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let sender = sender.clone();
            tokio::spawn(async move {
                let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
                while let Some(Ok(message)) = socket.next().await {
                    match message {
                        Message::Close(frame) => {
                            sender.send(frame.map(|frame| frame.code)).await.unwrap();
                        }
                        Message::Text(_) | Message::Binary(_) => {
                            socket.send(message).await.unwrap();
                        }
                        _ => {}
                    }
                }
            });
        }
    });
    (address, closed)
}

#[tokio::test(flavor = "multi_thread")]
async fn web_sockets_pass_and_are_told_when_the_gateway_goes() {
    let world = World::new().await;
    let (upstream, mut closed) = web_socket().await;
    point(&world, &format!("http://{upstream}"), "{}").await;
    let authority = Authority::new();
    let gateway = start(&world, &authority).await;

    let tcp = TcpStream::connect(gateway.address).await.unwrap();
    let (mut plain, _) = tokio_tungstenite::client_async("ws://a.test/shop/open/chat", tcp)
        .await
        .unwrap();
    let tcp = TcpStream::connect(secure(&gateway)).await.unwrap();
    let name = rustls::pki_types::ServerName::try_from("a.test").unwrap();
    let tls = TlsConnector::from(authority.client(&[&TLS13], None, &["http/1.1"]));
    let tls = tls.connect(name, tcp).await.unwrap();
    let (mut over_tls, _) = tokio_tungstenite::client_async("wss://a.test/shop/open/chat", tls)
        .await
        .unwrap();
    for message in [
        Message::text("hello"),
        Message::text(""),
        Message::binary(vec![7; 100]),
        Message::binary(vec![8; 70_000]),
        Message::binary(vec![9; 300_000]),
    ] {
        plain.send(message.clone()).await.unwrap();
        let back = timeout(SOON, plain.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(back, message);
        over_tls.send(message.clone()).await.unwrap();
        let back = timeout(SOON, over_tls.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        assert_eq!(back, message);
    }

    let stopping = tokio::spawn(gateway.running.shutdown());
    let end = timeout(SOON, plain.next()).await.unwrap();
    assert!(is_going_away(end.as_ref()), "{end:?}");
    let end = timeout(SOON, over_tls.next()).await.unwrap();
    assert!(is_going_away(end.as_ref()), "{end:?}");
    for _ in 0..2 {
        let code = timeout(SOON, closed.recv()).await.unwrap().unwrap();
        assert_eq!(code, Some(CloseCode::Away));
    }
    drop((plain, over_tls));
    timeout(SOON, stopping).await.unwrap().unwrap();
}

fn is_going_away(end: Option<&Result<Message, tokio_tungstenite::tungstenite::Error>>) -> bool {
    matches!(end, Some(Ok(Message::Close(Some(frame)))) if frame.code == CloseCode::Away)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_http2_connection_is_told_to_go_and_ends_its_streams() {
    let world = World::new().await;
    world
        .route(
            45,
            VERSION,
            "[]",
            "/hold",
            "exact",
            "{\"access\": \"open\"}",
        )
        .await;
    let gateway = start(&world, &Authority::new()).await;
    let tcp = TcpStream::connect(gateway.address).await.unwrap();
    let (client, connection) = h2::client::handshake(tcp).await.unwrap();
    let driven = tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let request = |path: &str| {
        http::Request::get(format!("http://api.test{path}"))
            .body(())
            .unwrap()
    };
    let (held, _) = client.send_request(request("/shop/hold"), true).unwrap();
    let held = tokio::spawn(held);
    eventually("the upstream holds it", async || world.upstream.seen() == 1).await;
    let stopping = tokio::spawn(gateway.running.shutdown());
    // a GOAWAY came: the client opens no more streams
    eventually("no more streams", async || {
        match client.clone().ready().await {
            Ok(mut client) => client.send_request(request("/shop/open"), true).is_err(),
            Err(_) => true,
        }
    })
    .await;
    assert!(!stopping.is_finished());
    world.upstream.gate.add_permits(1);
    let answer = timeout(SOON, held).await.unwrap().unwrap().unwrap();
    assert_eq!(answer.status(), 200);
    let mut body = answer.into_body();
    let piece = timeout(SOON, body.data()).await.unwrap().unwrap().unwrap();
    assert_eq!(piece, "held");
    drop((client, body));
    timeout(SOON, stopping).await.unwrap().unwrap();
    timeout(SOON, driven).await.unwrap().unwrap().ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_one_by_one_over_http2() {
    let world = World::new().await;
    world
        .route(
            45,
            VERSION,
            "[]",
            "/events",
            "exact",
            "{\"access\": \"open\"}",
        )
        .await;
    let gateway = start(&world, &Authority::new()).await;
    let events = world.upstream.events();
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let url = format!("http://{}/shop/events", gateway.address);
    let mut answer = timeout(SOON, client.get(url).send())
        .await
        .unwrap()
        .unwrap();
    for n in 0..3 {
        let event = format!("data: {n}\n\n");
        events.send(event.clone()).await.unwrap();
        let piece = timeout(SOON, answer.chunk()).await.unwrap().unwrap();
        assert_eq!(piece.unwrap(), event);
    }
    drop(events);
    // the end may come as a frame of its own that carries nothing
    while let Some(piece) = timeout(SOON, answer.chunk()).await.unwrap().unwrap() {
        assert!(piece.is_empty(), "{piece:?}");
    }
    gateway.running.shutdown().await;
}
