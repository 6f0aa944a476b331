//! Every example of every policy's page, through a gateway: attached as it stands there, and met by requests that show what the
//! page promises. An example without a story fails the test.

mod answers;
mod limits;
mod may;
mod scene;
mod shape;
mod who;

use std::collections::BTreeSet;

use gateway_policies::registry;

use self::scene::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn every_example_does_what_its_page_says() {
    let mut scene = Scene::new().await;
    who::stories(&mut scene).await;
    may::stories(&mut scene).await;
    limits::stories(&mut scene).await;
    shape::stories(&mut scene).await;
    answers::stories(&mut scene).await;
    let told = scene.end().await;
    let all: BTreeSet<(String, usize)> = registry::kinds()
        .iter()
        .flat_map(|kind| {
            let count = kind.readme.matches("```json\n").count();
            (0..count).map(|number| (kind.name.to_owned(), number))
        })
        .collect();
    assert_eq!(
        told, all,
        "each example has its story, and each story its example"
    );
}
