//! The dashboard as a router: its table of addresses and what surrounds every answer.

use axum::Router;
use axum::middleware::from_fn_with_state;
use domain::account::Face;
use faces::cookie::Cookies;
use faces::headers::{Hardening, harden};
use faces::protect::cross_site;
use faces::session::Front;
use faces::throttle::Throttle;
use operations::Platform;

use crate::stash::Stash;
use crate::{routes, surround};

/// What the dashboard works with. Cheap to clone.
#[derive(Clone)]
pub struct Dashboard {
    /// The platform.
    pub platform: Platform,
    /// Slows down whoever guesses passwords and links.
    pub throttle: Throttle,
    /// The name of this installation, so that production is never taken for staging; may be empty.
    pub place: String,
    /// Documents between two steps of an import; `Stash::default()`.
    pub stash: Stash,
}

impl Front for Dashboard {
    fn platform(&self) -> &Platform {
        &self.platform
    }

    fn cookies(&self) -> Cookies {
        Cookies::new(Face::Admin, self.is_https())
    }
}

impl Dashboard {
    fn is_https(&self) -> bool {
        self.platform.settings.admin_url.scheme() == "https"
    }
}

/// Every screen, with its assets. Requests should have passed [`faces::origin::note`], so that the audit log and the pages
/// of failures carry the request id.
pub fn router(dashboard: Dashboard) -> Router {
    let hardening = Hardening {
        https: dashboard.is_https(),
    };
    let csrf = cross_site(&dashboard.platform.settings.admin_url)
        .expect("the configuration takes public addresses with http and https only");
    routes::table()
        .layer(from_fn_with_state(dashboard.clone(), surround::surround))
        .layer(csrf)
        .layer(from_fn_with_state(hardening, harden))
        .with_state(dashboard)
}
