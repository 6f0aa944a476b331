//! From a document to a decided subscription, in a browser without scripts.

use domain::Id;
use domain::access::Role;
use domain::id::DEFAULT_WORKSPACE;
use operations::subscriptions::{self, Request};
use operations::{Paging, apis, applications, products, routes};

use crate::house::{House, Page};

const DOCUMENT: &str = r#"openapi: 3.0.3
info: { title: Harbor Rates, version: 2.1.0 }
servers: [{ url: "https://rates.example.com" }]
paths:
  /rates/{id}:
    get:
      operationId: getRate
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { "200": { description: A rate } }
  /rates:
    get:
      responses: {}
"#;

async fn imported(house: &House) {
    let page = house.upload("/import", DOCUMENT).await;
    assert!(page.location.starts_with("/import/"), "{}", page.html);
    let preview = house.get(&page.location).await;
    preview.shows(200, "Harbor Rates");
    preview.shows(200, "/rates/{id}");
    let keys: Vec<String> = preview
        .html
        .split("name=\"route\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(keys.len(), 2);
    let created = create(house, &page, &keys, "/harbor-rates").await;
    created.leads_to("/apis/harbor-rates/v2");
}

async fn create(house: &House, page: &Page, keys: &[String], base_path: &str) -> Page {
    let mut fields = vec![
        ("chosen_known", "true"),
        ("name", "Harbor Rates"),
        ("label", "v2"),
        ("base_path", base_path),
        ("upstream", "document"),
        ("visibility", "public"),
    ];
    fields.extend(keys.iter().map(|key| ("route", key.as_str())));
    house.post(&page.location, &fields).await
}

#[tokio::test]
async fn a_route_is_kept_out_of_the_direct_exchange_by_its_form() {
    let house = House::with(Role::Admin).await;
    imported(&house).await;
    let form = house.get("/apis/harbor-rates/v2/routes/new").await;
    form.shows(200, "May take the direct exchange");
    for (path, box_checked) in [("/odd", false), ("/even", true)] {
        let mut fields = vec![
            ("methods", "GET"),
            ("path", path),
            ("path_kind", "exact"),
            ("access", "subscription"),
            ("authentication", "any"),
            ("priority", "0"),
            ("max_body", "64"),
        ];
        if box_checked {
            fields.push(("direct", "true"));
        }
        house
            .post("/apis/harbor-rates/v2/routes/new", &fields)
            .await
            .leads_to("/apis/harbor-rates/v2/routes");
    }
    let admin = admin(&house).await;
    let found = apis::find_by_slug(&house.platform, &admin, "harbor-rates")
        .await
        .unwrap();
    let version = found.versions[0].id;
    let all = routes::list(&house.platform, &admin, version)
        .await
        .unwrap();
    for route in all {
        let may = route.settings.0.get("direct_exchange");
        let may = may.and_then(serde_json::Value::as_bool).unwrap_or(true);
        assert_eq!(may, route.path != "/odd", "{}", route.path);
        let edited = format!("/apis/harbor-rates/v2/routes/{}", route.id);
        let page = house.get(&edited).await;
        page.shows(200, "name=\"direct\"");
    }
}

#[tokio::test]
async fn a_document_becomes_a_published_api() {
    let house = House::with(Role::Admin).await;
    imported(&house).await;
    for (tab, text) in [
        ("", "is a draft"),
        ("/routes", "/harbor-rates/rates/{id}"),
        ("/routes/new", "New route"),
        ("/policies", "key_auth"),
        ("/revisions", "Revision 1"),
        ("/subscriptions", "Nobody is subscribed"),
        ("/settings", "On the gateway"),
        ("/danger", "Delete the whole API"),
        ("/import", "Import the next document"),
    ] {
        house
            .get(&format!("/apis/harbor-rates/v2{tab}"))
            .await
            .shows(200, text);
    }
    let found = apis::find_by_slug(&house.platform, &admin(&house).await, "harbor-rates")
        .await
        .unwrap();
    let version = found.versions[0].version.to_string();
    house
        .post("/apis/harbor-rates/v2/publish", &[("version", &version)])
        .await
        .leads_to("/apis/harbor-rates/v2");
    house
        .get("/apis/harbor-rates/v2")
        .await
        .shows(200, "Published");
    let test = "/tester?method=GET&host=api.example.com&path=/harbor-rates/rates/7";
    house
        .get(test)
        .await
        .shows(200, "It goes through, for callers with a subscription");
    house
        .get(test)
        .await
        .shows(200, "https://rates.example.com/rates/7");
    house
        .get("/tester?method=PUT&path=/harbor-rates/rates/7")
        .await
        .shows(200, "Refused with 405");
    house
        .get("/tester?path=/nowhere")
        .await
        .shows(200, "Refused with 404");
    house
        .get("/apis/harbor-rates/v2/life/retire")
        .await
        .shows(200, "Retire Harbor Rates v2?");
    let untyped = house
        .post("/apis/harbor-rates/v2/life/retire", &[("confirm", "yes")])
        .await;
    untyped.shows(422, "Type the name exactly");
}

/// A line of the request log, as a node writes it.
async fn logged(house: &House, number: u128, path: &str, status: i64, code: &str) {
    let line = store::request_log::Request {
        id: Id::new(uuid::Uuid::from_u128(number)),
        at: house.platform.now(),
        node_id: Id::NIL,
        request_id: format!("req-{number}"),
        method: "GET".to_owned(),
        host: "api.example.com".to_owned(),
        path: path.to_owned(),
        status,
        code: code.to_owned(),
        api_version_id: Id::NIL,
        operation_id: Id::NIL,
        subscription_id: Id::NIL,
        application_id: Id::NIL,
        credential_id: Id::NIL,
        try_it: false,
        duration_us: 900,
        upstream_us: 0,
        bytes_in: 0,
        bytes_out: 0,
        client_ip: "192.0.2.7".to_owned(),
        user_agent: "curl".to_owned(),
    };
    let mut tx = house.platform.db.begin().await.unwrap();
    store::request_log::insert(&mut tx, DEFAULT_WORKSPACE, &[line])
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_request_of_the_log_is_explained_policy_by_policy() {
    let house = House::with(Role::Admin).await;
    imported(&house).await;
    let found = apis::find_by_slug(&house.platform, &admin(&house).await, "harbor-rates")
        .await
        .unwrap();
    let version = found.versions[0].version.to_string();
    house
        .post("/apis/harbor-rates/v2/publish", &[("version", &version)])
        .await
        .leads_to("/apis/harbor-rates/v2");
    logged(
        &house,
        1,
        "/harbor-rates/rates/7",
        401,
        "credential_missing",
    )
    .await;
    logged(&house, 2, "/harbor-rates/rates/7", 429, "rate_limited").await;
    logged(&house, 3, "/gone", 200, "").await;
    let refused = house.get("/log/req-1").await;
    refused.shows(200, "It would be refused now for the same reason");
    refused.shows(200, "<b class=\"mono\">key_auth</b>");
    refused.shows(200, "finds no credential of its kind");
    let other = house.get("/log/req-2").await;
    other.shows(
        200,
        "What is known of it would be refused now: credential_missing",
    );
    other.shows(200, "Then it was refused with rate_limited.");
    let gone = house.get("/log/req-3").await;
    gone.shows(200, "No route takes this request now");
    gone.shows(200, "Then it was let through.");
}

#[tokio::test]
async fn the_next_document_is_a_difference_first() {
    let house = House::with(Role::Admin).await;
    imported(&house).await;
    let changed = DOCUMENT.replace("/rates:", "/tariffs:");
    let page = house.upload("/apis/harbor-rates/v2/import", &changed).await;
    let difference = house.get(&page.location).await;
    difference.shows(200, "Breaking");
    difference.shows(200, "/tariffs");
    let version = difference
        .html
        .split("name=\"version\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap()
        .to_owned();
    house
        .post(&page.location, &[("version", &version)])
        .await
        .leads_to("/apis/harbor-rates/v2/revisions");
    house
        .get("/apis/harbor-rates/v2/revisions")
        .await
        .shows(200, "Revision 2");
}

#[tokio::test]
async fn a_document_that_cannot_be_read_says_where() {
    let house = House::with(Role::Admin).await;
    let page = house
        .upload("/import", "openapi: 3.0.3\ninfo: [unclosed\n")
        .await;
    page.shows(422, "line");
    let nothing = house.upload("/import", "").await;
    nothing.shows(422, "choose a file");
}

#[tokio::test]
async fn a_reviewed_subscription_waits_and_is_decided() {
    let house = House::with(Role::Admin).await;
    let admin = admin(&house).await;
    imported(&house).await;
    let found = apis::find_by_slug(&house.platform, &admin, "harbor-rates")
        .await
        .unwrap();
    let version = found.versions[0].version.to_string();
    house
        .post("/apis/harbor-rates/v2/publish", &[("version", &version)])
        .await
        .leads_to("/apis/harbor-rates/v2");
    let holds = found.versions[0].id.to_string();
    let new = [
        ("name", "Rates"),
        ("visibility", "public"),
        ("api_version", holds.as_str()),
    ];
    let made = house.post("/products/-/new", &new).await;
    assert!(made.location.starts_with("/products/"), "{}", made.html);
    house
        .post(&format!("{}/publish", made.location), &[("version", "1")])
        .await
        .leads_to("/products");
    let product = products::list(&house.platform, &admin, None, None, &Paging::first(9))
        .await
        .unwrap()
        .items
        .remove(0);
    let plan = [
        ("name", "Standard"),
        ("rate_minute", "600"),
        ("quota", "100 000"),
        ("quota_period", "month"),
        ("approval", "reviewed"),
        ("review_hours", "24"),
        ("questions", "2"),
        ("questions/0/label", "What for?"),
        ("questions/0/kind", "text"),
    ];
    house
        .post(&format!("/products/{}/plans/new", product.id), &plan)
        .await
        .leads_to("/products");
    let offer = house.get("/products").await;
    offer.shows(200, "600 a minute");
    offer.shows(200, "100\u{202f}000 a month");

    let noor = house.platform.developer("noor@pier9.example").await;
    let input = applications::Input {
        name: "Pier 9".to_owned(),
        description: String::new(),
    };
    let application = applications::create(&house.platform, &noor, &input)
        .await
        .unwrap();
    let whole = products::find(&house.platform, &admin, product.id)
        .await
        .unwrap();
    let question = whole.plans[0].questions.0[0].name.to_string();
    let request = Request {
        application: application.id,
        plan: whole.plans[0].id,
        answers: vec![operations::plans::AnswerInput {
            name: question,
            answer: "Coffee boxes".to_owned(),
        }],
        accepts_terms: true,
    };
    let asked = subscriptions::request(&house.platform, &noor, &request)
        .await
        .unwrap();

    house.get("/approvals").await.shows(200, "Coffee boxes");
    let path = format!("/approvals/{}", asked.id);
    house.get(&path).await.shows(200, "Pier 9");
    let silent = house.post(&path, &[("decision", "reject")]).await;
    silent.shows(422, "Not decided");
    house
        .post(
            &path,
            &[
                ("decision", "approve"),
                ("version", &asked.version.to_string()),
            ],
        )
        .await
        .leads_to("/approvals");
    house.get("/approvals").await.shows(200, "Nobody waits");
    for (path, text) in [
        (format!("/subscriptions/{}", asked.id), "Active"),
        (
            format!("/subscriptions/{}/suspend", asked.id),
            "Suspend Pier 9 on Standard?",
        ),
        (format!("/applications/{}", application.id), "Pier 9"),
        (
            format!("/applications/{}/delete", application.id),
            "Delete Pier 9?",
        ),
        ("/subscriptions".to_owned(), "Standard"),
        (
            format!("/products/{}/delete", product.id),
            "open subscriptions",
        ),
        (
            format!("/plans/{}/retire", whole.plans[0].id),
            "Retire the plan Standard?",
        ),
        ("/apis/harbor-rates/v2/subscriptions".to_owned(), "Pier 9"),
        ("/outbox".to_owned(), "subscription approved"),
        ("/".to_owned(), "Needs somebody"),
    ] {
        house.get(&path).await.shows(200, text);
    }
    let used = [
        ("confirm", "Standard"),
        ("version", &whole.plans[0].version.to_string()),
    ];
    house
        .post(&format!("/plans/{}/delete", whole.plans[0].id), &used)
        .await
        .shows(422, "open subscription");
}

async fn admin(house: &House) -> domain::actor::Actor {
    house.platform.admin("second@harbor.example").await
}
