//! Definitions of Tyk.

use conversion::tyk;
use serde_json::json;

use crate::left_out;

#[test]
fn classic_definitions_are_read() {
    let converted = tyk(json!({
        "name": "Orders", "active": true, "use_standard_auth": true,
        "auth": { "auth_header_name": "X-Key" },
        "proxy": { "listen_path": "/orders/", "target_url": "http://orders.internal/", "strip_listen_path": true },
        "global_rate_limit": { "rate": 5, "per": 10 },
        "CORS": { "enable": true, "allowed_origins": ["https://app.example.com"] },
        "version_data": { "not_versioned": true, "versions": { "Default": {
            "global_headers": { "X-From": "tyk" },
            "extended_paths": { "ignored": [{ "path": "/health", "method": "GET" }], "transform": [{ "path": "/x" }] },
        } } },
    }).to_string().as_bytes())
    .expect("a definition");
    let made = &converted.declaration;
    let version = &made.apis[0].versions[0];
    assert_eq!(version.base_path, "/orders");
    let told: Vec<_> = version
        .routes
        .iter()
        .map(|it| (it.path.as_str(), &it.settings["access"]))
        .collect();
    assert_eq!(
        told,
        [("/health", &json!("open")), ("/", &json!("authenticated"))]
    );
    let kinds: Vec<&str> = made.apis[0]
        .policies
        .iter()
        .map(|it| it.kind.as_str())
        .collect();
    assert_eq!(
        kinds,
        ["key_auth", "rate_limit", "cors", "request_transform"]
    );
    assert_eq!(made.apis[0].policies[1].config["limits"][0]["requests"], 30);
    assert!(
        left_out(&converted)
            .join("\n")
            .contains("extended_paths.transform")
    );
}

#[test]
fn oas_definitions_keep_their_document() {
    let converted = tyk(json!({
        "openapi": "3.0.3", "info": { "title": "Orders", "version": "1" }, "paths": {},
        "components": { "securitySchemes": { "key": { "type": "apiKey", "in": "header", "name": "X-Key" } } },
        "x-tyk-api-gateway": {
            "info": { "name": "Orders", "state": { "active": true } },
            "upstream": { "url": "http://orders.internal" },
            "server": {
                "listenPath": { "value": "/orders/", "strip": true },
                "authentication": { "enabled": true, "securitySchemes": { "key": { "enabled": true } } },
            },
        },
    }).to_string().as_bytes())
    .expect("a definition");
    let api = &converted.declaration.apis[0];
    assert_eq!(api.policies[0].config["headers"], json!(["X-Key"]));
    let document = serde_json::to_string(&api.versions[0].document).expect("text");
    assert!(
        document.contains("Orders") && !document.contains("x-tyk"),
        "{document}"
    );
    assert!(tyk(b"{\"a\": 1}").is_err());
}
