//! 404: the address leads nowhere, or to what this person may not see.

use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::components::icon::icon;
use crate::page::Page;

pub(crate) fn show(page: &Page) -> Response {
    let path = page.path.clone();
    page.draw(StatusCode::NOT_FOUND, "Page not found", || view(path))
}

fn view(path: String) -> AnyView {
    let guess = guess(&path);
    view! {
        <div class="gate" data-plain="">
            <div>
                <h1>"There is no page at this address"</h1>
                <p class="lede">"The address "<code>{path}</code>" leads nowhere. "<a href="/">"The catalogue"</a>" names every API."</p>
                <form role="search" action="/" class="find" aria-label="Look for a page">
                    <div class="field">
                        <label for="s-q">"Look for it"</label>
                        <div class="input-row">
                            <input class="input" id="s-q" type="search" name="q" value=guess/>
                            <button class="button" data-kind="primary" type="submit">{icon("search")}"Search"</button>
                        </div>
                    </div>
                </form>
            </div>
            <aside class="notes">
                <h2>"How that happens"</h2>
                <p class="muted">"Some pages are only for people who may see them. If somebody sent you this one, sign in, or ask for access."</p>
                <p class="muted">"A link on one of our pages that ends here is our mistake: a word to the people who run this portal helps."</p>
            </aside>
        </div>
    }.into_any()
}

/// Words to look for: the last part of the address that is no number, id or verb of ours.
fn guess(path: &str) -> String {
    path.split('/')
        .rfind(|part| part.chars().any(char::is_alphabetic) && !part.starts_with("api"))
        .map(|part| {
            part.chars()
                .map(|character| {
                    if character.is_alphanumeric() {
                        character
                    } else {
                        ' '
                    }
                })
                .take(60)
                .collect::<String>()
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_gives_the_words_to_look_for() {
        assert_eq!(guess("/apis/payment-links/2"), "payment links");
        assert_eq!(guess("/apis"), "");
        assert_eq!(guess("/"), "");
    }
}
