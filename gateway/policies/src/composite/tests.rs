//! Tests of `composite`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use domain::refusal::Refusal;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::policy::{Flow, Outcome, Verdict};
use crate::services::{BoxFuture, FetchError, Fetched, Services, UpstreamCall, Upstreams};
use crate::trial::{Table, compile, errors, exchange, header, services, view};

/// Status and body, or why there is none.
type Said = Result<(u16, Value), FetchError>;

/// Upstreams that answer by slug, and remember what they were asked.
#[derive(Default)]
struct Fake {
    answers: HashMap<&'static str, Said>,
    asked: Mutex<Vec<String>>,
}

impl Upstreams for Fake {
    fn call(
        &self,
        upstream: &str,
        call: UpstreamCall,
    ) -> BoxFuture<'static, Result<Fetched, FetchError>> {
        let body = String::from_utf8(call.body.to_vec()).unwrap();
        let line = format!("{upstream} {} {} {body}", call.method, call.path_and_query);
        self.asked.lock().unwrap().push(line.trim_end().to_owned());
        let answer = self.answers.get(upstream).cloned();
        let fetched = answer
            .unwrap_or(Err(FetchError::UnknownUpstream))
            .map(|(status, body)| {
                let json = HeaderValue::from_static("application/json");
                Fetched {
                    status: StatusCode::from_u16(status).unwrap(),
                    headers: HeaderMap::from_iter([(http::header::CONTENT_TYPE, json)]),
                    body: body.to_string().into(),
                }
            });
        Box::pin(std::future::ready(fetched))
    }
}

fn fake(answers: &[(&'static str, Said)]) -> Arc<Fake> {
    Arc::new(Fake {
        answers: answers.iter().cloned().collect(),
        asked: Mutex::default(),
    })
}

fn verdict(config: Value, upstreams: &Arc<Fake>, target: &str, body: &'static str) -> Verdict {
    let policy = compile("composite", config);
    let services = Services {
        upstreams: upstreams.clone(),
        ..services(Table::default())
    };
    let header = header("POST", target, &[("content-type", "application/json")]);
    let body = Bytes::from_static(body.as_bytes());
    let request = view(&header).with_body(Some(&body));
    let mut exchange = exchange();
    match policy.request(&request, &mut exchange, &services) {
        Outcome::Ready(verdict) => verdict,
        Outcome::Later(later) => later.now_or_never().unwrap(),
    }
}

fn answer(
    config: Value,
    upstreams: &Arc<Fake>,
    target: &str,
) -> Result<(u16, Value), (Refusal, String)> {
    match verdict(config, upstreams, target, "") {
        Ok(Flow::Answer(answer)) => {
            assert!(answer.for_upstream);
            Ok((
                answer.status.as_u16(),
                serde_json::from_slice(&answer.body).unwrap(),
            ))
        }
        Ok(Flow::Next) => panic!("a composite answers"),
        Err(failure) => Err((failure.refusal, failure.detail)),
    }
}

/// The example of the README.
fn example() -> Value {
    let readme = super::KIND.readme;
    let from = readme.find("```json").unwrap() + 7;
    let to = from + readme[from..].find("```").unwrap();
    serde_json::from_str(&readme[from..to]).unwrap()
}

#[test]
fn three_calls_become_one() {
    let upstreams = fake(&[
        (
            "customers",
            Ok((200, json!({"name": "Ada", "account": "a/7 b"}))),
        ),
        ("warehouse", Ok((200, json!({"items": ["tea"]})))),
        (
            "orders",
            Ok((200, json!({"items": [{"id": 1}, {"id": 2}]}))),
        ),
    ]);
    let (status, body) =
        answer(example(), &upstreams, "/overview?customer=7&region=s%26x").unwrap();
    assert_eq!(status, 200);
    assert_eq!(
        body,
        json!({"name": "Ada", "orders": [{"id": 1}, {"id": 2}], "in_stock": ["tea"], "stock_is_known": true})
    );
    assert_eq!(
        *upstreams.asked.lock().unwrap(),
        [
            "customers GET /customers/7",
            "warehouse GET /stock?region=s%26x",
            "orders GET /orders?account=a%2F7%20b"
        ]
    );
}

#[test]
fn a_call_that_may_fail_leaves_its_fallback() {
    for (failure, error) in [
        (Err(FetchError::TimedOut), "timed_out"),
        (Err(FetchError::TooLarge), "too_large"),
        (Err(FetchError::Failed("10.0.0.1 refused".into())), "failed"),
        (Err(FetchError::UnknownUpstream), "unavailable"),
        (Ok((500, json!({}))), "status"),
    ] {
        let upstreams = fake(&[("a", failure)]);
        let config = json!({
            "calls": [{"name": "a", "upstream": "a", "path": "/", "optional": true, "fallback": [1]}],
            "answer": {"json": {"ok": "{{ calls.a.ok }}", "body": "{{ calls.a.body }}", "error": "{{ calls.a.error }}"}},
        });
        let (_, body) = answer(config, &upstreams, "/").unwrap();
        assert_eq!(body, json!({"ok": false, "body": [1], "error": error}));
    }
}

#[test]
fn a_call_that_may_not_fail_takes_the_answer_with_it() {
    for (failure, code) in [
        (Err(FetchError::TimedOut), Refusal::UpstreamTimeout),
        (
            Err(FetchError::Failed("10.0.0.1:80 refused".into())),
            Refusal::UpstreamFailed,
        ),
        (
            Err(FetchError::Refused("10.0.0.1".into())),
            Refusal::UpstreamFailed,
        ),
        (
            Err(FetchError::UnknownUpstream),
            Refusal::UpstreamUnavailable,
        ),
        (Ok((404, json!({}))), Refusal::UpstreamFailed),
    ] {
        let upstreams = fake(&[("a", failure)]);
        let config = json!({
            "calls": [{"name": "first", "upstream": "a", "path": "/"}],
            "answer": {"json": null},
        });
        let (refusal, detail) = answer(config, &upstreams, "/").unwrap_err();
        assert_eq!(refusal, code);
        assert!(
            detail.contains("`first`") && !detail.contains("10.0.0.1"),
            "{detail}"
        );
    }
}

#[test]
fn statuses_and_conditions_are_expressions() {
    let config = json!({
        "calls": [
            {"name": "a", "upstream": "a", "path": "/", "success": ["2xx", "404"]},
            {"name": "b", "upstream": "a", "path": "/b", "after": ["a"], "when": "calls.a.status == 200", "optional": true},
        ],
        "answer": {"status": "{{ calls.a.status }}", "json": {"b": "{{ calls.b.error }}"}},
    });
    let upstreams = fake(&[("a", Ok((404, json!({}))))]);
    assert_eq!(
        answer(config.clone(), &upstreams, "/"),
        Ok((404, json!({"b": "left_out"})))
    );
    assert_eq!(upstreams.asked.lock().unwrap().len(), 1);
    let upstreams = fake(&[("a", Ok((200, json!({}))))]);
    assert_eq!(
        answer(config, &upstreams, "/"),
        Ok((200, json!({"b": null})))
    );
}

#[test]
fn templates_that_fail_refuse_before_more_is_called() {
    let config = json!({
        "calls": [
            {"name": "a", "upstream": "a", "path": "/"},
            {"name": "b", "upstream": "a", "path": "/{{ calls.a.body.id }}", "after": ["a"]},
        ],
        "answer": {"json": null},
    });
    for (body, problem) in [
        (json!({}), "not there"),
        (json!({"id": "x/../y"}), "slash"),
        (json!({"id": ".."}), "two readings"),
    ] {
        let upstreams = fake(&[("a", Ok((200, body)))]);
        let (refusal, detail) = answer(config.clone(), &upstreams, "/").unwrap_err();
        assert_eq!(refusal, Refusal::PolicyFailed);
        assert!(detail.contains(problem), "{detail}");
        assert_eq!(upstreams.asked.lock().unwrap().len(), 1);
    }
    let config = json!({"calls": [{"name": "a", "upstream": "a", "path": "/"}], "answer": {"status": "{{ calls.a.body.s }}", "json": null}});
    let upstreams = fake(&[("a", Ok((200, json!({"s": 99}))))]);
    assert_eq!(
        answer(config, &upstreams, "/").unwrap_err().0,
        Refusal::PolicyFailed
    );
}

#[test]
fn the_request_s_body_is_read_where_a_template_asks_for_it() {
    let config = json!({
        "calls": [{"name": "a", "upstream": "a", "method": "POST", "path": "/", "body": {"x": "{{ body.n + 1 }}"}}],
        "answer": {"json": "{{ calls.a.body }}"},
    });
    let upstreams = fake(&[("a", Ok((201, json!({"done": true}))))]);
    assert!(verdict(config.clone(), &upstreams, "/", "{\"n\":1}").is_ok());
    assert_eq!(*upstreams.asked.lock().unwrap(), ["a POST / {\"x\":2}"]);
    let refused = verdict(config, &upstreams, "/", "{\"n\":").unwrap_err();
    assert_eq!(refused.refusal, Refusal::InvalidBody);
}

#[test]
fn configurations_are_checked() {
    let call = |more: Value| {
        let mut call = json!({"name": "a", "upstream": "a", "path": "/"});
        call.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({"calls": [call], "answer": {"json": null}})
    };
    for (config, expected) in [
        (
            json!({"calls": [], "answer": {"json": null}}),
            "calls: takes between 1 and 16",
        ),
        (call(json!({"name": "a b"})), "calls[0].name: `a b` is not"),
        (call(json!({"path": "x"})), "calls[0].path: does not begin"),
        (
            call(json!({"path": "/a/../b"})),
            "calls[0].path: has two readings",
        ),
        (
            call(json!({"after": ["b"]})),
            "calls[0].after[0]: there is no call `b`",
        ),
        (
            call(json!({"after": ["a"]})),
            "calls: some wait for each other",
        ),
        (
            call(json!({"query": {"x": "{{ calls.b.body }}"}})),
            "calls[0].query.x: reads `calls.b`",
        ),
        (call(json!({"body": {"a": ["{{ }}"]}})), "calls[0].body/a/0"),
        (
            call(json!({"headers": {"Host": "x"}})),
            "calls[0].headers.Host: `host` decides",
        ),
        (
            call(json!({"headers": {"X-A": "a\nb"}})),
            "calls[0].headers.X-A: holds a character",
        ),
        (call(json!({"success": ["ok"]})), "calls[0].success[0]"),
        (call(json!({"timeout_ms": 0})), "calls[0].timeout_ms"),
        (call(json!({"retries": 1})), "unknown field `retries`"),
        (
            json!({"calls": [{"name": "a", "upstream": "a", "path": "/"}], "answer": {"json": "{{ response.status }}"}}),
            "answer.json: `response` is not known here",
        ),
    ] {
        let said = errors("composite", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}
