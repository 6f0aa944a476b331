//! Who may call an API version: the applications with an open subscription to a product that holds it.

use domain::id::{AccountId, ApiVersionId, WorkspaceId};

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    OF_VERSION = "SELECT DISTINCT o.id AS owner_id, o.name AS owner_name, o.email AS owner_email, a.name AS application_name \
                  FROM subscription AS s JOIN product_item AS i ON i.product_id = s.product_id \
                  JOIN application AS a ON a.id = s.application_id JOIN account AS o ON o.id = a.owner_id \
                  WHERE s.workspace_id = $1 AND i.api_version_id = $2 \
                  AND s.state IN ('pending', 'active', 'suspended') ORDER BY o.id, a.name";
}

record! {
    /// An application that may call, or asks to, with whom to tell.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Subscriber {
        /// Who owns it.
        pub owner_id: AccountId,
        /// The owner's name.
        pub owner_name: String,
        /// The owner's address.
        pub owner_email: String,
        /// The application's name.
        pub application_name: String,
    }
}

/// The subscribers of an API version, those of one owner beside each other.
pub async fn of_version(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
) -> Result<Vec<Subscriber>> {
    let query = conn.query(OF_VERSION).bind(workspace).bind(version);
    query.all().await
}
