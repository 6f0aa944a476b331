//! Who decides requests for subscriptions, and how long decisions took.

use domain::access::{Permission, Role};
use domain::id::{AccountId, ProductId, WorkspaceId};

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    DECIDED = "SELECT CAST(decided_at - requested_at AS BIGINT) AS took FROM subscription WHERE workspace_id = $1 \
               AND (product_id = $2 OR $2 IS NULL) AND decided_at IS NOT NULL ORDER BY decided_at DESC LIMIT 200";
    DECIDERS = "SELECT DISTINCT a.id, a.name, a.email FROM account AS a JOIN role_assignment AS r ON r.account_id = a.id \
                WHERE a.workspace_id = $1 AND a.state = 'active' AND r.role IN ($2, $3, $4, $5) ORDER BY a.name, a.id";
}

record! {
    /// Somebody who may decide requests.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Decider {
        /// Whose account.
        pub id: AccountId,
        /// The person's name.
        pub name: String,
        /// The person's address.
        pub email: String,
    }
}

/// The people who hold a role that may decide requests.
pub async fn deciders(conn: &mut Conn, workspace: WorkspaceId) -> Result<Vec<Decider>> {
    let mut query = conn.query(DECIDERS).bind(workspace);
    for role in Role::ALL {
        let word = if role.allows(Permission::RequestsDecide) {
            role.as_str()
        } else {
            ""
        };
        query = query.bind(word);
    }
    query.all().await
}

/// How long the latest decisions took, in microseconds: of one product, or of all.
pub async fn times(
    conn: &mut Conn,
    workspace: WorkspaceId,
    product: Option<ProductId>,
) -> Result<Vec<i64>> {
    let query = conn.query(DECIDED).bind(workspace).bind(product);
    let rows = query.all::<(i64,)>().await?;
    Ok(rows.into_iter().map(|(took,)| took).collect())
}
