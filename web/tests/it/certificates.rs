//! Certificates in the dashboard: uploaded, refused at the right field without giving the key back, and deleted.

use domain::access::Role;
use domain::acme::{ChallengeKind, OrderState};
use domain::id::CertificateId;
use operations::{Paging, cas, certificates};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

use crate::house::House;

/// Certificate and key, PEM.
fn pair(name: &str) -> (String, String) {
    signed(CertificateParams::new(vec![name.to_owned()]).unwrap())
}

fn signed(params: CertificateParams) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

#[tokio::test]
async fn a_certificate_is_uploaded_with_its_authority() {
    let house = House::with(Role::ApiOwner).await;
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let bundle = signed(authority).0;
    let new = [("name", "Harbor authority"), ("bundle", &bundle)];
    house
        .post("/authorities/-/new", &new)
        .await
        .leads_to("/certificates");
    let admin = house.platform.admin("second@harbor.example").await;
    let known = cas::list(&house.platform, &admin, &Paging::first(5))
        .await
        .unwrap();
    let ca = known.items[0].id.to_string();

    let (chain, key) = pair("shop.example");
    let new = [
        ("name", "Shop"),
        ("used_for", "server"),
        ("chain", &chain),
        ("key", &key),
        ("client_auth", "required"),
        ("client_ca", &ca),
    ];
    house
        .post("/certificates/-/new", &new)
        .await
        .leads_to("/certificates");
    let page = house.get("/certificates").await;
    page.shows(200, "shop.example");
    page.shows(200, "must show one");
    page.shows(200, "Harbor authority");
    assert!(!page.html.contains("PRIVATE KEY"));

    let kept = certificates::list(&house.platform, &admin, &Paging::first(5))
        .await
        .unwrap()
        .items
        .remove(0);
    let path = format!("/certificates/{}", kept.id);
    let page = house.get(&path).await;
    page.shows(200, &kept.fingerprint[..16]);
    assert!(!page.html.contains("-----BEGIN PRIVATE KEY-----\n"));
    let delete = [("version", "1"), ("confirm", "Shop")];
    house
        .post(&format!("{path}/delete"), &delete)
        .await
        .leads_to("/certificates");
    house
        .get("/certificates")
        .await
        .shows(200, "No certificate yet");
}

#[tokio::test]
async fn an_order_waits_for_the_operator_and_shows_how_it_went() {
    let house = House::with(Role::ApiOwner).await;
    house
        .get("/certificate-orders/-/new")
        .await
        .shows(200, "acme.directory names no server");
    let new = [("names", "shop.example.com"), ("challenge", "http-01")];
    let back = house.post("/certificate-orders/-/new", &new).await;
    back.shows(422, "acme.directory names no server");
    back.shows(422, "shop.example.com");

    let now = house.platform.now();
    let order = store::acme_orders::AcmeOrder {
        id: house.platform.new_id(),
        workspace_id: house.platform.settings.workspace,
        names: vec!["shop.example.com".to_owned()].into(),
        challenge: ChallengeKind::Http01,
        certificate_id: CertificateId::NIL,
        state: OrderState::Failed,
        last_error: "the server refuses: too many (rateLimited)".to_owned(),
        attempts: 1,
        next_attempt_at: now + std::time::Duration::from_secs(300),
        issued_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let mut tx = house.platform.db.begin().await.unwrap();
    store::acme_orders::insert(&mut tx, &order).await.unwrap();
    tx.commit().await.unwrap();
    let page = house.get("/certificates").await;
    page.shows(200, "too many (rateLimited)");
    page.shows(200, "Try now");
    let path = format!("/certificate-orders/{}", order.id);
    house
        .post(&format!("{path}/retry"), &[("version", "1")])
        .await
        .leads_to("/certificates#orders");
    house
        .get(&format!("{path}/delete"))
        .await
        .shows(200, "Stop renewing?");
    house
        .post(&format!("{path}/delete"), &[("version", "2")])
        .await
        .leads_to("/certificates#orders");
    let page = house.get("/certificates").await;
    assert!(!page.html.contains("rateLimited"));
}

#[tokio::test]
async fn a_key_of_another_certificate_is_told_and_not_given_back() {
    let house = House::with(Role::ApiOwner).await;
    let (chain, other) = (pair("shop.example").0, pair("shop.example").1);
    let new = [
        ("name", "Shop"),
        ("used_for", "server"),
        ("chain", &chain),
        ("key", &other),
        ("client_auth", "none"),
    ];
    let page = house.post("/certificates/-/new", &new).await;
    page.shows(422, "does not belong to the certificate");
    page.shows(422, "-----BEGIN CERTIFICATE-----");
    let secret = other.lines().nth(1).unwrap();
    assert!(!page.html.contains(secret), "the key is on the page");
}
