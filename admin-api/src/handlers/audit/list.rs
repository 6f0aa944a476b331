//! `GET /audit`

use super::{AuditLine, AuditQuery};
use crate::caller::Caller;
use crate::list::List;
use crate::list::PageQuery;
use crate::list::Query;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;
use operations::audit::AuditFilter;

/// Lines of the audit log, the newest first.
#[utoipa::path(get, path = "/audit", tag = "Audit log", operation_id = "list_audit_events", params(AuditQuery, PageQuery), responses((status = 200, description = "Done", body = List<AuditLine>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_audit_events(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(filter): Query<AuditQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<AuditLine>>, Problem> {
    let wanted = AuditFilter {
        action: filter.action,
        entity_kind: filter.entity_kind,
        entity_id: filter.entity_id,
        text: filter.text,
        ..AuditFilter::default()
    };
    let page = operations::audit::list(&admin.platform, &actor, &wanted, &page.paging()).await?;
    Ok(Json(List::of(page)))
}
