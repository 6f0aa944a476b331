//! A gateway without a database: what its files say is in force, and stays so while they change.

mod many;
mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::json;

use self::world::{Shop, World};
use crate::node::{Node, eventually};
use crate::process::{output, words};

async fn status(node: &Node, path: &str, key: &str) -> u16 {
    let answer = node.get(path, &[("x-api-key", key)]).await;
    answer.status.as_u16()
}

async fn becomes(node: &Node, path: &str, key: &str, wanted: u16) {
    let what = format!("{wanted} for {key} at {path}");
    eventually(&what, async || status(node, path, key).await == wanted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_plans_and_limits_of_a_file_are_in_force() {
    let world = World::new().await;
    world.write(&Shop::default().text());
    let node = world.start("shop.yaml").await;
    assert_eq!(status(&node, "/shop/a", "first").await, 200);
    assert_eq!(status(&node, "/shop/a", "unknown").await, 401);
    assert_eq!(status(&node, "/shop/a", "idle").await, 403);
    // the plan lets three pass in a minute
    assert_eq!(status(&node, "/shop/a", "limited").await, 200);
    assert_eq!(status(&node, "/shop/a", "limited").await, 200);
    let last = node.get("/shop/a", &[("x-api-key", "limited")]).await;
    assert_eq!(last.headers["x-ratelimit-remaining"], "0");
    assert_eq!(status(&node, "/shop/a", "limited").await, 429);
    let found = node.status().await;
    assert_eq!(
        (&found["ready"], &found["credentials"]),
        (&json!(true), &json!(3))
    );
    assert_eq!(found["snapshot_problem"], json!(null));
    let (ended, said) = node.stop();
    assert!(ended.success());
    // each call that was let in or refused is in the sums that the log got
    let sums = said.lines();
    let sums = sums
        .iter()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let count = |status: u64| {
        let of = sums.clone().filter(|sum| sum["status"] == status);
        of.map(|sum| sum["requests"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!([200, 401, 403, 429].map(count), [4, 1, 1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_in_force_and_no_request_fails_meanwhile() {
    let world = World::new().await;
    let mut shop = Shop::default();
    world.write(&shop.text());
    let node = Arc::new(world.start("shop.yaml").await);
    let (stop, served) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let traffic: Vec<_> = (0..3)
        .map(|_| {
            let (node, stop, served) = (node.clone(), stop.clone(), served.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    assert_eq!(status(&node, "/shop/a", "first").await, 200);
                    served.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for round in 0..4 {
        let key = format!("second-{round}");
        shop.more = vec![key.clone()];
        world.write(&shop.text());
        becomes(&node, "/shop/a", &key, 200).await;
    }
    // a key that the file does not name any more is refused
    becomes(&node, "/shop/a", "second-0", 401).await;
    stop.store(true, Ordering::Relaxed);
    for one in traffic {
        one.await.unwrap();
    }
    assert!(served.load(Ordering::Relaxed) > 20);
    assert_eq!(node.status().await["revision"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_go_on_over_a_reload() {
    let world = World::new().await;
    let mut shop = Shop::default();
    world.write(&shop.text());
    let node = world.start("shop.yaml").await;
    for _ in 0..3 {
        assert_eq!(status(&node, "/shop/a", "limited").await, 200);
    }
    shop.more = vec!["later".to_owned()];
    world.write(&shop.text());
    becomes(&node, "/shop/a", "later", 200).await;
    assert_eq!(status(&node, "/shop/a", "limited").await, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_changes_nothing_and_is_told() {
    let world = World::new().await;
    let mut shop = Shop::default();
    world.write(&shop.text());
    let node = world.start("shop.yaml").await;
    let good = shop.text();
    let twice = good.replace(
        "apis:",
        "apis:\n- {slug: other, versions: [{label: v1, base_path: /shop, upstream: echo}]}",
    );
    for (text, told) in [
        (
            "gatehouse: 1\nupstreems: []\n".to_owned(),
            "shop.yaml:2:1: unknown field `upstreems`",
        ),
        (
            good.replace("upstream: echo", "upstream: none"),
            "apis/shop/versions/v1/upstream",
        ),
        (
            good.replace("/shop", "shop"),
            "apis/shop/versions/v1/base_path",
        ),
        (twice, "`/shop`"),
        ("gatehouse: 1\napis: [".to_owned(), "shop.yaml"),
    ] {
        world.write(&text);
        eventually(told, async || {
            let problem = node.status().await["snapshot_problem"].clone();
            problem
                .as_str()
                .is_some_and(|problem| problem.contains(told))
        })
        .await;
        assert!(
            node.err
                .lines()
                .iter()
                .any(|line| line.contains("the one before stays"))
        );
        assert_eq!(status(&node, "/shop/a", "first").await, 200);
        assert_eq!(node.status().await["revision"], 1);
    }
    // nothing is wrong any more, and what is there is in force
    shop.more = vec!["mended".to_owned()];
    world.write(&shop.text());
    becomes(&node, "/shop/a", "mended", 200).await;
    assert_eq!(node.status().await["snapshot_problem"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_changes_nothing_until_it_is_back() {
    let world = World::new().await;
    let mut shop = Shop::default();
    world.write(&shop.text());
    let node = world.start("shop.yaml").await;
    std::fs::remove_file(world.path("shop.yaml")).unwrap();
    eventually("the file is missed", async || {
        let problem = node.status().await["snapshot_problem"].clone();
        problem
            .as_str()
            .is_some_and(|problem| problem.contains("cannot be read"))
    })
    .await;
    assert_eq!(status(&node, "/shop/a", "first").await, 200);
    shop.more = vec!["back".to_owned()];
    world.write(&shop.text());
    becomes(&node, "/shop/a", "back", 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_folder_come_and_go() {
    let world = World::new().await;
    let shop = Shop::default();
    std::fs::create_dir_all(world.path("all/callers")).unwrap();
    world.write_to("all/shop.yaml", &shop.text());
    let node = world.start("all").await;
    world.write_to("all/callers/new.yaml", &Shop::caller("new"));
    becomes(&node, "/shop/a", "new", 200).await;
    std::fs::remove_file(world.path("all/callers/new.yaml")).unwrap();
    becomes(&node, "/shop/a", "new", 401).await;
    // what is no declaration is not looked at
    world.write_to("all/notes.txt", "gatehouse: 9");
    world.write_to("all/callers/other.yaml", &Shop::caller("other"));
    becomes(&node, "/shop/a", "other", 200).await;
    assert_eq!(node.status().await["revision"], 4);
}

/// Kubernetes swaps a link to a hidden folder for another, so that all files of a ConfigMap change at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_swapped_link_is_a_change() {
    let world = World::new().await;
    let mut shop = Shop::default();
    let place = |number: u32, shop: &Shop| {
        let folder = format!("map/..{number}");
        std::fs::create_dir_all(world.path(&folder)).unwrap();
        world.write_to(&format!("{folder}/shop.yaml"), &shop.text());
        let link = world.path("map/..next");
        std::os::unix::fs::symlink(format!("..{number}"), &link).unwrap();
        std::fs::rename(link, world.path("map/..data")).unwrap();
    };
    place(1, &shop);
    std::os::unix::fs::symlink("..data/shop.yaml", world.path("map/shop.yaml")).unwrap();
    for path in ["map", "map/shop.yaml"] {
        let node = world.start(path).await;
        assert_eq!(status(&node, "/shop/a", "first").await, 200);
        shop.more = vec![format!("swapped-{}", shop.more.len())];
        place(2 + u32::try_from(path.len()).unwrap(), &shop);
        let key = shop.more[0].clone();
        becomes(&node, "/shop/a", &key, 200).await;
        shop.more.push("two".to_owned());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_process_left_behind_lets_nobody_in() {
    let world = World::new().await;
    let mut shop = Shop {
        more: vec!["withdrawn".to_owned()],
    };
    world.write(&shop.text());
    let node = world.start("shop.yaml").await;
    assert_eq!(status(&node, "/shop/a", "withdrawn").await, 200);
    assert!(node.stop().0.success());
    shop.more.clear();
    world.write(&shop.text());
    let node = world.start("shop.yaml").await;
    assert_eq!(status(&node, "/shop/a", "withdrawn").await, 401);
    assert_eq!(status(&node, "/shop/a", "first").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_with_a_bad_file_ends_with_its_place() {
    let world = World::new().await;
    for (text, told) in [
        (
            "gatehouse: 1\napis:\n- slug: a\n  verions: []\n",
            "shop.yaml:4:3: apis/0: unknown field `verions`",
        ),
        ("gatehouse: 2\n", "newer than this program"),
        (
            "gatehouse: 1\napplications: [{name: a, owner: a@shop.test, credentials: [{secret: \"${NOT_SET}\"}]}]\n",
            "`${NOT_SET}` is not set",
        ),
        ("", "missing field `gatehouse`"),
    ] {
        world.write(text);
        let ended = output(world.gateway("shop.yaml"));
        let said = words(&ended);
        assert!(!ended.status.success(), "{said}");
        assert!(
            said.contains("the declaration cannot be used") && said.contains(told),
            "{said}"
        );
    }
    let ended = output(world.gateway("nowhere.yaml"));
    assert!(
        words(&ended).contains("nowhere.yaml: cannot be read"),
        "{}",
        words(&ended)
    );
    assert!(!ended.status.success());
}
