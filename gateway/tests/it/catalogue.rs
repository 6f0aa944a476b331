//! What is on offer in the tests, and who calls: rows as the platform writes them.

use std::net::SocketAddr;

use domain::credential::{base62, key_check};
use domain::id::DEFAULT_WORKSPACE;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::world::World;

/// What a column is set to.
#[derive(Clone, Copy)]
pub(crate) enum Cell<'a> {
    Id(u128),
    Text(&'a str),
    Number(i64),
    Bytes(&'a [u8]),
    Null,
}
use Cell::{Bytes, Id, Null, Number, Text};

/// Far from every other number here.
const NEVER: i64 = 0;

/// Plans of the catalogue.
pub(crate) const STANDARD: u128 = 60;
pub(crate) const TINY: u128 = 61;
pub(crate) const BUDGET: u128 = 62;
/// The upstream.
pub(crate) const UPSTREAM: u128 = 10;
pub(crate) const TARGET: u128 = 11;
/// The published version, and one that is retired.
pub(crate) const VERSION: u128 = 30;

/// The key of the n-th caller.
pub(crate) fn key(n: u32) -> String {
    let random: String = (0..32).map(|i| base62(n * 7 + i)).collect();
    let text = format!("gh_live_{random}");
    let check = key_check(crc32fast::hash(text.as_bytes()));
    text + &check
}

impl World {
    /// `/shop` with an exact, a prefix, a template and an open route; a retired `/old`; three plans.
    pub(crate) async fn catalogue(&self) {
        let target = format!("http://{}", self.upstream.address);
        self.put(
            "account",
            1,
            &[
                ("email", Text("dev@test")),
                ("email_key", Text("dev@test")),
                ("name", Text("Dev")),
                ("state", Text("active")),
            ],
        )
        .await;
        self.put(
            "upstream",
            UPSTREAM,
            &[
                ("slug", Text("shop")),
                ("name", Text("Shop")),
                (
                    "settings",
                    Text("{\"connect_timeout_ms\": 500, \"first_byte_timeout_ms\": 2000}"),
                ),
            ],
        )
        .await;
        self.put_bare(
            "target",
            TARGET,
            &[
                ("upstream_id", Id(UPSTREAM)),
                ("url", Text(&target)),
                ("weight", Number(1)),
                ("enabled", Number(1)),
                ("created_at", Number(NEVER)),
            ],
        )
        .await;
        self.put(
            "api",
            20,
            &[
                ("slug", Text("shop")),
                ("name", Text("Shop")),
                ("summary", Text("")),
                ("description", Text("")),
                ("visibility", Text("public")),
                ("tags", Text("[]")),
                ("owner_id", Id(1)),
            ],
        )
        .await;
        self.version(VERSION, "v1", "published", "/shop").await;
        self.version(VERSION + 1, "v0", "retired", "/old").await;
        self.route(40, VERSION, "[\"GET\",\"POST\"]", "/echo", "exact", "{}")
            .await;
        self.route(
            41,
            VERSION,
            "[]",
            "/any",
            "prefix",
            "{\"max_body_bytes\": 20000000}",
        )
        .await;
        self.route(
            42,
            VERSION,
            "[\"GET\"]",
            "/items/{id}",
            "template",
            "{\"rewrite\": \"/v9/things/{id}\"}",
        )
        .await;
        self.route(
            43,
            VERSION,
            "[]",
            "/open",
            "prefix",
            "{\"access\": \"open\"}",
        )
        .await;
        self.route(44, VERSION + 1, "[]", "/echo", "exact", "{}")
            .await;
        self.put(
            "product",
            50,
            &[
                ("slug", Text("shop")),
                ("name", Text("Shop")),
                ("summary", Text("")),
                ("visibility", Text("public")),
                ("state", Text("published")),
                ("api_id", Id(0)),
            ],
        )
        .await;
        self.row(
            "product_item",
            &[
                ("product_id", Id(50)),
                ("api_version_id", Id(VERSION)),
                ("workspace_id", Id(DEFAULT_WORKSPACE.uuid().as_u128())),
            ],
        )
        .await;
        self.plan(STANDARD, "standard", "[]", None).await;
        self.plan(
            TINY,
            "tiny",
            "[{\"requests\": 2, \"window\": \"minute\"}]",
            None,
        )
        .await;
        self.plan(
            BUDGET,
            "budget",
            "[]",
            Some("{\"requests\": 5, \"period\": \"month\"}"),
        )
        .await;
    }

    pub(crate) async fn version(&self, id: u128, label: &str, lifecycle: &str, base_path: &str) {
        self.put(
            "api_version",
            id,
            &[
                ("api_id", Id(20)),
                ("label", Text(label)),
                ("lifecycle", Text(lifecycle)),
                ("upstream_id", Id(UPSTREAM)),
                ("hosts", Text("[]")),
                ("base_path", Text(base_path)),
                ("spec_revision_id", Id(0)),
                ("successor_id", Id(0)),
                ("retired_at", Null),
            ],
        )
        .await;
    }

    pub(crate) async fn route(
        &self,
        id: u128,
        version: u128,
        methods: &str,
        path: &str,
        kind: &str,
        settings: &str,
    ) {
        self.put(
            "route",
            id,
            &[
                ("api_version_id", Id(version)),
                ("operation_id", Id(id + 1_000)),
                ("name", Text(path)),
                ("methods", Text(methods)),
                ("path", Text(path)),
                ("path_kind", Text(kind)),
                ("priority", Number(0)),
                ("settings", Text(settings)),
                ("enabled", Number(1)),
            ],
        )
        .await;
    }

    /// A policy on a route, or on everything.
    pub(crate) async fn policy(&self, id: u128, route: Option<u128>, kind: &str, config: &str) {
        let (scope, scope_id) = route.map_or(("global", 0), |route| ("route", route));
        self.put(
            "policy",
            id,
            &[
                ("kind", Text(kind)),
                ("scope", Text(scope)),
                ("scope_id", Id(scope_id)),
                ("config", Text(config)),
                ("position", Number(0)),
                ("enabled", Number(1)),
            ],
        )
        .await;
    }

    /// One more upstream with one target.
    pub(crate) async fn more_upstream(&self, id: u128, slug: &str, address: SocketAddr) {
        let settings = "{\"connect_timeout_ms\": 500, \"first_byte_timeout_ms\": 2000}";
        self.put(
            "upstream",
            id,
            &[
                ("slug", Text(slug)),
                ("name", Text(slug)),
                ("settings", Text(settings)),
            ],
        )
        .await;
        self.put_bare(
            "target",
            id + 1,
            &[
                ("upstream_id", Id(id)),
                ("url", Text(&format!("http://{address}"))),
                ("weight", Number(1)),
                ("enabled", Number(1)),
                ("created_at", Number(NEVER)),
            ],
        )
        .await;
    }

    async fn plan(&self, id: u128, slug: &str, rate_limits: &str, quota: Option<&str>) {
        let quota = quota.map_or(Null, Text);
        self.put(
            "plan",
            id,
            &[
                ("product_id", Id(50)),
                ("slug", Text(slug)),
                ("name", Text(slug)),
                ("summary", Text("")),
                ("state", Text("active")),
                ("approval", Text("instant")),
                ("review_hours", Number(0)),
                ("price", Text("")),
                ("rate_limits", Text(rate_limits)),
                ("quota", quota),
                ("questions", Text("[]")),
                ("terms", Text("")),
                ("position", Number(0)),
            ],
        )
        .await;
    }

    /// The n-th caller: an application with a key, and a subscription in this state.
    pub(crate) async fn caller(&self, n: u32, plan: Option<(u128, &str)>) -> String {
        let key = key(n);
        let id = u128::from(n);
        self.put(
            "application",
            100 + id,
            &[
                ("owner_id", Id(1)),
                ("name", Text("App")),
                ("description", Text("")),
                ("state", Text("active")),
            ],
        )
        .await;
        let hash = Sha256::digest(key.as_bytes());
        self.put(
            "credential",
            200 + id,
            &[
                ("application_id", Id(100 + id)),
                ("kind", Text("api_key")),
                ("label", Text("")),
                ("hash", Bytes(&hash)),
                ("prefix", Text("")),
                ("last_four", Text("")),
                ("state", Text("active")),
                ("replaced_by", Id(0)),
                ("created_by", Id(1)),
                ("revoked_by", Id(0)),
            ],
        )
        .await;
        if let Some((plan, state)) = plan {
            self.put_bare(
                "subscription",
                300 + id,
                &[
                    ("application_id", Id(100 + id)),
                    ("product_id", Id(50)),
                    ("plan_id", Id(plan)),
                    ("state", Text(state)),
                    ("answers", Text("[]")),
                    ("next_plan_id", Id(0)),
                    ("next_answers", Text("[]")),
                    ("waiting", Number(0)),
                    ("reason", Text("")),
                    ("requested_by", Id(1)),
                    ("decided_by", Id(0)),
                    ("requested_at", Number(NEVER)),
                    ("updated_at", Number(NEVER)),
                    ("version", Number(1)),
                ],
            )
            .await;
        }
        key
    }

    /// An active caller of a plan.
    pub(crate) async fn active(&self, n: u32, plan: u128) -> String {
        self.caller(n, Some((plan, "active"))).await
    }

    pub(crate) async fn put(&self, table: &str, id: u128, cells: &[(&str, Cell<'_>)]) {
        let mut all = vec![
            ("created_at", Number(NEVER)),
            ("updated_at", Number(NEVER)),
            ("version", Number(1)),
        ];
        all.extend(cells.iter().copied());
        self.put_bare(table, id, &all).await;
    }

    pub(crate) async fn put_bare(&self, table: &str, id: u128, cells: &[(&str, Cell<'_>)]) {
        let mut all = vec![
            ("id", Id(id)),
            ("workspace_id", Id(DEFAULT_WORKSPACE.uuid().as_u128())),
        ];
        all.extend(cells.iter().copied());
        self.row(table, &all).await;
    }

    async fn row(&self, table: &str, cells: &[(&str, Cell<'_>)]) {
        let names: Vec<&str> = cells.iter().map(|(name, _)| *name).collect();
        let holes = vec!["?"; cells.len()].join(", ");
        let text = format!(
            "INSERT INTO {table} ({}) VALUES ({holes})",
            names.join(", ")
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
        for (_, cell) in cells {
            query = match cell {
                Id(id) => query.bind(Uuid::from_u128(*id)),
                Text(text) => query.bind((*text).to_owned()),
                Number(number) => query.bind(*number),
                Bytes(bytes) => query.bind(bytes.to_vec()),
                Null => query.bind(None::<String>),
            };
        }
        query
            .execute(&self.pool)
            .await
            .unwrap_or_else(|error| panic!("{table}: {error}"));
    }
}
