//! The keys that sign access tokens.

pub(crate) mod rotate;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A key that was made just now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewKey {
    /// Its id, the `kid` of the tokens that it signs.
    pub(super) id: Uuid,
}
