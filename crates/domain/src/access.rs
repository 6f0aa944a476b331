//! Who may do what: roles of people, scopes of tokens, and the permissions that both are made of.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::word::{UnknownWord, words};

words! {
    /// A role of the platform team. Developers of the portal hold none.
    pub enum Role {
        /// Sees APIs, plans, consumers, usage and nodes, and changes nothing. Not the audit log and the outbox, whose mails
        /// hold links that let people in.
        Viewer = "viewer",
        /// Decides requests: accounts, subscriptions.
        Approver = "approver",
        /// Publishes APIs, products, plans and policies.
        ApiOwner = "api_owner",
        /// Everything, people and settings included.
        Admin = "admin",
    }
}

words! {
    /// One thing that a token or a role allows. Scopes of API tokens carry the same names.
    pub enum Permission {
        /// Read the catalogue, routes, policies, plans.
        CatalogRead = "catalog:read",
        /// Create and change APIs, routes, upstreams, policies, products, plans.
        CatalogWrite = "catalog:write",
        /// Read applications, subscriptions, credentials (never their secrets) and developers.
        ConsumersRead = "consumers:read",
        /// Create and change applications, subscriptions and credentials of anybody.
        ConsumersWrite = "consumers:write",
        /// Approve and refuse what waits for a decision.
        RequestsDecide = "requests:decide",
        /// Read usage, analytics and the request log.
        UsageRead = "usage:read",
        /// Read the audit log and the outbox.
        AuditRead = "audit:read",
        /// Read nodes and system health.
        SystemRead = "system:read",
        /// Manage people, roles, tokens and settings.
        SystemWrite = "system:write",
    }
}

impl Role {
    /// What the role allows.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::Viewer => &[
                P::CatalogRead,
                P::ConsumersRead,
                P::UsageRead,
                P::SystemRead,
            ],
            Self::Approver => &[
                P::CatalogRead,
                P::ConsumersRead,
                P::UsageRead,
                P::SystemRead,
                P::RequestsDecide,
            ],
            Self::ApiOwner => &[
                P::CatalogRead,
                P::CatalogWrite,
                P::ConsumersRead,
                P::ConsumersWrite,
                P::UsageRead,
                P::SystemRead,
                P::RequestsDecide,
                P::AuditRead,
            ],
            Self::Admin => Permission::ALL,
        }
    }

    /// Whether the role allows this.
    pub fn allows(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_allows_what_the_one_below_allows() {
        for pair in Role::ALL.windows(2) {
            for permission in pair[0].permissions() {
                assert!(pair[1].allows(*permission), "{} {permission}", pair[1]);
            }
        }
    }

    #[test]
    fn words_round_trip() {
        for permission in Permission::ALL {
            assert_eq!(
                permission.as_str().parse::<Permission>().unwrap(),
                *permission
            );
        }
        assert_eq!(
            "boss".parse::<Role>().unwrap_err().to_string(),
            "`boss` is not a role; one of viewer, approver, api_owner, admin"
        );
    }
}
