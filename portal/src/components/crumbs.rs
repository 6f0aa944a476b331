//! The way back up.

use leptos::prelude::*;

/// The pages above this one, from the top, and this one's name.
#[must_use]
pub fn crumbs(above: &[(&str, &str)], here: &str) -> AnyView {
    let above: Vec<_> = above
        .iter()
        .map(|&(name, href)| {
            let (name, href) = (name.to_owned(), href.to_owned());
            view! { <li><a href=href>{name}</a></li> }
        })
        .collect();
    let here = here.to_owned();
    view! {
        <nav class="crumbs" aria-label="Breadcrumbs">
            <ol>{above}<li><span aria-current="page">{here}</span></li></ol>
        </nav>
    }
    .into_any()
}
