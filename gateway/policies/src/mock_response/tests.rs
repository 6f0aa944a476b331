//! Tests of `mock_response`.

use domain::refusal::Refusal;
use serde_json::{Value, json};

use crate::contract::tests::{operation, shop};
use crate::policy::Flow;
use crate::trial::{Table, compile, errors, exchange, header, run, services};

/// Status, headers and body of the answer, or the code of a refusal.
fn answer(config: Value, headers: &[(&str, &str)]) -> Result<(u16, Vec<String>, String), Refusal> {
    let policy = compile("mock_response", config);
    let mut exchange = exchange();
    exchange.contract = Some(operation(&shop(), "put-order"));
    let head = header("PUT", "/orders/7", headers);
    let services = services(Table::default());
    match run(policy.as_ref(), &head, &mut exchange, &services) {
        Ok(Flow::Answer(answer)) => {
            assert!(answer.for_upstream);
            let headers = answer.headers.iter();
            let headers =
                headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
            let body = String::from_utf8(answer.body.to_vec()).unwrap();
            Ok((answer.status.as_u16(), headers.collect(), body))
        }
        Ok(Flow::Next) => panic!("a mock answers"),
        Err(failure) => Err(failure.refusal),
    }
}

#[test]
fn the_first_success_and_its_first_example_answer() {
    let (status, headers, body) = answer(json!({}), &[]).unwrap();
    assert_eq!(status, 200);
    assert_eq!(headers, ["x-count: 3", "content-type: application/json"]);
    assert_eq!(
        serde_json::from_str::<Value>(&body).unwrap(),
        json!({"id": 1, "lines": []})
    );
}

#[test]
fn callers_choose_status_example_and_type() {
    let body = |prefer: &str, accept: &str| {
        let (status, _, body) = answer(json!({}), &[("prefer", prefer), ("accept", accept)])?;
        Ok((status, body))
    };
    assert_eq!(
        body("example=large", "*/*").unwrap().1,
        "{\"id\":2,\"lines\":[{\"sku\":\"ab\"}]}"
    );
    assert_eq!(
        body("code=404, respond-async", "*/*"),
        Ok((404, "{\"title\":\"string\"}".to_owned()))
    );
    assert_eq!(
        body("code=204", "application/json"),
        Ok((204, String::new()))
    );
    assert_eq!(
        body("", "text/plain;q=0.9, application/json;q=0.1"),
        Ok((200, "one order".to_owned()))
    );
    assert_eq!(body("", "text/*"), Ok((200, "one order".to_owned())));
    for (prefer, accept) in [
        ("code=500", "*/*"),
        ("code=9", "*/*"),
        ("example=gone", "*/*"),
        ("", "image/png"),
        ("", "application/json;q=0"),
    ] {
        assert_eq!(
            body(prefer, accept),
            Err(Refusal::BadRequest),
            "{prefer} {accept}"
        );
    }
}

#[test]
fn the_configuration_chooses_where_callers_do_not() {
    let (status, ..) = answer(json!({"status": 404}), &[]).unwrap();
    assert_eq!(status, 404);
    let (.., body) = answer(json!({"example": "large"}), &[]).unwrap();
    assert!(body.contains("\"id\":2"), "{body}");
    let closed = json!({"status": 404, "callers_choose": false});
    assert_eq!(answer(closed, &[("prefer", "code=200")]).unwrap().0, 404);
}

#[test]
fn a_route_without_an_operation_is_closed() {
    let policy = compile("mock_response", json!({}));
    let head = header("GET", "/", &[]);
    let verdict = run(
        policy.as_ref(),
        &head,
        &mut exchange(),
        &services(Table::default()),
    );
    assert_eq!(verdict.unwrap_err().refusal, Refusal::PolicyFailed);
}

#[test]
fn configurations_are_checked() {
    let said = errors("mock_response", &json!({"status": 100}));
    assert!(said.contains("status: is between 200 and 599"), "{said}");
}
