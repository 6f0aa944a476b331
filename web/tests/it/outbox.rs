//! The outbox shows what a message says, so that it can be passed on by hand.

use domain::access::Role;
use domain::actor::Actor;
use domain::id::DEFAULT_WORKSPACE;
use jobs::letters;
use operations::users::{self, NewUser};

use crate::house::House;

#[tokio::test]
async fn a_message_is_shown_with_its_text_and_its_link() {
    let house = House::with(Role::Admin).await;
    let new = NewUser {
        email: "noor@harbor.example".to_owned(),
        name: "Noor Haddad".to_owned(),
        roles: vec![Role::Viewer],
        password: None,
    };
    let system = Actor::system(DEFAULT_WORKSPACE);
    let made = users::create(&house.platform, &system, new).await.unwrap();
    let link = made.link.unwrap();
    let mut conn = house.platform.db.read().await.unwrap();
    let mails = store::outbox::list(&mut conn, DEFAULT_WORKSPACE, None, None, None, 9);
    let mail = mails.await.unwrap().remove(0);
    drop(conn);

    let path = format!("/outbox/{}", mail.id);
    house
        .get("/outbox")
        .await
        .shows(200, &format!("href=\"{path}\""));
    let page = house.get(&path).await;
    page.shows(200, "What it says");
    page.shows(200, &format!("<code>{link}</code>"));
    let (settings, payload) = (&house.platform.settings, &mail.payload.0);
    let letter = letters::render(settings, &mail.kind, payload, mail.created_at).unwrap();
    page.shows(
        200,
        &format!("<span class=\"title\">{}</span>", letter.subject),
    );
    let plain = |line: &&str| !line.is_empty() && !line.contains(['&', '<', '>', '"', '\'']);
    let lines: Vec<_> = letter.text.lines().filter(plain).collect();
    assert!(lines.len() > 3, "{}", letter.text);
    for line in lines {
        page.shows(200, line);
    }
}

#[tokio::test]
async fn who_may_not_manage_people_reads_no_message() {
    let house = House::with(Role::ApiOwner).await;
    let new = NewUser {
        email: "noor@harbor.example".to_owned(),
        name: "Noor Haddad".to_owned(),
        roles: Vec::new(),
        password: None,
    };
    users::create(&house.platform, &Actor::system(DEFAULT_WORKSPACE), new)
        .await
        .unwrap();
    let mut conn = house.platform.db.read().await.unwrap();
    let mails = store::outbox::list(&mut conn, DEFAULT_WORKSPACE, None, None, None, 9);
    let mail = mails.await.unwrap().remove(0);
    drop(conn);
    let path = format!("/outbox/{}", mail.id);
    let list = house.get("/outbox").await;
    list.shows(200, "noor@harbor.example");
    assert!(
        !list.html.contains(&path),
        "no link that leads to a refusal"
    );
    house.get(&path).await.shows(403, "system:write");
}
