//! Both lanes beside each other: what an odd upstream makes of an exchange, byte for byte, and where they are meant to differ.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::catalogue::{TARGET, UPSTREAM};
use crate::world::{Started, World};

/// What the upstream does with a connection.
#[derive(Clone, Default)]
struct Script {
    /// What it answers to each request, piece by piece.
    answers: Vec<Vec<String>>,
    /// It keeps the connection open when it said everything.
    holds: bool,
    /// It does not wait for a request's body.
    hasty: bool,
}

/// An upstream that does what it is told, and notes what it got.
#[derive(Clone)]
struct Actor {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    /// By connection.
    got: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Actor {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let actor = Self {
            address: listener.local_addr().unwrap(),
            script: Arc::default(),
            got: Arc::default(),
        };
        let serving = actor.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let number = {
                    let mut got = serving.got.lock();
                    got.push(Vec::new());
                    got.len() - 1
                };
                tokio::spawn(serving.clone().serve(stream, number));
            }
        });
        actor
    }

    async fn serve(self, mut stream: TcpStream, number: usize) {
        let script = self.script.lock().clone();
        for pieces in &script.answers {
            let Some(request) = request(&mut stream, script.hasty).await else {
                return;
            };
            if let Some(got) = self.got.lock().get_mut(number) {
                got.push(request);
            }
            for piece in pieces {
                if stream.write_all(piece.as_bytes()).await.is_err() {
                    return;
                }
                // each piece is to arrive on its own
                tokio::time::sleep(Duration::from_millis(15)).await;
            }
        }
        if script.holds {
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        }
    }

    fn plays(&self, script: Script) {
        *self.script.lock() = script;
        self.got.lock().clear();
    }
}

/// A request, with its body.
async fn request(stream: &mut TcpStream, hasty: bool) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    let mut body = vec![0; if hasty { 0 } else { length.unwrap_or(0) }];
    stream.read_exact(&mut body).await.ok()?;
    Some(head + &String::from_utf8(body).unwrap())
}

/// Two gateways over one catalogue: one for each lane.
struct Both {
    actor: Actor,
    lanes: [Started; 2],
    world: World,
}

impl Both {
    async fn start() -> Self {
        Self::with("{\"first_byte_timeout_ms\": 400, \"idle_timeout_ms\": 400, \"health\": {\"passive\": {\"consecutive_failures\": 0}}}").await
    }

    async fn with(settings: &str) -> Self {
        let world = World::new().await;
        let actor = Actor::start().await;
        let settings = format!("UPDATE upstream SET settings = '{settings}' WHERE id = ?");
        world.change("upstream", UPSTREAM, &settings).await;
        let target = format!(
            "UPDATE target SET url = 'http://{}' WHERE id = ?",
            actor.address
        );
        world.change("upstream", TARGET, &target).await;
        let mut lanes = Vec::new();
        for direct in [false, true] {
            let mut config = world.config();
            config.direct_exchange = direct;
            config.workers = Some(1);
            config.data_dir = world.folder.path().join(format!("lane-{direct}"));
            lanes.push(Started::new(config).await);
        }
        Self {
            actor,
            lanes: lanes.try_into().ok().unwrap(),
            world,
        }
    }

    /// What the caller gets back in each lane, and what the upstream got.
    async fn play(&self, script: &Script, request: &str) -> [(String, Vec<Vec<String>>); 2] {
        let mut seen = Vec::new();
        for lane in &self.lanes {
            let mut played = self.once(lane, script, request).await;
            // a lane can meet a connection of the script before, in the moment in which that ends: nothing was asked then
            for _ in 0..3 {
                if played.1.is_empty() {
                    played = self.once(lane, script, request).await;
                }
            }
            for message in played.1.iter_mut().flatten() {
                *message = sorted(message);
            }
            seen.push((sorted(&played.0), played.1));
        }
        seen.try_into().ok().unwrap()
    }

    async fn once(
        &self,
        lane: &Started,
        script: &Script,
        request: &str,
    ) -> (String, Vec<Vec<String>>) {
        self.actor.plays(script.clone());
        let answer = converse(lane.address, request).await;
        let mut got = self.actor.got.lock().clone();
        // a connection without a request is none: that it was accepted in time says nothing
        got.retain(|requests| !requests.is_empty());
        (answer, got)
    }

    async fn direct(&self) -> u64 {
        let status = self.lanes[1].status().await;
        status["direct_exchanges_total"].as_u64().unwrap()
    }

    async fn stop(self) {
        for lane in self.lanes {
            lane.running.shutdown().await;
        }
    }
}

/// Messages with the lines of their heads sorted by name, in lower case: the lanes spell and order what they add as they like.
fn sorted(messages: &str) -> String {
    let (mut out, mut rest) = (String::new(), messages);
    loop {
        let Some((head, behind)) = rest.split_once("\r\n\r\n") else {
            return out + rest;
        };
        let mut lines = head.split("\r\n");
        let start = lines.next().unwrap_or_default();
        let mut fields: Vec<String> = lines
            .map(|line| match line.split_once(':') {
                Some((name, value)) => format!("{}:{value}", name.to_ascii_lowercase()),
                None => line.to_owned(),
            })
            .collect();
        // several of one name stay in their order
        fields.sort_by(|a, b| a.split(':').next().cmp(&b.split(':').next()));
        out += &format!("{start}\r\n{}\r\n\r\n", fields.join("\r\n"));
        // an interim answer has another one behind it
        if !behind.starts_with("HTTP/1.") {
            return out + behind;
        }
        rest = behind;
    }
}

/// Everything that comes back until the connection ends, without the date.
async fn converse(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let reading = stream.read_to_end(&mut bytes);
    let ended = tokio::time::timeout(Duration::from_secs(10), reading).await;
    drop(ended.expect("the gateway ends the connection"));
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.split_inclusive("\r\n");
    lines.filter(|line| !line.starts_with("Date: ")).collect()
}

fn asks(method: &str, more: &str) -> String {
    format!(
        "{method} /shop/open/x?q=1 HTTP/1.1\r\nHost: api.test\r\nX-Request-Id: one-of-mine\r\nConnection: close\r\n{more}\r\n"
    )
}

fn says(pieces: &[&str]) -> Script {
    Script {
        answers: vec![pieces.iter().map(|&piece| piece.to_owned()).collect()],
        ..Script::default()
    }
}

/// Answers on which both lanes agree, with the status that the caller sees (0 for none).
const ODD: &[(&str, &str, u16, &[&str])] = &[
    (
        "plain",
        "GET",
        200,
        &["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-oDD: a\r\nx-low: b\r\nServer: s\r\n\r\nhello"],
    ),
    (
        "slow pieces",
        "GET",
        200,
        &[
            "HTTP/1.1 2",
            "00 OK\r\nContent-Le",
            "ngth: 5\r",
            "\n\r\nhe",
            "llo",
        ],
    ),
    (
        "own reason",
        "GET",
        299,
        &["HTTP/1.1 299 As It Was\r\nContent-Length: 0\r\n\r\n"],
    ),
    (
        "no reason",
        "GET",
        200,
        &["HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"],
    ),
    (
        "chunked",
        "GET",
        200,
        &[
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
            "lo\r\n6;x=y\r\n world\r\n0\r\n\r\n",
        ],
    ),
    (
        "trailers",
        "GET",
        200,
        &[
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n1\r\na\r\n0\r\nT: 1\r\n\r\n",
        ],
    ),
    (
        "until the end",
        "GET",
        200,
        &["HTTP/1.1 200 OK\r\n\r\nall ", "of it"],
    ),
    (
        "nothing until the end",
        "GET",
        200,
        &["HTTP/1.1 200 OK\r\n\r\n"],
    ),
    (
        "HTTP/1.0",
        "GET",
        200,
        &["HTTP/1.0 200 OK\r\n\r\nall of it"],
    ),
    (
        "HTTP/1.0 with a length",
        "GET",
        200,
        &["HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"],
    ),
    (
        "length and chunks",
        "GET",
        200,
        &[
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        ],
    ),
    (
        "HEAD with a length",
        "HEAD",
        200,
        &["HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"],
    ),
    (
        "HEAD with chunks",
        "HEAD",
        200,
        &["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ),
    (
        "HEAD with nothing",
        "HEAD",
        200,
        &["HTTP/1.1 200 OK\r\n\r\n"],
    ),
    (
        "204 with a body",
        "GET",
        204,
        &["HTTP/1.1 204 No Content\r\n\r\nhello"],
    ),
    (
        "304",
        "GET",
        304,
        &["HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n"],
    ),
    (
        "304 with a length",
        "GET",
        304,
        &["HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"],
    ),
    (
        "100 first",
        "GET",
        100,
        &[
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        ],
    ),
    (
        "103 first",
        "GET",
        103,
        &[
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        ],
    ),
    (
        "101 that nobody asked for",
        "GET",
        502,
        &["HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nhello"],
    ),
    (
        "more than it said",
        "GET",
        200,
        &["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"],
    ),
    (
        "less than it said",
        "GET",
        200,
        &["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"],
    ),
    (
        "chunks cut off",
        "GET",
        200,
        &["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
    ),
    (
        "a chunk cut off",
        "GET",
        200,
        &["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"],
    ),
    (
        "garbage for a chunk",
        "GET",
        200,
        &[
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "zz\r\n",
        ],
    ),
    (
        "head cut off",
        "GET",
        502,
        &["HTTP/1.1 200 OK\r\nContent-Le"],
    ),
    (
        "garbage",
        "GET",
        502,
        &["\u{1}\u{2}not HTTP at all\r\n\r\n"],
    ),
    (
        "garbage in the head",
        "GET",
        502,
        &["HTTP/1.1 200 OK\r\nna(me: x\r\n\r\n"],
    ),
    ("another version", "GET", 502, &["HTTP/2 200 OK\r\n\r\n"]),
    (
        "no number for a length",
        "GET",
        502,
        &["HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhello"],
    ),
    (
        "two lengths",
        "GET",
        502,
        &["HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhello"],
    ),
    ("nothing", "GET", 502, &[]),
    (
        "a fold",
        "GET",
        200,
        &["HTTP/1.1 200 OK\r\nX: a\r\n b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"],
    ),
    (
        "line feeds",
        "GET",
        200,
        &["HTTP/1.1 200 OK\nContent-Length: 2\n\nok"],
    ),
    (
        "what belongs to the connection",
        "GET",
        200,
        &[
            "HTTP/1.1 200 OK\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nContent-Length: 0\r\n\r\n",
        ],
    ),
    (
        "own cookies",
        "GET",
        200,
        &[
            "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: gatehouse-admin=2\r\nContent-Length: 0\r\n\r\n",
        ],
    ),
    (
        "DELETE",
        "DELETE",
        204,
        &["HTTP/1.1 204 No Content\r\n\r\n"],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn odd_answers_come_back_the_same() {
    // how often a request was sent depends on whether its connection was an old one, which is each lane's own affair
    let first = |got: &[Vec<String>]| got.first().and_then(|one| one.first()).cloned();
    let both = Both::start().await;
    let mut wrong = HashMap::new();
    for &(name, method, status, pieces) in ODD {
        let more = "aCCept: */*\r\nX-Mine: 1\r\nTE: trailers\r\nKeep-Alive: 1\r\n";
        let [proxy, direct] = both.play(&says(pieces), &asks(method, more)).await;
        let seen = direct
            .0
            .split(' ')
            .nth(1)
            .and_then(|word| word.parse().ok());
        let alike = proxy.0 == direct.0 && first(&proxy.1) == first(&direct.1);
        if !alike || seen.unwrap_or(0) != status {
            wrong.insert(name, (proxy, direct));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // an answer counts as one of this lane also when it was cut off before its end: it was not given back
    assert!(both.direct().await > 20);
    both.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_headers_keep_their_spelling_and_order() {
    let both = Both::start().await;
    let script = says(&[
        "HTTP/1.1 200 OK\r\nX-oDD: a\r\nServer: s\r\nx-low: b\r\nSet-Cookie: a\r\nX-odd: c\r\nContent-Length: 0\r\n\r\n",
    ]);
    let request = asks("GET", "aCCept: */*\r\nX-Plan: gold\r\nX-MINE: 1\r\n");
    let (answer, got) = both.once(&both.lanes[1], &script, &request).await;
    let kept = "HTTP/1.1 200 OK\r\nX-oDD: a\r\nx-low: b\r\nSet-Cookie: a\r\nX-odd: c\r\nContent-Length: 0\r\n";
    assert!(answer.starts_with(kept), "{answer}");
    let sent = &got[0][0];
    assert!(sent.contains("\r\naCCept: */*\r\nX-MINE: 1\r\n"), "{sent}");
    assert!(!sent.contains("gold"), "{sent}");
    both.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_go_up_the_same() {
    let both = Both::start().await;
    // so that no lane meets a connection that the other side is about to close
    let answer = says(&["HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"]);
    for body in ["hello".to_owned(), "x".repeat(64 * 1024)] {
        let more = format!("Content-Length: {}\r\n", body.len());
        for method in ["POST", "PUT", "DELETE", "GET"] {
            let request = asks(method, &more) + &body;
            let [proxy, direct] = both.play(&answer, &request).await;
            assert_eq!(proxy, direct, "{method}");
            assert!(direct.1[0][0].ends_with(&body), "{method}");
        }
    }
    // one that is answered is counted a moment later
    crate::world::eventually("all take the lane", async || both.direct().await >= 8).await;
    assert_eq!(both.direct().await, 8);
    both.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_may_come_before_the_body() {
    let both = Both::start().await;
    let script = Script {
        hasty: true,
        holds: true,
        ..says(&["HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"])
    };
    let body = "x".repeat(60_000);
    let request = asks("POST", &format!("Content-Length: {}\r\n", body.len())) + &body;
    let [proxy, direct] = both.play(&script, &request).await;
    assert_eq!(proxy, direct);
    assert!(
        direct.0.starts_with("HTTP/1.1 413 Too Much"),
        "{}",
        direct.0
    );
    both.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_ends_the_same() {
    let both = Both::start().await;
    for (pieces, status) in [
        (&[][..], "504"),
        (&["HTTP/1.1 200 OK\r\n"][..], "504"),
        (
            &["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"][..],
            "200",
        ),
    ] {
        let script = Script {
            holds: true,
            ..says(pieces)
        };
        let [proxy, direct] = both.play(&script, &asks("GET", "")).await;
        assert_eq!(proxy, direct);
        assert!(
            direct.0.starts_with(&format!("HTTP/1.1 {status}")),
            "{}",
            direct.0
        );
    }
    both.stop().await;
    let both = Both::with("{\"request_timeout_ms\": 200}").await;
    let script = Script {
        holds: true,
        ..says(&["HTTP/1.1 100 Continue\r\n\r\n"])
    };
    let [proxy, direct] = both.play(&script, &asks("GET", "")).await;
    assert_eq!(proxy, direct);
    assert!(direct.0.contains("504"), "{}", direct.0);
    both.stop().await;
}

/// Where the direct exchange is stricter: what has two readings, or no end.
#[tokio::test(flavor = "multi_thread")]
async fn what_has_two_readings_is_no_answer_to_the_direct_exchange() {
    let both = Both::start().await;
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(400_000));
    let flood = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(33);
    for (answer, code) in [
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
            "502",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "502",
        ),
        (long.as_str(), "502"),
        (flood.as_str(), "502"),
    ] {
        let [_, direct] = both.play(&says(&[answer]), &asks("GET", "")).await;
        let last = direct.0.split("HTTP/1.1 ").last().unwrap();
        assert!(last.starts_with(code), "{}", direct.0);
        assert!(last.contains("upstream_invalid_answer"), "{}", direct.0);
    }
    both.stop().await;
}

/// A connection that was closed while it waited: another one is tried, once, where that repeats nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_stale_connection_is_replaced() {
    let both = Both::start().await;
    let lane = &both.lanes[1];
    let one = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_owned();
    for (method, status) in [("GET", "200"), ("PUT", "200"), ("POST", "502")] {
        // the second request on a connection is read, and answered by its end
        both.actor.plays(Script {
            answers: vec![vec![one.clone()], vec![]],
            ..Script::default()
        });
        let first = converse(lane.address, &asks("GET", "")).await;
        assert!(first.starts_with("HTTP/1.1 200"), "{first}");
        let again = asks(method, "Content-Length: 1\r\n") + "x";
        let second = converse(lane.address, &again).await;
        assert!(
            second.starts_with(&format!("HTTP/1.1 {status}")),
            "{method}: {second}"
        );
        let got: Vec<usize> = both.actor.got.lock().iter().map(Vec::len).collect();
        let wanted = if status == "200" { vec![2, 1] } else { vec![2] };
        assert_eq!(got, wanted, "{method}");
        // what is pooled by now belongs to an older script
        let last = converse(lane.address, &asks("GET", "")).await;
        assert!(last.starts_with("HTTP/1.1 200"), "{last}");
        let _ = converse(lane.address, &asks("GET", "")).await;
    }
    both.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_used_again_and_a_closed_one_is_not() {
    let both = Both::start().await;
    let lane = &both.lanes[1];
    let one =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n".to_owned();
    both.actor.plays(Script {
        answers: vec![vec![one.clone()]; 3],
        ..Script::default()
    });
    for _ in 0..3 {
        let answer = converse(lane.address, &(asks("POST", "Content-Length: 1\r\n") + "x")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert_eq!(both.actor.got.lock().len(), 1);
    // the upstream has closed it: even what may not be repeated goes over another one
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = converse(lane.address, &(asks("POST", "Content-Length: 1\r\n") + "x")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(both.actor.got.lock().len(), 2);
    both.stop().await;
}

/// What the direct exchange leaves to Pingora's proxy.
#[tokio::test(flavor = "multi_thread")]
async fn surprises_take_the_other_lane() {
    let both = Both::start().await;
    let answer = says(&["HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"]);
    let large = "x".repeat(64 * 1024 + 1);
    for (more, body) in [
        (
            "Transfer-Encoding: chunked\r\n".to_owned(),
            "1\r\nx\r\n0\r\n\r\n",
        ),
        (
            format!("Content-Length: {}\r\n", large.len()),
            large.as_str(),
        ),
        (
            "Expect: 100-continue\r\nContent-Length: 1\r\n".to_owned(),
            "x",
        ),
        ("Upgrade: h2c\r\n".to_owned(), ""),
        ("Connection: Host\r\n".to_owned(), ""),
    ] {
        let request = asks("POST", &more) + body;
        let [proxy, direct] = both.play(&answer, &request).await;
        assert_eq!(proxy, direct, "{more}");
    }
    assert_eq!(both.direct().await, 0);
    both.world
        .change("route", 43, "UPDATE route SET settings = '{\"access\": \"open\", \"direct_exchange\": false}' WHERE id = ?")
        .await;
    crate::world::eventually("the route is switched", async || {
        let before = both.direct().await;
        let _ = both.play(&answer, &asks("GET", "")).await;
        both.direct().await == before
    })
    .await;
    both.stop().await;
}
