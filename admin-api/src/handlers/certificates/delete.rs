//! `DELETE /certificates/{certificate}`

use crate::caller::Caller;
use crate::etag::Expected;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Deletes a certificate that no upstream is shown; its hosts are refused from then on.
#[utoipa::path(delete, path = "/certificates/{certificate}", tag = "Certificates", operation_id = "delete_certificate", params(("certificate" = Uuid, Path, description = "The id of the certificate"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 204, description = "Deleted"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn delete_certificate(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(certificate): At<Uuid>,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    operations::certificates::delete(&admin.platform, &actor, certificate.into(), version).await?;
    Ok(StatusCode::NO_CONTENT)
}
