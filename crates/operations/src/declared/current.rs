//! What the store holds, as a declaration in its one form. Each thing knows its row.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use data_encoding::HEXLOWER;
use declaration::{
    Api, Application, Authority, Certificate, Credential, Declaration, Document, FORMAT, Plan,
    Policy, Product, Question, Route, RowId, Subscription, Target, Upstream, Version,
};
use domain::api::PolicyScope;
use domain::credential::{CredentialKind, CredentialState, sealing_purpose};
use domain::id::WorkspaceId;
use futures_util::TryStreamExt as _;
use gateway_policies::registry;
use gateway_snapshot::settings::{RouteSettings, UpstreamSettings};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use store::plans::QuestionKind;
use store::seal::Sealer;
use store::{
    Conn, api_operations, api_versions, apis, cas, certificates, plans, policies, products, routes,
    spec_revisions, subscriptions, upstreams,
};
use uuid::Uuid;

use super::canonical::{Named, each_name, put_names};
use super::seal;
use crate::error::{Error, Result};

/// More than any workspace has of one kind.
const ALL: i64 = 10_000_000;

/// Reads everything of a workspace; applications with what hangs on them only when they are asked for.
pub(super) async fn read(
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
struct Names {
    authorities: HashMap<Uuid, String>,
    certificates: HashMap<Uuid, String>,
    upstreams: HashMap<Uuid, String>,
    apis: HashMap<Uuid, String>,
    versions: HashMap<Uuid, String>,
    products: HashMap<Uuid, String>,
    plans: HashMap<Uuid, (String, String)>,
    applications: HashMap<Uuid, String>,
}

struct Reader<'a> {
    conn: &'a mut Conn,
    sealer: &'a Sealer,
    workspace: WorkspaceId,
    names: Names,
    policies: HashMap<(PolicyScope, Uuid), Vec<policies::Policy>>,
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

    async fn authorities(&mut self) -> Result<Vec<Authority>> {
        let rows = cas::all(self.conn).await?.into_iter();
        let own: Vec<_> = rows
            .filter(|row| row.workspace_id == self.workspace)
            .collect();
        Ok(own
            .into_iter()
            .map(|row| {
                self.names
                    .authorities
                    .insert(row.id.uuid(), row.name.clone());
                Authority {
                    name: row.name,
                    bundle: row.bundle,
                    id: RowId::of(row.id),
                }
            })
            .collect())
    }

    async fn certificates(&mut self) -> Result<Vec<Certificate>> {
        let mut found = Vec::new();
        for row in certificates::all(self.conn).await? {
            if row.workspace_id != self.workspace {
                continue;
            }
            let purpose = format!("certificate:{}", row.id);
            let key = self
                .sealer
                .open(&purpose, &row.sealed_key)
                .map_err(Error::Seal)?;
            self.names
                .certificates
                .insert(row.id.uuid(), row.name.clone());
            found.push(Certificate {
                name: row.name,
                used_for: row.used_for,
                chain: row.chain,
                key: seal::hide(self.sealer, &key),
                client_auth: row.client_auth,
                client_authority: self
                    .names
                    .authorities
                    .get(&row.client_ca_id.uuid())
                    .cloned(),
                id: RowId::of(row.id),
            });
        }
        Ok(found)
    }

    async fn upstreams(&mut self) -> Result<Vec<Upstream>> {
        let mut targets: HashMap<_, Vec<Target>> = HashMap::new();
        for row in upstreams::targets_of_workspace(self.conn, self.workspace).await? {
            targets.entry(row.upstream_id).or_default().push(Target {
                url: row.url,
                weight: row.weight,
                enabled: row.enabled,
            });
        }
        let rows = upstreams::list(self.conn, self.workspace, ("", domain::Id::NIL), ALL).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let mut typed: UpstreamSettings = typed("upstream", row.settings.0)?;
            let name = |names: &HashMap<Uuid, String>, id: Uuid| {
                names.get(&id).cloned().unwrap_or_else(|| id.to_string())
            };
            let ca = typed
                .tls
                .ca
                .take()
                .map(|id| name(&self.names.authorities, id.uuid()));
            let shown = typed.tls.client_certificate.take();
            let shown = shown.map(|id| name(&self.names.certificates, id.uuid()));
            let mut settings = brief(&typed);
            put_names(&mut settings, [ca, shown]);
            self.names
                .upstreams
                .insert(row.id.uuid(), row.slug.to_string());
            found.push(Upstream {
                slug: row.slug.to_string(),
                name: Some(row.name.to_string()),
                targets: targets.remove(&row.id).unwrap_or_default(),
                settings,
                id: RowId::of(row.id),
            });
        }
        Ok(found)
    }

    fn policies_of(&mut self, scope: PolicyScope, id: Uuid) -> Vec<Policy> {
        let rows = self.policies.remove(&(scope, id)).unwrap_or_default();
        rows.into_iter().map(|row| self.policy(row)).collect()
    }

    fn policy(&self, row: policies::Policy) -> Policy {
        let mut config = row.config.0;
        if let Some(schema) = registry::schema(&row.kind) {
            seal::policy(self.sealer, &schema, &mut config);
        }
        let mut conditions = row.conditions.0;
        self.name_all(&mut config);
        self.name_all(&mut conditions);
        Policy {
            kind: row.kind,
            name: row.name,
            config: object(config).unwrap_or_default(),
            conditions: object(conditions),
            on_error: Some(row.on_error).filter(|word| !word.is_empty()),
            enabled: row.enabled,
            id: RowId::of(row.id),
        }
    }

    /// Names in place of ids.
    fn name_all(&self, value: &mut Value) {
        each_name(value, &mut |named, text| {
            let Ok(id) = text.parse::<Uuid>() else { return };
            let name = match named {
                Named::Application => self.names.applications.get(&id).cloned(),
                Named::Product => self.names.products.get(&id).cloned(),
                Named::Plan => self
                    .names
                    .plans
                    .get(&id)
                    .map(|(product, plan)| format!("{product}/{plan}")),
            };
            if let Some(name) = name {
                *text = name;
            }
        });
    }

    async fn api(
        &mut self,
        row: apis::Api,
        versions: Vec<&api_versions::ApiVersion>,
    ) -> Result<Api> {
        let policies = self.policies_of(PolicyScope::Api, row.id.uuid());
        let mut found = Vec::with_capacity(versions.len());
        for version in versions {
            found.push(self.version(row.slug.as_str(), version).await?);
        }
        Ok(Api {
            slug: row.slug.to_string(),
            name: Some(row.name.to_string()),
            summary: row.summary,
            description: row.description,
            visibility: row.visibility,
            tags: row.tags.0,
            policies,
            versions: found,
            id: RowId::of(row.id),
        })
    }

    async fn version(&mut self, api: &str, row: &api_versions::ApiVersion) -> Result<Version> {
        let revision =
            spec_revisions::find(self.conn, self.workspace, row.spec_revision_id).await?;
        let document = match revision {
            Some(revision) => Some(Document::text(String::from_utf8(revision.source).map_err(
                |_| {
                    Error::WrongState(format!(
                        "the document of {api} {} is not UTF-8 and cannot stand in a file",
                        row.label
                    ))
                },
            )?)),
            None => None,
        };
        let operations: HashMap<_, _> = api_operations::index(self.conn, self.workspace, row.id)
            .await?
            .into_iter()
            .map(|entry| (entry.id, entry.slug))
            .collect();
        let policies = self.policies_of(PolicyScope::Version, row.id.uuid());
        let mut found = Vec::new();
        for route in routes::of_version(self.conn, self.workspace, row.id).await? {
            let settings: RouteSettings = typed("route", route.settings.0)?;
            found.push(Route {
                name: Some(route.name),
                methods: route.methods.0,
                path: route.path,
                path_kind: route.path_kind,
                priority: route.priority,
                operation: operations.get(&route.operation_id).cloned(),
                settings: brief(&settings),
                enabled: route.enabled,
                policies: self.policies_of(PolicyScope::Route, route.id.uuid()),
                id: RowId::of(route.id),
            });
        }
        let of = format!("{api}/");
        let successor = self.names.versions.get(&row.successor_id.uuid());
        let ending = matches!(
            row.lifecycle,
            domain::api::Lifecycle::Deprecated | domain::api::Lifecycle::Retired
        );
        Ok(Version {
            label: row.label.clone(),
            lifecycle: row.lifecycle,
            upstream: row
                .upstream_id
                .and_then(|id| self.names.upstreams.get(&id.uuid()).cloned()),
            hosts: row.hosts.0.clone(),
            base_path: row.base_path.clone(),
            deprecated_at: row.deprecated_at.filter(|_| ending),
            sunset_at: row.sunset_at.filter(|_| ending),
            successor: successor.map(|name| name.strip_prefix(&of).unwrap_or(name).to_owned()),
            document,
            routes_from_document: false,
            policies,
            routes: found,
            id: RowId::of(row.id),
        })
    }

    async fn product(
        &mut self,
        row: products::Product,
        plans: Vec<plans::Plan>,
    ) -> Result<Product> {
        let items = products::items(self.conn, row.id).await?;
        let versions = items
            .iter()
            .filter_map(|item| {
                self.names
                    .versions
                    .get(&item.api_version_id.uuid())
                    .cloned()
            })
            .collect();
        let policies = self.policies_of(PolicyScope::Product, row.id.uuid());
        let mut plans = plans;
        plans.sort_by_key(|plan| (plan.position, plan.id));
        let plans = plans
            .into_iter()
            .map(|row| {
                let policies = self.policies_of(PolicyScope::Plan, row.id.uuid());
                Plan {
                    policies,
                    ..plan(row)
                }
            })
            .collect();
        Ok(Product {
            slug: row.slug.to_string(),
            name: Some(row.name.to_string()),
            summary: row.summary,
            visibility: row.visibility,
            state: row.state,
            own_of: self.names.apis.get(&row.api_id.uuid()).cloned(),
            versions,
            policies,
            plans,
            id: RowId::of(row.id),
        })
    }

    async fn applications(
        &mut self,
        rows: Vec<store::applications::Application>,
        owners: &HashMap<domain::id::AccountId, String>,
    ) -> Result<Vec<Application>> {
        let mut held: BTreeMap<Uuid, Vec<Subscription>> = BTreeMap::new();
        let all: Vec<_> = subscriptions::all(self.conn).try_collect().await?;
        for row in all.into_iter().filter(|row| row.state.is_open()) {
            if let Some((product, plan)) = self.names.plans.get(&row.plan_id.uuid()) {
                held.entry(row.application_id.uuid())
                    .or_default()
                    .push(Subscription {
                        product: product.clone(),
                        plan: plan.clone(),
                        state: row.state,
                        id: RowId::of(row.id),
                    });
            }
        }
        let mut known: BTreeMap<Uuid, Vec<Credential>> = BTreeMap::new();
        let all: Vec<_> = store::credentials::all(self.conn).try_collect().await?;
        for row in all
            .into_iter()
            .filter(|row| row.state != CredentialState::Revoked)
            // clients of the OAuth server are made in the portal, with the consents that people gave them
            .filter(|row| row.kind != CredentialKind::OauthClient)
        {
            let of = row.application_id.uuid();
            known.entry(of).or_default().push(self.credential(row)?);
        }
        let mut found = Vec::new();
        let workspace = self.workspace;
        for row in rows.into_iter().filter(|row| row.workspace_id == workspace) {
            found.push(Application {
                name: row.name.to_string(),
                owner: owners.get(&row.owner_id).cloned(),
                description: row.description,
                state: row.state,
                policies: self.policies_of(PolicyScope::Application, row.id.uuid()),
                subscriptions: held.remove(&row.id.uuid()).unwrap_or_default(),
                credentials: known.remove(&row.id.uuid()).unwrap_or_default(),
                id: RowId::of(row.id),
            });
        }
        Ok(found)
    }

    fn credential(&self, row: store::credentials::Credential) -> Result<Credential> {
        let fact = |name: &str| {
            row.facts
                .0
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let secret = match row.kind {
            CredentialKind::Hmac | CredentialKind::JwtIssuer if !row.sealed.is_empty() => {
                let plain = self
                    .sealer
                    .open(&sealing_purpose(row.id), &row.sealed)
                    .map_err(Error::Seal)?;
                Some(seal::hide(self.sealer, &plain))
            }
            _ => None,
        };
        Ok(Credential {
            kind: row.kind,
            username: fact("username"),
            key_id: fact("key_id"),
            issuer: fact("issuer"),
            subject: fact("subject"),
            label: row.label,
            secret,
            hash: Some(HEXLOWER.encode(&row.hash)),
            certificate: None,
            prefix: row.prefix,
            last_four: row.last_four,
            state: row.state,
            expires_at: row.expires_at,
            id: RowId::of(row.id),
        })
    }
}

/// A plan without its policies.
pub(super) fn plan(row: plans::Plan) -> Plan {
    Plan {
        slug: row.slug.to_string(),
        name: Some(row.name.to_string()),
        summary: row.summary,
        state: row.state,
        approval: row.approval,
        review_hours: Some(row.review_hours).filter(|hours| ![0, 24].contains(hours)),
        price: row.price,
        rate_limits: row.rate_limits.0,
        quota: row.quota.map(|quota| quota.0),
        scopes: row.scopes.map(|scopes| scopes.0),
        questions: row.questions.0.into_iter().map(question).collect(),
        terms: row.terms,
        policies: Vec::new(),
        id: RowId::of(row.id),
    }
}

fn question(row: plans::Question) -> Question {
    let (answer, max_length, options) = match row.kind {
        QuestionKind::Text { max_length } => ("text", Some(max_length), Vec::new()),
        QuestionKind::LongText { max_length } => ("long_text", Some(max_length), Vec::new()),
        QuestionKind::Choice { options } => ("choice", None, options),
    };
    Question {
        name: Some(row.name.to_string()),
        label: row.label,
        answer: answer.to_owned(),
        max_length,
        options,
        required: row.required,
    }
}

fn typed<T: DeserializeOwned>(what: &str, value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| {
        Error::WrongState(format!("the settings of an {what} cannot be read: {error}"))
    })
}

/// Settings without what has its default.
fn brief<T: Serialize + Default>(settings: &T) -> Map<String, Value> {
    let (Value::Object(mut full), Value::Object(plain)) = (json!(settings), json!(T::default()))
    else {
        return Map::new();
    };
    full.retain(|key, value| plain.get(key) != Some(value));
    full
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}
