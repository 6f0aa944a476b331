//! Clients that cost more than they ask for: slow ones, many of them, and floods of frames.

use std::net::SocketAddr;
use std::time::Duration;

use gateway::config::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::catalogue::STANDARD;
use crate::client::{Connection, get};
use crate::world::{Started, World, eventually};

const SOON: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_drips_or_stops_is_given_up() {
    let world = World::new().await;
    let mut config = world.config();
    config.timeouts.body = Duration::from_secs(1);
    config.h2c = true;
    let gateway = Started::new(config).await;
    for framing in [
        "Content-Length: 100\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n64\r\nhello",
    ] {
        let mut connection = Connection::open(gateway.address).await;
        connection
            .send(format!(
                "POST /shop/open/x HTTP/1.1\r\nHost: api.test\r\n{framing}"
            ))
            .await;
        let answer = timeout(SOON, connection.answer()).await.unwrap();
        let answer = answer.expect("a refusal");
        assert_eq!(answer.problem(), (408, "request_timeout".to_owned()));
        assert!(timeout(SOON, connection.is_closed()).await.unwrap());
    }
    // over HTTP/2 only the stream ends
    let tcp = TcpStream::connect(gateway.address).await.unwrap();
    let (mut client, connection) = h2::client::handshake(tcp).await.unwrap();
    tokio::spawn(connection);
    let request = || {
        http::Request::post("http://api.test/shop/open/x")
            .body(())
            .unwrap()
    };
    let (slow, mut body) = client.send_request(request(), false).unwrap();
    body.send_data("hello".into(), false).unwrap();
    assert!(timeout(SOON, slow).await.unwrap().is_err());
    client = client.ready().await.unwrap();
    let (next, _) = client.send_request(request(), true).unwrap();
    assert_eq!(timeout(SOON, next).await.unwrap().unwrap().status(), 200);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_says_nothing_is_closed() {
    let world = World::new().await;
    let mut config = world.config();
    config.timeouts.header = Duration::from_secs(1);
    config.h2c = true;
    let gateway = Started::new(config).await;
    for start in ["", "P", "PRI * HTTP/2.0\r\n\r\nSM\r", "GET / HT"] {
        let mut connection = Connection::open(gateway.address).await;
        connection.send(start).await;
        assert!(
            timeout(SOON, connection.is_closed()).await.unwrap(),
            "{start:?}"
        );
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_so_many_connections() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let mut config = world.config();
    config.limits.connections_per_ip = 3;
    let gateway = Started::new(config).await;
    let request = format!("GET /shop/echo HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n");
    let mut open = Vec::new();
    for _ in 0..3 {
        let mut connection = Connection::open(gateway.address).await;
        connection.send(&request).await;
        assert_eq!(connection.answer().await.unwrap().status, 200);
        open.push(connection);
    }
    let mut fourth = Connection::open(gateway.address).await;
    assert!(timeout(SOON, fourth.is_closed()).await.unwrap());
    eventually("it is counted", async || {
        gateway.status().await["connections_turned_away_total"] == 1
    })
    .await;
    drop(open.pop());
    eventually("there is room again", async || {
        let mut connection = Connection::open(gateway.address).await;
        connection.offer(&request).await;
        connection.answer().await.is_some()
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_carries_so_many_requests() {
    let world = World::new().await;
    let mut config = world.config();
    config.h2c = true;
    config.limits = Limits {
        requests_per_connection: 2,
        ..config.limits
    };
    let gateway = Started::new(config).await;
    let mut connection = Connection::open(gateway.address).await;
    let mut answered = 0;
    for _ in 0..5 {
        connection
            .send("GET /shop/open/x HTTP/1.1\r\nHost: api.test\r\n\r\n")
            .await;
        match timeout(SOON, connection.answer()).await.unwrap() {
            Some(answer) => {
                assert_eq!(answer.status, 200);
                answered += 1;
                if answer.header("connection") == "close" {
                    break;
                }
            }
            None => break,
        }
    }
    assert!((2..=3).contains(&answered), "{answered}");

    let tcp = TcpStream::connect(gateway.address).await.unwrap();
    let (client, connection) = h2::client::handshake(tcp).await.unwrap();
    let driven = tokio::spawn(connection);
    let mut answered = 0;
    for _ in 0..5 {
        let Ok(mut ready) = client.clone().ready().await else {
            break;
        };
        let request = http::Request::get("http://api.test/shop/open/x")
            .body(())
            .unwrap();
        let Ok((answer, _)) = ready.send_request(request, true) else {
            break;
        };
        match timeout(SOON, answer).await.unwrap() {
            Ok(answer) => assert_eq!(answer.status(), 200),
            Err(_) => break,
        }
        answered += 1;
    }
    assert!((2..=3).contains(&answered), "{answered}");
    drop(client);
    timeout(SOON, driven).await.unwrap().unwrap().ok();
    gateway.running.shutdown().await;
}

/// A frame of HTTP/2 (RFC 9113 section 4.1).
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// The headers of a GET without a Huffman code (RFC 7541).
pub(crate) fn headers(path: &str) -> Vec<u8> {
    let mut block = vec![0x82, 0x86, 0x01, 8];
    block.extend(b"api.test");
    block.extend([0x04, u8::try_from(path.len()).unwrap()]);
    block.extend(path.as_bytes());
    block
}

/// Sends frames until the gateway closes, or all of them were sent and read. True when it closed.
async fn is_cut_off(address: SocketAddr, frames: impl Iterator<Item = Vec<u8>>) -> bool {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    let reading = tokio::spawn(async move {
        let mut buffer = vec![0; 65_536];
        while from.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
    });
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(0x4, 0, 0, &[]));
    to.write_all(&bytes).await.unwrap();
    for frame in frames {
        if to.write_all(&frame).await.is_err() {
            break;
        }
    }
    timeout(Duration::from_secs(5), reading).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_of_frames_end_the_connection() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let mut config = world.config();
    config.h2c = true;
    config.timeouts.header = Duration::from_secs(60);
    let gateway = Started::new(config).await;
    let streams = || (0..5_000_u32).map(|n| 2 * n + 1);
    let block = headers("/shop/open/x");
    let reset = streams().map(|stream| {
        let mut both = frame(0x1, 0x5, stream, &block);
        both.extend(frame(0x3, 0, stream, &[0, 0, 0, 8]));
        both
    });
    let before = world.upstream.seen();
    assert!(is_cut_off(gateway.address, reset).await, "rapid reset");
    assert!(
        world.upstream.seen() - before < 1_000,
        "{}",
        world.upstream.seen()
    );
    let pings = (0..20_000).map(|_| frame(0x6, 0, 0, &[0; 8]));
    assert!(is_cut_off(gateway.address, pings).await, "pings");
    let settings = (0..20_000).map(|_| frame(0x4, 0, 0, &[]));
    assert!(is_cut_off(gateway.address, settings).await, "settings");
    let priorities = (0..20_000).map(|_| frame(0x2, 0, 1, &[0; 5]));
    assert!(is_cut_off(gateway.address, priorities).await, "priorities");
    let unknown = (0..20_000).map(|_| frame(0xb0, 0, 0, &[0; 5]));
    assert!(is_cut_off(gateway.address, unknown).await, "unknown frames");
    let opening = frame(0x1, 0x1, 1, &block);
    let piece = [&[0x00, 1, b'x', 127][..], &[0x81, 0x01], &vec![b'y'; 256]].concat();
    let endless =
        std::iter::once(opening.clone()).chain((0..20_000).map(|_| frame(0x9, 0, 1, &piece)));
    assert!(is_cut_off(gateway.address, endless).await, "continuation");
    let empty = std::iter::once(opening).chain((0..20_000).map(|_| frame(0x9, 0, 1, &[])));
    assert!(
        is_cut_off(gateway.address, empty).await,
        "empty continuation"
    );
    // a header list that is small on the wire and large when it is unpacked
    let mut bomb = headers("/shop/open/x");
    bomb.extend([0x40, 1, b'x', 127, 0xa1, 0x1e]);
    bomb.extend(vec![b'y'; 4_000]);
    bomb.extend(vec![0xbe; 10_000]);
    let bombs = streams().take(200).map(|stream| {
        let mut frames = frame(0x1, 0x1, stream, &bomb[..8_000]);
        frames.extend(frame(0x9, 0x4, stream, &bomb[8_000..]));
        frames
    });
    let before = world.upstream.seen();
    is_cut_off(gateway.address, bombs).await;
    assert_eq!(
        world.upstream.seen(),
        before,
        "a header bomb reached the upstream"
    );
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    gateway.running.shutdown().await;
}
