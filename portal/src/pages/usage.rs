//! Usage: the numbers that limits and bills are made from, for the person's own applications.

mod drawings;
mod figures;
mod view;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::Timestamp;
use domain::id::ApplicationId;
use operations::usage::{self, Dimension, Only, Preset, QuotaState, Range, Report, Scope, Top};
use operations::{Paging, applications, request_log};
use serde::Deserialize;
use store::applications::Line;
use store::request_log::Request;

use crate::failure::PageError;
use crate::form::Asked;
use crate::page::Page;

/// How many operations the table holds.
const OPERATIONS: u32 = 20;
/// How many of the latest refused calls stand below.
const LATEST: u32 = 5;

/// What an address asks for; values that mean nothing are like none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    range: String,
    application: String,
}

impl Wanted {
    fn preset(&self) -> Preset {
        Preset::parse(&self.range).unwrap_or(Preset::Day)
    }

    fn application(&self) -> Result<Option<ApplicationId>, PageError> {
        match self.application.as_str() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| PageError::NotFound),
        }
    }

    /// The same numbers at another address or over another range.
    fn href(&self, path: &str, preset: Preset) -> String {
        let mut pairs = vec![("range", preset.as_str())];
        if !self.application.is_empty() {
            pairs.push(("application", self.application.as_str()));
        }
        format!(
            "{path}?{}",
            serde_html_form::to_string(pairs).unwrap_or_default()
        )
    }

    fn query(&self) -> Result<usage::Query, PageError> {
        let scope = self.application()?.map_or(Scope::Own, Scope::Application);
        Ok(usage::Query {
            scope,
            range: Range::Last(self.preset()),
            only: Only::default(),
        })
    }
}

/// What the page shows.
struct Usage {
    applications: Vec<Line>,
    report: Report,
    quotas: Vec<QuotaState>,
    operations: Vec<Top>,
    refused: Vec<Request>,
    now: Timestamp,
}

/// `GET /usage`
pub(crate) async fn show(page: Page, Asked(wanted): Asked<Wanted>) -> Result<Response, PageError> {
    if page.viewer.is_none() {
        return Err(PageError::SignInFirst);
    }
    let usage = read(&page, &wanted).await?;
    Ok(page.show("Usage", || view::view(&usage, &wanted)))
}

/// `GET /usage.csv`: the bars as a table for a spreadsheet.
pub(crate) async fn csv(page: Page, Asked(wanted): Asked<Wanted>) -> Result<Response, PageError> {
    if page.viewer.is_none() {
        return Err(PageError::SignInFirst);
    }
    let report = usage::report(&page.portal.platform, &page.actor, &wanted.query()?).await?;
    let name = format!(
        "attachment; filename=\"usage-{}.csv\"",
        wanted.preset().as_str()
    );
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, usage::to_csv(&report)).into_response())
}

async fn read(page: &Page, wanted: &Wanted) -> Result<Usage, PageError> {
    let (platform, actor) = (&page.portal.platform, &page.actor);
    let query = wanted.query()?;
    let report = usage::report(platform, actor, &query).await?;
    let applications = applications::own(platform, actor).await?;
    let chosen = wanted.application()?;
    let mut quotas = Vec::new();
    for line in &applications {
        if chosen.is_none_or(|id| id == line.id) {
            quotas.extend(usage::quotas(platform, actor, line.id).await?);
        }
    }
    let search = request_log::Search {
        failures: true,
        ..request_log::Search::default()
    };
    let latest = Paging::first(LATEST);
    Ok(Usage {
        applications,
        quotas,
        operations: usage::top(platform, actor, &query, Dimension::Operation, OPERATIONS).await?,
        refused: request_log::list(platform, actor, query.scope, &search, &latest)
            .await?
            .items,
        report,
        now: platform.now(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_nobody_knows_is_a_day() {
        let wanted = Wanted {
            range: "century".to_owned(),
            application: "a b".to_owned(),
        };
        assert_eq!(wanted.preset(), Preset::Day);
        assert_eq!(
            wanted.href("/usage.csv", Preset::Week),
            "/usage.csv?range=7d&application=a+b"
        );
        assert!(matches!(wanted.application(), Err(PageError::NotFound)));
    }
}
