//! Every example of every policy's page, through a gateway.

use gateway_policies::registry;
use serde_json::Value;

use crate::attached::Attached;
use crate::catalogue::STANDARD;
use crate::client::call;
use crate::world::World;

/// Policies that ask somebody else, who is not there in this test: they fail, and say so.
const ASK_OTHERS: [&str; 9] = [
    "composite",
    "fallback",
    "forward_auth",
    "jwt",
    "mirror",
    "oauth2_introspection",
    "opa",
    "traffic_split",
    "upstream_auth",
];
/// Policies with examples that read members of a body, a document or a file, that this test's requests and routes do not have.
const NEED_MORE: [&str; 4] = [
    "geo",
    "request_transform",
    "request_validator",
    "response_validator",
];
/// Policies that answer with whatever status their configuration names.
const ANSWER: [&str; 3] = ["fault_injection", "mock_response", "request_termination"];

#[tokio::test(flavor = "multi_thread")]
async fn every_example_runs() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let mut wrong = Vec::new();
    for kind in registry::kinds() {
        for (number, example) in examples(kind.readme).enumerate() {
            let scope = kind.scopes.iter().map(|scope| scope.as_str());
            let is_for_routes = scope.clone().any(|scope| scope == "route");
            let policy = Attached {
                scope: if is_for_routes { "route" } else { "global" },
                scope_id: if is_for_routes { 41 } else { 0 },
                ..Attached::to_route(600, 41, kind.name, example)
            };
            world.attach(&gateway, &policy).await;
            let status = gateway.status().await;
            if let Some(problem) = status["snapshot_problem"]
                .as_str()
                .filter(|p| !p.is_empty())
            {
                wrong.push(format!("{} {number}: {problem}", kind.name));
            }
            let line = format!("X-API-Key: {key}");
            let json = "Content-Type: application/json";
            for (method, body) in [("GET", ""), ("POST", "{\"name\": \"a\"}")] {
                let lines = [line.as_str(), json];
                let answer = call(
                    gateway.address,
                    method,
                    "/shop/any/x",
                    &lines,
                    body.as_bytes(),
                )
                .await;
                let code = serde_json::from_slice::<Value>(&answer.body)
                    .ok()
                    .and_then(|problem| Some(problem["code"].as_str()?.to_owned()))
                    .unwrap_or_default();
                let lacks = ASK_OTHERS.contains(&kind.name) || NEED_MORE.contains(&kind.name);
                let may_fail = lacks && !code.is_empty();
                let is_its_own = ANSWER.contains(&kind.name);
                if code == "internal" || answer.status >= 500 && !may_fail && !is_its_own {
                    wrong.push(format!(
                        "{} {number}: {method} {} {code}",
                        kind.name, answer.status
                    ));
                }
            }
            world.detach(&gateway, 600).await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    gateway.running.shutdown().await;
}

fn examples(readme: &str) -> impl Iterator<Item = Value> {
    readme
        .split("```json\n")
        .skip(1)
        .filter_map(|rest| serde_json::from_str(rest.split("```").next()?).ok())
}
