//! The reader of upstreams' answers, driven with any bytes. Used by its fuzz target and, over the kept corpus and seeded
//! mutations of it, by the ordinary tests.

use bytes::BytesMut;
use gateway_wire::body::Body;
use gateway_wire::head;
use http::Method;

/// What was read of an answer.
#[derive(Debug, PartialEq)]
struct Read {
    head: Vec<u8>,
    status: u16,
    keeps: bool,
    body: Vec<u8>,
    /// All of it was there.
    done: bool,
    rest: usize,
}

/// However the bytes of an answer are cut, the same is read; and the head that goes to the caller is read as it was here.
pub fn answer(input: &[u8]) {
    let Some((first, bytes)) = input.split_first() else {
        return;
    };
    let method = if first & 1 == 0 {
        Method::GET
    } else {
        Method::HEAD
    };
    let whole = read(&method, bytes, usize::MAX);
    let pieces = read(&method, bytes, usize::from(first >> 1) % 7 + 1);
    match (&whole, &pieces) {
        (Ok(whole), Ok(pieces)) => assert_eq!(whole, pieces),
        (Err(()), Err(())) => return,
        // an error behind the end of what was read in one go may not be reached in pieces, and the other way around
        _ => panic!("two readings of one answer: {whole:?}, {pieces:?}"),
    }
    if let Ok(Some(found)) = whole {
        let again = read(&method, &found.head, usize::MAX);
        let again = again
            .expect("what is passed on is an answer")
            .expect("a whole one");
        assert_eq!((again.status, &again.head), (found.status, &found.head));
    }
}

fn read(method: &Method, bytes: &[u8], size: usize) -> Result<Option<Read>, ()> {
    let mut input = BytesMut::new();
    let mut left = bytes;
    let mut more = |input: &mut BytesMut| {
        let (now, later) = left.split_at(size.min(left.len()));
        input.extend_from_slice(now);
        left = later;
        !now.is_empty()
    };
    let found = loop {
        if !input.is_empty()
            && let Some(found) = head::take(&mut input, method).map_err(drop)?
        {
            break found;
        }
        if !more(&mut input) {
            return Ok(None);
        }
    };
    let mut head = format!("HTTP/1.1 {}\r\n", found.status.as_str()).into_bytes();
    found.fields.write(&mut head);
    head.extend_from_slice(b"\r\n");
    let mut body = Body::new(found.framing);
    let mut taken = Vec::new();
    loop {
        while let Some(piece) = body.take(&mut input).map_err(drop)? {
            assert!(!piece.is_empty(), "a piece of nothing");
            taken.extend_from_slice(&piece);
        }
        if body.is_done() || !more(&mut input) {
            break;
        }
    }
    let done = body.is_done() || body.end().is_ok();
    let rest = input.len() + left.len();
    assert!(taken.len() + rest <= bytes.len(), "more than there was");
    Ok(Some(Read {
        head,
        status: found.status.as_u16(),
        keeps: found.keeps,
        body: taken,
        done,
        rest: if done { rest } else { 0 },
    }))
}
