//! Files of APISIX.

use conversion::apisix;
use serde_json::json;

use crate::left_out;

#[test]
fn the_standalone_file_is_read() {
    let converted = apisix(
        br#"
routes:
- id: 1
  name: orders
  uri: /orders/*
  methods: [GET, POST]
  service_id: s
  vars: [["http_x_version", "==", "2"], ["arg_beta", "~~", "on|yes"], ["cookie_a", "==", "b"]]
  plugins:
    limit-count: {count: 10, time_window: 60, key: consumer_name}
    my-plugin: {}
- uri: /status
  upstream: {type: least_conn, nodes: {"10.0.0.1:80": 1, "10.0.0.2:80": 3}}
services:
- id: s
  name: shop
  plugins: {key-auth: {}}
  upstream: {pass_host: node, nodes: [{host: shop.internal, port: 8080, weight: 1}]}
consumers:
- username: partner
  plugins: {key-auth: {key: key-of-a-partner-of-the-shop}}
#END
"#,
    )
    .expect("a file of APISIX");
    let made = &converted.declaration;
    assert_eq!(made.apis.len(), 2);
    let route = &made.apis[0].versions[0].routes[0];
    assert_eq!(made.apis[0].versions[0].base_path, "/orders");
    assert_eq!(route.settings["access"], "authenticated");
    assert_eq!(
        route.settings["headers"],
        json!([{ "name": "x-version", "value": { "equals": "2" } }])
    );
    let kinds: Vec<&str> = route.policies.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["rate_limit", "key_auth"]);
    assert_eq!(
        made.upstreams[0].targets[0].url,
        "http://shop.internal:8080"
    );
    assert_eq!(made.upstreams[1].settings["balancing"], "least_connections");
    assert_eq!(
        made.apis[1].versions[0].routes[0].settings["access"],
        "open"
    );
    assert!(made.applications[0].credentials[0].hash.is_some());
    let told = left_out(&converted).join("\n");
    assert!(
        told.contains("routes[0] (orders).plugins.my-plugin"),
        "{told}"
    );
    assert!(told.contains("cookie_a"), "{told}");
}

#[test]
fn answers_of_the_admin_api_are_read() {
    let converted = apisix(
        br#"{"total": 1, "list": [{"key": "/apisix/routes/7", "value": {"id": "7", "uris": ["/a/:id", "/b"],
            "upstream": {"nodes": {"a.internal:80": 1}}}}]}"#,
    )
    .expect("an answer of the admin API");
    let version = &converted.declaration.apis[0].versions[0];
    let paths: Vec<&str> = version.routes.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["/a/{id}", "/b"]);
    assert!(apisix(b"a: 1").is_err());
}
