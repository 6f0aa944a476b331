//! `GET /certificates/{certificate}`

use super::Certificate;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// One certificate.
#[utoipa::path(get, path = "/certificates/{certificate}", tag = "Certificates", operation_id = "show_certificate", params(("certificate" = Uuid, Path, description = "The id of the certificate")), responses((status = 200, description = "Done", body = Certificate), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn show_certificate(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(certificate): At<Uuid>,
) -> Result<Tagged<Certificate>, Problem> {
    let found = operations::certificates::find(&admin.platform, &actor, certificate.into()).await?;
    Ok(Tagged(found.version, found.into()))
}
