//! APIs: the list, and a page with tabs for each version.

pub(crate) mod danger;
pub(crate) mod edit;
pub(crate) mod lifecycle;
pub(crate) mod list;
pub(crate) mod offer;
pub(crate) mod overview;
pub(crate) mod place;
pub(crate) mod reimport;
pub(crate) mod revisions;
pub(crate) mod route_form;
pub(crate) mod routes;
pub(crate) mod subscriptions;
