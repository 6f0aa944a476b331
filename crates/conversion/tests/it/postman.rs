//! Collections of Postman.

use conversion::postman;
use declaration::Document;
use serde_json::{Value, json};

use crate::left_out;

#[test]
fn requests_become_operations() {
    let converted = postman(json!({
        "info": { "name": "Shop", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json" },
        "variable": [{ "key": "base", "value": "https://shop.example.com/v1" }],
        "item": [{ "name": "Orders", "item": [
            { "name": "One order", "request": { "method": "GET", "url": { "raw": "{{base}}/orders/:id?expand=lines&expand=x" } } },
            { "name": "New order", "request": { "method": "POST", "url": "{{base}}/orders",
                "body": { "mode": "raw", "raw": "{\"amount\": 1}" } }, "response": [{ "name": "Made", "code": 201, "body": "{}" }] },
            { "name": "Odd", "request": { "method": "PURGE", "url": "{{base}}/orders" } },
        ] }],
        "event": [{ "listen": "test" }],
    }).to_string().as_bytes())
    .expect("a collection");
    let made = &converted.declaration;
    assert_eq!(made.upstreams[0].targets[0].url, "https://shop.example.com");
    let Some(Document::Text(text)) = &made.apis[0].versions[0].document else {
        panic!("a document in place");
    };
    let document: Value = serde_json::from_str(&text.text).expect("JSON");
    let one = &document["paths"]["/v1/orders/{id}"]["get"];
    assert_eq!(
        (&one["tags"], &one["summary"]),
        (&json!(["Orders"]), &json!("One order"))
    );
    assert_eq!(one["parameters"].as_array().map(Vec::len), Some(2));
    let new = &document["paths"]["/v1/orders"]["post"];
    assert_eq!(
        new["requestBody"]["content"]["application/json"]["example"]["amount"],
        1
    );
    assert_eq!(new["responses"]["201"]["description"], "Made");
    let told = left_out(&converted).join("\n");
    assert!(
        told.contains("item[0] (Orders).item[2] (Odd)") && told.contains("event"),
        "{told}"
    );
    assert!(postman(b"{}").is_err());
}
