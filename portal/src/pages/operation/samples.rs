//! The samples beside an operation, in the language of the address.

use leptos::prelude::*;
use openapi::samples::{self, Language};
use operations::catalog::OperationView;

use super::try_it::Fields;
use crate::components::icon::icon;

/// Draws them; all are in the page, so that a click needs no request where scripts run.
pub(super) fn samples(
    found: &OperationView,
    lang: Option<&str>,
    typed: Option<&Fields>,
) -> AnyView {
    let all = match typed {
        Some(fields) => samples::in_all(&fields.request(found)),
        None => samples::all(
            &found.page,
            &found.api.base_url,
            Some(&found.api.credential),
        ),
    };
    let chosen = lang.and_then(Language::from_slug).unwrap_or(Language::Curl);
    let tabs: Vec<_> = all
        .iter()
        .map(|sample| {
            let slug = sample.language.slug();
            let current = (sample.language == chosen).then_some("page");
            view! { <li><a href=format!("?lang={slug}") data-sample=slug aria-current=current>{sample.language.label()}</a></li> }
        })
        .collect();
    let panels: Vec<_> = all
        .into_iter()
        .map(|sample| {
            let label = format!("{} sample", sample.language.label());
            let hidden = sample.language != chosen;
            view! {
                <pre tabindex="0" role="region" aria-label=label data-panel=sample.language.slug() hidden=hidden><code>{sample.code}</code></pre>
            }
        })
        .collect();
    view! {
        <div data-samples="">
            <div class="code" data-iron="">
                <header>
                    <nav class="tabs" data-size="small" aria-label="Language"><ul>{tabs}</ul></nav>
                    <button class="button copy" data-kind="quiet" data-size="small-icon" type="button" data-copy="" aria-label="Copy the sample">{icon("copy")}</button>
                </header>
                {panels}
            </div>
        </div>
    }
    .into_any()
}
