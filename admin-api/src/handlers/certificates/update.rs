//! `PUT /certificates/{certificate}`

use super::{Certificate, CertificateChange};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::{Expected, Tagged};
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Changes a certificate, or replaces its chain and key. Nodes show the new one within a second.
#[utoipa::path(put, path = "/certificates/{certificate}", tag = "Certificates", operation_id = "update_certificate", params(("certificate" = Uuid, Path, description = "The id of the certificate"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = CertificateChange, responses((status = 200, description = "Changed", body = Certificate), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn update_certificate(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(certificate): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<CertificateChange>,
) -> Result<Tagged<Certificate>, Problem> {
    let input = body.read()?;
    let changed = operations::certificates::update(
        &admin.platform,
        &actor,
        certificate.into(),
        version,
        input,
    )
    .await?;
    Ok(Tagged(changed.version, changed.into()))
}
