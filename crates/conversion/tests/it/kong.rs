//! decK's files.

use conversion::kong;
use serde_json::json;

use crate::{approximated, left_out};

fn read(text: &str) -> conversion::Converted {
    kong(text.as_bytes()).expect("a file of Kong")
}

const SHOP: &str = r#"
_format_version: "3.0"
_info: {select_tags: [shop]}
services:
- name: orders
  url: http://orders.internal:8080/base
  retries: 2
  connect_timeout: 1500
  routes:
  - name: list-orders
    paths: [/orders]
    methods: [GET]
    strip_path: false
  - name: order
    paths: ["~/orders/(?<id>\\d+)$"]
    strip_path: false
    plugins:
    - name: acl
      config: {allow: [staff]}
  plugins:
  - name: key-auth
    config: {key_names: [apikey], key_in_query: false, hide_credentials: true}
- name: public
  host: pool
  port: 80
  routes:
  - name: everything
    hosts: [www.shop.test]
    preserve_host: true
upstreams:
- name: pool
  algorithm: least-connections
  targets:
  - {target: "10.0.0.1:9000", weight: 50}
  - {target: "10.0.0.2:9000"}
  healthchecks:
    active: {type: http, http_path: /health, healthy: {interval: 5, successes: 3}, unhealthy: {interval: 2, http_failures: 4}}
consumers:
- username: partner
  keyauth_credentials:
  - key: a-key-that-partners-keep-to-themselves
  acls:
  - group: staff
- username: named
  keyauth_credentials:
  - key: ${{ env "DECK_NAMED_KEY" }}
plugins:
- name: rate-limiting
  config: {minute: 100, hour: 1000, policy: local}
- name: prometheus
"#;

#[test]
fn services_become_apis_with_upstreams() {
    let made = read(SHOP).declaration;
    let orders = &made.apis[0];
    assert_eq!((orders.slug.as_str(), orders.versions.len()), ("orders", 1));
    let version = &orders.versions[0];
    assert_eq!(
        (version.base_path.as_str(), version.upstream.as_deref()),
        ("/orders", Some("orders"))
    );
    assert_eq!(version.routes[0].settings["strip_base_path"], false);
    assert_eq!(version.routes[0].settings["access"], "authenticated");
    assert_eq!(version.routes[1].settings["access"], "subscription");
    assert_eq!(version.routes[1].path, r"/(?<id>\d+)");
    // a method counts before the path there, an expression before a prefix
    assert_eq!(
        (version.routes[0].priority, version.routes[1].priority),
        (10_000, 1_000)
    );
    let upstream = &made.upstreams[0];
    assert_eq!(upstream.targets[0].url, "http://orders.internal:8080/base");
    assert_eq!(upstream.settings["connect_timeout_ms"], 1_500);
    let public = &made.upstreams[1];
    assert_eq!(public.targets[1].url, "http://10.0.0.2:9000");
    assert_eq!(public.settings["balancing"], "least_connections");
    assert_eq!(public.settings["host"], "preserve");
    assert_eq!(public.settings["health"]["active"]["unhealthy_after"], 4);
    assert_eq!(made.apis[1].versions[0].hosts, ["www.shop.test"]);
    assert_eq!(
        made.apis[1].versions[0].routes[0].settings["access"],
        "open"
    );
}

#[test]
fn consumers_become_applications_and_groups_products() {
    let converted = read(SHOP);
    let made = &converted.declaration;
    let partner = &made.applications[0];
    let key = &partner.credentials[0];
    assert!(key.secret.is_none());
    assert_eq!(key.hash.as_ref().map(String::len), Some(64));
    assert_eq!(key.last_four, "lves");
    assert_eq!(partner.subscriptions[0].product, "group-staff");
    assert_eq!(made.products[0].versions, ["orders/v1"]);
    let named = &made.applications[1].credentials[0];
    assert_eq!(
        (named.secret.as_deref(), &named.hash),
        (Some("${DECK_NAMED_KEY}"), &None)
    );
    let text = serde_json::to_string(made).expect("text");
    assert!(!text.contains("partners-keep"), "{text}");
}

#[test]
fn plugins_become_policies_of_their_scope() {
    let converted = read(SHOP);
    let made = &converted.declaration;
    assert_eq!(made.policies[0].kind, "rate_limit");
    assert_eq!(
        made.policies[0].config["limits"],
        json!([
            { "requests": 100, "window": "minute" }, { "requests": 1_000, "window": "hour" },
        ])
    );
    assert_eq!(made.apis[0].policies[0].kind, "key_auth");
    assert_eq!(
        made.apis[0].policies[0].config["headers"],
        json!(["apikey"])
    );
    let acl = &made.apis[0].versions[0].routes[1].policies[0];
    assert_eq!(
        acl.config["allow"],
        json!([{ "subscribed": ["group-staff"] }])
    );
    let told = left_out(&converted);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("plugins[1] (prometheus): metrics are at"),
        "{told:?}"
    );
}

#[test]
fn references_at_the_top_are_followed_as_well() {
    let converted = read(
        r#"
_format_version: "1.1"
services: [{name: a, url: "https://a.internal"}]
routes: [{name: r, service: {name: a}, paths: ["/a/\\d+"]}]
plugins:
- {name: cors, route: r, config: {origins: ["*"], credentials: true}}
- {name: ip-restriction, service: a, config: {whitelist: [10.0.0.0/8]}}
consumers: [{username: c, id: 11111111-1111-1111-1111-111111111111}]
keyauth_credentials: [{consumer: c, key: some-long-key-of-somebody}]
acls: [{consumer: {username: c}, group: g}]
"#,
    );
    let made = &converted.declaration;
    let route = &made.apis[0].versions[0].routes[0];
    assert_eq!(route.path_kind, domain::api::PathKind::Regex);
    assert_eq!(route.policies[0].kind, "cors");
    assert_eq!(
        made.apis[0].policies[0].config["allow"],
        json!(["10.0.0.0/8"])
    );
    assert_eq!(made.applications[0].credentials.len(), 1);
    assert_eq!(made.applications[0].subscriptions[0].product, "group-g");
    let told = approximated(&converted);
    assert!(
        told.iter().any(|line| line.contains("origin `*`")),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|line| line.contains("verified from now on")),
        "{told:?}"
    );
}

#[test]
fn what_cannot_be_taken_over_has_its_place() {
    let converted = read(
        r#"
_format_version: "3.0"
services:
- name: tcp
  url: tcp://db.internal:5432
- name: a
  url: http://a.internal
  routes:
  - {name: look, paths: ["~/a(?=b)"]}
  - {name: snis, paths: [/s], snis: [a.test]}
  - {name: right, paths: [/r], hosts: ["shop.*"]}
  - {name: expr, expression: "http.path == \"/x\""}
  - {name: odd, paths: [/o], plugins: [{name: my-own-plugin}, {name: request-termination, config: {status_code: 99}}]}
consumers:
- username: hashed
  basicauth_credentials: [{username: u, password: 0123456789abcdef0123456789abcdef01234567}]
certificates: [{cert: x, key: y}]
things: [1]
"#,
    );
    let told = left_out(&converted).join("\n");
    for wanted in [
        "services[0] (tcp): `tcp` is not HTTP",
        "services[1] (a).routes[0] (look) path `~/a(?=b)`: the expression cannot be used here",
        "services[1] (a).routes[1] (snis).snis:",
        "services[1] (a).routes[2] (right): `shop.*`",
        "services[1] (a).routes[3] (expr):",
        "services[1] (a).routes[4] (odd).plugins[0] (my-own-plugin): there is no policy like it",
        "services[1] (a).routes[4] (odd).plugins[1] (request-termination): ",
        "consumers[0] (hashed).basicauth_credentials[0] (u): the password is kept as Kong's own hash",
        "certificates: 1 of them",
        "things: is not known here",
    ] {
        assert!(told.contains(wanted), "{wanted} is not in\n{told}");
    }
}

#[test]
fn other_files_are_refused() {
    for text in [
        "services: []",
        "_format_version: \"9.0\"",
        "a: [",
        "openapi: 3.0.0",
    ] {
        assert!(kong(text.as_bytes()).is_err(), "{text}");
    }
}

/// A platform of the size that small companies have.
fn large() -> String {
    let services: Vec<_> = (0..20)
        .map(|service| {
            let routes: Vec<_> = (0..3)
                .map(|route| json!({ "name": format!("s{service}-r{route}"), "paths": [format!("/s{service}/r{route}")] }))
                .collect();
            json!({
                "name": format!("s{service}"), "url": format!("http://s{service}.internal:8080"), "routes": routes,
                "plugins": [
                    { "name": "key-auth" },
                    { "name": "acl", "config": { "allow": [format!("g{}", service % 5)] } },
                    { "name": "rate-limiting", "config": { "minute": 60, "policy": "local" } },
                    { "name": "request-transformer", "config": { "add": { "headers": ["X-From:kong"] } } },
                ],
            })
        })
        .collect();
    let consumers: Vec<_> = (0..500)
        .map(|number| {
            json!({
                "username": format!("consumer-{number}"),
                "keyauth_credentials": [{ "key": format!("key-of-consumer-number-{number:04}") }],
                "acls": [{ "group": format!("g{}", number % 5) }],
            })
        })
        .collect();
    let plugins = json!([
        { "name": "cors", "config": { "origins": ["https://app.example.com"] } },
        { "name": "correlation-id", "config": { "header_name": "X-Id" } },
        { "name": "ip-restriction", "config": { "deny": ["192.0.2.0/24"] } },
        { "name": "request-size-limiting", "config": { "allowed_payload_size": 5 } },
        { "name": "response-transformer", "config": { "add": { "headers": ["X-Served:yes"] } } },
        { "name": "proxy-cache", "config": { "cache_ttl": 30, "strategy": "memory" } },
    ]);
    json!({ "_format_version": "3.0", "services": services, "consumers": consumers, "plugins": plugins }).to_string()
}

#[test]
fn a_platform_with_ten_kinds_of_plugins_is_converted_whole() {
    let converted = read(&large());
    let made = &converted.declaration;
    let routes: usize = made
        .apis
        .iter()
        .flat_map(|api| &api.versions)
        .map(|version| version.routes.len())
        .sum();
    // each prefix that is stripped below a shared base path is two routes
    assert_eq!(
        (made.apis.len(), made.upstreams.len(), routes),
        (20, 20, 120)
    );
    assert_eq!((made.applications.len(), made.products.len()), (500, 5));
    assert!(
        made.applications
            .iter()
            .all(|it| it.credentials.len() == 1 && it.subscriptions.len() == 1)
    );
    assert_eq!(made.products[0].versions.len(), 4);
    assert_eq!(left_out(&converted), Vec::<String>::new());
    let mut kinds: Vec<&str> = made.apis[0]
        .policies
        .iter()
        .chain(&made.policies)
        .map(|it| it.kind.as_str())
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 10, "{kinds:?}");
    // what is written is a declaration, without a key in it
    let file = converted.file().expect("a file");
    assert!(!file.contains("key-of-consumer"));
    assert_eq!(declaration::parse(&file).expect("a declaration"), *made);
}
