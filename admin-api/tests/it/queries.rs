//! Queries: what an endpoint does not know is refused, and a page has its bounds.

use axum::http::Method;
use domain::access::Role;
use serde_json::{Value, json};

use crate::house::{Answer, House};

async fn ask(house: &House, token: Option<&str>, path: &str) -> Answer {
    let path = format!("/api/v1{path}");
    house.call(Method::GET, &path, token, None, None).await
}

#[tokio::test]
async fn what_is_not_known_is_refused_with_the_nearest_that_is() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    for (path, field, message) in [
        ("/apis?txet=a", "txet", "is not known; did you mean `text`?"),
        (
            "/audit?limits=5",
            "limits",
            "is not known; did you mean `limit`?",
        ),
        (
            "/audit?Limit=5",
            "Limit",
            "is not known; did you mean `limit`?",
        ),
        (
            "/upstreams?page=2",
            "page",
            "is not known; this endpoint takes `limit`, `after`",
        ),
        ("/me?x=1", "x", "is not known; this endpoint takes none"),
        (
            "/nodes?limit=5",
            "limit",
            "is not known; this endpoint takes none",
        ),
    ] {
        let answer = ask(&house, Some(&token), path).await;
        assert_eq!(answer.status.as_u16(), 400, "{path}: {}", answer.text);
        let problem = answer.json();
        assert_eq!(problem["code"], "query_unknown");
        let expected = json!([{"field": field, "message": message}]);
        assert_eq!(problem["errors"], expected, "{path}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            detail.contains(field) && detail.contains(message),
            "{detail}"
        );
    }
    let fine = ask(&house, Some(&token), "/audit?text=a&limit=5&action=").await;
    assert_eq!(fine.status.as_u16(), 200, "{}", fine.text);
    let stranger = ask(&house, None, "/apis?txet=a").await;
    assert_eq!(stranger.status.as_u16(), 401, "{}", stranger.text);
}

#[tokio::test]
async fn a_page_has_its_bounds() {
    let house = House::build().await;
    let token = house.token(Some(Role::Admin)).await;
    let document: Value = serde_json::from_str(&admin_api::document_json()).unwrap();
    let mut lists = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array();
        let limit = parameters
            .into_iter()
            .flatten()
            .find(|parameter| parameter["name"] == "limit");
        let Some(limit) = limit.filter(|_| !path.contains('{')) else {
            continue;
        };
        lists += 1;
        let bounds = (&limit["schema"]["minimum"], &limit["schema"]["maximum"]);
        assert_eq!(bounds, (&json!(1), &json!(200)), "{path}");
        let path = path.strip_prefix("/api/v1").unwrap();
        for (limit, says) in [
            ("0", Some("is 0; a page holds 1 to 200 items")),
            ("201", Some("is 201; a page holds 1 to 200 items")),
            ("99999999999", Some("number too large")),
            ("many", Some("invalid digit")),
            ("1", None),
            ("200", None),
        ] {
            let answer = ask(&house, Some(&token), &format!("{path}?limit={limit}")).await;
            let status = if says.is_some() { 400 } else { 200 };
            assert_eq!(
                answer.status.as_u16(),
                status,
                "{path} {limit}: {}",
                answer.text
            );
            if let Some(says) = says {
                let error = &answer.json()["errors"][0];
                assert_eq!(error["field"], "limit", "{path} {limit}: {}", answer.text);
                assert!(error["message"].as_str().unwrap().contains(says), "{error}");
            }
        }
    }
    assert!(lists > 10, "{lists} lists");
}
