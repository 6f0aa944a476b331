//! The foot of every page: who answers for it.

use leptos::prelude::*;

use crate::components::icon::mark;
use crate::page::Page;

pub(super) fn foot(page: &Page) -> AnyView {
    let brand = &page.portal.brand;
    let links: Vec<_> = brand
        .links
        .iter()
        .cloned()
        .map(|(words, href)| view! { <a href=href>{words}</a> })
        .collect();
    view! {
        <footer class="foot">
            <div>{links}<span class="brand push">{mark()}"Runs on Gatehouse"</span></div>
        </footer>
    }
    .into_any()
}
