//! The reader of plain requests, driven with any bytes. Used by its fuzz target and, over the kept corpus and seeded mutations of
//! it, by the ordinary tests.

use std::io::Cursor;

use gateway_wire::arrival::{self, Arrival, Asked};
use gateway_wire::fields::Lines as _;
use gateway_wire::request::Request;
use pingora::protocols::http::v1::server::HttpSession;

/// What is taken for a plain request is the request that Pingora reads; nothing less than all of it is taken for one; and what
/// goes on to an upstream is read as it was here.
pub fn arrival(input: &[u8]) {
    let Arrival::Plain(asked) = arrival::read(input) else {
        return;
    };
    let length = asked.raw.len();
    assert_eq!(asked.raw, input[..length]);
    for cut in [length - 1, length / 2, 1] {
        let part = arrival::read(&input[..cut]);
        assert!(matches!(part, Arrival::Partial), "{cut}: {part:?}");
    }
    assert_eq!(asked.fields.map(), &asked.header.headers);
    is_what_pingora_reads(input, &asked);
    goes_on(&asked);
}

fn is_what_pingora_reads(input: &[u8], asked: &Asked) {
    let mut session = HttpSession::new(Box::new(Cursor::new(input.to_vec())));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let read = runtime.block_on(session.read_request());
    let read = read.expect("what is plain can be read");
    assert!(read.is_some(), "all of it is there");
    session.validate_request().expect("what is plain is valid");
    let there = session.req_header();
    assert_eq!(there.method, asked.header.method);
    assert_eq!(there.version, asked.header.version);
    assert_eq!(there.raw_path(), asked.header.raw_path());
    assert_eq!(there.headers, asked.header.headers);
    assert_eq!(session.get_headers_raw_bytes(), asked.raw);
    assert!(!session.is_upgrade_req());
    assert_eq!(session.is_body_empty(), asked.body == 0);
}

fn goes_on(asked: &Asked) {
    let target = std::str::from_utf8(asked.header.raw_path()).expect("it is plain");
    let mut out = Request::new(asked.header.method.clone(), asked.fields.clone(), target);
    out.strip();
    let mut wire = Vec::new();
    out.write(&mut wire).expect("a plain target can be written");
    match arrival::read(&wire) {
        Arrival::Plain(again) => {
            assert_eq!(again.header.method, asked.header.method);
            assert_eq!(again.header.raw_path(), asked.header.raw_path());
            assert_eq!(&again.header.headers, out.fields.map());
            assert_eq!(again.body, asked.body);
        }
        other => panic!("what goes on is no plain request: {other:?}"),
    }
}
