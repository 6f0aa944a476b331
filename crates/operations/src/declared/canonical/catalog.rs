//! What is published and on offer: APIs with their versions and routes, products with their plans.

use declaration::{Api, Document, Product, Route, Version};
use domain::api::Lifecycle;
use domain::text::paragraph;
use gateway_snapshot::condition::Condition;
use gateway_snapshot::settings::RouteSettings;
use serde_json::{Map, Value, json};

use super::super::current;
use super::form::Form;
use super::inputs::{plan_input, route_input};
use crate::{apis, import, plans, products, routes, versions};

impl Form<'_> {
    pub(super) fn api(&mut self, one: &mut Api) {
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

    pub(super) fn version(&mut self, api: &str, one: &mut Version) {
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

    pub(super) fn route(&mut self, place: &str, one: &mut Route) {
        let typed = self.settings::<RouteSettings>(&format!("{place}/settings"), &mut one.settings);
        one.path = one.path.trim().to_owned();
        if let Some(settings) = typed {
            let checked = routes::check(route_input(one, settings));
            self.operation(place, checked);
        }
        self.policies(place, &mut one.policies);
    }

    pub(super) fn product(&mut self, one: &mut Product) {
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
                *plan = current::plan(row);
                plan.state = state;
                plan.policies = policies;
            }
        }
    }
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
