//! The many shapes of decK's files, and what each means here.

use serde_json::json;

use crate::{approximated, left_out};

fn read(text: &str) -> conversion::Converted {
    let text = format!("_format_version: \"3.0\"\n{text}");
    conversion::kong(text.as_bytes()).expect("a file of Kong")
}

/// Kinds of policies with what they set, in the order of a list.
fn told(policies: &[declaration::Policy]) -> Vec<String> {
    let one = |policy: &declaration::Policy| {
        let set = policy
            .config
            .get("headers")
            .map_or(json!(null), |headers| headers["set"].clone());
        format!("{} {set}", policy.kind)
    };
    policies.iter().map(one).collect()
}

const LAYERS: &str = r#"
services:
- name: a
  url: http://a.internal
  plugins: [{name: request-transformer, config: {add: {headers: ["X-At:a"]}}}]
  routes:
  - {name: a-one, paths: [/a/one]}
  - {name: a-two, paths: [/a/two], plugins: [{name: request-transformer, config: {add: {headers: ["X-At:two"]}}}]}
- name: b
  url: http://b.internal
  routes:
  - {name: b-one, paths: [/b/one]}
  - {name: b-two, paths: [/b/two], plugins: [{name: request-transformer, enabled: false, config: {add: {headers: ["X-At:off"]}}}]}
plugins:
- {name: request-transformer, config: {add: {headers: ["X-At:all"]}}}
- {name: cors, config: {origins: ["https://a.test"]}}
"#;

#[test]
fn the_narrowest_plugin_of_a_name_stands_alone() {
    let converted = read(LAYERS);
    let made = &converted.declaration;
    let (a, b) = (&made.apis[0], &made.apis[1]);
    let route = |api: usize, route: usize| told(&made.apis[api].versions[0].routes[route].policies);
    assert_eq!(told(&made.policies), ["cors null"]);
    assert_eq!(told(&a.policies), Vec::<String>::new());
    // a prefix below a shared base path that is stripped is two routes
    assert_eq!(route(0, 0), [r#"request_transform {"X-At":"a"}"#]);
    assert_eq!(route(0, 2), [r#"request_transform {"X-At":"two"}"#]);
    // one that is off takes nobody's place
    assert_eq!(told(&b.policies), [r#"request_transform {"X-At":"all"}"#]);
    assert_eq!(left_out(&converted), Vec::<String>::new());
    let notes = approximated(&converted);
    assert_eq!(
        notes
            .iter()
            .filter(|note| note.contains("plugins[0]"))
            .count(),
        4,
        "{notes:#?}"
    );
}

#[test]
fn limits_that_are_spread_are_told() {
    let converted = read(
        r#"
services:
- name: a
  url: http://a.internal
  routes:
  - {name: one, paths: [/a/one]}
  - {name: two, paths: [/a/two], plugins: [{name: rate-limiting, config: {minute: 9}}]}
  plugins: [{name: key-auth}, {name: rate-limiting, config: {minute: 5}}]
consumers:
- {username: c, plugins: [{name: rate-limiting, config: {minute: 50}}]}
"#,
    );
    let notes = approximated(&converted).join("\n");
    assert!(notes.contains("services[0] (a).plugins[1] (rate-limiting): narrower ones take its place in part: it stands at the 1 scopes"), "{notes}");
    let both = "consumers[0] (c).plugins[0] (rate-limiting): takes the place of \
                services[0] (a).routes[1] (two).plugins[0] (rate-limiting), services[0] (a).plugins[1] (rate-limiting) for this caller there";
    assert!(notes.contains(both), "{notes}");
}

#[test]
fn what_is_left_out_has_the_default_of_the_file() {
    let made = read(
        r#"
_info:
  defaults:
    service: {protocol: https, port: 8443, tls_verify: true}
    route: {strip_path: false, preserve_host: true}
    upstream: {algorithm: least-connections}
    target: {weight: 7}
services:
- {name: a, host: pool, routes: [{name: r, paths: [/a]}, {name: s, paths: [/b], strip_path: true}]}
- {name: b, url: "http://b.internal"}
upstreams: [{name: pool, targets: [{target: "a.internal:1"}]}]
routes: [{name: t, service: {name: b}, paths: [/t]}]
"#,
    )
    .declaration;
    let upstream = &made.upstreams[0];
    assert_eq!(
        (upstream.targets[0].url.as_str(), upstream.targets[0].weight),
        ("https://a.internal:1", 7)
    );
    assert_eq!(upstream.settings["balancing"], "least_connections");
    assert_eq!(upstream.settings["host"], "preserve");
    let routes = &made.apis[0].versions[0].routes;
    assert_eq!(routes[0].settings.get("rewrite"), None);
    assert_eq!(routes[1].settings["rewrite"], "/");
    // what a file writes out counts
    assert_eq!(made.upstreams[1].targets[0].url, "http://b.internal");
    assert_eq!(
        made.apis[1].versions[0].routes[0].settings["strip_base_path"],
        false
    );
}

#[test]
fn routes_without_a_service_answer_by_their_plugins() {
    let converted = read(
        r#"
routes:
- {name: gone, paths: [/gone], plugins: [{name: request-termination, config: {status_code: 410}}]}
plugins: [{name: redirect, route: gone, enabled: false, config: {location: "https://a.test"}}]
"#,
    );
    let version = &converted.declaration.apis[0].versions[0];
    assert_eq!(
        (version.base_path.as_str(), &version.upstream),
        ("/gone", &None)
    );
    let kinds: Vec<_> = version.routes[0]
        .policies
        .iter()
        .map(|it| (it.kind.as_str(), it.enabled))
        .collect();
    assert_eq!(kinds, [("request_termination", true), ("redirect", false)]);
    assert!(converted.declaration.upstreams.is_empty());
}

#[test]
fn what_belongs_to_nothing_is_told() {
    let converted = read(
        r#"
services: [{name: a, url: "http://a.internal", routes: [{name: r, paths: [/a]}]}]
routes: [{name: lost, service: {name: nowhere}, paths: [/l]}]
plugins: [{name: cors, route: gone}, {name: cors, service: {id: "1"}}]
keyauth_credentials: [{consumer: nobody, key: some-key-of-nobody}]
acls: [{consumer: {username: nobody}, group: g}]
consumers: [{username: c, oauth2_credentials: [{name: x}]}]
"#,
    );
    let told = left_out(&converted);
    let tokens = "consumers[0] (c).oauth2_credentials: 1 of them: tokens of Kong end with Kong";
    assert!(
        told.iter().any(|line| line.starts_with(tokens)),
        "{told:#?}"
    );
    for (place, owner) in [
        ("routes[0] (lost)", "service `nowhere`"),
        ("plugins[0] (cors)", "route `gone`"),
        ("plugins[1] (cors)", "service `1`"),
        ("keyauth_credentials[0]", "consumer `nobody`"),
        ("acls[0] (g)", "consumer `nobody`"),
    ] {
        let wanted = format!("{place}: belongs to the {owner}, which is not in the file");
        assert!(told.contains(&wanted), "{wanted} is not in {told:#?}");
    }
}

#[test]
fn members_of_groups_are_found_in_each_form() {
    let made = read(
        r#"
consumers:
- {username: one, groups: [{name: gold}]}
- {username: two}
- {username: three}
- {username: four}
consumer_groups:
- name: gold
  consumers: [{username: two}]
  plugins: [{name: rate-limiting-advanced, config: {limit: [5], window_size: [60]}}]
consumer_group_consumers: [{consumer: three, consumer_group: gold}]
"#,
    )
    .declaration;
    let limited: Vec<_> = made
        .applications
        .iter()
        .filter(|it| it.policies.iter().any(|policy| policy.kind == "rate_limit"))
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(limited, ["one", "two", "three"]);
    assert_eq!(made.applications.len(), 4);
}

#[test]
fn groups_keep_apart_whatever_they_are_called() {
    let made = read(
        r#"
services:
- {name: unused, url: "http://u.internal"}
- name: a
  url: http://a.internal
  plugins: [{name: key-auth}, {name: acl, config: {allow: [Shop.Staff], deny: [shop-staff]}}]
  routes: [{name: r, paths: [/a]}]
consumers: [{username: c, acls: [{group: shop-staff}, {group: Shop.Staff}]}]
"#,
    )
    .declaration;
    let slugs: Vec<_> = made.products.iter().map(|it| it.slug.as_str()).collect();
    assert_eq!(slugs, ["group-shop-staff", "group-shop-staff-2"]);
    // a service without a route is no API, and does not take another one's place
    assert_eq!(made.products[0].versions, ["a/v1"]);
    let acl = &made.apis[0].policies[1];
    assert_eq!(
        acl.config["allow"],
        json!([{ "subscribed": ["group-shop-staff"] }])
    );
    assert_eq!(
        acl.config["deny"],
        json!([{ "subscribed": ["group-shop-staff-2"] }])
    );
    assert_eq!(made.applications[0].subscriptions.len(), 2);
}

#[test]
fn each_consumer_keeps_the_key_of_its_tokens() {
    let converted = read(
        r#"
services:
- name: a
  url: http://a.internal
  routes: [{name: r, paths: [/a], plugins: [{name: jwt, config: {claims_to_verify: [exp], key_claim_name: client}}]}]
consumers:
- {username: one, jwt_secrets: [{key: issuer-1, secret: a-secret-of-32-characters-at-least}]}
- {username: two, jwt_secrets: [{key: issuer_1, secret: b-secret-of-32-characters-at-least, algorithm: HS256}]}
- {username: three, jwt_secrets: [{key: named, secret: '${{ env "DECK_SECRET" }}'}]}
- {username: four, jwt_secrets: [{key: short, secret: too-short}, {key: none}]}
"#,
    );
    let made = &converted.declaration;
    let policy = &made.apis[0].versions[0].routes[0].policies[0];
    assert_eq!((policy.kind.as_str(), policy.enabled), ("jwt", true));
    assert_eq!(policy.config["application_keys"], true);
    assert_eq!(policy.config["application_claim"], "client");
    let secrets: Vec<_> = made
        .applications
        .iter()
        .flat_map(|it| &it.credentials)
        .map(|it| (it.issuer.as_deref(), it.secret.as_deref()))
        .collect();
    assert_eq!(
        secrets,
        [
            (Some("issuer-1"), Some("${JWT_ISSUER_1}")),
            (Some("issuer_1"), Some("${JWT_ISSUER_1_2}")),
            (Some("named"), Some("${DECK_SECRET}")),
        ]
    );
    let environment = converted.environment();
    assert_eq!(environment.lines().count(), 2);
    assert!(
        environment.contains("JWT_ISSUER_1='{") && environment.contains(r#""k":"YS1zZWNyZXQtb2Y"#),
        "{environment}"
    );
    let told = left_out(&converted).join("\n");
    assert!(
        told.contains("jwt_secrets[0] (short): its key cannot be used"),
        "{told}"
    );
    assert!(
        told.contains("jwt_secrets[1] (none): has no `secret`"),
        "{told}"
    );
}
