//! The design system of both faces: styles, icons, scripts, mails and the gateway's error page.
//!
//! Nothing here knows HTTP: a face asks for [`assets`] and serves them under [`ASSET_ROOT`].

mod assets;
mod error_page;
mod icons;
pub mod mail;

pub use assets::{ASSET_ROOT, Asset, asset, assets, url};
pub use error_page::ErrorPage;
pub use icons::{icon, icon_names, mark};
