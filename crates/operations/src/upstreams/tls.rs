//! What upstreams name of certificates and authorities: it is there, and it stays while they do.

use domain::certificate::CertificateUse;
use domain::id::{CaId, CertificateId, WorkspaceId};
use gateway_snapshot::settings::UpstreamSettings;
use store::{Conn, upstreams};

use crate::error::Result;
use crate::fields::Fields;
use crate::versions::placement;

/// Upstreams that are read at a time.
const PAGE: i64 = 500;

/// Whether what the settings name is there and can do what it is to do.
pub(crate) async fn check(
    conn: &mut Conn,
    workspace: WorkspaceId,
    settings: &UpstreamSettings,
) -> Result<()> {
    let mut fields = Fields::new();
    let tls = &settings.tls;
    if let Some(name) = &tls.server_name {
        fields.check(
            "settings/tls/server_name",
            placement::hosts(std::slice::from_ref(name)),
        );
    }
    if let Some(id) = tls.ca
        && store::cas::find(conn, workspace, id).await?.is_none()
    {
        fields.refuse("settings/tls/ca", format!("`{id}` is no authority"));
    }
    if let Some(id) = tls.client_certificate {
        let found = store::certificates::find(conn, workspace, id).await?;
        if found.is_none_or(|certificate| certificate.used_for != CertificateUse::Client) {
            fields.refuse(
                "settings/tls/client_certificate",
                format!("`{id}` is no certificate that is shown to upstreams"),
            );
        }
    }
    fields.finish()
}

/// The upstreams that are shown a certificate, in words.
pub(crate) async fn shown(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: CertificateId,
) -> Result<Vec<String>> {
    matching(conn, workspace, |settings| {
        settings.tls.client_certificate == Some(id)
    })
    .await
}

/// The upstreams that are verified with a bundle, in words.
pub(crate) async fn trusting(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: CaId,
) -> Result<Vec<String>> {
    matching(conn, workspace, |settings| settings.tls.ca == Some(id)).await
}

async fn matching(
    conn: &mut Conn,
    workspace: WorkspaceId,
    is_one: impl Fn(&UpstreamSettings) -> bool,
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut after = (String::new(), upstreams::FROM_THE_START.1);
    loop {
        let page = upstreams::list(conn, workspace, (&after.0, after.1), PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        after = (last.name.to_string(), last.id);
        for upstream in page {
            let settings = serde_json::from_value::<UpstreamSettings>(upstream.settings.0);
            if settings.is_ok_and(|settings| is_one(&settings)) {
                found.push(format!("upstream `{}`", upstream.slug));
            }
        }
    }
}
