//! Reads all of a workspace, names first: what follows refers to them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use declaration::{Declaration, FORMAT};
use domain::api::PolicyScope;
use domain::id::WorkspaceId;
use futures_util::TryStreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use store::seal::Sealer;
use store::{Conn, api_versions, apis, plans, policies, products};
use uuid::Uuid;

use crate::error::{Error, Result};

/// More than any workspace has of one kind.
pub(super) const ALL: i64 = 10_000_000;

/// Reads everything of a workspace; applications with what hangs on them only when they are asked for.
pub(in crate::declared) async fn read(
    conn: &mut Conn,
    sealer: &Sealer,
    workspace: WorkspaceId,
    with_applications: bool,
) -> Result<Declaration> {
    let mut reader = Reader {
        conn,
        sealer,
        workspace,
        names: Names::default(),
        policies: HashMap::new(),
    };
    reader.all(with_applications).await
}

/// Names by id, for references.
#[derive(Default)]
pub(super) struct Names {
    pub(super) authorities: HashMap<Uuid, String>,
    pub(super) certificates: HashMap<Uuid, String>,
    pub(super) upstreams: HashMap<Uuid, String>,
    pub(super) apis: HashMap<Uuid, String>,
    pub(super) versions: HashMap<Uuid, String>,
    pub(super) products: HashMap<Uuid, String>,
    pub(super) plans: HashMap<Uuid, (String, String)>,
    pub(super) applications: HashMap<Uuid, String>,
}

pub(super) struct Reader<'a> {
    pub(super) conn: &'a mut Conn,
    pub(super) sealer: &'a Sealer,
    pub(super) workspace: WorkspaceId,
    pub(super) names: Names,
    pub(super) policies: HashMap<(PolicyScope, Uuid), Vec<policies::Policy>>,
}

impl Reader<'_> {
    async fn all(&mut self, with_applications: bool) -> Result<Declaration> {
        let mut all = Declaration {
            gatehouse: FORMAT,
            authorities: self.authorities().await?,
            certificates: self.certificates().await?,
            upstreams: self.upstreams().await?,
            ..Declaration::default()
        };
        let api_rows =
            apis::list(self.conn, self.workspace, ("", domain::Id::NIL), "*", ALL).await?;
        let version_rows = api_versions::of_workspace(self.conn, self.workspace).await?;
        let product_rows = products::list(
            self.conn,
            self.workspace,
            None,
            None,
            ("", domain::Id::NIL),
            ALL,
        )
        .await?;
        let applications: Vec<_> = store::applications::all(self.conn).try_collect().await?;
        for row in &api_rows {
            self.names.apis.insert(row.id.uuid(), row.slug.to_string());
        }
        for row in &version_rows {
            let api = self
                .names
                .apis
                .get(&row.api_id.uuid())
                .cloned()
                .unwrap_or_default();
            self.names
                .versions
                .insert(row.id.uuid(), format!("{api}/{}", row.label));
        }
        let mut plan_rows = HashMap::new();
        for row in &product_rows {
            self.names
                .products
                .insert(row.id.uuid(), row.slug.to_string());
            let of = plans::of_product(self.conn, self.workspace, row.id).await?;
            for plan in &of {
                let names = (row.slug.to_string(), plan.slug.to_string());
                self.names.plans.insert(plan.id.uuid(), names);
            }
            plan_rows.insert(row.id, of);
        }
        let mut owners: HashMap<_, String> = HashMap::new();
        for row in applications
            .iter()
            .filter(|row| row.workspace_id == self.workspace)
        {
            let owner = match owners.entry(row.owner_id) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(new) => {
                    let account =
                        store::accounts::find(self.conn, self.workspace, row.owner_id).await?;
                    let email = account.map(|one| one.email).unwrap_or_default();
                    new.insert(email).clone()
                }
            };
            let key = declaration::Key::application(Some(&owner), row.name.as_str());
            self.names.applications.insert(row.id.uuid(), key.path);
        }
        for row in policies::of_workspace(self.conn, self.workspace).await? {
            self.policies
                .entry((row.scope, row.scope_id))
                .or_default()
                .push(row);
        }
        for rows in self.policies.values_mut() {
            rows.sort_by_key(|row| (row.position, row.id));
        }
        all.policies = self.policies_of(PolicyScope::Global, Uuid::nil());
        for row in api_rows {
            let of: Vec<_> = version_rows
                .iter()
                .filter(|version| version.api_id == row.id)
                .collect();
            let api = self.api(row, of).await?;
            all.apis.push(api);
        }
        for row in product_rows {
            let plans = plan_rows.remove(&row.id).unwrap_or_default();
            let product = self.product(row, plans).await?;
            all.products.push(product);
        }
        if with_applications {
            all.applications = self.applications(applications, &owners).await?;
        }
        all.sort();
        Ok(all)
    }
}

pub(super) fn typed<T: DeserializeOwned>(what: &str, value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| {
        Error::WrongState(format!("the settings of an {what} cannot be read: {error}"))
    })
}

/// Settings without what has its default.
pub(super) fn brief<T: Serialize + Default>(settings: &T) -> Map<String, Value> {
    let (Value::Object(mut full), Value::Object(plain)) = (json!(settings), json!(T::default()))
    else {
        return Map::new();
    };
    full.retain(|key, value| plain.get(key) != Some(value));
    full
}
