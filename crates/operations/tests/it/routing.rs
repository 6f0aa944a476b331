//! Routes: what may be written, and what would match the same requests.

use domain::api::PathKind;
use operations::routes::{self, Input};
use operations::versions::lifecycle;
use operations::{Error, import};
use testkit::each_platform;

use crate::rates::{self, another, on_sqlite};

fn get(path: &str) -> Input {
    Input::template("GET", path)
}

#[tokio::test]
async fn a_duplicate_is_refused_by_the_others_name() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let (_, version) = rates::publish(&p, &admin).await;
        let refused = routes::create(&p, &admin, version.id, get("/carriers/{id}")).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "path is taken: route `GET /carriers/{id}` matches the same requests as route `GET /carriers/{code}`"
        );
        let anything = Input { methods: Vec::new(), ..get("/rates") };
        let refused = routes::create(&p, &admin, version.id, anything).await.unwrap_err();
        assert!(refused.to_string().contains("route `POST /rates`"), "{refused}");
        let first = Input { priority: 10, ..get("/carriers/{id}") };
        routes::create(&p, &admin, version.id, first).await.unwrap();
        let exact = Input { path_kind: PathKind::Exact, ..get("/carriers/dhl") };
        routes::create(&p, &admin, version.id, exact).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_route_that_is_off_takes_no_place() {
    each_platform(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let made = rates::import(&p, &admin).await;
        let old = routes::list(&p, &admin, made.version.id).await.unwrap();
        let old = old.iter().find(|route| route.path == "/carriers").unwrap();
        let off = routes::disable(&p, &admin, old.id, 1).await.unwrap();
        assert!(!off.enabled && off.version == 2);
        let new = routes::create(&p, &admin, made.version.id, get("/carriers"))
            .await
            .unwrap();
        let refused = routes::enable(&p, &admin, old.id, 2).await.unwrap_err();
        assert!(
            refused.to_string().starts_with("path is taken"),
            "{refused}"
        );
        routes::delete(&p, &admin, new.id, 1).await.unwrap();
        routes::enable(&p, &admin, old.id, 2).await.unwrap();
        let late = routes::disable(&p, &admin, old.id, 2).await.unwrap_err();
        assert!(
            matches!(
                late,
                Error::Conflict {
                    current_version: 3,
                    ..
                }
            ),
            "{late:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_published_neighbour_stands_in_the_way() {
    on_sqlite(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        rates::publish(&p, &admin).await;
        let above = import::create(&p, &admin, another("Above", "/shipping-rates"))
            .await
            .unwrap();
        lifecycle::publish(&p, &admin, above.version.id, 1)
            .await
            .unwrap();
        let refused = routes::create(&p, &admin, above.version.id, get("/v2/carriers"))
            .await
            .unwrap_err();
        assert!(
            refused
                .to_string()
                .ends_with("route `GET /carriers` of Shipping Rates API v2"),
            "{refused}"
        );
    })
    .await;
}

#[tokio::test]
async fn flaws_are_named_by_their_field() {
    on_sqlite(async |p| {
        let admin = p.admin("ines@harbor.example").await;
        let made = rates::import(&p, &admin).await;
        let mut bad = Input {
            path_kind: PathKind::Regex,
            methods: vec!["G T".to_owned(), "CONNECT".to_owned()],
            priority: i64::MAX,
            name: Some("n".repeat(121)),
            ..get("/(a")
        };
        bad.settings.max_body_bytes = 0;
        bad.settings.rewrite = Some("b".to_owned());
        let Err(Error::Invalid(fields)) = routes::create(&p, &admin, made.version.id, bad).await
        else {
            panic!("it was taken");
        };
        let names: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
        let expected = [
            "path",
            "methods/0",
            "methods/1",
            "priority",
            "settings/max_body_bytes",
            "settings/rewrite",
            "name",
        ];
        assert_eq!(names, expected);
        let foreign = Input {
            operation: Some(p.new_id()),
            ..get("/x")
        };
        let refused = routes::create(&p, &admin, made.version.id, foreign)
            .await
            .unwrap_err();
        assert!(
            refused
                .to_string()
                .starts_with("operation_id names no operation"),
            "{refused}"
        );
    })
    .await;
}
