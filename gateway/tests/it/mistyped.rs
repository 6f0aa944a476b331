//! Configurations that were written past the admin API, with unknown and mistyped keys: the node says which key is wrong and where,
//! and what held before goes on.

use serde_json::json;

use crate::attached::Attached;
use crate::catalogue::STANDARD;
use crate::client::get;
use crate::world::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_configuration_names_key_and_place_and_the_one_before_holds() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let good = json!({ "limits": [{ "requests": 1, "window": "day" }] });
    let policy = Attached::to_route(600, 41, "rate_limit", good);
    world.attach(&gateway, &policy).await;
    let ask = async || get(gateway.address, "/shop/any/x", &key).await;
    assert_eq!(ask().await.status, 200);
    assert_eq!(ask().await.problem(), (429, "rate_limited".to_owned()));
    for (config, words) in [
        (
            json!({ "limits": [{ "requests": 9, "windw": "day" }] }),
            ["limits[0]", "`windw`", "did you mean `window`?"],
        ),
        (
            json!({ "limits": [{ "requests": "9", "window": "day" }] }),
            ["limits[0].requests", "invalid type: string", "expected u64"],
        ),
        (
            json!({ "limits": [{ "requests": 9, "window": "fortnight" }] }),
            ["limits[0].window", "`fortnight`", "expected one of"],
        ),
        (
            json!({ "limits": [{ "requests": 9, "window": "day" }], "bye": "ip" }),
            ["`bye`", "did you mean `by`?", "rate_limit"],
        ),
    ] {
        let statement = format!("UPDATE policy SET config = '{config}' WHERE id = ?");
        world.change("policy", 600, &statement).await;
        eventually("the status says what is wrong", async || {
            let status = gateway.status().await;
            let problems = status["problems"].as_array().unwrap();
            problems.iter().any(|problem| {
                let text = problem.to_string();
                words.iter().all(|word| text.contains(word))
            })
        })
        .await;
        assert_eq!(ask().await.status, 429, "{config}");
    }
    gateway.running.shutdown().await;
}
