//! How the explanations of errors look.

use axum::http::StatusCode;
use domain::account::Face;
use domain::refusal::Refusal;
use leptos::prelude::*;

use super::Met;
use crate::components::crumbs::crumbs;
use crate::components::icon::icon;
use crate::components::moment::moment;
use crate::page::Page;

/// A request id as it looks: nobody's.
const REQUEST_ID: &str = "0193f5a2-7c1e-7b64-9d0e-3a4c5b6d7e8f";

/// The index of codes.
pub(super) fn list() -> AnyView {
    let rows: Vec<_> = Refusal::ALL
        .iter()
        .map(|&refusal| {
            let words = refusal.explain();
            let href = format!("/errors/{refusal}");
            view! {
                <tr>
                    <th scope="row"><a class="row-link mono" href=href>{refusal.as_str()}</a></th>
                    <td data-label="Answer">{status(refusal)}</td>
                    <td data-label="What it says">{words.title}<span class="sub">{words.meaning}</span></td>
                </tr>
            }
        })
        .collect();
    view! {
        <header class="threshold">
            <div class="heading"><div>
                <h1>"Errors"</h1>
                <p class="lede">"Each refusal of the gate is a problem document with a code that never changes. Other errors come from the API itself; its reference explains them."</p>
            </div></div>
        </header>
        <div class="table-frame" tabindex="0" role="region" aria-label="Error codes">
            <table class="table" data-stack="" data-hover="">
                <thead><tr><th scope="col">"Code"</th><th scope="col">"Answer"</th><th scope="col">"What it says"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }.into_any()
}

/// One code.
pub(super) fn one(page: &Page, refusal: Refusal, met: &Met) -> AnyView {
    let words = refusal.explain();
    let code = refusal.as_str();
    view! {
        <header class="threshold">
            {crumbs(&[("Errors", "/errors")], code)}
            <div class="heading">
                <div><h1 class="error-code">{code}</h1><p class="lede">{words.title}". "{words.meaning}</p></div>
                <div class="actions">{status(refusal)}" "{reason(refusal)}</div>
            </div>
        </header>
        <div class="split">
            <div>
                <section class="section"><header><h2>"What to do"</h2></header><p>{words.remedy}</p></section>
                <section class="section">
                    <header><h2>"What the answer looks like"</h2></header>
                    <div class="stack">
                        {sample("Headers", &headers(refusal))}
                        {sample("Body", &document(page, refusal))}
                    </div>
                </section>
                {alike(refusal)}
            </div>
            <aside class="aside">
                <section><h2>"Your calls"</h2><p class="muted">{own(page, refusal, met)}</p></section>
                <section>
                    <h2>"Look up a call"</h2>
                    <form class="stack" action="/log">
                        <div class="field">
                            <label for="rid">"Request id"</label>
                            <input class="input mono" id="rid" name="q" autocomplete="off"/>
                            <p class="hint">"It is in the answer, and in its header X-Request-Id."</p>
                        </div>
                        <button class="button" type="submit">{icon("search")}"Find it in the log"</button>
                    </form>
                </section>
                <section><h2>"More"</h2><ul><li><a href="/errors">"All error codes"</a></li></ul></section>
            </aside>
        </div>
    }.into_any()
}

fn status(refusal: Refusal) -> AnyView {
    let status = refusal.status();
    let class = (status / 100).to_string();
    view! { <span class="http" data-class=class>{status.to_string()}</span> }.into_any()
}

fn reason(refusal: Refusal) -> &'static str {
    StatusCode::from_u16(refusal.status())
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default()
}

fn sample(title: &'static str, text: &str) -> AnyView {
    let label = format!("Copy the {} sample", title.to_lowercase());
    let text = text.to_owned();
    view! {
        <div class="code">
            <header>
                <span class="title">{title}</span>
                <button class="button copy" data-kind="quiet" data-size="small-icon" type="button" data-copy="" aria-label=label>{icon("copy")}</button>
            </header>
            <pre tabindex="0" role="region" aria-label=title><code>{text}</code></pre>
        </div>
    }.into_any()
}

fn headers(refusal: Refusal) -> String {
    let retry = match refusal {
        Refusal::RateLimited => "Retry-After: 1\n",
        Refusal::QuotaExceeded => "Retry-After: 28440\n",
        _ => "",
    };
    format!(
        "HTTP/1.1 {} {}\nContent-Type: application/problem+json\nCache-Control: no-store\n{retry}X-Request-Id: {REQUEST_ID}",
        refusal.status(),
        reason(refusal)
    )
}

/// A problem document as the gate writes it. None of the words needs more than quotes around it.
fn document(page: &Page, refusal: Refusal) -> String {
    let settings = &page.portal.platform.settings;
    let kind = settings.link(Face::Portal, &format!("/errors/{refusal}"));
    let words = refusal.explain();
    format!(
        "{{\n  \"type\": \"{kind}\",\n  \"title\": \"{}\",\n  \"status\": {},\n  \"detail\": \"{}\",\n  \"code\": \"{refusal}\",\n  \"request_id\": \"{REQUEST_ID}\"\n}}",
        words.title, words.status, words.meaning
    )
}

/// Codes with the same status: they are easily confused.
fn alike(refusal: Refusal) -> Option<AnyView> {
    let others: Vec<_> = Refusal::ALL
        .iter()
        .copied()
        .filter(|&other| other != refusal && other.status() == refusal.status())
        .map(|other| {
            let href = format!("/errors/{other}");
            view! { <div><dt><a class="mono" href=href>{other.as_str()}</a></dt><dd>{other.explain().meaning}</dd></div> }
        })
        .collect();
    (!others.is_empty()).then(|| {
        view! {
            <section class="section">
                <header><h2>"Easily confused with"</h2></header>
                <dl class="facts" data-ruled="">{others}</dl>
            </section>
        }
        .into_any()
    })
}

fn own(page: &Page, refusal: Refusal, met: &Met) -> AnyView {
    match met {
        Met::Unknown => {
            let next = serde_html_form::to_string([("next", page.path.as_str())]);
            let href = format!("/sign-in?{}", next.unwrap_or_default());
            view! { <a href=href>"Sign in"</a>" to see whether your calls met this error." }
                .into_any()
        }
        Met::Never => "No call of yours met this error in the last 7 days.".into_any(),
        Met::Last(at) => {
            let href = format!("/log?code={refusal}");
            let now = page.portal.platform.now();
            view! { "A call of yours met this error "{moment(*at, now)}". "<a href=href>"All of them"</a> }
                .into_any()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_reason_and_words_that_need_no_escapes() {
        for &refusal in Refusal::ALL {
            assert!(!reason(refusal).is_empty(), "{refusal}");
            let words = refusal.explain();
            for text in [words.title, words.meaning] {
                assert!(!text.contains(['"', '\\', '\n']), "{refusal}");
            }
        }
    }
}
