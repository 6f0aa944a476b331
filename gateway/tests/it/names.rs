//! Targets by name: addresses and services of a name server, for as long as its records hold.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};

use crate::catalogue::STANDARD;
use crate::client::get;
use crate::upstreams::{Server, add, ask, closed, upstream_of, world};
use crate::world::{Started, World, eventually};

const A: u16 = 1;
const SRV: u16 = 33;

/// Seconds and data of the records, by name and type.
type Table = HashMap<(String, u16), Vec<(u32, Vec<u8>)>>;

/// A name server that has what it is told to have. Before each answer it sends another one, with a wrong number and a wrong
/// address, as somebody beside it might.
#[derive(Clone)]
struct NameServer {
    address: SocketAddr,
    table: Arc<Mutex<Table>>,
    asked: Arc<AtomicU64>,
    /// Datagrams say that the answer does not fit.
    cuts: Arc<AtomicBool>,
}

impl NameServer {
    async fn start() -> Self {
        let (datagrams, connections) = loop {
            let datagrams = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let address = datagrams.local_addr().unwrap();
            if let Ok(connections) = TcpListener::bind(address).await {
                break (datagrams, connections);
            }
        };
        let server = Self {
            address: datagrams.local_addr().unwrap(),
            table: Arc::default(),
            asked: Arc::default(),
            cuts: Arc::default(),
        };
        tokio::spawn(server.clone().by_datagram(datagrams));
        tokio::spawn(server.clone().by_connection(connections));
        server
    }

    async fn by_datagram(self, socket: UdpSocket) {
        let mut message = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut message).await {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let question = &message[..length];
            let mut lure = question.to_vec();
            lure[0] ^= 0x55;
            let lie = (1, Ipv4Addr::new(127, 0, 0, 99).octets().to_vec());
            let lure = answer(&lure, &[lie]);
            socket.send_to(&lure, from).await.unwrap();
            let told = if self.cuts.load(Ordering::SeqCst) {
                let mut cut = answer(question, &[]);
                cut[2] |= 0x02;
                cut
            } else {
                self.answer(question)
            };
            socket.send_to(&told, from).await.unwrap();
        }
    }

    async fn by_connection(self, listener: TcpListener) {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut question = vec![0; usize::from(stream.read_u16().await.unwrap())];
            stream.read_exact(&mut question).await.unwrap();
            let told = self.answer(&question);
            stream
                .write_u16(u16::try_from(told.len()).unwrap())
                .await
                .unwrap();
            stream.write_all(&told).await.unwrap();
        }
    }

    fn answer(&self, question: &[u8]) -> Vec<u8> {
        let (name, kind) = asked(question);
        let records = self.table.lock().get(&(name, kind)).cloned();
        answer(question, &records.unwrap_or_default())
    }

    fn has_address(&self, name: &str, seconds: u32, ip: [u8; 4]) {
        let records = vec![(seconds, ip.to_vec())];
        self.table.lock().insert((name.to_owned(), A), records);
    }

    /// Places of `_shop._tcp.shop.test`, all of them on hosts of their own names: priority, weight and address.
    fn has_service(&self, seconds: u32, places: &[(u16, u16, SocketAddr)]) {
        let mut records = Vec::new();
        for (n, (priority, weight, address)) in places.iter().enumerate() {
            let SocketAddr::V4(address) = address else {
                panic!("a server listens on IPv4")
            };
            let host = format!("host{n}.test");
            self.has_address(&host, 3_600, address.ip().octets());
            let mut data = Vec::new();
            for number in [*priority, *weight, address.port()] {
                data.extend(number.to_be_bytes());
            }
            data.extend(encoded(&host));
            records.push((seconds, data));
        }
        let name = "_shop._tcp.shop.test".to_owned();
        self.table.lock().insert((name, SRV), records);
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

fn asked(question: &[u8]) -> (String, u16) {
    let (mut labels, mut at) = (Vec::new(), 12);
    while question[at] > 0 {
        let end = at + 1 + usize::from(question[at]);
        labels.push(String::from_utf8(question[at + 1..end].to_vec()).unwrap());
        at = end;
    }
    let kind = u16::from_be_bytes([question[at + 1], question[at + 2]]);
    (labels.join("."), kind)
}

fn encoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.bytes());
    }
    bytes.push(0);
    bytes
}

fn answer(question: &[u8], records: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let (_, kind) = asked(question);
    let mut message = question.to_vec();
    message[2..4].copy_from_slice(&[0x81, 0x80]);
    message[7] = u8::try_from(records.len()).unwrap();
    for (seconds, data) in records {
        message.extend([0xc0, 0x0c]);
        message.extend(kind.to_be_bytes());
        message.extend([0, 1]);
        message.extend(seconds.to_be_bytes());
        message.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        message.extend(data);
    }
    message
}

/// A gateway whose only target is at this address, and that asks the name server.
async fn scene(names: &NameServer, url: &str, settings: Value) -> (World, Started, String) {
    let world = world(&[], settings).await;
    add(&world, 0, url, 1).await;
    let key = world.active(1, STANDARD).await;
    let mut config = world.config();
    config.name_servers = vec![names.address];
    let gateway = Started::new(config).await;
    (world, gateway, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_holds_for_its_time() {
    let names = NameServer::start().await;
    let first = Server::start().await;
    let port = first.address.port();
    let second = Server::at(&format!("127.0.0.2:{port}")).await;
    names.has_address("shop.test", 1, [127, 0, 0, 1]);
    let url = format!("http://shop.test:{port}");
    let (_world, gateway, key) = scene(&names, &url, json!({})).await;
    let began = Instant::now();
    assert_eq!(ask(&gateway, &key).await.status, 200);
    names.has_address("shop.test", 3_600, [127, 0, 0, 2]);
    eventually("the new address is used", async || {
        assert_eq!(ask(&gateway, &key).await.status, 200);
        second.seen() > 0
    })
    .await;
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(1), "{took:?}");
    // an hour is more than the setting allows, and more than this test takes
    let (asked, seen) = (names.asked(), first.seen());
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    for _ in 0..20 {
        assert_eq!(ask(&gateway, &key).await.status, 200);
    }
    assert_eq!((names.asked(), first.seen()), (asked, seen));
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_holds_for_no_time_is_kept_for_the_least() {
    let names = NameServer::start().await;
    let server = Server::start().await;
    names.has_address("shop.test", 0, [127, 0, 0, 1]);
    let url = format!("http://shop.test:{}", server.address.port());
    let least = json!({ "resolve_least_ms": 30_000 });
    let (_world, gateway, key) = scene(&names, &url, least).await;
    for _ in 0..20 {
        assert_eq!(ask(&gateway, &key).await.status, 200);
    }
    // both kinds of addresses were asked for once
    assert_eq!(names.asked(), 2);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_holds_for_long_is_asked_for_again() {
    let names = NameServer::start().await;
    let server = Server::start().await;
    names.has_address("shop.test", 3_600, [127, 0, 0, 1]);
    let url = format!("http://shop.test:{}", server.address.port());
    let most = json!({ "resolve_least_ms": 100, "resolve_every_ms": 1_000 });
    let (_world, gateway, key) = scene(&names, &url, most).await;
    eventually("it is asked again and again", async || {
        assert_eq!(ask(&gateway, &key).await.status, 200);
        names.asked() >= 6
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_services_places_are_asked_by_priority_and_weight() {
    let names = NameServer::start().await;
    let (one, two, spare) = (
        Server::start().await,
        Server::start().await,
        Server::start().await,
    );
    let places = [
        (2, 9, spare.address),
        (1, 30, one.address),
        (1, 10, two.address),
    ];
    names.has_service(1, &places);
    let url = "http+srv://_shop._tcp.shop.test";
    let (_world, gateway, key) = scene(&names, url, json!({ "resolve_least_ms": 100 })).await;
    for _ in 0..40 {
        assert_eq!(ask(&gateway, &key).await.status, 200);
    }
    assert_eq!(one.seen() + two.seen(), 40);
    assert!((28..=32).contains(&one.seen()), "{}", one.seen());
    let told = upstream_of(&gateway).await;
    assert_eq!(told["targets"][0]["url"], url);
    assert_eq!(told["targets"][0]["addresses"].as_array().unwrap().len(), 3);

    // those of the first priority are gone: the spare one takes all, and no request fails
    let places = [
        (2, 9, spare.address),
        (1, 30, closed().await),
        (1, 10, closed().await),
    ];
    names.has_service(1, &places);
    eventually("the records are read again", async || {
        assert_eq!(ask(&gateway, &key).await.status, 200);
        spare.seen() > 0
    })
    .await;
    let (seen, before) = (spare.seen(), one.seen() + two.seen());
    for _ in 0..20 {
        assert_eq!(ask(&gateway, &key).await.status, 200);
    }
    assert_eq!(spare.seen(), seen + 20);
    assert_eq!(one.seen() + two.seen(), before);
    let told = upstream_of(&gateway).await;
    assert_eq!(told["targets"][0]["failures_total"], 0, "{told}");
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_called_by_its_domain_and_an_answer_may_need_a_connection() {
    let names = NameServer::start().await;
    names.cuts.store(true, Ordering::SeqCst);
    let url = "http+srv://_shop._tcp.shop.test/v2";
    let (world, gateway, key) = scene(&names, url, json!({})).await;
    names.has_service(60, &[(0, 0, world.upstream.address)]);
    let told = get(gateway.address, "/shop/any/x?y=1", &key).await.json();
    assert_eq!(told["target"], "/v2/any/x?y=1");
    assert_eq!(told["headers"]["host"], "shop.test");
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_nowhere_is_a_failure_and_comes_back() {
    let names = NameServer::start().await;
    let server = Server::start().await;
    let url = format!("http://shop.test:{}", server.address.port());
    let (_world, gateway, key) = scene(&names, &url, json!({})).await;
    let refused = ask(&gateway, &key).await;
    assert_eq!(refused.problem(), (502, "upstream_failed".to_owned()));
    names.has_address("shop.test", 60, [127, 0, 0, 1]);
    assert_eq!(ask(&gateway, &key).await.status, 200);
    gateway.running.shutdown().await;
}
