//! The page of the configuration: nothing yet, in step, drifted, forgotten; and all of it as a file.

use std::time::Duration;

use domain::access::Role;
use domain::actor::Actor;
use domain::id::DEFAULT_WORKSPACE;
use operations::declared::{self, Request};
use operations::{Paging, upstreams};

use crate::house::House;

const PATH: &str = "/configuration";

async fn apply(house: &House, text: &str) {
    let actor = Actor {
        name: "pipeline".to_owned(),
        ..Actor::system(DEFAULT_WORKSPACE)
    };
    let declaration = declared::read(&actor, text.to_owned()).await.unwrap();
    let request = Request {
        declaration,
        ..Request::default()
    };
    Box::pin(declared::apply(
        &house.platform,
        &actor,
        request,
        &|_, _| {},
    ))
    .await
    .unwrap();
}

const HARBOR: &str = "gatehouse: 1\ntag: harbor\nupstreams: [{slug: rates, targets: [{url: 'https://rates.example'}]}]";

#[tokio::test]
async fn what_drifted_is_shown_with_who_did_it_until_it_is_forgotten() {
    let house = House::with(Role::Admin).await;
    house
        .get(PATH)
        .await
        .shows(200, "Nothing was declared here yet");
    apply(&house, HARBOR).await;
    let page = house.get(PATH).await;
    page.shows(200, "In step");
    page.shows(200, "by pipeline");
    house.get("/").await.shows(200, "nothing passes yet");

    house.platform.wait(Duration::from_secs(60));
    let ben = house.platform.admin("ben@harbor.example").await;
    let all = upstreams::list(&house.platform, &ben, &Paging::first(5)).await;
    let one = all.unwrap().items.remove(0);
    let input = upstreams::Input {
        name: "By <b>hand</b>".to_owned(),
        slug: Some("rates".to_owned()),
        settings: one.settings.clone(),
        targets: vec![upstreams::TargetInput::at(
            "https://rates.example".to_owned(),
        )],
    };
    upstreams::update(&house.platform, &ben, one.id, one.version, input)
        .await
        .unwrap();
    house.post("/configuration/check", &[]).await.leads_to(PATH);
    let page = house.get(PATH).await;
    page.shows(200, "Drifted");
    page.shows(200, "1 thing differs since");
    page.shows(
        200,
        "declared <code>rates</code>, is <code>By &#60;b&#62;hand&#60;/b&#62;</code>",
    );
    page.shows(200, &ben.name);
    page.shows(200, ">upstream.updated</a>");
    page.shows(200, "/api/v1/config/declarations/check");

    let ask = page.html.split("href=\"/configuration/").nth(1).unwrap();
    let ask = format!("/configuration/{}", ask.split('"').next().unwrap());
    house
        .get(&ask)
        .await
        .shows(200, "Forget what was declared as harbor?");
    house.post(&ask, &[]).await.leads_to(PATH);
    house
        .get(PATH)
        .await
        .shows(200, "Nothing was declared here yet");
    house
        .get(&ask)
        .await
        .shows(404, "There is no page at this address");
}

#[tokio::test]
async fn the_present_state_is_a_file_that_can_be_applied() {
    let house = House::with(Role::Admin).await;
    apply(&house, HARBOR).await;
    let page = house.get("/configuration.yaml").await;
    page.shows(200, "slug: rates");
    assert_eq!(page.headers["content-type"], "application/yaml");
    let name = page.headers["content-disposition"].to_str().unwrap();
    assert!(name.contains("gatehouse.yaml"), "{name}");
    assert!(!page.html.contains("applications:"));
    let other = House::with(Role::Admin).await;
    apply(&other, &page.html).await;
    let whole = "/configuration.yaml?applications=true";
    assert_eq!(other.get(whole).await.html, house.get(whole).await.html);
}

#[tokio::test]
async fn who_may_only_look_is_offered_nothing_else() {
    let house = House::with(Role::Viewer).await;
    apply(&house, HARBOR).await;
    let page = house.get(PATH).await;
    page.shows(200, "In step");
    for not in ["Check now", "Download", "Forget this"] {
        assert!(!page.html.contains(not), "{not}");
    }
    for (method, path) in [
        ("get", "/configuration.yaml"),
        ("post", "/configuration/check"),
    ] {
        let refused = match method {
            "get" => house.get(path).await,
            _ => house.post(path, &[]).await,
        };
        refused.shows(403, "catalog:write");
    }
}

#[tokio::test]
async fn the_overview_calls_for_somebody() {
    let house = House::with(Role::Admin).await;
    let text = |tag: &str, name: &str| {
        format!(
            "gatehouse: 1\n{tag}upstreams: [{{slug: rates, name: {name}, targets: [{{url: 'https://rates.example'}}]}}]\n\
             apis: [{{slug: shipping, versions: [{{label: v1, upstream: rates, routes: [{{path: /rates}}]}}]}}]"
        )
    };
    apply(&house, &text("tag: harbor\n", "Rates")).await;
    apply(&house, &text("", "Other")).await;
    house.post("/configuration/check", &[]).await;
    let page = house.get("/").await;
    page.shows(200, "The configuration harbor");
    page.shows(200, "1 thing differs from what was declared");
}
