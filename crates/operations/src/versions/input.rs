//! What is given to make or change a version, checked.

use domain::api::Lifecycle;
use domain::id::{ApiId, ApiVersionId, UpstreamId};
use gateway_snapshot::model;

use crate::error::Result;
use crate::fields::Fields;
use crate::versions::placement;

/// What a version is to be.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its label, such as `v2`.
    pub label: String,
    /// Where its requests go.
    pub upstream: Option<UpstreamId>,
    /// Host names; none for every host.
    pub hosts: Vec<String>,
    /// What stands before the path of each route: `/` or `/shipping/v2`.
    pub base_path: String,
}

/// What passed.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) label: String,
    pub(crate) upstream: Option<UpstreamId>,
    pub(crate) hosts: Vec<String>,
    pub(crate) base_path: String,
}

/// Checks all of it, naming each flaw.
pub(crate) fn check(input: Input) -> Result<Checked> {
    let mut fields = Fields::new();
    let label = fields.check("label", placement::label(&input.label));
    let hosts = fields.check("hosts", placement::hosts(&input.hosts));
    let base_path = fields.check("base_path", placement::base_path(&input.base_path));
    let (Some(label), Some(hosts), Some(base_path)) = (label, hosts, base_path) else {
        return Err(fields.into_error());
    };
    gateway_takes(&mut fields, &hosts, &base_path);
    fields.finish()?;
    Ok(Checked {
        label,
        upstream: input.upstream,
        hosts,
        base_path,
    })
}

/// One version that does not compile holds back every change of every route: none is saved that the gateway refuses.
fn gateway_takes(fields: &mut Fields, hosts: &[String], base_path: &str) {
    let version = model::ApiVersion {
        id: ApiVersionId::NIL,
        api: ApiId::NIL,
        api_slug: String::new(),
        api_name: String::new(),
        label: String::new(),
        lifecycle: Lifecycle::Published,
        upstream: None,
        hosts: hosts.to_vec(),
        base_path: base_path.to_owned(),
        deprecated_at: None,
        sunset_at: None,
        successor_url: None,
    };
    for problem in gateway_snapshot::check::api_version(&version)
        .err()
        .into_iter()
        .flatten()
    {
        fields.refuse(
            "base_path",
            format!("or hosts cannot be routed: {}", problem.message),
        );
    }
}
