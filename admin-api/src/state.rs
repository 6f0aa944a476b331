//! What every handler has at hand.

use std::sync::Arc;

use domain::account::Face;
use faces::cookie::Cookies;
use faces::session::Front;
use operations::Platform;

use crate::known::Known;

/// The platform, and the cookies of the dashboard, whose session is as good as a token.
#[derive(Clone)]
pub(crate) struct Admin {
    pub(crate) platform: Platform,
    pub(crate) known: Arc<Known>,
    cookies: Cookies,
}

impl Admin {
    pub(crate) fn new(platform: Platform, known: Known) -> Self {
        let https = platform.settings.admin_url.scheme() == "https";
        Self {
            platform,
            known: Arc::new(known),
            cookies: Cookies::new(Face::Admin, https),
        }
    }
}

impl Front for Admin {
    fn platform(&self) -> &Platform {
        &self.platform
    }

    fn cookies(&self) -> Cookies {
        self.cookies
    }
}
