//! Clients of the OAuth server in declarations: by the hash of the secret, changed in place, refused where they would be
//! refused in the portal.

use operations::credentials::{self, Wanted};
use operations::declared::{self, Choice, Request};
use operations::secrets::sha256;
use testkit::{TestPlatform, each_platform};

use super::{HARBOR, applied, exported, of, written};

/// An application with a client that keeps a secret, and one that cannot.
const CLIENTS: &str = r#"
  - name: Desk
    owner: noor@pier.example
    credentials:
      - label: Server
        kind: oauth_client
        client_id: desk-server
        secret: "gh_oauth_0123456789abcdefghijklmnopqrstuvwxyzAB"
        redirect_uris: ["https://desk.example/back"]
      - label: App
        kind: oauth_client
        client_id: desk-app
        redirect_uris: ["com.example.desk:/back"]
"#;

fn with_clients() -> String {
    format!("{HARBOR}{}", CLIENTS.trim_start_matches('\n'))
}

#[tokio::test]
async fn clients_are_exported_without_their_secrets_and_applied_elsewhere() {
    each_platform(async |platform| {
        applied(&platform, of(written(&with_clients())))
            .await
            .expect("it is applied");
        let (text, hash, all) = exported(&platform).await;
        assert!(!text.contains("gh_oauth_"), "{text}");
        let desk = all
            .applications
            .iter()
            .find(|one| one.name == "Desk")
            .expect("it is there");
        let hashes: Vec<bool> = desk
            .credentials
            .iter()
            .map(|one| one.secret_hash.is_some())
            .collect();
        assert_eq!(hashes, [false, true], "App, Server");
        let again = applied(&platform, of(written(&with_clients())))
            .await
            .expect("it is applied");
        assert_eq!(again.lines, [], "{:#?}", again.lines);

        let wiped = TestPlatform::fresh().await;
        applied(&wiped, of(written(&text)))
            .await
            .expect("an export can be applied");
        let (there, same, _) = exported(&wiped).await;
        assert_eq!((there, same), (text, hash));
    })
    .await;
}

#[tokio::test]
async fn a_client_of_the_portal_is_exported_and_stays_what_it_is() {
    each_platform(async |platform| {
        let noor = platform.developer("noor@pier.example").await;
        let input = operations::applications::Input {
            name: "Desk".to_owned(),
            description: String::new(),
        };
        let application = operations::applications::create(&platform, &noor, &input)
            .await
            .expect("an application");
        let wanted = Wanted::OauthClient {
            redirect_uris: vec!["https://desk.example/back".to_owned()],
            is_confidential: true,
        };
        credentials::issue(&platform, &noor, application.id, "Server", None, &wanted)
            .await
            .expect("a client");
        let (text, hash, all) = exported(&platform).await;
        let one = &all.applications[0].credentials[0];
        assert!(
            one.client_id
                .as_deref()
                .is_some_and(|id| id.starts_with("ghc_"))
        );
        let report = applied(&platform, of(written(&text)))
            .await
            .expect("it is applied");
        assert_eq!(report.lines, [], "{:#?}", report.lines);
        let wiped = TestPlatform::fresh().await;
        applied(&wiped, of(written(&text)))
            .await
            .expect("an export can be applied");
        assert_eq!(exported(&wiped).await.1, hash);
    })
    .await;
}

#[tokio::test]
async fn a_clients_secret_and_addresses_are_changed_in_place() {
    each_platform(async |platform| {
        applied(&platform, of(written(&with_clients())))
            .await
            .expect("it is applied");
        let other = with_clients()
            .replace("gh_oauth_0123", "gh_oauth_9876")
            .replace("https://desk.example/back", "https://desk.example/return");
        let refused = applied(&platform, of(written(&other))).await;
        let told = refused.expect_err("another secret cuts off").to_string();
        assert!(told.contains("cut off 1 applications"), "{told}");
        let confirmed = Request {
            confirmed: true,
            ..of(written(&other))
        };
        let report = applied(&platform, confirmed).await.expect("it is applied");
        assert_eq!(report.lines.len(), 1, "{:#?}", report.lines);
        let told = serde_json::to_string(&report.lines).expect("JSON");
        assert!(told.contains("https://desk.example/return"), "{told}");
        let (_, _, all) = exported(&platform).await;
        let secret = "gh_oauth_9876456789abcdefghijklmnopqrstuvwxyzAB";
        let hash = data_encoding::HEXLOWER.encode(&sha256(secret));
        assert!(!told.contains(&hash), "hashes are not told: {told}");
        let found = all
            .applications
            .iter()
            .flat_map(|one| &one.credentials)
            .find(|one| one.client_id.as_deref() == Some("desk-server"))
            .expect("it is there");
        assert_eq!(found.secret_hash, Some(hash));
        assert_eq!(found.redirect_uris, ["https://desk.example/return"]);
        let again = applied(&platform, of(written(&other)))
            .await
            .expect("it is applied");
        assert_eq!(again.lines, [], "{:#?}", again.lines);
    })
    .await;
}

#[tokio::test]
async fn a_signing_secret_is_changed_in_place() {
    each_platform(async |platform| {
        applied(&platform, of(written(HARBOR)))
            .await
            .expect("it is applied");
        let other = HARBOR.replace("a signing secret", "another signing secret");
        let confirmed = Request {
            confirmed: true,
            ..of(written(&other))
        };
        let report = applied(&platform, confirmed).await.expect("it is applied");
        assert_eq!(report.lines.len(), 1, "{:#?}", report.lines);
        let again = applied(&platform, of(written(&other)))
            .await
            .expect("it is applied");
        assert_eq!(again.lines, [], "{:#?}", again.lines);
    })
    .await;
}

#[tokio::test]
async fn clients_that_are_not_declared_any_more_are_pruned() {
    each_platform(async |platform| {
        applied(&platform, of(written(&with_clients())))
            .await
            .expect("it is applied");
        let mut less = written(&with_clients());
        for application in &mut less.applications {
            application
                .credentials
                .retain(|one| one.client_id.as_deref() != Some("desk-app"));
        }
        let pruned = Request {
            choice: Choice {
                prune: true,
                ..Choice::default()
            },
            confirmed: true,
            ..of(less)
        };
        let report = applied(&platform, pruned).await.expect("it is pruned");
        assert_eq!(
            report.count(declared::Action::Delete),
            1,
            "{:#?}",
            report.lines
        );
        let (text, _, _) = exported(&platform).await;
        assert!(
            !text.contains("desk-app") && text.contains("desk-server"),
            "{text}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_no_client_may_be_is_told_with_its_place() {
    let platform = TestPlatform::fresh().await;
    let check = async |old: &str, new: &str, place: &str, message: &str| {
        let text = with_clients().replace(old, new);
        let error = applied(&platform, of(written(&text))).await;
        let told = error.expect_err("it was taken").to_string();
        let place = format!("applications/noor@pier.example/Desk/credentials/{place}");
        assert!(
            told.contains(&format!("{place} {message}")),
            "no {place} {message} in {told}"
        );
    };
    // sorted by their labels only when all is well: places follow the text
    check("client_id: desk-server", "", "0/client_id", "is needed").await;
    check("desk-server", "a:b", "0/client_id", "may hold only").await;
    check(
        "https://desk.example/back",
        "http://desk.example/back",
        "0/redirect_uris/0",
        "must begin with https",
    )
    .await;
    check(
        "redirect_uris: [\"com.example.desk:/back\"]",
        "redirect_uris: []",
        "1/redirect_uris",
        "is needed",
    )
    .await;
    check(
        "client_id: desk-app",
        "client_id: desk-app\n        secret_hash: short",
        "1/secret_hash",
        "is not 64 digits",
    )
    .await;
    check(
        "client_id: desk-app",
        &format!("client_id: desk-app\n        hash: {}", "0".repeat(64)),
        "1/hash",
        "is not that of the client id",
    )
    .await;
    let keyed = with_clients().replace("label: Production,", "label: Production, client_id: x,");
    let error = applied(&platform, of(written(&keyed))).await;
    let told = error.expect_err("it was taken").to_string();
    assert!(told.contains("which only an `oauth_client` has"), "{told}");
}
