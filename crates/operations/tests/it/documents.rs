//! Importing documents: previews, drafts, the next revision, and what cannot be read.

use std::collections::HashMap;

use domain::api::Lifecycle;
use domain::change::ChangeKind;
use gateway_snapshot::settings::{Access, RouteSettings};
use openapi::Severity;
use openapi::diff::ChangeKind as Difference;
use operations::import::{self, New, Source, UpstreamChoice};
use operations::{Error, apis, policies, routes, upstreams, versions};
use testkit::{TestPlatform, each_platform};

use crate::rates::{self, FIRST, another, on_sqlite, source};

#[tokio::test]
async fn a_preview_tells_what_an_import_would_make() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let preview = import::preview(&p, &admin, source(FIRST)).await.unwrap();
        assert_eq!(preview.document.slug, "shipping-rates");
        assert_eq!(preview.document.base_path, "/shipping-rates/v2");
        let routed = preview
            .document
            .routes
            .iter()
            .filter(|route| route.imported)
            .count();
        assert_eq!((preview.document.routes.len(), routed), (5, 4));
        let flaw = preview
            .document
            .findings
            .iter()
            .find(|finding| finding.severity == Severity::Error)
            .expect("the path without a slash");
        assert!(flaw.line.is_some_and(|line| line > 40), "{flaw:?}");
        let upstream = preview.upstream.expect("the server");
        assert_eq!((upstream.refused, upstream.existing), (None, None));
        assert!(preview.existing_api.is_none());
        assert_eq!(preview.source, FIRST.as_bytes());

        rates::publish(&p, &admin).await;
        let again = import::preview(&p, &admin, source(FIRST)).await.unwrap();
        assert_eq!(
            again.existing_api.map(|(_, name)| name).as_deref(),
            Some("Shipping Rates API")
        );
        assert!(again.upstream.and_then(|note| note.existing).is_some());
        assert_eq!(
            again.base_path_holder.as_deref(),
            Some("Shipping Rates API v2")
        );
    })
    .await;
}

#[tokio::test]
async fn a_document_becomes_a_draft_with_all_that_belongs_to_it() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let mut new = New::from(source(FIRST));
        new.left_out = vec!["get-carrier".to_owned()];
        new.open = vec!["list-carriers".to_owned()];
        let made = import::create(&p, &admin, new).await.unwrap();
        assert_eq!((made.operations, made.routes), (5, 3));
        assert_eq!(made.version.lifecycle, Lifecycle::Draft);
        assert_eq!(made.version.label, "v2");
        assert_eq!(made.api.slug.as_str(), "shipping-rates");
        assert_eq!(made.api.summary, "Live prices from eleven carriers.");

        let upstream = upstreams::find(&p, &admin, made.version.upstream_id.unwrap())
            .await
            .unwrap();
        assert_eq!(upstream.targets[0].url, "https://rates.harbor.example/v1");
        let all = routes::list(&p, &admin, made.version.id).await.unwrap();
        let access: HashMap<&str, Access> = all
            .iter()
            .map(|route| {
                let settings: RouteSettings =
                    serde_json::from_value(route.settings.0.clone()).unwrap();
                (route.name.as_str(), settings.access)
            })
            .collect();
        let expected = HashMap::from([
            ("POST /rates", Access::Subscription),
            ("GET /rates/{rate_id}", Access::Subscription),
            ("GET /carriers", Access::Open),
        ]);
        assert_eq!(access, expected);
        let place = policies::Place::Version(made.version.id);
        let checks = policies::list(&p, &admin, place).await.unwrap();
        assert_eq!(checks[0].kind, "key_auth");
        assert_eq!(
            checks[0].config.0["headers"],
            serde_json::json!(["X-Rates-Key"])
        );
    })
    .await;
}

#[tokio::test]
async fn another_version_goes_to_the_upstream_that_is_there() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let first = rates::import(&p, &admin).await;
        let mut new = New::from(source(FIRST));
        new.api = Some(first.api.id);
        let taken = import::create(&p, &admin, new.clone()).await.unwrap_err();
        assert_eq!(
            taken.to_string(),
            "label `v2` belongs to another version of this API"
        );
        new.label = Some("v3".to_owned());
        let second = import::create(&p, &admin, new).await.unwrap();
        assert_eq!(second.version.upstream_id, first.version.upstream_id);
        let found = apis::find(&p, &admin, first.api.id).await.unwrap();
        assert_eq!(found.versions.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn the_next_revision_keeps_ids_and_moves_routes() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let (made, version) = rates::publish(&p, &admin).await;
        let ids = |entries: Vec<store::api_operations::Entry>| -> HashMap<String, _> {
            entries
                .into_iter()
                .map(|entry| (entry.slug, entry.id))
                .collect()
        };
        let before = ids(import::operations(&p, &admin, made.version.id)
            .await
            .unwrap());
        let edited = edit_route(&p, &admin, &made, "GET /carriers").await;

        let next = source(&rates::second());
        let shown = import::compare(&p, &admin, version.id, next.clone())
            .await
            .unwrap();
        assert!(!shown.same);
        let done = import::reimport(&p, &admin, version.id, version.version, next.clone())
            .await
            .unwrap();
        assert_eq!(done.changes, shown.changes);
        assert_eq!(done.revision, Some(2));
        assert_eq!(done.routes_added, ["GET /parcels/{code}"]);
        assert_eq!(done.routes_removed, ["GET /carriers/{code}"]);
        assert_eq!(done.routes_moved, ["POST /prices"]);
        let breaking = |kind, key: &str| {
            done.changes
                .iter()
                .any(|it| it.kind == kind && it.key == key && it.breaking)
        };
        assert!(
            breaking(Difference::Removed, "get-carrier"),
            "{:?}",
            done.changes
        );
        assert!(
            breaking(Difference::Changed, "get-rate"),
            "{:?}",
            done.changes
        );

        let after = ids(import::operations(&p, &admin, made.version.id)
            .await
            .unwrap());
        assert_eq!(after["create-rate"], before["create-rate"]);
        assert_eq!(after["get-rate"], before["get-rate"]);
        assert!(!after.contains_key("get-carrier"));
        let kept = routes::find(&p, &admin, edited).await.unwrap();
        assert_eq!(kept.path, "/all-carriers");

        let same = import::reimport(&p, &admin, version.id, done.version.version, next)
            .await
            .unwrap();
        assert_eq!(
            (same.revision, same.version.version),
            (None, done.version.version)
        );
    })
    .await;
}

#[tokio::test]
async fn a_former_document_can_be_put_back() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let made = rates::import(&p, &admin).await;
        let next = source(&rates::second());
        let done = import::reimport(&p, &admin, made.version.id, 1, next)
            .await
            .unwrap();
        let history = import::history(&p, &admin, made.version.id).await.unwrap();
        assert_eq!(
            history
                .iter()
                .map(|it| (it.number, it.current))
                .collect::<Vec<_>>(),
            [(2, true), (1, false)]
        );
        let id = made.version.id;
        let back = import::revert(&p, &admin, id, done.version.version, history[1].id)
            .await
            .unwrap();
        assert_eq!(back.revision, Some(3));
        assert_eq!(back.routes_moved, ["POST /rates"]);
        let stale = import::revert(&p, &admin, id, done.version.version, history[0].id)
            .await
            .unwrap_err();
        assert!(
            matches!(
                stale,
                Error::Conflict {
                    current_version: 3,
                    ..
                }
            ),
            "{stale:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_read_is_located_and_leaves_nothing() {
    on_sqlite(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let bomb = (1..40).fold(
            "a: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(),
            |text, n| {
                let one = format!("*a{}", n - 1);
                format!("{text}b{n}: &a{n} [{}]\n", [one.as_str(); 9].join(", "))
            },
        );
        for (text, expected) in [
            ("openapi: 3.0.0\ninfo:\n  title: [\n", "line "),
            ("{\"openapi\": \"3.0.0\",\n \"paths\": ]}", "line 2"),
            (bomb.as_str(), "values"),
            ("", "empty"),
            ("just: text\n", "neither `openapi` nor `swagger`"),
        ] {
            let error = import::create(&p, &admin, New::from(source(text)))
                .await
                .unwrap_err();
            let Error::Unreadable(cause) = error else {
                panic!("{text:.20}: {error:?}");
            };
            assert!(cause.to_string().contains(expected), "{cause}");
        }
        let large = Source::Bytes(vec![b' '; 50 << 20]);
        let error = import::preview(&p, &admin, large).await.unwrap_err();
        assert!(matches!(error, Error::Unreadable(_)), "{error:?}");
        assert!(
            apis::list(&p, &admin, "", &operations::Paging::default())
                .await
                .unwrap()
                .items
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn circles_and_doubles_cost_only_their_place() {
    on_sqlite(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let text = FIRST.replace(
            "components:\n",
            "components:\n  schemas:\n    A: { $ref: '#/components/schemas/B' }\n    B: { $ref: '#/components/schemas/A' }\n    \
             Tree: { type: object, properties: { child: { $ref: '#/components/schemas/Tree' } } }\n",
        );
        let text = text.replace(
            "      responses: { '201': { description: Made } }\n",
            "      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Tree' } } } }\n      \
             responses: { '201': { description: Made, content: { application/json: { schema: { $ref: '#/components/schemas/A' } } } } }\n",
        );
        let text = text.replace("  carriers/broken:", "  /carriers/{id}:");
        let made = import::create(&p, &admin, New::from(source(&text))).await.unwrap();
        assert_eq!((made.operations, made.routes), (5, 4));
        let double = made.findings.iter().find(|it| it.message.contains("/carriers/{id}"));
        let double = double.unwrap_or_else(|| panic!("{:?}", made.findings));
        assert!(double.line.is_some() && double.consequence.contains("left out"), "{double:?}");
    })
    .await;
}

#[tokio::test]
async fn what_is_chosen_must_fit() {
    on_sqlite(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let check = async |change: &dyn Fn(&mut New), expected: &str| {
            let mut new = New::from(source(FIRST));
            change(&mut new);
            let error = import::create(&p, &admin, new)
                .await
                .unwrap_err()
                .to_string();
            assert!(error.starts_with(expected), "{error}");
        };
        check(
            &|new| new.name = Some("n".repeat(121)),
            "name is 121 characters long",
        )
        .await;
        check(
            &|new| new.base_path = Some("rates".to_owned()),
            "base_path does not begin",
        )
        .await;
        check(
            &|new| new.hosts = vec!["https://api.example".to_owned()],
            "hosts",
        )
        .await;
        let private =
            |new: &mut New| new.upstream = UpstreamChoice::Address("http://10.0.0.1".to_owned());
        check(
            &private,
            "upstream_url `http://10.0.0.1` leads to a private address",
        )
        .await;
        let unknown = |new: &mut New| new.upstream = UpstreamChoice::Existing(p.new_id());
        check(&unknown, "upstream_id names no upstream").await;
        assert!(
            upstreams::list(&p, &admin, &operations::Paging::default())
                .await
                .unwrap()
                .items
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn a_document_is_fetched_by_the_guarded_client() {
    on_sqlite(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let at = |url: &str| Source::Url(url.to_owned());
        let error = import::preview(&p, &admin, at("http://169.254.169.254/latest"))
            .await
            .unwrap_err();
        assert!(
            matches!(error, Error::Fetch(outbound::Error::Refused { .. })),
            "{error:?}"
        );
        let error = import::preview(&p, &admin, at("openapi.yaml"))
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "url is not a URL, such as https://example.com/openapi.yaml"
        );
    })
    .await;
}

#[tokio::test]
async fn an_import_is_audited_and_fed_to_the_gateway() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let made = rates::import(&p, &admin).await;
        let mut conn = p.db.read().await.unwrap();
        let lines = store::changes::since(&mut conn, 0, 1000).await.unwrap();
        let count = |kind| {
            lines
                .iter()
                .filter(|line| line.kind == kind && !line.deleted)
                .count()
        };
        assert_eq!(count(ChangeKind::Upstream), 1);
        assert_eq!(count(ChangeKind::ApiVersion), 1);
        assert_eq!(count(ChangeKind::Route), 4);
        assert_eq!(count(ChangeKind::Policy), 1);
        drop(conn);
        versions::delete(&p, &admin, made.version.id, 1)
            .await
            .unwrap();
        let mut conn = p.db.read().await.unwrap();
        let last = store::changes::revision(&mut conn).await.unwrap();
        let lines = store::changes::since(&mut conn, last - 1, 1000)
            .await
            .unwrap();
        assert!(
            lines.iter().all(|line| line.deleted) && lines.len() == 6,
            "{lines:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn only_who_may_write_imports() {
    on_sqlite(async |p| {
        let viewer = p
            .person("vera@harbor.example", &[domain::access::Role::Viewer])
            .await;
        let error = import::create(&p, &viewer, another("Rates", "/r"))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Forbidden { .. }));
        let error = import::preview(&p, &p.visitor(), source(FIRST))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::SignInNeeded));
    })
    .await;
}

/// Gives a route another path by hand: its id.
async fn edit_route(
    p: &TestPlatform,
    admin: &domain::actor::Actor,
    made: &import::Imported,
    name: &str,
) -> domain::id::RouteId {
    let all = routes::list(p, admin, made.version.id).await.unwrap();
    let route = all.into_iter().find(|route| route.name == name).unwrap();
    let mut input = routes::Input::template("GET", "/all-carriers");
    input.operation = Some(route.operation_id);
    routes::update(p, admin, route.id, route.version, input)
        .await
        .unwrap()
        .id
}
