//! The platform is held against what was declared by one process at a time.

use std::time::Duration;

use domain::actor::Actor;
use domain::id::DEFAULT_WORKSPACE;
use jobs::drift::look;
use operations::declared::{self, Request};
use testkit::{TestPlatform, each_platform};
use uuid::Uuid;

const ME: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

async fn apply(platform: &TestPlatform, text: &str) {
    let actor = Actor::system(DEFAULT_WORKSPACE);
    let declaration = declared::read(&actor, text.to_owned()).await;
    let request = Request {
        declaration: declaration.expect("it is sound"),
        ..Request::default()
    };
    Box::pin(declared::apply(platform, &actor, request, &|_, _| {}))
        .await
        .expect("it is applied");
}

#[tokio::test]
async fn one_process_looks_and_finds_what_another_declaration_changed() {
    each_platform(async |platform| {
        let text = |tag: &str, name: &str| {
            format!(
                "gatehouse: 1\n{tag}upstreams: [{{slug: rates, name: {name}, targets: [{{url: 'https://x.example'}}]}}]"
            )
        };
        apply(&platform, &text("tag: harbor\n", "Rates")).await;
        assert_eq!(look(&platform, ME).await.expect("a look"), 0);
        apply(&platform, &text("", "Others")).await;
        assert_eq!(look(&platform, OTHER).await.expect("a look"), 0, "it is not its turn");
        assert_eq!(look(&platform, ME).await.expect("a look"), 1);
        // who is gone for longer than the lease loses it
        platform.wait(Duration::from_secs(3_600));
        assert_eq!(look(&platform, OTHER).await.expect("a look"), 1);
    })
    .await;
}
