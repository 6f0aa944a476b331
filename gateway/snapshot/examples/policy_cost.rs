//! Sends requests through the policies of a route without a network, each kind once off and once on, for a profiler that counts
//! instructions. `cargo xtask bench --policies` runs it under Callgrind: each call of [`mark`] ends one count.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for measurements: what is wrong in it ends it"
)]

#[path = "policy_cost/mod.rs"]
mod policy_cost;

use std::hint::black_box;
use std::sync::Arc;

use bytes::Bytes;
use domain::Timestamp;
use gateway_policies::registry;
use gateway_policies::request::Request;
use gateway_policies::response::Response;
use gateway_policies::services::Services;
use gateway_policies::upstream::UpstreamRequest;
use gateway_snapshot::condition::Asked;
use gateway_snapshot::flow::{Admission, Passage};
use gateway_snapshot::live::{Found, Live};
use pingora_http::{RequestHeader, ResponseHeader};

use policy_cost::cases::{self, Case};
use policy_cost::{catalogue, outside};

/// Requests in one count.
const REQUESTS: u64 = 500;
/// Before the first that counts: caches are filled, and what is compiled on first use is compiled.
const FIRST: u64 = 50;
/// A request every 40 ms: no limit of the cases is reached.
const PACE_US: u64 = 40_000;

/// Ends a count.
#[inline(never)]
fn mark(place: u64) -> u64 {
    black_box(place)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("{REQUESTS}");
    for kind in registry::kinds() {
        let case = cases::of(kind.name, kind.readme);
        for config in [None, Some(case.config.as_str())] {
            let live = Arc::new(Live::new());
            let entities = catalogue::entities(&case, kind.name, config);
            live.replace(1, entities)
                .unwrap_or_else(|problems| panic!("{}: {problems}", kind.name));
            let services = outside::services(live.clone());
            run(&case, &live, &services, 0..FIRST).await;
            mark(0);
            run(&case, &live, &services, FIRST..FIRST + REQUESTS).await;
            mark(1);
        }
        println!("{}", kind.name);
    }
}

async fn run(case: &Case, live: &Live, services: &Services, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let at = Timestamp::from_micros(
            catalogue::NOW.micros() + i64::try_from(number * PACE_US).unwrap(),
        );
        black_box(one(case, live, services, at).await);
    }
}

/// One request and its answer, as the gateway's phases would pass them through.
async fn one(case: &Case, live: &Live, services: &Services, at: Timestamp) -> usize {
    let mut header = RequestHeader::build(case.method, case.target.as_bytes(), None).unwrap();
    for (name, value) in &case.headers {
        header.append_header(name.clone(), value.as_str()).unwrap();
    }
    let path = header.uri.path().to_owned();
    let asked = Asked {
        headers: Some(&header.headers),
        query: header.uri.query(),
        ..Asked::new(&header.method, "api.test", &path)
    };
    let Found::Route(route) = live.find_asked(&asked) else {
        panic!("the route is there");
    };
    let mut passage = Passage::new(route, at);
    let client = "192.0.2.7".parse().unwrap();
    let mut body = None;
    let answer = loop {
        let request = Request::new(&header, "api.test", &path, client)
            .over(case.scheme(), case.certificate.as_ref())
            .with_body(body.as_ref());
        let admitted = passage.admit(&request, live, services).await;
        match admitted {
            Ok(Admission::Through) => break None,
            Ok(Admission::Answer(answer)) => break Some(answer),
            Ok(Admission::Body(_)) => body = Some(case.body.clone()),
            Err(failure) => panic!("{}: {failure}", case.target),
        }
    };
    let request = Request::new(&header, "api.test", &path, client)
        .over(case.scheme(), case.certificate.as_ref())
        .with_body(body.as_ref());
    let (status, headers, mut content) = match answer {
        Some(answer) => (answer.status.as_u16(), answer.headers, answer.body),
        None => {
            sent(
                case,
                &mut passage,
                &request,
                &header,
                services,
                body.clone(),
            )
            .await;
            let headers = case.answer_headers.clone();
            (200, headers, case.answer.clone())
        }
    };
    let mut response = ResponseHeader::build(status, Some(8)).unwrap();
    for (name, value) in headers {
        response.append_header(name, value).unwrap();
    }
    let mut view = Response::from_upstream(&mut response);
    let replaced = passage
        .respond(&request, &mut view, services)
        .await
        .unwrap();
    if let Some(answer) = replaced {
        content = answer.body;
    }
    let passed = passage.response_piece(&request, content, true);
    passed.map_or(0, |piece| piece.len())
}

async fn sent(
    case: &Case,
    passage: &mut Passage,
    request: &Request<'_>,
    header: &RequestHeader,
    services: &Services,
    whole: Option<Bytes>,
) {
    let wanted = passage.wanted(request);
    match whole {
        Some(body) => drop(black_box(passage.whole_request(request, body).unwrap())),
        None if wanted.request_pieces => {
            let piece = passage.request_piece(request, case.body.clone(), true);
            drop(black_box(piece.unwrap()));
        }
        None => {}
    }
    let mut copy = header.clone();
    let mut upstream = UpstreamRequest::new(&mut copy).to("shop", "");
    let shaped = passage.upstream(request, &mut upstream, services).await;
    shaped.unwrap_or_else(|failure| panic!("{}: {failure}", case.target));
}
