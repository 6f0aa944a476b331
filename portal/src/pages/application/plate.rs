//! A key at the only moment when it can be read, with a first call.

use domain::credential::CredentialKind;
use domain::subscription::SubscriptionState;
use leptos::prelude::*;
use operations::credentials::Shown;
use operations::{catalog, products, subscriptions};
use store::applications::Line;

use crate::components::copyable::copyable;
use crate::components::icon::icon;
use crate::components::state::{Tone, state};
use crate::failure::PageError;
use crate::page::Page;
use crate::pages::first_call::first_call;

/// What the plate shows.
pub(super) struct Plate {
    label: String,
    secret: String,
    /// What goes with a password or a signing secret, with its name: without it they open nothing.
    companion: Option<(&'static str, String)>,
    /// A command that works, where a subscription is in force.
    call: Option<String>,
}

impl Plate {
    /// The plate of a key that was made just now.
    pub(super) async fn of(page: &Page, line: &Line, shown: &Shown) -> Result<Self, PageError> {
        let secret = shown.secret.reveal().to_owned();
        let fact = |name: &str| shown.facts[name].as_str().unwrap_or_default().to_owned();
        let companion = match shown.kind {
            CredentialKind::Basic => Some(("User name", fact("username"))),
            CredentialKind::Hmac => Some(("Key id", fact("key_id"))),
            CredentialKind::OauthClient => Some(("Client id", fact("client_id"))),
            _ => None,
        };
        let call = match companion {
            None => call_with(page, line, &secret).await?,
            Some(_) => None,
        };
        Ok(Self {
            label: shown.label.clone(),
            companion,
            call,
            secret,
        })
    }

    /// The plate itself.
    pub(super) fn view(self) -> AnyView {
        let Self {
            label,
            secret,
            companion,
            call,
        } = self;
        let file = match &companion {
            None => format!("# {label}\nAPI_KEY={secret}\n"),
            Some((name, text)) => {
                let name = name.to_uppercase().replace(' ', "_");
                format!("# {label}\n{name}={text}\nSECRET={secret}\n")
            }
        };
        let call = match call {
            None if companion.is_some() => ().into_any(),
            Some(call) => view! {
                <div class="code">
                    <header><span class="title">"A first call"</span>
                        <button class="button copy" data-kind="quiet" data-size="small-icon" type="button" data-copy="" aria-label="Copy the first call">{icon("copy")}</button></header>
                    <pre tabindex="0" role="region" aria-label="A first call"><code>{call}</code></pre>
                </div>
            }
            .into_any(),
            None => view! { <p class="muted">"No subscription is in force yet: the key opens nothing until there is one. "<a href="/">"Find an API"</a></p> }.into_any(),
        };
        let title = match companion {
            None => "Your new key",
            Some(_) => "Your new secret",
        };
        let companion = companion.map(|(name, text)| {
            let what = name.to_lowercase();
            view! { <p class="row">{name}" "{copyable(&text, &what)}</p> }
        });
        view! {
            <section class="section"><div class="plate" role="region" aria-labelledby="plate-title">
                <header><h2 id="plate-title">{title}</h2>{state(Tone::Warn, "eye", "Shown once")}
                    <p>"Copy it now: only a fingerprint is kept, and nobody can show it again. If it gets lost, make another."</p></header>
                {companion}
                <div class="secret"><code>{secret.clone()}</code><button class="button" data-kind="primary" type="button" data-copy=secret>{icon("copy")}"Copy"</button></div>
                <div class="row"><button class="button" data-size="small" type="button" data-save=".env" data-text=file>{icon("download")}"Download as .env"</button></div>
                {call}
            </div></section>
        }
        .into_any()
    }
}

/// A call to an API that the application is subscribed to.
async fn call_with(page: &Page, line: &Line, key: &str) -> Result<Option<String>, PageError> {
    let (platform, actor) = (&page.portal.platform, &page.actor);
    let subscribed = subscriptions::of_application(platform, actor, line.id).await?;
    for subscription in subscribed {
        if subscription.state != SubscriptionState::Active {
            continue;
        }
        // A product that is off the shelf is called all the same; only its page is gone.
        let Ok(shelf) = products::shelf(platform, actor, subscription.product_id).await else {
            continue;
        };
        for item in shelf.items {
            let (slug, label) = (item.api_slug.as_str(), item.label.as_str());
            let Ok(api) = catalog::api(platform, actor, slug, Some(label)).await else {
                continue;
            };
            if let Some(call) = first_call(page, &api).await? {
                return Ok(Some(call.curl.replace("$API_KEY", key)));
            }
        }
    }
    Ok(None)
}
