//! Who does something: what every operation asks for its permission, and what the audit log names.

use serde::{Deserialize, Serialize};

use crate::access::{Permission, Role};
use crate::id::{AccountId, ApiTokenId, CredentialId, WorkspaceId};

/// Who acts, inside one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The tenant it acts in; every store call is held to it.
    pub workspace: WorkspaceId,
    /// Who.
    pub who: Who,
    /// What it is called in the audit log.
    pub name: String,
    /// From which request, for the audit log.
    pub request: Origin,
}

/// The kinds of actors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Who {
    /// A person, with the roles held (none for a developer).
    Account {
        /// Which account.
        id: AccountId,
        /// Roles in the platform team.
        roles: Vec<Role>,
    },
    /// A bearer token of the admin API.
    Token {
        /// Which token.
        id: ApiTokenId,
        /// The account that made it.
        account: AccountId,
        /// What it may do: its scopes, cut down to what its maker may do.
        permissions: Vec<Permission>,
    },
    /// A client of the OAuth 2 server, which asks for tokens and may do nothing else.
    Client {
        /// Its credential.
        id: CredentialId,
    },
    /// The platform itself: jobs, set-up, the command line on the machine.
    System,
    /// Nobody: a visitor of the portal.
    Visitor,
}

/// Where a request came from, for the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// `X-Request-Id`, or empty.
    pub request_id: String,
    /// The client's address, or empty.
    pub ip: String,
}

impl Actor {
    /// The platform itself.
    pub fn system(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            who: Who::System,
            name: "gatehouse".to_owned(),
            request: Origin::default(),
        }
    }

    /// A visitor of the portal who is not signed in.
    pub fn visitor(workspace: WorkspaceId, request: Origin) -> Self {
        Self {
            workspace,
            who: Who::Visitor,
            name: "visitor".to_owned(),
            request,
        }
    }

    /// Whether it may do this, everywhere in its workspace.
    pub fn may(&self, permission: Permission) -> bool {
        match &self.who {
            Who::Account { roles, .. } => roles.iter().any(|role| role.allows(permission)),
            Who::Token { permissions, .. } => permissions.contains(&permission),
            Who::System => true,
            Who::Visitor | Who::Client { .. } => false,
        }
    }

    /// The person behind it: the account itself, or the one that made the token.
    pub fn account(&self) -> Option<AccountId> {
        match &self.who {
            Who::Account { id, .. } => Some(*id),
            Who::Token { account, .. } => Some(*account),
            Who::Client { .. } | Who::System | Who::Visitor => None,
        }
    }

    /// The word for its kind in the audit log.
    pub const fn kind(&self) -> &'static str {
        match self.who {
            Who::Account { .. } => "account",
            Who::Token { .. } => "token",
            Who::Client { .. } => "client",
            Who::System => "system",
            Who::Visitor => "visitor",
        }
    }
}
