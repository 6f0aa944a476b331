//! Which version of which API a page is about, and the head with tabs that all of its pages share.

use domain::access::Permission;
use domain::api::Lifecycle;
use operations::apis;
use store::api_versions::ApiVersion;
use store::apis::Api;

use crate::admin::Admin;
use crate::answer::Fault;
use crate::layout::{Layout, Screen};
use crate::parts::Threshold;
use crate::say;

/// A version of an API, named by an address.
pub(crate) struct Place {
    pub(crate) api: Api,
    pub(crate) versions: Vec<ApiVersion>,
    pub(crate) version: ApiVersion,
    pub(crate) may_write: bool,
    gateway: String,
}

/// The tabs of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Overview,
    Routes,
    Policies,
    Revisions,
    Subscriptions,
    Settings,
    Danger,
}

const TABS: [(Tab, &str, &str); 7] = [
    (Tab::Overview, "Overview", ""),
    (Tab::Routes, "Routes", "/routes"),
    (Tab::Policies, "Policies", "/policies"),
    (Tab::Revisions, "Revisions", "/revisions"),
    (Tab::Subscriptions, "Subscriptions", "/subscriptions"),
    (Tab::Settings, "Settings", "/settings"),
    (Tab::Danger, "Danger zone", "/danger"),
];

impl Place {
    /// Finds it.
    pub(crate) async fn find(admin: &Admin, api: &str, label: &str) -> Result<Self, Fault> {
        let found = apis::find_by_slug(&admin.platform, &admin.actor, api).await?;
        let version = found
            .versions
            .iter()
            .find(|version| version.label == label)
            .cloned()
            .ok_or_else(|| operations::Error::not_found("version", label))?;
        Ok(Self {
            api: found.api,
            versions: found.versions,
            version,
            may_write: admin.may(Permission::CatalogWrite),
            gateway: admin
                .platform
                .settings
                .gateway_url
                .as_str()
                .trim_end_matches('/')
                .to_owned(),
        })
    }

    /// "Shipping Rates v2"
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.api.name, self.version.label)
    }

    /// The address of its first page.
    pub(crate) fn path(&self) -> String {
        format!("/apis/{}/{}", self.api.slug, self.version.label)
    }

    /// Where it is called.
    pub(crate) fn base_url(&self) -> String {
        let base = self.version.base_path.trim_end_matches('/');
        match self.version.hosts.0.first() {
            Some(host) => format!("http://{host}{base}"),
            None => format!("{}{base}", self.gateway),
        }
    }

    /// Whether it is not on the gateway.
    pub(crate) fn is_draft(&self) -> bool {
        self.version.lifecycle == Lifecycle::Draft
    }

    /// Whether it can be put on the gateway, or put back to published.
    pub(crate) fn may_publish(&self) -> bool {
        self.version.lifecycle.may_become(Lifecycle::Published)
    }

    /// The page around it.
    pub(crate) fn layout(&self, admin: &Admin, tab: &str) -> Layout {
        admin.layout(format!("{tab}, {}", self.name()), Some(Screen::Apis))
    }

    /// The head.
    pub(crate) fn head(&self) -> Threshold {
        let mut head = Threshold::new(self.api.name.as_str())
            .below("APIs", "/apis")
            .state(say::lifecycle(&self.version.lifecycle));
        head.lede = self.api.summary.clone();
        head
    }

    /// The tabs, with the one that is shown.
    pub(crate) fn tabs(&self, tab: Tab) -> Vec<(&'static str, String, bool)> {
        TABS.iter()
            .map(|(other, label, path)| (*label, format!("{}{path}", self.path()), *other == tab))
            .collect()
    }
}
