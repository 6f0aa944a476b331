//! The example of the documentation, secrets from Vault, and a declaration without a store.

use declaration::Answers;
use operations::declared;
use testkit::{TestPlatform, each_platform};

use super::{HARBOR, applied, exported, of, written};

#[tokio::test]
async fn the_example_of_the_documentation_is_applied() {
    let folder = "../../docs/examples/harbor";
    let builder = testkit::PlatformBuilder::default().settings(|settings| {
        settings.upstreams = outbound::Policy::default().with_private_networks();
    });
    builder
        .each(async |platform| {
            let draft = declaration::read(std::path::Path::new(folder)).expect("it is read");
            let answers: Answers = draft
                .references()
                .iter()
                .map(|reference| match reference {
                    declaration::Reference::Variable {
                        otherwise: Some(text),
                        ..
                    } => (reference.clone(), Ok(text.clone())),
                    other => panic!("{other} has no default"),
                })
                .collect();
            let all = draft.resolve(&answers).expect("it is sound");
            let report = applied(&platform, of(all.clone()))
                .await
                .expect("it is applied");
            assert!(report.applied);
            let (_, _, held) = exported(&platform).await;
            assert_eq!((held.apis.len(), held.products.len()), (2, 2));
            assert!(held.apis.iter().all(|api| api.versions[0].routes.len() > 1));
            assert!(held.products.iter().any(|product| product.plans.len() == 3));
            let again = applied(&platform, of(all)).await.expect("it is applied");
            assert_eq!(again.lines, [], "{:#?}", again.lines);
        })
        .await;
}

#[tokio::test]
async fn both_stages_of_the_repository_to_copy_are_applied() {
    let folder = "../../docs/examples/gitops/platform";
    for (stage, targets) in [("test", 1), ("live", 2)] {
        each_platform(async |platform| {
            let path = std::path::Path::new(folder).join(format!("{stage}.yaml"));
            let draft = declaration::read(&path).expect("it is read");
            let answers: Answers = draft
                .references()
                .iter()
                .map(|reference| {
                    let answer = match reference {
                        declaration::Reference::Variable {
                            otherwise: Some(text),
                            ..
                        } => text.clone(),
                        _ => "a secret".to_owned(),
                    };
                    (reference.clone(), Ok(answer))
                })
                .collect();
            let all = draft.resolve(&answers).expect("it is sound");
            applied(&platform, of(all)).await.expect("it is applied");
            let (_, _, held) = exported(&platform).await;
            assert_eq!(held.upstreams[0].targets.len(), targets, "{stage}");
            assert_eq!(held.apis[0].versions[0].routes.len(), 1);
            assert_eq!(held.products[0].plans.len(), 2);
        })
        .await;
    }
}

#[tokio::test]
async fn secrets_are_read_from_vault_and_its_refusals_are_told() {
    use axum::http::{HeaderMap, StatusCode};
    use axum::{Json, Router, routing::get};
    use declaration::Reference;

    let secret = |headers: HeaderMap| async move {
        if headers
            .get("x-vault-token")
            .is_none_or(|token| token != "let-me-in")
        {
            return (
                StatusCode::FORBIDDEN,
                Json(serde_json::json!({ "errors": ["permission denied"] })),
            );
        }
        let data = serde_json::json!({ "data": { "data": { "token": "from the vault" }, "metadata": {} } });
        (StatusCode::OK, Json(data))
    };
    let router = Router::new().route("/v1/secret/data/edge/tls", get(secret));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let reference = |path: &str, field: &str| Reference::Vault {
        path: path.to_owned(),
        field: field.to_owned(),
    };
    let wanted = [
        reference("secret/edge/tls", "token"),
        reference("secret/edge/tls", "other"),
        reference("secret/nothing", "token"),
    ];
    let vault = declared::Vault::new(&address, "let-me-in").expect("a vault");
    let answers = vault.read(wanted.to_vec()).await;
    assert_eq!(answers[&wanted[0]], Ok("from the vault".to_owned()));
    assert_eq!(answers[&wanted[1]], Err("has no field `other`".to_owned()));
    assert_eq!(answers[&wanted[2]], Err("is not there".to_owned()));
    let stranger = declared::Vault::new(&address, "wrong").expect("a vault");
    let answers = stranger.read(vec![wanted[0].clone()]).await;
    assert_eq!(
        answers[&wanted[0]],
        Err("may not be read with this token".to_owned())
    );
    server.abort();
}

#[tokio::test]
async fn a_declaration_is_compiled_without_a_store_under_ids_that_stay() {
    use gateway_snapshot::model::Entity;

    let platform = TestPlatform::fresh().await;
    let compiled = |text: &str| declared::compile(&platform.means(), written(text));
    let first = compiled(HARBOR).expect("it is compiled");
    assert_eq!(first, compiled(HARBOR).expect("it is compiled"));
    let hash = operations::secrets::sha256("gh_live_0123456789abcdefghijklmnopqrstuvwxyzAB");
    let known = |entity: &Entity| matches!(entity, Entity::Credential(one) if one.hash == hash);
    assert!(first.iter().any(known));
    let routes = first.iter().filter(|one| matches!(one, Entity::Route(_)));
    assert_eq!(routes.count(), 4);
    let changed = HARBOR.replace("requests: 60,", "requests: 61,");
    let ids = |all: &[Entity]| all.iter().map(Entity::id).collect::<Vec<_>>();
    assert_eq!(
        ids(&first),
        ids(&compiled(&changed).expect("it is compiled"))
    );
    let dangling = HARBOR.replace("upstream: rates", "upstream: ratse");
    let flaws = compiled(&dangling).expect_err("it was taken").to_string();
    assert!(flaws.contains("did you mean `rates`?"), "{flaws}");
}

#[tokio::test]
async fn one_key_is_not_taken_twice_and_both_places_are_told() {
    let platform = TestPlatform::fresh().await;
    let text = "gatehouse: 1
defaults: { owner: ines@harbor.example }
applications:
- name: Pier
  credentials:
  - { secret: one-key-0123456789 }
  - { kind: basic, username: pier, secret: a-password }
- name: Quay
  credentials:
  - { label: own, secret: another-key-0123456789 }
  - { label: taken, secret: one-key-0123456789 }
  - { kind: hmac, key_id: quay, secret: signs-0123456789abcdef0123456789 }
  - { kind: hmac, key_id: quay, secret: other-0123456789abcdef0123456789 }
  - { kind: basic, username: quay, secret: a-password }
";
    let refused = declared::compile(&platform.means(), written(text));
    let flaws = refused.expect_err("it was taken").to_string();
    let quay = "applications/ines@harbor.example/Quay/credentials";
    let pier = "applications/ines@harbor.example/Pier/credentials";
    let expected = format!(
        "{quay}/1: is the same key as {pier}/0: callers could not be told apart\n\
         {quay}/3: is the same key id as {quay}/2: callers could not be told apart"
    );
    assert_eq!(flaws, expected);
    // with a store it is the same
    let refused = applied(&platform, of(written(text))).await;
    let said = refused.expect_err("it was taken").to_string();
    assert!(said.contains("is the same key as"), "{said}");
}

#[tokio::test]
async fn a_version_without_an_upstream_answers_each_of_its_routes() {
    let text = |routes: &str| {
        format!(
            "gatehouse: 1\napis:\n- slug: closed\n  versions:\n  - label: v1\n    base_path: /closed\n    routes:\n{routes}"
        )
    };
    let answered = |path: &str| {
        format!("    - {{ path: {path}, policies: [{{ kind: request_termination }}] }}\n")
    };
    let moved =
        "    - { path: /moved, settings: { redirect: { to: \"https://harbor.example\" } } }\n";
    let good = text(&(answered("/a") + moved));
    let more = text(&(answered("/a") + moved + &answered("/b")));
    let open = text(&(answered("/a") + moved + "    - { path: /c }\n"));
    let wide = open.clone() + "policies: [{ kind: mock_response }]\n";
    let some =
        open.clone() + "policies: [{ kind: mock_response, conditions: { methods: [POST] } }]\n";
    let off = open.clone() + "policies: [{ kind: mock_response, enabled: false }]\n";
    let draft = open.replace("base_path", "lifecycle: draft\n    base_path");
    let compiled = async |text: &str| {
        let platform = TestPlatform::fresh().await;
        declared::compile(&platform.means(), written(text)).map_err(|flaws| flaws.to_string())
    };
    for text in [&good, &more, &wide, &draft] {
        compiled(text).await.expect("it is compiled");
    }
    for text in [&open, &some, &off] {
        let flaws = compiled(text).await.expect_err("it was taken");
        assert!(
            flaws.starts_with("version closed/v1: has no upstream"),
            "{flaws}"
        );
        assert!(flaws.contains("no policy answers `any /c`"), "{flaws}");
    }
    // with a store it is the same, and what comes together is looked at together
    each_platform(async |platform| {
        for text in [&good, &more, &wide] {
            applied(&platform, of(written(text)))
                .await
                .expect("it is applied");
        }
        for text in [&some, &off] {
            let refused = applied(&platform, of(written(text))).await;
            let said = refused.expect_err("it was taken").to_string();
            assert!(said.contains("no policy answers `any /c`"), "{said}");
        }
        // a policy of all goes by a declaration that does not name the version
        let alone = "gatehouse: 1\npolicies: [{ kind: mock_response, enabled: false }]\n";
        let refused = applied(&platform, of(written(alone))).await;
        let said = refused.expect_err("it was taken").to_string();
        assert!(said.contains("no policy would answer `any /c`"), "{said}");
    })
    .await;
}
