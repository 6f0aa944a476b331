//! Tests of `redirect`: its configuration, and where callers are sent.

use serde_json::{Value, json};

use crate::policy::Flow;
use crate::request::Scheme;
use crate::trial::{Table, compile, errors, exchange, header, ready, services, view};

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({}), "to: is needed"),
        (json!({"to": "javascript:x"}), "to: must be"),
        (json!({"to": "//evil.example"}), "to: must be"),
        (json!({"to": "ftp://x/"}), "to: must be"),
        (json!({"to": "https://u:p@x/"}), "to: must be"),
        (json!({"to": "/a?b=c"}), "to: has a query"),
        (
            json!({"to": "/a", "status": "300"}),
            "status: unknown variant",
        ),
    ] {
        let said = errors("redirect", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

fn sent(config: Value, target: &str, scheme: Scheme) -> Option<(u16, String)> {
    let policy = compile("redirect", config);
    let head = header("GET", target, &[]);
    let request = view(&head).over(scheme, None);
    let services = services(Table::default());
    match ready(policy.request(&request, &mut exchange(), &services)).unwrap() {
        Flow::Next => None,
        Flow::Answer(answer) => {
            let place = answer.headers[0].1.to_str().unwrap().to_owned();
            Some((answer.status.as_u16(), place))
        }
    }
}

#[test]
fn callers_are_sent_where_the_configuration_says() {
    for (config, target, expected) in [
        (json!({"to": "/new"}), "/old?a=1", (307, "/new?a=1")),
        (
            json!({"to": "https://v2.example/api/", "keep_path": true, "status": "308"}),
            "/old/7?a=1",
            (308, "https://v2.example/api/old/7?a=1"),
        ),
        (
            json!({"to": "/new?x=1", "keep_query": false, "status": "303"}),
            "/old?a=1",
            (303, "/new?x=1"),
        ),
        (
            json!({"only_http": true, "status": "301"}),
            "/a?b",
            (301, "https://api.example.com/a?b"),
        ),
    ] {
        let (status, place) = sent(config, target, Scheme::Http).unwrap();
        assert_eq!((status, place.as_str()), expected);
    }
}

#[test]
fn who_came_over_tls_may_stay() {
    assert_eq!(sent(json!({"only_http": true}), "/a", Scheme::Https), None);
}
