//! Short runs of the fuzz targets for what comes from elsewhere: requests of callers, answers of upstreams and of name servers.

#[path = "../../../../fuzz/src/answer.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are another crate")]
mod answer;
#[path = "../../../../fuzz/src/arrival.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are another crate")]
mod arrival;
#[path = "../../../../fuzz/src/dns.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are another crate")]
mod dns;
#[path = "../../../../fuzz/src/kept.rs"]
#[expect(unreachable_pub, reason = "other crates' tests include it too")]
mod kept;

use kept::Run;

/// What requests are made of.
const REQUEST: [&[u8]; 24] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b"\0",
    b"/",
    b"//",
    b"#",
    b"?",
    b"%2f",
    b"http://a",
    b"Host: a\r\n",
    b"Content-Length: 3\r\n",
    b"content-length: 0\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive, x\r\n",
    b"X: 1\r\n 2\r\n",
    b"HTTP/1.0",
    b"POST ",
    b"\xff",
];

/// What answers are made of.
const ANSWER: [&[u8]; 20] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b"\0",
    b"0",
    b"-1",
    b"ffffffffffffffff",
    b"Content-Length: 3\r\n",
    b"Content-Length: 4, 4\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip\r\n",
    b"Connection: close\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.0 ",
    b"3\r\nabc\r\n",
    b"\xff",
];

/// What records are made of.
const RECORDS: [&[u8]; 10] = [
    b"\xc0\x0c",
    b"\xc0\x00",
    b"\xc0\xff",
    b"\x00",
    b"\x3f",
    b"\x40",
    b"\x00\x01\x00\x01",
    b"\x00\x05\x00\x01",
    b"\x00\x00\x00\x3c\x00\x04",
    b"\x01a\x00",
];

#[test]
fn a_plain_request_is_what_pingora_reads() {
    let run = Run {
        target: "arrival",
        rounds: 500,
        seed: 5,
        pieces: &REQUEST,
    };
    run.drive(arrival::arrival);
}

#[test]
fn an_answer_has_one_reading() {
    let run = Run {
        target: "answer",
        rounds: 2_000,
        seed: 7,
        pieces: &ANSWER,
    };
    run.drive(answer::answer);
}

#[test]
fn a_name_servers_answer_is_read_whole_or_not_at_all() {
    let run = Run {
        target: "dns",
        rounds: 2_000,
        seed: 11,
        pieces: &RECORDS,
    };
    run.drive(dns::dns);
}
