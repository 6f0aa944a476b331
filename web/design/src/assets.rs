//! The files that a browser fetches: styles, scripts and pictures under hashed names.

use std::borrow::Cow;
use std::sync::LazyLock;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// The path under which every face serves the assets. Names carry a hash of their bytes, so an answer may be cached for ever.
pub const ASSET_ROOT: &str = "/assets/";

const TOKENS: &str = include_str!("../styles/tokens.css");
const BASE: &str = include_str!("../styles/base.css");
/// Components of both faces.
const COMPONENTS: &str = concat!(
    include_str!("../styles/controls.css"),
    include_str!("../styles/signs.css"),
    include_str!("../styles/places.css"),
    include_str!("../styles/ledger.css"),
    include_str!("../styles/messages.css"),
    include_str!("../styles/code.css"),
);
const CHARTS: &str = include_str!("../styles/charts.css");
const PORTAL: &str = include_str!("../styles/portal.css");
const ADMIN: &str = include_str!("../styles/admin.css");

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(build);

/// One file that a face serves.
#[derive(Debug)]
pub struct Asset {
    /// The name that is served, with the hash: `portal-0123456789ab.css`.
    pub name: String,
    /// The name that code uses: `portal.css`.
    pub logical: &'static str,
    /// The media type, with its charset where it is text.
    pub mime: &'static str,
    /// What is served.
    pub bytes: Cow<'static, [u8]>,
    url: String,
}

impl Asset {
    fn new(logical: &'static str, mime: &'static str, bytes: Cow<'static, [u8]>) -> Self {
        let hash = HEXLOWER.encode(&Sha256::digest(&bytes)[..6]);
        let (stem, suffix) = logical.split_once('.').unwrap_or((logical, "bin"));
        let name = format!("{stem}-{hash}.{suffix}");
        let url = format!("{ASSET_ROOT}{name}");
        Self {
            name,
            logical,
            mime,
            bytes,
            url,
        }
    }

    /// Where the file is served: `/assets/portal-0123456789ab.css`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// All files, to be served under [`ASSET_ROOT`] by their [`Asset::name`].
#[must_use]
pub fn assets() -> &'static [Asset] {
    &ASSETS
}

/// The file of a served (hashed) name.
#[must_use]
pub fn asset(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// The address of a file by its plain name: `portal.css`, `admin.css`, `enhance.js`, `theme.js`, `htmx.js`, `icons.svg`,
/// `logo.svg`, `mark.svg`, `guilloche.svg`.
///
/// A name that does not exist is a mistake in the program: a debug build stops, any other answers an address that is not found.
#[must_use]
pub fn url(logical: &str) -> &'static str {
    let found = ASSETS.iter().find(|asset| asset.logical == logical);
    debug_assert!(found.is_some(), "no asset is called `{logical}`");
    found.map_or("/assets/missing", Asset::url)
}

fn build() -> Vec<Asset> {
    const JS: &str = "text/javascript; charset=utf-8";
    const SVG: &str = "image/svg+xml";
    let plain = |logical, mime, text: &'static str| {
        Asset::new(logical, mime, Cow::Borrowed(text.as_bytes()))
    };
    let guilloche = plain(
        "guilloche.svg",
        SVG,
        include_str!("../assets/guilloche.svg"),
    );
    let portal = face("portal.css", PORTAL, &guilloche);
    let admin = face("admin.css", ADMIN, &guilloche);
    vec![
        portal,
        admin,
        guilloche,
        plain("icons.svg", SVG, include_str!("../assets/icons.svg")),
        plain("logo.svg", SVG, include_str!("../assets/logo.svg")),
        plain("mark.svg", SVG, include_str!("../assets/mark.svg")),
        plain("theme.js", JS, include_str!("../scripts/theme.js")),
        plain("enhance.js", JS, include_str!("../scripts/enhance.js")),
        plain("htmx.js", JS, include_str!("../vendor/htmx.min.js")),
    ]
}

/// One file for each face: a page asks for one style sheet.
fn face(logical: &'static str, face: &str, guilloche: &Asset) -> Asset {
    let css = [TOKENS, BASE, COMPONENTS, CHARTS, face].concat().replace(
        "url(../assets/guilloche.svg)",
        &format!("url({})", guilloche.url()),
    );
    Asset::new(
        logical,
        "text/css; charset=utf-8",
        Cow::Owned(css.into_bytes()),
    )
}

#[cfg(test)]
mod tests {
    use super::{assets, url};

    fn text(logical: &str) -> String {
        let asset = assets()
            .iter()
            .find(|asset| asset.logical == logical)
            .unwrap();
        String::from_utf8(asset.bytes.to_vec()).unwrap()
    }

    #[test]
    fn names_carry_the_hash_and_are_found_again() {
        for asset in assets() {
            assert_eq!(url(asset.logical), format!("/assets/{}", asset.name));
            assert!(std::ptr::eq(super::asset(&asset.name).unwrap(), asset));
        }
        assert!(super::asset("portal.css").is_none());
    }

    #[test]
    fn every_address_in_a_style_sheet_is_served() {
        for logical in ["portal.css", "admin.css"] {
            let css = text(logical);
            let mut seen = 0;
            for part in css.split("url(").skip(1) {
                let address = part.split(')').next().unwrap();
                let name = address
                    .strip_prefix("/assets/")
                    .expect("an address under /assets/");
                assert!(super::asset(name).is_some(), "{logical} asks for {address}");
                seen += 1;
            }
            assert!(seen > 0);
        }
    }

    #[test]
    fn a_face_has_its_own_style_and_not_the_other() {
        assert!(text("portal.css").contains(r#"[data-face="portal"]"#));
        assert!(!text("portal.css").contains(r#"[data-face="admin"]"#));
        assert!(text("admin.css").contains(r#"[data-face="admin"]"#));
    }

    #[test]
    fn braces_of_the_style_sheets_match() {
        for logical in ["portal.css", "admin.css"] {
            let css = text(logical);
            assert_eq!(
                css.matches('{').count(),
                css.matches('}').count(),
                "{logical}"
            );
        }
    }

    #[test]
    fn nothing_asks_a_third_party() {
        for logical in [
            "portal.css",
            "admin.css",
            "enhance.js",
            "theme.js",
            "mark.svg",
            "icons.svg",
        ] {
            let found = text(logical).replace("http://www.w3.org/", "");
            assert!(
                !found.contains("http://") && !found.contains("https://"),
                "{logical}"
            );
        }
    }
}
