//! Clients that take their time: with a head, and with an answer that they asked for.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::catalogue::STANDARD;
use crate::client::get;
use crate::safety_floods::{frame, headers};
use crate::world::{Started, World, eventually};

const SOON: Duration = Duration::from_secs(10);
/// More than sockets and windows hold.
const LARGE: usize = 16_000_000;

/// A gateway that is short of patience.
async fn start(world: &World) -> Started {
    let mut config = world.config();
    config.h2c = true;
    config.timeouts.header = Duration::from_secs(1);
    config.timeouts.idle = Duration::from_secs(1);
    config.timeouts.write = Duration::from_secs(1);
    Started::new(config).await
}

/// Sends a byte ten times a second. After how long the other side had closed.
async fn drip(mut stream: TcpStream, start: &[u8], byte: u8) -> Duration {
    let began = Instant::now();
    stream.write_all(start).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    let reading = async {
        let mut buffer = [0; 4_096];
        while from.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
    };
    let dripping = async {
        while to.write_all(&[byte]).await.is_ok() {
            sleep(Duration::from_millis(100)).await;
        }
        std::future::pending::<()>().await;
    };
    timeout(SOON, async {
        tokio::select! {
            () = reading => {}
            () = dripping => {}
        }
    })
    .await
    .expect("it is cut off");
    began.elapsed()
}

async fn nothing_is_under_way(gateway: &Started) {
    eventually("the upstream is let go", async || {
        gateway.status().await["upstreams"][0]["in_flight"] == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_goes_on_and_on_is_cut_off() {
    let world = World::new().await;
    let gateway = start(&world).await;
    for head in [
        &b"GET /shop/open/"[..],
        b"GET /shop/open/x HTTP/1.1\r\nHost: api.test\r\nX-Long: ",
    ] {
        let stream = TcpStream::connect(gateway.address).await.unwrap();
        let took = drip(stream, head, b'a').await;
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_http2_head_without_an_end_is_cut_off() {
    let world = World::new().await;
    let gateway = start(&world).await;
    let block = headers("/shop/open/x");
    let mut start = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    start.extend(frame(0x4, 0, 0, &[]));
    // no END_HEADERS: there is more to come
    start.extend(frame(0x1, 0x1, 1, &block));
    let mut long = start.clone();
    // a frame that says itself to be long, and then drips
    long.extend(&frame(0x9, 0, 1, &[0; 9_000])[..9]);
    for (start, byte) in [(start, None), (long, Some(0x00))] {
        let stream = TcpStream::connect(gateway.address).await.unwrap();
        match byte {
            Some(byte) => {
                let took = drip(stream, &start, byte).await;
                assert!(took < Duration::from_secs(5), "{took:?}");
            }
            None => {
                let mut stream = stream;
                stream.write_all(&start).await.unwrap();
                let mut rest = Vec::new();
                let ended = timeout(SOON, stream.read_to_end(&mut rest)).await;
                drop(ended.expect("it is cut off"));
            }
        }
    }
    assert_eq!(world.upstream.seen(), 0);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_nobody_takes_is_given_up() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = start(&world).await;
    let stream = TcpStream::connect(gateway.address).await.unwrap();
    let (from, mut to) = stream.into_split();
    let head = format!(
        "POST /shop/any/mirror HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\nContent-Length: {LARGE}\r\n\r\n"
    );
    to.write_all(head.as_bytes()).await.unwrap();
    to.write_all(&vec![b'x'; LARGE]).await.unwrap();
    eventually("the upstream was asked", async || {
        world.upstream.seen() == 1
    })
    .await;
    nothing_is_under_way(&gateway).await;
    drop(from);
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_http2_client_that_opens_no_window_is_given_up() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = start(&world).await;
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    // SETTINGS_INITIAL_WINDOW_SIZE is 0: heads may be sent, and no byte of a body
    bytes.extend(frame(0x4, 0, 0, &[0, 4, 0, 0, 0, 0]));
    let block = headers("/shop/open/x");
    for stream in 0..20 {
        bytes.extend(frame(0x1, 0x5, 2 * stream + 1, &block));
    }
    stream.write_all(&bytes).await.unwrap();
    eventually("the upstream was asked", async || {
        world.upstream.seen() == 20
    })
    .await;
    nothing_is_under_way(&gateway).await;
    let gone = timeout(SOON, async {
        let mut rest = Vec::new();
        drop(stream.read_to_end(&mut rest).await);
    });
    gone.await.expect("the connection ends");
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    gateway.running.shutdown().await;
}
