//! Which of the document's answers a caller gets.

use http::{HeaderMap, StatusCode};
use openapi::contract::{ContentContract, ExampleContract, OperationContract, ResponseContract};

use crate::statuses::Statuses;

/// What a caller prefers: `Prefer: code=404, example=empty` (RFC 7240).
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Preference {
    pub(super) status: Option<u16>,
    pub(super) example: Option<String>,
}

impl Preference {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut found = Self::default();
        let lines = headers.get_all("prefer").iter();
        let lines = lines.filter_map(|line| line.to_str().ok());
        for part in lines.flat_map(|line| line.split([',', ';'])) {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                // what is named first counts (RFC 7240, section 2)
                "code" | "status" if found.status.is_none() => found.status = value.parse().ok(),
                "example" if found.example.is_none() => found.example = Some(value.to_owned()),
                _ => {}
            }
        }
        found
    }
}

/// The answer of a status: named itself, by its class, or by `default`; without a status the first success, else the first.
pub(super) fn response(
    operation: &OperationContract,
    status: Option<u16>,
) -> Option<(StatusCode, &ResponseContract)> {
    let all = || {
        let parsed = |response: &ResponseContract| Statuses::parse(&response.status);
        operation.responses.iter().map(move |r| (parsed(r), r))
    };
    if let Some(wanted) = status {
        let code = StatusCode::from_u16(wanted).ok()?;
        let found = all()
            .find(|(s, _)| *s == Some(Statuses::One(wanted)))
            .or_else(|| all().find(|(s, _)| s.is_some_and(|s| s.has(code))))
            .or_else(|| all().find(|(s, _)| s.is_none()))?;
        return Some((code, found.1));
    }
    let code_of = |statuses: Option<Statuses>| match statuses {
        Some(Statuses::One(status)) => status,
        Some(Statuses::Class(class)) => class * 100,
        None => 200,
    };
    let (statuses, response) = all()
        .find(|(s, _)| s.is_some_and(|s| code_of(Some(s)) / 100 == 2))
        .or_else(|| all().find(|(s, _)| s.is_none()))
        .or_else(|| all().next())?;
    let code = StatusCode::from_u16(code_of(statuses)).ok()?;
    Some((code, response))
}

/// The content that `Accept` likes best (RFC 9110, section 12.5.1), in the document's order where it likes two the same.
pub(super) fn content<'r>(
    response: &'r ResponseContract,
    headers: &HeaderMap,
) -> Result<Option<&'r ContentContract>, NotAcceptable> {
    if response.contents.is_empty() {
        return Ok(None);
    }
    let lines = headers.get_all(http::header::ACCEPT).iter();
    let ranges: Vec<(String, f32)> = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(range)
        .collect();
    if ranges.is_empty() {
        return Ok(response.contents.first());
    }
    let mut best: Option<(f32, &ContentContract)> = None;
    for content in &response.contents {
        let liking = liking(&content.media_type, &ranges);
        if liking > best.map_or(0.0, |(liking, _)| liking) {
            best = Some((liking, content));
        }
    }
    best.map(|(_, content)| Some(content)).ok_or(NotAcceptable)
}

/// The document has no content that the caller takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotAcceptable;

fn range(text: &str) -> Option<(String, f32)> {
    let mut parts = text.split(';');
    let range = parts.next()?.trim().to_ascii_lowercase();
    let q = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok());
    range.contains('/').then_some((range, q.unwrap_or(1.0)))
}

/// The weight of the most specific range that matches.
fn liking(media_type: &str, ranges: &[(String, f32)]) -> f32 {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let family = format!("{}/*", essence.split('/').next().unwrap_or_default());
    let of = |wanted: &str| ranges.iter().find(|(range, _)| range == wanted);
    of(essence)
        .or_else(|| of(&family))
        .or_else(|| of("*/*"))
        .map_or(0.0, |(_, q)| *q)
}

/// The example of a name, or the first; `None` when a name is not there.
pub(super) fn example<'c>(
    content: &'c ContentContract,
    name: Option<&str>,
) -> Option<Option<&'c ExampleContract>> {
    match name {
        None => Some(content.examples.first()),
        Some(name) => content.examples.iter().find(|e| e.name == name).map(Some),
    }
}
