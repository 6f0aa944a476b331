//! A small document, its next revision, and how to import and publish it.

use domain::actor::Actor;
use operations::import::{self, Imported, New, Source, UpstreamChoice};
use operations::versions::lifecycle;
use store::api_versions::ApiVersion;
use testkit::{PlatformBuilder, TestDb, TestPlatform};

/// Four operations under two tags, a key in a header, a server, one flaw.
pub(crate) const FIRST: &str = r#"
openapi: 3.1.0
info:
  title: Shipping Rates API
  version: 2.1.0
  description: Live prices from eleven carriers. Compare them in one call.
servers:
  - url: https://rates.harbor.example/v1
security:
  - key: []
tags:
  - name: Rates
  - name: Carriers
    description: Who carries.
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-Rates-Key }
paths:
  /rates:
    post:
      operationId: createRate
      summary: Ask for prices
      tags: [Rates]
      responses: { '201': { description: Made } }
  /rates/{rate_id}:
    get:
      operationId: getRate
      summary: Get a price
      tags: [Rates]
      parameters:
        - { name: rate_id, in: path, required: true, schema: { type: string } }
      responses: { '200': { description: Found } }
  /carriers:
    get:
      operationId: listCarriers
      summary: List carriers
      tags: [Carriers]
      responses: { '200': { description: All } }
  /carriers/{code}:
    get:
      operationId: getCarrier
      summary: Get a carrier
      tags: [Carriers]
      parameters:
        - { name: code, in: path, required: true, schema: { type: string } }
      responses: { '200': { description: Found } }
  carriers/broken:
    get: { responses: { '200': { description: No slash } } }
"#;

/// The next revision: `createRate` moved, `getCarrier` is gone, `trackParcel` is new, `getRate` needs a new parameter.
pub(crate) fn second() -> String {
    FIRST
        .replace("  /rates:\n", "  /prices:\n")
        .replace(
            "  /carriers/{code}:\n    get:\n      operationId: getCarrier\n      summary: Get a carrier",
            "  /parcels/{code}:\n    get:\n      operationId: trackParcel\n      summary: Track a parcel",
        )
        .replace(
            "        - { name: rate_id, in: path, required: true, schema: { type: string } }\n",
            "        - { name: rate_id, in: path, required: true, schema: { type: string } }\n        \
             - { name: currency, in: query, required: true, schema: { type: string } }\n",
        )
}

/// Runs a test that has nothing to do with the database on the faster one.
pub(crate) async fn on_sqlite(test: impl AsyncFn(TestPlatform)) {
    test(PlatformBuilder::default().over(TestDb::sqlite().await)).await;
}

/// The text of a document as it is given.
pub(crate) fn source(text: &str) -> Source {
    Source::Bytes(text.as_bytes().to_vec())
}

/// The first revision as a draft.
pub(crate) async fn import(platform: &TestPlatform, admin: &Actor) -> Imported {
    import::create(platform, admin, New::from(source(FIRST)))
        .await
        .expect("a draft")
}

/// The first revision, published, and its draft's report.
pub(crate) async fn publish(platform: &TestPlatform, admin: &Actor) -> (Imported, ApiVersion) {
    let imported = import(platform, admin).await;
    let version = lifecycle::publish(platform, admin, imported.version.id, 1)
        .await
        .expect("it can serve");
    (imported, version)
}

/// The same document under another title, label and place, to the same upstream.
pub(crate) fn another(title: &str, base_path: &str) -> New {
    let mut new = New::from(source(&FIRST.replace("Shipping Rates API", title)));
    new.base_path = Some(base_path.to_owned());
    new.upstream = UpstreamChoice::FromDocument;
    new
}
