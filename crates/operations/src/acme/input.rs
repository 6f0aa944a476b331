//! What is given to order a certificate, checked.

use domain::acme::{ChallengeKind, MOST_NAMES};
use domain::actor::Actor;
use domain::id::AcmeOrderId;
use store::Conn;

use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::platform::Platform;
use crate::versions::placement;

/// Orders that are looked through for a name that is ordered already.
const MOST_ORDERS: i64 = 10_000;

/// What is ordered.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// Host names.
    pub names: Vec<String>,
    /// How they are proven; HTTP-01 when left out.
    pub challenge: Option<ChallengeKind>,
}

/// Host names in lower case, in order, and how they are proven.
pub(super) fn check(platform: &Platform, input: Input) -> Result<(Vec<String>, ChallengeKind)> {
    if let Some(missing) = platform.settings.acme.missing() {
        return Err(Error::WrongState(format!(
            "certificates cannot be got by ACME: {missing}"
        )));
    }
    let mut fields = Fields::new();
    let given: Vec<String> = input
        .names
        .into_iter()
        .filter(|name| !name.trim().is_empty())
        .collect();
    let names = fields.check("names", placement::hosts(&given));
    if let Some(names) = &names {
        if names.is_empty() || names.len() > MOST_NAMES {
            fields.refuse("names", format!("needs 1 to {MOST_NAMES} host names"));
        }
        for name in names {
            if name.starts_with("*.") {
                fields.refuse(
                    "names",
                    format!("`{name}` is a wildcard, which needs a proof by DNS; upload such a certificate"),
                );
            } else if name.parse::<std::net::IpAddr>().is_ok() || !name.contains('.') {
                fields.refuse("names", format!("`{name}` is no public host name"));
            }
        }
    }
    let names = names.unwrap_or_default();
    fields.finish()?;
    Ok((names, input.challenge.unwrap_or(ChallengeKind::Http01)))
}

/// Refuses a name that another order has: servers limit how often one is asked for.
pub(super) async fn ordered_once(conn: &mut Conn, actor: &Actor, names: &[String]) -> Result<()> {
    let orders =
        store::acme_orders::list(conn, actor.workspace, AcmeOrderId::NIL, MOST_ORDERS).await?;
    let mut fields = Fields::new();
    for name in names {
        if orders.iter().any(|order| order.names.0.contains(name)) {
            fields.refuse("names", format!("`{name}` is in another order"));
        }
    }
    fields.finish()
}
