//! The dashboard as a router: its table of addresses and what surrounds every answer.

use axum::Router;
use axum::middleware::from_fn_with_state;
use domain::account::Face;
use faces::cookie::Cookies;
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

/// Every screen, with its assets. What serves it adds what both faces have: the origin of a request, the check of forms
/// from elsewhere, security headers.
pub fn router(dashboard: Dashboard) -> Router {
    routes::table()
        .layer(from_fn_with_state(dashboard.clone(), surround::surround))
        .with_state(dashboard)
}
