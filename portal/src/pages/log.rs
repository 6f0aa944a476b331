//! The request log: a developer's own calls, what they were answered, and why they were refused.

mod table;
mod view;

use axum::extract::Path;
use axum::response::Response;
use domain::Timestamp;
use domain::id::ApplicationId;
use operations::usage::Scope;
use operations::{Paging, applications, request_log};
use serde::Deserialize;
use store::request_log::Request;

pub(super) use self::table::table;
use crate::failure::PageError;
use crate::form::Asked;
use crate::page::Page;

/// What an address asks for; values that mean nothing are like none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    /// A part of the path, or a request id.
    q: String,
    /// One of [`ANSWERS`].
    answer: String,
    /// A refusal's code.
    code: String,
    /// Where the page before ended.
    after: String,
}

/// The choices of the answer filter: value and words.
const ANSWERS: &[(&str, &str)] = &[
    ("bad", "Refused and failed"),
    ("2", "2xx answered"),
    ("3", "3xx led on"),
    ("4", "4xx refused"),
    ("5", "5xx failed"),
];

impl Wanted {
    fn search(&self) -> request_log::Search {
        let class = match self.answer.as_str() {
            "2" | "3" | "4" | "5" => self.answer.parse().ok(),
            _ => None,
        };
        request_log::Search {
            class,
            code: Some(self.code.clone()).filter(|code| !code.is_empty()),
            failures: self.answer == "bad",
            text: self.q.clone(),
            ..request_log::Search::default()
        }
    }

    fn is_filtered(&self) -> bool {
        !self.q.trim().is_empty() || !self.code.is_empty() || !self.answer.is_empty()
    }

    fn paging(&self) -> Paging {
        Paging {
            after: Some(self.after.clone()).filter(|after| !after.is_empty()),
            ..Paging::default()
        }
    }

    /// The same filters, from another place in the list.
    fn href(&self, path: &str, after: &str) -> String {
        let pairs: Vec<(&str, &str)> = [
            ("q", self.q.trim()),
            ("answer", self.answer.as_str()),
            ("code", self.code.as_str()),
            ("after", after),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
        if pairs.is_empty() {
            return path.to_owned();
        }
        format!(
            "{path}?{}",
            serde_html_form::to_string(pairs).unwrap_or_default()
        )
    }
}

/// Whose log it is, and one page of it.
struct Log {
    /// The address of this log.
    path: String,
    /// The application; none for all of the person's.
    application: Option<(ApplicationId, String)>,
    requests: Vec<Request>,
    /// Where the next page begins.
    next: Option<String>,
    now: Timestamp,
}

/// `GET /log`: the calls of all own applications.
pub(crate) async fn all(page: Page, Asked(wanted): Asked<Wanted>) -> Result<Response, PageError> {
    if page.viewer.is_none() {
        return Err(PageError::SignInFirst);
    }
    let log = read(&page, &wanted, None).await?;
    Ok(page.show("Request log", || view::view(&log, &wanted)))
}

/// `GET /applications/{id}/log`
pub(crate) async fn of_application(
    page: Page,
    Path(id): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, PageError> {
    if page.viewer.is_none() {
        return Err(PageError::SignInFirst);
    }
    let id: ApplicationId = id.parse().map_err(|_| PageError::NotFound)?;
    let line = applications::find(&page.portal.platform, &page.actor, id).await?;
    let name = line.name.to_string();
    let title = format!("Request log of {name}");
    let log = read(&page, &wanted, Some((id, name))).await?;
    Ok(page.show(&title, || view::view(&log, &wanted)))
}

async fn read(
    page: &Page,
    wanted: &Wanted,
    application: Option<(ApplicationId, String)>,
) -> Result<Log, PageError> {
    let platform = &page.portal.platform;
    let scope = application
        .as_ref()
        .map_or(Scope::Own, |(id, _)| Scope::Application(*id));
    let (search, paging) = (wanted.search(), wanted.paging());
    let found = request_log::list(platform, &page.actor, scope, &search, &paging).await?;
    Ok(Log {
        path: page.path.clone(),
        application,
        requests: found.items,
        next: found.next,
        now: platform.now(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_stay_on_the_next_page() {
        let wanted = Wanted {
            q: " a&b ".to_owned(),
            answer: "bad".to_owned(),
            ..Wanted::default()
        };
        assert_eq!(wanted.href("/log", "x"), "/log?q=a%26b&answer=bad&after=x");
        assert!(wanted.search().failures);
        assert_eq!(Wanted::default().href("/log", ""), "/log");
    }

    #[test]
    fn an_answer_nobody_knows_is_any() {
        let wanted = Wanted {
            answer: "7".to_owned(),
            ..Wanted::default()
        };
        let search = wanted.search();
        assert_eq!(search.class, None);
        assert!(!search.failures);
    }
}
