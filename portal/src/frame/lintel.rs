//! The beam over the gate: brand, navigation, search, account; one menu on phones.

use leptos::prelude::*;

use crate::components::icon::{icon, mark};
use crate::page::{Page, Viewer};

/// One entry of the navigation.
struct Entry {
    words: &'static str,
    href: &'static str,
    /// Pages below it, beyond those whose address begins with `href`.
    also: &'static str,
    /// Whether it leads to something of one's own.
    signed_in: bool,
}

/// The navigation, in order.
const ENTRIES: &[Entry] = &[
    Entry {
        words: "APIs",
        href: "/",
        also: "/apis/",
        signed_in: false,
    },
    Entry {
        words: "Applications",
        href: "/applications",
        also: "/subscriptions/",
        signed_in: true,
    },
    Entry {
        words: "Usage",
        href: "/usage",
        also: "/log",
        signed_in: true,
    },
];

/// The words for those who cannot see the magnifying glass.
const SEARCH: &str = "Search the APIs";

pub(super) fn lintel(page: &Page) -> AnyView {
    let name = page.portal.brand.name.clone();
    view! {
        <header class="lintel">
            <div>
                <a class="brand" href="/">{mark()}{name}<span class="place wide">"Developers"</span></a>
                <nav class="wide" aria-label="Main"><ul>{entries(page)}</ul></nav>
                {search("q-top")}
                <span class="row wide">{theme_switch()}{account(page.viewer.as_ref())}</span>
                <details class="small-menu">
                    <summary class="button" data-kind="quiet" data-size="icon" aria-label="Menu">{icon("menu")}</summary>
                    <div class="sheet">
                        {search("q-menu")}
                        <nav aria-label="Menu"><ul>{entries(page)}</ul></nav>
                        <div class="row account">{theme_switch()}{account_in_menu(page.viewer.as_ref())}</div>
                    </div>
                </details>
            </div>
        </header>
    }.into_any()
}

fn entries(page: &Page) -> Vec<AnyView> {
    ENTRIES
        .iter()
        .filter(|entry| page.viewer.is_some() || !entry.signed_in)
        .map(|entry| {
            let current = is_current(entry, &page.path).then_some("page");
            view! { <li><a href=entry.href aria-current=current>{entry.words}</a></li> }.into_any()
        })
        .collect()
}

fn is_current(entry: &Entry, path: &str) -> bool {
    path == entry.href
        || path.starts_with(entry.also)
        || (entry.href != "/" && path.starts_with(entry.href))
}

/// The catalogue's own search, from everywhere.
fn search(id: &'static str) -> AnyView {
    view! {
        <form class="search" role="search" action="/">
            <label class="visually-hidden" for=id>{SEARCH}</label>
            {icon("search")}
            <input class="input" id=id type="search" name="q" placeholder="Search" autocomplete="off"/>
            <kbd>"Ctrl K"</kbd>
        </form>
    }.into_any()
}

fn theme_switch() -> AnyView {
    view! {
        <button class="button" data-kind="quiet" data-size="icon" data-theme-switch="" type="button"
            aria-label="Switch between light and dark">{icon("moon")}</button>
    }
    .into_any()
}

fn account(viewer: Option<&Viewer>) -> AnyView {
    let Some(viewer) = viewer else {
        return view! {
            <a class="button" data-kind="quiet" href="/sign-in">"Sign in"</a>
            <a class="button" data-kind="primary" href="/sign-up">"Create an account"</a>
        }
        .into_any();
    };
    let bell = format!("Notifications, {} unread", viewer.unread);
    let account = format!("Your account, {}", viewer.name);
    view! {
        <a class="button" data-kind="quiet" data-size="icon" href="/notifications" aria-label=bell>{icon("bell")}</a>
        <a href="/account" aria-label=account><span class="avatar" aria-hidden="true">{initials(&viewer.name)}</span></a>
    }
    .into_any()
}

fn account_in_menu(viewer: Option<&Viewer>) -> AnyView {
    let Some(viewer) = viewer else {
        return view! {
            <a class="button" href="/sign-in">"Sign in"</a>
            <a class="button" data-kind="primary" href="/sign-up">"Create an account"</a>
        }
        .into_any();
    };
    let count = (viewer.unread > 0)
        .then(|| view! { " "<span class="count">{viewer.unread.to_string()}</span> });
    view! {
        <a class="button" data-kind="quiet" href="/notifications">{icon("bell")}"Notifications"{count}</a>
        <a class="button" data-kind="quiet" href="/account">{icon("user")}"Your account"</a>
    }
    .into_any()
}

/// The first letters of the first and the last name.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next();
    [first, words.next_back()]
        .into_iter()
        .flatten()
        .filter_map(|word| word.chars().next())
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_of_all_sorts_of_names() {
        assert_eq!(initials("Noor Haddad"), "NH");
        assert_eq!(initials("ines maría okafor"), "IO");
        assert_eq!(initials("Cher"), "C");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn the_catalogue_is_current_on_the_pages_below_it() {
        let entry = &ENTRIES[0];
        assert!(is_current(entry, "/"));
        assert!(is_current(entry, "/apis/payments"));
        assert!(!is_current(entry, "/sign-in"));
    }
}
