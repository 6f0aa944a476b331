//! What is published: APIs with their versions and routes.

use std::collections::HashMap;

use declaration::{Api, Document, Route, RowId, Version};
use domain::api::PolicyScope;
use gateway_snapshot::settings::RouteSettings;
use store::{api_operations, api_versions, apis, routes, spec_revisions};

use super::reader::{Reader, brief, typed};
use crate::error::{Error, Result};

impl Reader<'_> {
    pub(super) async fn api(
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
}
