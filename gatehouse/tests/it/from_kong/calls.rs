//! The calls that the shop's callers make, and what must come of each.

use http::Method;
use outbound::Fetched;
use serde_json::{Value, json};

use super::people::{Consumer, MANY, SLOW, with};
use crate::node::Node;

/// Every part of the shop, each with callers of its own so that none uses up another's limits.
pub(super) async fn everything(node: &Node) {
    let calls = Calls(node);
    calls.keys().await;
    calls.access_lists().await;
    calls.passwords().await;
    calls.tokens().await;
    calls.signatures().await;
    calls.both_at_once().await;
    calls.limits().await;
    calls.metering().await;
    calls.origins().await;
    calls.cache().await;
    calls.sizes().await;
    calls.addresses_and_bots().await;
    calls.ends().await;
    calls.shapes().await;
    calls.hosts().await;
    calls.conditions().await;
    calls.paths().await;
    calls.traces().await;
}

struct Calls<'n>(&'n Node);

/// What the upstream was sent.
fn told(answer: &Fetched) -> Value {
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    serde_json::from_slice(&answer.body).unwrap()
}

fn header<'a>(answer: &'a Fetched, name: &str) -> &'a str {
    answer
        .headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

impl Calls<'_> {
    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Fetched {
        self.0.get(path, headers).await
    }

    async fn status(&self, path: &str, headers: &[(&str, &str)]) -> u16 {
        self.get(path, headers).await.status.as_u16()
    }

    async fn with_key(&self, method: Method, path: &str, caller: Consumer) -> u16 {
        let key = caller.key();
        let answer = self.0.send(method, path, &[("apikey", &key)], "").await;
        answer.status.as_u16()
    }

    async fn post(&self, path: &str, body: &str) -> Fetched {
        let json = [("content-type", "application/json")];
        self.0.send(Method::POST, path, &json, body).await
    }

    /// Where a request without a credential arrives.
    async fn arrives(&self, path: &str, headers: &[(&str, &str)]) -> Value {
        told(&self.get(path, headers).await)["path"].clone()
    }

    async fn keys(&self) {
        let caller =
            with(|one| one.has_key() && one.is_in("staff") && one.0 > 0 && one.0.is_multiple_of(2));
        let key = caller.key();
        let seen = told(&self.get("/orders", &[("apikey", &key)]).await);
        assert_eq!(seen["path"], "/orders-app/orders");
        let headers = &seen["headers"];
        assert_eq!(headers["apikey"], Value::Null, "{headers}");
        assert_eq!(headers["x-consumer-username"], json!([caller.name()]));
        assert_eq!(
            headers["x-consumer-custom-id"],
            json!([format!("crm-{}", caller.0)])
        );
        let groups = caller.groups().join(", ");
        assert_eq!(headers["x-consumer-groups"], json!([groups]));
        assert_eq!(self.status("/orders", &[]).await, 401);
        assert_eq!(
            self.status("/orders", &[("apikey", "no-such-key")]).await,
            401
        );
        assert_eq!(
            self.status(&format!("/orders?apikey={key}"), &[]).await,
            401
        );
        // every key that there was opens what it opened, and this service takes it in the query too
        for caller in (0..MANY)
            .map(Consumer)
            .filter(|one| one.has_key() && *one != SLOW)
        {
            let expected = if caller.is_in("suspects") { 403 } else { 200 };
            let found = self.with_key(Method::GET, "/customers", caller).await;
            assert_eq!(found, expected, "{}", caller.name());
        }
        let path = format!("/customers/search?apikey={key}");
        assert_eq!(self.status(&path, &[]).await, 200);
    }

    async fn access_lists(&self) {
        let keyed = |staff, writers| {
            with(move |one| {
                one.has_key()
                    && one.is_in("staff") == staff
                    && one.is_in("writers") == writers
                    && one != SLOW
            })
        };
        for (staff, writers, read, write) in [
            (true, false, 200, 403),
            (false, true, 200, 200),
            (true, true, 200, 200),
            (false, false, 403, 403),
        ] {
            let caller = keyed(staff, writers);
            let found = self.with_key(Method::GET, "/orders", caller).await;
            assert_eq!(found, read, "staff {staff} writers {writers}");
            assert_eq!(self.with_key(Method::GET, "/orders/77", caller).await, read);
            let found = self.with_key(Method::POST, "/orders", caller).await;
            assert_eq!(found, write, "staff {staff} writers {writers}");
        }
        // the list of the route takes the place of the service's, which denies
        let auditor = with(|one| one.has_key() && one.is_in("auditors") && one.is_in("suspects"));
        assert_eq!(
            self.with_key(Method::GET, "/customers/export", auditor)
                .await,
            200
        );
        assert_eq!(self.with_key(Method::GET, "/customers", auditor).await, 403);
        let other = with(|one| one.has_key() && !one.is_in("auditors") && one != SLOW);
        assert_eq!(
            self.with_key(Method::GET, "/customers/export", other).await,
            403
        );
    }

    async fn passwords(&self) {
        for caller in (0..MANY)
            .map(Consumer)
            .filter(|one| one.has_password())
            .step_by(7)
        {
            let basic = caller.basic();
            let seen = told(
                &self
                    .get("/payments/today", &[("authorization", &basic)])
                    .await,
            );
            assert_eq!(seen["path"], "/today");
            assert_eq!(seen["headers"]["authorization"], Value::Null);
            assert_eq!(
                seen["headers"]["x-consumer-username"],
                json!([caller.name()])
            );
        }
        let basic = with(Consumer::has_password).basic();
        let authorized = [("authorization", basic.as_str())];
        assert_eq!(self.arrives("/payments/refunds/7", &authorized).await, "/7");
        assert_eq!(
            self.arrives("/payments/reports", &authorized).await,
            "/payments/reports"
        );
        let wrong = format!("{}x", &basic[..basic.len() - 4]);
        assert_eq!(
            self.status("/payments", &[("authorization", &wrong)]).await,
            401
        );
        assert_eq!(self.status("/payments", &[]).await, 401);
    }

    async fn tokens(&self) {
        for caller in (0..MANY)
            .map(Consumer)
            .filter(|one| one.has_token())
            .step_by(9)
        {
            let bearer = caller.bearer(caller);
            let seen = told(&self.get("/ledger", &[("authorization", &bearer)]).await);
            assert_eq!(
                seen["headers"]["x-consumer-username"],
                json!([caller.name()])
            );
            let expected = if caller.is_in("auditors") { 200 } else { 403 };
            let found = self
                .status("/ledger/accounts", &[("authorization", &bearer)])
                .await;
            assert_eq!(found, expected, "{}", caller.name());
        }
        let caller = with(Consumer::has_token);
        let forged = caller.bearer(with(|one| one.has_token() && one != caller));
        assert_eq!(
            self.status("/ledger/entries", &[("authorization", &forged)])
                .await,
            401
        );
        let in_query = caller.bearer(caller).replace("Bearer ", "/ledger?jwt=");
        assert_eq!(self.status(&in_query, &[]).await, 200);
        assert_eq!(self.status("/ledger", &[]).await, 401);
    }

    async fn signatures(&self) {
        let caller = with(Consumer::has_signature);
        let sent = async |signed: &str, path: &str| {
            let [input, signature] = caller.signature(self.0.authority(), signed);
            self.status(
                path,
                &[("signature-input", &input), ("signature", &signature)],
            )
            .await
        };
        assert_eq!(sent("/hooks", "/hooks").await, 200);
        assert_eq!(sent("/hooks/log", "/hooks/log").await, 200);
        assert_eq!(sent("/hooks", "/hooks/test").await, 401);
        assert_eq!(self.status("/hooks", &[]).await, 401);
    }

    async fn both_at_once(&self) {
        let both = |one: &Consumer| one.has_key() && one.has_password() && *one != SLOW;
        let caller = with(|one| both(&one));
        let other = with(|one| both(&one) && one != caller);
        let (key, basic, others) = (caller.key(), caller.basic(), other.basic());
        let found = self
            .status("/reports", &[("apikey", &key), ("authorization", &basic)])
            .await;
        assert_eq!(found, 200);
        assert_eq!(self.status("/reports", &[("apikey", &key)]).await, 401);
        assert_eq!(
            self.status("/reports/day", &[("authorization", &basic)])
                .await,
            401
        );
        let mixed = self
            .status("/reports", &[("apikey", &key), ("authorization", &others)])
            .await;
        assert!(matches!(mixed, 401 | 403), "{mixed}");
    }

    /// How many calls pass before the first that is refused.
    async fn passes(&self, path: &str, caller: Consumer) -> usize {
        for passed in 0..20 {
            match self.with_key(Method::GET, path, caller).await {
                200 => {}
                429 => return passed,
                other => panic!("{path}: {other}"),
            }
        }
        20
    }

    async fn limits(&self) {
        let one = with(|one| one.has_key() && one.0 > 100);
        let other = with(|one| one.has_key() && one.0 > 110);
        assert_eq!(self.passes("/search", one).await, 3);
        // each route with a limit of its own counts for itself, by its own number
        assert_eq!(self.passes("/search/suggest", one).await, 6);
        assert_eq!(self.passes("/search/similar", one).await, 4);
        assert_eq!(self.passes("/search", other).await, 3);
        // whoever is in the slow group is slow everywhere
        assert_eq!(self.passes("/customers", SLOW).await, 2);
    }

    async fn metering(&self) {
        let one = with(|one| one.has_key() && one.0 > 120);
        assert_eq!(self.passes("/metered/free", one).await, 2);
        let other = with(|one| one.has_key() && one.0 > 130);
        let key = other.key();
        let used = [
            ("apikey", key.as_str()),
            ("x-answer-x-kong-limit", "videos=11"),
        ];
        assert_eq!(self.status("/metered/units", &used).await, 200);
        assert_eq!(self.status("/metered/units", &used).await, 429);
        let third = with(|one| one.has_key() && one.0 > 140);
        assert_eq!(self.with_key(Method::GET, "/metered", third).await, 200);
    }

    async fn origins(&self) {
        let ask = async |path: &str, origin: &str| {
            let headers = [
                ("origin", origin),
                ("access-control-request-method", "POST"),
                ("access-control-request-headers", "content-type"),
            ];
            self.0.send(Method::OPTIONS, path, &headers, "").await
        };
        let allowed = ask("/catalogue", "https://shop.test").await;
        assert!(allowed.status.is_success(), "{}", allowed.status);
        assert_eq!(
            header(&allowed, "access-control-allow-origin"),
            "https://shop.test"
        );
        assert_eq!(header(&allowed, "access-control-allow-credentials"), "true");
        assert_eq!(header(&allowed, "access-control-max-age"), "600");
        let refused = ask("/catalogue", "https://evil.test").await;
        assert_eq!(header(&refused, "access-control-allow-origin"), "");
        let own = ask("/catalogue/partners", "https://partner.test").await;
        assert_eq!(
            header(&own, "access-control-allow-origin"),
            "https://partner.test"
        );
        let wider = ask("/catalogue/partners", "https://shop.test").await;
        assert_eq!(header(&wider, "access-control-allow-origin"), "");
        let plain = self
            .get("/catalogue", &[("origin", "https://shop.test")])
            .await;
        assert_eq!(
            header(&plain, "access-control-allow-origin"),
            "https://shop.test"
        );
    }

    async fn cache(&self) {
        let count = async |path: &str| told(&self.get(path, &[]).await)["count"].clone();
        assert_eq!(
            count("/catalogue/prices").await,
            count("/catalogue/prices").await
        );
        assert_ne!(
            count("/catalogue/prices?of=2").await,
            count("/catalogue/prices").await
        );
        assert_ne!(count("/catalogue").await, count("/catalogue").await);
    }

    async fn sizes(&self) {
        for (path, size, expected) in [
            ("/uploads", 1_000, 200),
            ("/uploads", 1_100, 413),
            ("/uploads/notes", 1_100, 413),
            ("/uploads/pictures", 4_000, 200),
            ("/uploads/pictures", 4_200, 413),
        ] {
            let answer = self.post(path, &"x".repeat(size)).await;
            assert_eq!(answer.status, expected, "{path} {size}");
        }
    }

    async fn addresses_and_bots(&self) {
        assert_eq!(self.status("/internal", &[]).await, 403);
        assert_eq!(self.status("/internal/jobs", &[]).await, 403);
        assert_eq!(self.status("/internal/health", &[]).await, 200);
        for (agent, expected) in [
            ("shop-scraper/2", 403),
            ("friendly shop-scraper", 200),
            ("curl/8", 200),
        ] {
            let found = self.status("/bots/site", &[("user-agent", agent)]).await;
            assert_eq!(found, expected, "{agent}");
        }
    }

    async fn ends(&self) {
        let gone = self.get("/legacy/v1/x", &[]).await;
        assert_eq!(gone.status, 410);
        assert!(String::from_utf8_lossy(&gone.body).contains("v1 is over"));
        let closed = self.get("/legacy/v2", &[]).await;
        assert_eq!(told(&closed), json!({ "closed": true }));
        let moved = self.get("/legacy/v3", &[]).await;
        assert_eq!(moved.status, 308);
        assert_eq!(header(&moved, "location"), "https://shop.test/new");
        let teapot = self.get("/teapot", &[]).await;
        assert_eq!(teapot.status, 418);
        assert!(String::from_utf8_lossy(&teapot.body).contains("short and stout"));
        assert_eq!(self.status("/nothing/here", &[]).await, 404);
    }

    async fn shapes(&self) {
        let sent = [("x-secret", "1"), ("x-old", "kept"), ("x-many", "first")];
        let answer = self.get("/shapes/a?debug=1&page=2", &sent).await;
        let seen = told(&answer);
        let headers = &seen["headers"];
        assert_eq!(seen["path"], "/shapes/a");
        assert_eq!(seen["query"], "page=2&source=gateway");
        assert_eq!(
            (&headers["x-secret"], &headers["x-old"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(headers["x-new"], json!(["kept"]));
        assert_eq!(headers["x-shape"], json!(["square"]));
        let many = headers["x-many"].to_string();
        assert!(many.contains("first") && many.contains("second"), "{many}");
        assert_eq!(header(&answer, "x-answered-by"), "shapes");
        assert_eq!(header(&answer, "x-powered-by"), "");
        // the narrowest one runs alone, as it did
        assert_eq!(headers["x-edge"], Value::Null);
        let own = told(&self.get("/shapes/own", &sent).await);
        assert_eq!(own["headers"]["x-shape"], json!(["round"]));
        assert_eq!(own["headers"]["x-secret"], json!(["1"]));
        let other = told(&self.get("/bots", &[]).await);
        assert_eq!(other["headers"]["x-edge"], json!(["shop"]));
        let body = told(
            &self
                .post("/shapes/body", r#"{"internal": 1, "a": 2}"#)
                .await,
        );
        let body: Value = serde_json::from_str(body["body"].as_str().unwrap()).unwrap();
        assert_eq!(body, json!({ "a": 2, "channel": "web" }));
    }

    async fn hosts(&self) {
        let media = [("host", "media.shop.test")];
        let seen = told(&self.get("/cat.png", &media).await);
        assert_eq!(seen["path"], "/media/cat.png");
        assert_eq!(seen["headers"]["host"], json!(["media.shop.test"]));
        assert_eq!(
            self.arrives("/thumbs/cat.png", &media).await,
            "/media/thumbs/cat.png"
        );
        assert_eq!(
            self.arrives("/raw/cat.png", &[("host", "raw.shop.test")])
                .await,
            "/media/cat.png"
        );
        assert_eq!(self.status("/cat.png", &[]).await, 404);
        let key = with(|one| one.has_key() && one.0 > 140).key();
        let partner = ("host", "north.partners.shop.test");
        assert_eq!(
            self.status(&format!("/feed?token={key}"), &[partner]).await,
            200
        );
        assert_eq!(self.status("/feed", &[partner, ("token", &key)]).await, 401);
        assert_eq!(self.status("/prices", &[partner]).await, 401);
    }

    async fn conditions(&self) {
        for (version, path, chosen) in [
            ("1", "/versioned", Value::Null),
            ("2", "/versioned", json!(["new"])),
            ("3", "/versioned/beta", json!(["new"])),
            ("4", "/versioned/beta", Value::Null),
        ] {
            let seen = told(&self.get(path, &[("x-version", version)]).await);
            assert_eq!(seen["path"], format!("/old{path}"));
            assert_eq!(seen["headers"]["x-chosen"], chosen, "{version} {path}");
        }
    }

    async fn paths(&self) {
        for (path, arrives) in [
            ("/stock", "/stock-app/stock"),
            ("/stock/levels/3", "/stock-app/3"),
            ("/paths/here/x", "/deep/er/x"),
            ("/paths/there/x/y", "/deep/er/x/y"),
            ("/paths/kept/a", "/deep/er/paths/kept/a"),
            ("/paths/v12/things/9", "/deep/er/9"),
        ] {
            assert_eq!(self.arrives(path, &[]).await, arrives, "{path}");
        }
        let moved = told(&self.post("/stock/moves", "{}").await);
        assert_eq!(moved["path"], "/stock-app/stock/moves");
        assert_eq!(self.status("/paths/vx/things", &[]).await, 404);
    }

    async fn traces(&self) {
        let own = self.get("/status/deep", &[("x-shop-trace", "abc-1")]).await;
        assert_eq!(header(&own, "x-shop-trace"), "abc-1");
        assert_eq!(header(&own, "x-request-trace"), "");
        let wide = self.get("/bots", &[]).await;
        assert!(!header(&wide, "x-request-trace").is_empty());
        assert_eq!(self.status("/status/off", &[]).await, 200);
    }
}
