//! The document around every page: head, lintel, content, foot.

mod foot;
mod lintel;

use leptos::hydration::HydrationScripts;
use leptos::nonce::Nonce;
use leptos::prelude::*;

use crate::client;
use crate::page::Page;

/// The whole document but its first line.
///
/// The client is named only where there is an island to wake: naming it makes browsers fetch it.
pub(crate) fn document(
    page: &Page,
    title: &str,
    main: String,
    has_islands: bool,
    nonce: &Nonce,
) -> AnyView {
    let title = format!("{title} · {}", page.portal.brand.name);
    let scripts = has_islands
        .then(client::options)
        .flatten()
        .map(|options| view! { <HydrationScripts options islands=true/> });
    view! {
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <title>{title}</title>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href=design::url("mark.svg") type="image/svg+xml"/>
                <link rel="stylesheet" href=design::url("portal.css")/>
                <script src=design::url("theme.js") nonce=nonce.clone()></script>
                <script src=design::url("enhance.js") nonce=nonce.clone() defer></script>
                {scripts}
            </head>
            <body data-face="portal">
                <a class="skip" href="#main">"Skip to the content"</a>
                {lintel::lintel(page)}
                <main class="page" id="main" inner_html=main></main>
                {foot::foot(page)}
            </body>
        </html>
    }
    .into_any()
}
