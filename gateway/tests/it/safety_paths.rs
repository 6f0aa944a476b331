//! What was authorised is what was forwarded: random paths and spellings, and an upstream that says what it got.

use std::time::Duration;

use tokio::time::timeout;

use crate::client::Connection;
use crate::world::World;

const SOON: Duration = Duration::from_secs(10);
const ROUNDS: usize = 1_500;

/// Parts that paths are made of. Only `/shop/open` may be called without a key.
const PARTS: [&str; 34] = [
    "/", "/", "/", "open", "open", "echo", "any", "items", "shop", "a", "..", ".", "%2e", "%2E%2e",
    "%2f", "%2F", "%5c", "\\", ";", ";a=1", "%3b", "%00", "%0a", "%61", "%6F", "%20", "%25",
    "%252e", "%252f", "%c3%a9", "%ff", "?", "#", "é",
];

struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % most as u64).unwrap()
    }
}

fn random(numbers: &mut Numbers) -> String {
    let mut path = ["/shop/open", "/shop/open/", "/shop/", "/"][numbers.below(4)].to_owned();
    for _ in 0..numbers.below(6) {
        path.push_str(PARTS[numbers.below(PARTS.len())]);
    }
    path
}

/// What a careless server makes of a path: decoded first, then `\` as `/`, parameters dropped, dots walked.
fn careless(path: &str) -> String {
    let text = decoded(path);
    let mut walked: Vec<&str> = Vec::new();
    let text = text.replace('\\', "/");
    for segment in text.split('/') {
        let segment = segment.split(';').next().unwrap_or_default();
        match segment {
            "" | "." => {}
            ".." => {
                walked.pop();
            }
            other => walked.push(other),
        }
    }
    format!("/{}", walked.join("/"))
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let hex = text
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_authorised_is_what_was_forwarded() {
    let world = World::new().await;
    let gateway = world.start().await;
    let mut numbers = Numbers(7);
    let mut connection = Connection::open(gateway.address).await;
    let (mut passed, mut refused) = (0, 0);
    for _ in 0..ROUNDS {
        let path = random(&mut numbers);
        let before = world.upstream.seen();
        let request = format!("GET {path} HTTP/1.1\r\nHost: api.test\r\n\r\n");
        connection.offer(&request).await;
        let Some(answer) = timeout(SOON, connection.answer()).await.unwrap() else {
            assert_eq!(world.upstream.seen(), before, "{path}");
            connection = Connection::open(gateway.address).await;
            refused += 1;
            continue;
        };
        if answer.status == 200 {
            let told = answer.json()["target"].as_str().unwrap().to_owned();
            let target = told.split('?').next().unwrap();
            let meant = careless(target);
            assert!(
                meant == "/open" || meant.starts_with("/open/"),
                "{path} went to {told}, which some read as {meant}"
            );
            // and it is what was asked for, in its one spelling
            let asked = path.split(['?', '#']).next().unwrap();
            assert_eq!(decoded(&format!("/shop{target}")), decoded(asked), "{path}");
            assert_eq!(world.upstream.seen(), before + 1);
            passed += 1;
        } else {
            assert!(
                matches!(answer.status, 400 | 401 | 404),
                "{path}: {}",
                answer.status
            );
            assert_eq!(world.upstream.seen(), before, "{path}");
            refused += 1;
        }
        if answer.header("connection") == "close" {
            connection = Connection::open(gateway.address).await;
        }
    }
    assert!(
        passed > 100 && refused > 100,
        "{passed} passed, {refused} refused"
    );
    gateway.running.shutdown().await;
}
