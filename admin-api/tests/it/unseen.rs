//! Changes to what was not read: who may make them is told to name a version, everybody else what they are told anyway.

use domain::access::Role;
use serde_json::Value;

use crate::house::House;
use crate::matrix::{self, ROLES, TABLE, Verdict};

/// Whether an endpoint wants to know the version that is changed.
fn wants_version(document: &Value, verb: &str, path: &str) -> bool {
    let operation = &document["paths"][format!("/api/v1{path}")][verb.to_lowercase()];
    let parameters = operation["parameters"].as_array();
    parameters.is_some_and(|list| {
        list.iter()
            .any(|parameter| parameter["name"] == "If-Match" && parameter["required"] == true)
    })
}

#[tokio::test]
async fn permission_comes_before_the_version() {
    let document: Value = serde_json::from_str(&admin_api::document_json()).unwrap();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for role in ROLES {
        let house = House::build().await;
        let things = matrix::foreign(&house).await;
        let token = match role {
            Some(Role::Admin) => house.second_admin().await,
            other => house.token(other).await,
        };
        let held = role.map_or(&[][..], Role::permissions);
        for (verb, path, need, body) in TABLE {
            if !wants_version(&document, verb, path) {
                continue;
            }
            asked += 1;
            let url = format!("/api/v1{}", matrix::fill(path, &things));
            let body = Some(matrix::fill(body, &things)).filter(|body| !body.is_empty());
            let method = verb.parse().unwrap();
            let answer = house.call(method, &url, Some(&token), None, body).await;
            let expected = match Verdict::expected(*need, held, true) {
                Verdict::Let => 428,
                Verdict::Forbidden => 403,
                Verdict::Missing => 404,
                Verdict::SignIn => 401,
            };
            if answer.status.as_u16() != expected {
                wrong.push(format!(
                    "{role:?} {verb} {path}: {} not {expected}: {}",
                    answer.status, answer.text
                ));
            }
        }
    }
    assert!(asked > 100, "{asked} endpoints take a version");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
