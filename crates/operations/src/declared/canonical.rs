//! The one form of a declaration: checked by the rules of the platform, with what is left out filled in, what has its
//! default left out, and secrets sealed. Two declarations that mean the same are equal in it.

use declaration::{
    Api, Application, Certificate, Credential, Declaration, Document, Flaw, Flaws, Plan, Policy,
    Product, Route, Upstream, Version,
};
use domain::Timestamp;
use domain::api::{Approval, Lifecycle};
use domain::credential::{CredentialKind, KeyHint, basic_holder, hmac_holder, jwt_holder};
use domain::text::{Email, Name, line, paragraph};
use gateway_policies::jose::key::Key;
use gateway_policies::registry;
use gateway_snapshot::condition::Condition;
use gateway_snapshot::flaws;
use gateway_snapshot::settings::{RouteSettings, UpstreamSettings};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use store::seal::Sealer;
use uuid::Uuid;

use super::seal;
use crate::error::Error;
use crate::policies::{Aside, config};
use crate::secrets::sha256;
use crate::upstreams::address;
use crate::{apis, certificates::paper, import, plans, products, routes, versions};

/// What a form depends on beside the declaration.
#[derive(Clone)]
pub struct Means {
    /// What seals secrets.
    pub sealer: Sealer,
    /// The moment it is: certificates must be in force.
    pub now: Timestamp,
    /// Which addresses upstreams may have beside public ones.
    pub upstreams: outbound::Policy,
}

/// Brings a declaration into its one form, or says everything that is wrong with it.
pub fn canonical(means: &Means, mut all: Declaration) -> Result<Declaration, Flaws> {
    let mut form = Form {
        means,
        flaws: Vec::new(),
    };
    all.defaults = declaration::Defaults::default();
    for one in &mut all.authorities {
        let place = format!("authorities/{}", one.name);
        if let Some(bundle) = form.check(
            &format!("{place}/bundle"),
            paper::bundle(&one.bundle, means.now),
        ) {
            one.bundle = bundle.pem;
        }
    }
    all.certificates
        .iter_mut()
        .for_each(|one| form.certificate(one));
    all.upstreams.iter_mut().for_each(|one| form.upstream(one));
    form.policies("", &mut all.policies);
    all.apis.iter_mut().for_each(|one| form.api(one));
    all.products.iter_mut().for_each(|one| form.product(one));
    all.applications
        .iter_mut()
        .for_each(|one| form.application(one));
    if !form.flaws.is_empty() {
        return Err(Flaws(form.flaws));
    }
    all.sort();
    Ok(all)
}

struct Form<'a> {
    means: &'a Means,
    flaws: Vec<Flaw>,
}

impl Form<'_> {
    fn flaw(&mut self, place: impl Into<String>, message: impl ToString) {
        self.flaws.push(Flaw::at(place, message.to_string()));
    }

    fn check<T, E: ToString>(&mut self, place: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.flaw(place, error)).ok()
    }

    /// What an operation's check says, each flaw at its field.
    fn operation<T>(&mut self, place: &str, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(Error::Invalid(fields)) => {
                for field in fields {
                    self.flaw(format!("{place}/{}", field.field), field.message);
                }
                None
            }
            Err(error) => {
                self.flaw(place, error_with_cause(&error));
                None
            }
        }
    }

    /// Settings, checked by their type; what has its default is left out.
    fn settings<T: Serialize + DeserializeOwned + Default>(
        &mut self,
        place: &str,
        given: &mut Map<String, Value>,
    ) -> Option<T> {
        let typed: T = match declaration::typed(Value::Object(given.clone())) {
            Ok(typed) => typed,
            Err(flaw) => {
                let below = if flaw.place.is_empty() {
                    String::new()
                } else {
                    format!("/{}", flaw.place)
                };
                self.flaw(format!("{place}{below}"), flaw.message);
                return None;
            }
        };
        let (Value::Object(mut full), Value::Object(plain)) = (json!(typed), json!(T::default()))
        else {
            return Some(typed);
        };
        full.retain(|key, value| plain.get(key) != Some(value));
        *given = full;
        Some(typed)
    }

    fn certificate(&mut self, one: &mut Certificate) {
        let place = format!("certificates/{}", one.name);
        let key = seal::reveal(&self.means.sealer, &one.key);
        let Some(key) = self.check(&format!("{place}/key"), key) else {
            return;
        };
        let found = key_pem(&key, seal::is_sealed(&one.key))
            .into_iter()
            .map(|pem| paper::pair(&one.chain, &pem, one.used_for, self.means.now))
            .reduce(|first, next| if first.is_ok() { first } else { next.or(first) });
        if let Some(pair) = found.and_then(|found| self.check(&place, found)) {
            one.chain = pair.paper.chain;
            one.key = seal::hide(&self.means.sealer, &pair.key);
        }
    }

    fn upstream(&mut self, one: &mut Upstream) {
        let place = format!("upstreams/{}", one.slug);
        self.slug(&place, &one.slug);
        self.name(&place, &mut one.name);
        let names = take_names(&mut one.settings);
        let settings = format!("{place}/settings");
        if let Some(typed) = self.settings::<UpstreamSettings>(&settings, &mut one.settings) {
            for flaw in flaws::of_upstream(&typed) {
                self.flaw(format!("{settings}/{}", flaw.field), flaw.message);
            }
            put_names(&mut one.settings, names);
        }
        for (index, target) in one.targets.iter_mut().enumerate() {
            let url = address::parse(&target.url, &self.means.upstreams);
            if let Some(url) = self.check(&format!("{place}/targets/{index}/url"), url) {
                target.url = url;
            }
        }
    }

    fn slug(&mut self, place: &str, slug: &str) {
        self.check(&format!("{place}/slug"), slug.parse::<domain::text::Slug>());
    }

    fn name(&mut self, place: &str, name: &mut Option<String>) {
        if let Some(given) = name
            && let Some(found) = self.check(&format!("{place}/name"), given.parse::<Name>())
        {
            *given = found.to_string();
        }
    }

    fn policies(&mut self, above: &str, policies: &mut [Policy]) {
        let above = if above.is_empty() {
            String::new()
        } else {
            format!("{above}/")
        };
        for (index, one) in policies.iter_mut().enumerate() {
            let place = format!("{above}policies/{index}");
            let aside = Aside {
                name: one.name.clone(),
                conditions: one
                    .conditions
                    .clone()
                    .map_or(Value::Null, |mut conditions| {
                        without_names(&mut conditions);
                        Value::Object(conditions)
                    }),
                on_error: one.on_error.clone().unwrap_or_default(),
            };
            let mut plain = one.config.clone();
            without_names(&mut plain);
            let checked = config::check(&one.kind, None, &Value::Object(plain), &aside);
            self.operation(&place, checked);
            one.on_error = one.on_error.take().filter(|word| !word.is_empty());
            if let Some(schema) = registry::schema(&one.kind) {
                let mut value = Value::Object(std::mem::take(&mut one.config));
                seal::policy(&self.means.sealer, &schema, &mut value);
                if let Value::Object(config) = value {
                    one.config = config;
                }
            }
        }
    }

    fn api(&mut self, one: &mut Api) {
        let place = format!("apis/{}", one.slug);
        let checked = apis::check(apis::Input {
            name: one.name.clone().unwrap_or_else(|| one.slug.clone()),
            slug: Some(one.slug.clone()),
            summary: one.summary.clone(),
            description: one.description.clone(),
            visibility: one.visibility,
            tags: one.tags.clone(),
            owner: None,
        });
        if let Some(checked) = self.operation(&place, checked) {
            one.name = Some(checked.name.to_string());
            one.summary = checked.summary;
            one.description = checked.description;
            one.tags = checked.tags;
        }
        self.policies(&place, &mut one.policies);
        let slug = one.slug.clone();
        for version in &mut one.versions {
            self.version(&slug, version);
        }
    }

    fn version(&mut self, api: &str, one: &mut Version) {
        let place = format!("apis/{api}/versions/{}", one.label);
        let checked = versions::check(versions::Input {
            label: one.label.clone(),
            upstream: None,
            hosts: one.hosts.clone(),
            base_path: one.base_path.clone(),
        });
        if let Some(checked) = self.operation(&place, checked) {
            one.hosts = checked.hosts;
            one.base_path = checked.base_path;
        }
        if let Some(successor) = one.successor.take() {
            let of = format!("{api}/");
            one.successor = Some(
                successor
                    .strip_prefix(&of)
                    .map_or(successor.clone(), str::to_owned),
            );
        }
        if !matches!(one.lifecycle, Lifecycle::Deprecated | Lifecycle::Retired) {
            (one.deprecated_at, one.sunset_at) = (None, None);
        }
        let from_document = std::mem::take(&mut one.routes_from_document);
        if let Some(Document::Text(document)) = &one.document {
            let read = import::routes_of(&document.text);
            if let Some(previews) = self.operation(&format!("{place}/document"), read)
                && from_document
            {
                add_routes(&mut one.routes, previews);
            }
        } else if from_document {
            self.flaw(format!("{place}/routes_from_document"), "needs a document");
        }
        self.policies(&place, &mut one.policies);
        for (index, route) in one.routes.iter_mut().enumerate() {
            self.route(&format!("{place}/routes/{index}"), route);
        }
    }

    fn route(&mut self, place: &str, one: &mut Route) {
        let typed = self.settings::<RouteSettings>(&format!("{place}/settings"), &mut one.settings);
        one.path = one.path.trim().to_owned();
        if let Some(settings) = typed {
            let checked = routes::check(route_input(one, settings));
            self.operation(place, checked);
        }
        self.policies(place, &mut one.policies);
    }

    fn product(&mut self, one: &mut Product) {
        let place = format!("products/{}", one.slug);
        self.slug(&place, &one.slug);
        self.name(&place, &mut one.name);
        let summary = paragraph(&one.summary, products::SUMMARY_MOST);
        if let Some(summary) = self.check(&format!("{place}/summary"), summary) {
            one.summary = summary;
        }
        self.policies(&place, &mut one.policies);
        for plan in &mut one.plans {
            let place = format!("{place}/plans/{}", plan.slug);
            let Some(input) = self.check(&format!("{place}/questions"), plan_input(plan)) else {
                continue;
            };
            if let Some(row) = self.operation(&place, plans::draft(&input)) {
                let state = plan.state;
                let mut policies = std::mem::take(&mut plan.policies);
                self.policies(&place, &mut policies);
                *plan = super::current::plan(row);
                plan.state = state;
                plan.policies = policies;
            }
        }
    }

    fn application(&mut self, one: &mut Application) {
        let owner = one.owner.clone().unwrap_or_default();
        let place = format!("applications/{owner}/{}", one.name);
        if let Some(email) = self.check(&format!("{place}/owner"), owner.parse::<Email>()) {
            one.owner = Some(String::from(email));
        }
        if let Some(name) = self.check(&format!("{place}/name"), one.name.parse::<Name>()) {
            one.name = name.to_string();
        }
        if let Some(text) = self.check(
            &format!("{place}/description"),
            paragraph(&one.description, 2_000),
        ) {
            one.description = text;
        }
        self.policies(&place, &mut one.policies);
        for (index, credential) in one.credentials.iter_mut().enumerate() {
            let place = format!("{place}/credentials/{index}");
            if let Some(label) =
                self.check(&format!("{place}/label"), line_or_empty(&credential.label))
            {
                credential.label = label;
            }
            if let Err(message) = self.credential(credential) {
                self.flaw(place, message);
            }
        }
    }

    /// Its hash in place of its secret; a signing secret stays, sealed.
    fn credential(&self, one: &mut Credential) -> Result<(), String> {
        let sealer = &self.means.sealer;
        let secret = match one.secret.take() {
            Some(text) => {
                let plain = seal::reveal(sealer, &text)?;
                Some(String::from_utf8(plain).map_err(|_| "has a secret that is no text")?)
            }
            None => None,
        };
        let needed = |what: &str| format!("needs `{what}`");
        let hash = match one.kind {
            CredentialKind::ApiKey => secret.as_deref().map(sha256),
            CredentialKind::OauthClient => {
                return Err(
                    "is a client of the OAuth server, which is made in the portal".to_owned(),
                );
            }
            CredentialKind::Basic => {
                let name = one.username.as_deref().ok_or_else(|| needed("username"))?;
                secret
                    .as_deref()
                    .map(|secret| sha256(&basic_holder(name, secret)))
            }
            CredentialKind::Hmac => {
                let id = one.key_id.as_deref().ok_or_else(|| needed("key_id"))?;
                let secret = secret.as_deref().ok_or_else(|| needed("secret"))?;
                one.secret = Some(seal::hide(sealer, secret.as_bytes()));
                Some(sha256(&hmac_holder(id)))
            }
            CredentialKind::JwtIssuer => {
                let issuer = one.issuer.as_deref().ok_or_else(|| needed("issuer"))?;
                let subject = one.subject.as_deref().ok_or_else(|| needed("subject"))?;
                if let Some(key) = secret.as_deref() {
                    Key::of_credential(key.as_bytes())
                        .map_err(|error| format!("has a key that is of no use: {error}"))?;
                    one.secret = Some(seal::hide(sealer, key.as_bytes()));
                }
                Some(sha256(&jwt_holder(issuer, subject)))
            }
            CredentialKind::Mtls => match one.certificate.take() {
                Some(pem) => {
                    let read = crate::credentials::read_certificate(&pem).map_err(str::to_owned)?;
                    one.subject = Some(read.subject);
                    Some(read.fingerprint)
                }
                None => None,
            },
        };
        if let Some(secret) = secret.filter(|_| one.kind != CredentialKind::JwtIssuer) {
            let hint = KeyHint::of(&secret);
            (one.prefix, one.last_four) = (hint.prefix, hint.last_four);
        }
        match (hash, &one.hash) {
            (Some(hash), _) => one.hash = Some(data_encoding::HEXLOWER.encode(&hash)),
            (None, Some(text)) => {
                let text = text.trim().to_ascii_lowercase();
                if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err("has a hash that is not 64 digits of base 16".to_owned());
                }
                one.hash = Some(text);
            }
            (None, None) => return Err("needs a secret or a hash".to_owned()),
        }
        Ok(())
    }
}

fn line_or_empty(text: &str) -> Result<String, domain::text::TextError> {
    if text.trim().is_empty() {
        Ok(String::new())
    } else {
        line(text, 80)
    }
}

fn error_with_cause(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// A key as the PEM texts that it may be: what was sealed lost its heading.
fn key_pem(key: &[u8], is_der: bool) -> Vec<String> {
    if !is_der {
        return vec![String::from_utf8_lossy(key).into_owned()];
    }
    ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"]
        .iter()
        .map(|what| {
            let text = data_encoding::BASE64.encode(key);
            format!("-----BEGIN {what}-----\n{text}\n-----END {what}-----\n")
        })
        .collect()
}

/// The PEM text of a canonical key, for who takes PEM.
pub(super) fn certificate_input(
    means: &Means,
    one: &Certificate,
) -> Result<crate::certificates::Input, Error> {
    let key =
        seal::reveal(&means.sealer, &one.key).map_err(|message| Error::invalid("key", message))?;
    let pem = key_pem(&key, true)
        .into_iter()
        .find(|pem| paper::pair(&one.chain, pem, one.used_for, means.now).is_ok());
    Ok(crate::certificates::Input {
        name: one.name.clone(),
        chain: Some(one.chain.clone()),
        key: pem,
        client_auth: Some(one.client_auth),
        client_ca: None,
    })
}

/// What a route says, as an operation takes it.
pub(super) fn route_input(one: &Route, settings: RouteSettings) -> routes::Input {
    routes::Input {
        name: one.name.clone(),
        methods: one.methods.clone(),
        path: one.path.clone(),
        path_kind: one.path_kind,
        priority: one.priority,
        settings,
        operation: None,
        enabled: one.enabled,
    }
}

/// What a plan says, as an operation takes it.
pub(super) fn plan_input(one: &Plan) -> Result<plans::Input, String> {
    let questions = one.questions.iter().map(|question| {
        let max_length = question.max_length.unwrap_or(200);
        let kind = match question.answer.as_str() {
            "text" => store::plans::QuestionKind::Text { max_length },
            "long_text" => store::plans::QuestionKind::LongText { max_length },
            "choice" => store::plans::QuestionKind::Choice {
                options: question.options.clone(),
            },
            other => return Err(format!("`{other}` is none of text, long_text, choice")),
        };
        Ok(plans::QuestionInput {
            name: question.name.clone().unwrap_or_default(),
            label: question.label.clone(),
            kind,
            required: question.required,
        })
    });
    Ok(plans::Input {
        name: one.name.clone().unwrap_or_else(|| one.slug.clone()),
        slug: one.slug.clone(),
        summary: one.summary.clone(),
        approval: one.approval,
        review_hours: match one.approval {
            Approval::Instant => 0,
            Approval::Reviewed => one.review_hours.unwrap_or(24),
        },
        price: one.price.clone(),
        rate_limits: one.rate_limits.clone(),
        quota: one.quota,
        scopes: one.scopes.clone(),
        questions: questions.collect::<Result<_, _>>()?,
        terms: one.terms.clone(),
    })
}

fn add_routes(routes: &mut Vec<Route>, previews: Vec<openapi::import::RoutePreview>) {
    for preview in previews {
        if routes
            .iter()
            .any(|route| route.operation.as_deref() == Some(&preview.key))
        {
            continue;
        }
        let methods = vec![preview.method];
        routes.push(Route {
            name: Some(routes::default_name(&methods, &preview.route)),
            methods,
            path: preview.route,
            path_kind: domain::api::PathKind::Template,
            priority: 0,
            operation: Some(preview.key),
            settings: condition_settings(&preview.conditions),
            enabled: true,
            policies: Vec::new(),
            id: declaration::RowId::default(),
        });
    }
}

/// The settings of a route with conditions.
fn condition_settings(found: &[openapi::import::RouteCondition]) -> Map<String, Value> {
    let (headers, query) = import::conditions(found);
    let of = |(name, list): (&str, Vec<Condition>)| {
        (!list.is_empty()).then(|| (name.to_owned(), json!(list)))
    };
    [("headers", headers), ("query", query)]
        .into_iter()
        .filter_map(of)
        .collect()
}

/// The names in the TLS settings of an upstream, taken out so that the rest can be read with ids in their place.
pub(super) fn take_names(settings: &mut Map<String, Value>) -> [Option<String>; 2] {
    let mut take = |key: &str| {
        let tls = settings.get_mut("tls")?.as_object_mut()?;
        match tls.get(key) {
            Some(Value::String(name)) => {
                let name = name.clone();
                tls.remove(key);
                Some(name)
            }
            _ => None,
        }
    };
    [take("ca"), take("client_certificate")]
}

/// The names, or ids in their place, put back.
pub(super) fn put_names(settings: &mut Map<String, Value>, names: [Option<String>; 2]) {
    if names.iter().all(Option::is_none) {
        return;
    }
    let plain = json!(UpstreamSettings::default().tls);
    let tls = settings.entry("tls").or_insert(plain);
    for (key, name) in ["ca", "client_certificate"].into_iter().zip(names) {
        if let (Some(name), Some(tls)) = (name, tls.as_object_mut()) {
            tls.insert(key.to_owned(), Value::String(name));
        }
    }
}

/// Names in place of ids: nil in their place, for a check that knows only ids.
fn without_names(config: &mut Map<String, Value>) {
    let mut value = Value::Object(std::mem::take(config));
    each_name(&mut value, &mut |_, text| {
        if text.parse::<Uuid>().is_err() {
            *text = Uuid::nil().to_string();
        }
    });
    if let Value::Object(changed) = value {
        *config = changed;
    }
}

/// What the names in a policy's configuration are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Application,
    Product,
    Plan,
}

/// Each name, or id, of an application, product or plan in a policy's configuration or conditions. Plans without a slash
/// are slugs, as conditions have them, unless they are ids.
pub(super) fn each_name(value: &mut Value, found: &mut dyn FnMut(Named, &mut String)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_name(item, found)),
        Value::Object(members) => {
            for (key, member) in members {
                let named = match key.as_str() {
                    "applications" => Some(Named::Application),
                    "products" | "subscribed" => Some(Named::Product),
                    "plans" => Some(Named::Plan),
                    _ => None,
                };
                if let (Some(named), Value::Array(items)) = (named, &mut *member) {
                    for item in items {
                        if let Value::String(text) = item
                            && (named != Named::Plan
                                || text.contains('/')
                                || text.parse::<Uuid>().is_ok())
                        {
                            found(named, text);
                        }
                    }
                } else {
                    each_name(member, found);
                }
            }
        }
        _ => {}
    }
}
