//! Refusals as a caller sees them: problem documents (RFC 9457), a page or a line of text, as asked for.

use bytes::Bytes;
use domain::refusal::Refusal;
use http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, StatusCode};
use pingora::Result;
use pingora_http::ResponseHeader;
use serde::Serialize;
use url::Url;

use crate::config::{ErrorPage, ErrorView};
use crate::headers::X_REQUEST_ID;

/// Why a request was not served.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) refusal: Refusal,
    /// What happened to this request, for its sender; never an upstream's address.
    pub(crate) detail: Option<String>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether the connection can no longer be trusted.
    pub(crate) close: bool,
}

impl Problem {
    pub(crate) fn new(refusal: Refusal) -> Self {
        Self {
            refusal,
            detail: None,
            headers: Vec::new(),
            close: false,
        }
    }

    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn closing(mut self) -> Self {
        self.close = true;
        self
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal)
    }
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    request_id: &'a str,
}

/// Where problems are explained and how they are drawn.
#[derive(Debug, Clone)]
pub(crate) struct Explainer {
    pub(crate) portal: Option<Url>,
    pub(crate) page: Option<ErrorPage>,
}

impl Explainer {
    /// Header and body of the answer.
    pub(crate) fn answer(
        &self,
        problem: &Problem,
        request_id: &str,
        request: Option<&HeaderMap>,
    ) -> Result<(ResponseHeader, Bytes)> {
        let words = problem.refusal.explain();
        let view = ErrorView {
            refusal: problem.refusal,
            detail: problem
                .detail
                .clone()
                .unwrap_or_else(|| words.meaning.to_owned()),
            request_id: request_id.to_owned(),
            help: self.help(problem.refusal),
        };
        let (media, body) = self.body(&view, preferred(request));
        let mut response = ResponseHeader::build(words.status, Some(12))?;
        response.insert_header(CONTENT_TYPE, media)?;
        response.insert_header(CONTENT_LENGTH, body.len().to_string())?;
        response.insert_header(CACHE_CONTROL, "no-store")?;
        response.insert_header(X_CONTENT_TYPE_OPTIONS, "nosniff")?;
        response.insert_header(X_REQUEST_ID, request_id)?;
        let asks = |(name, _): &(_, _)| *name == WWW_AUTHENTICATE;
        if response.status == StatusCode::UNAUTHORIZED && !problem.headers.iter().any(asks) {
            response.insert_header(WWW_AUTHENTICATE, "ApiKey realm=\"gatehouse\"")?;
        }
        for (name, value) in &problem.headers {
            if *name == WWW_AUTHENTICATE {
                // one for each way to say who calls
                response.append_header(name.clone(), value.clone())?;
            } else {
                response.insert_header(name.clone(), value.clone())?;
            }
        }
        if problem.refusal == Refusal::MethodNotAllowed && !response.headers.contains_key(ALLOW) {
            // RFC 9110 section 15.5.6 asks for the header, even when nothing is allowed
            response.insert_header(ALLOW, "")?;
        }
        Ok((response, body))
    }

    fn help(&self, refusal: Refusal) -> Option<String> {
        let base = self.portal.as_ref()?.as_str().trim_end_matches('/');
        Some(format!("{base}/errors/{refusal}"))
    }

    fn body(&self, view: &ErrorView, media: Media) -> (&'static str, Bytes) {
        match (media, &self.page) {
            (Media::Html, Some(page)) => ("text/html; charset=utf-8", (page.0)(view).into()),
            (Media::Html | Media::Text, _) => ("text/plain; charset=utf-8", text(view).into()),
            (Media::Json, _) => ("application/problem+json", json(view)),
        }
    }
}

fn json(view: &ErrorView) -> Bytes {
    let words = view.refusal.explain();
    let kind = view
        .help
        .clone()
        .unwrap_or_else(|| format!("urn:gatehouse:error:{}", view.refusal));
    serde_json::to_vec(&Document {
        r#type: &kind,
        title: words.title,
        status: words.status,
        detail: &view.detail,
        code: view.refusal.as_str(),
        request_id: &view.request_id,
    })
    .map(Bytes::from)
    .unwrap_or_default()
}

fn text(view: &ErrorView) -> String {
    let words = view.refusal.explain();
    let mut text = format!(
        "{} {}\n\n{}\n{}\n\nCode: {}\nRequest: {}\n",
        words.status, words.title, view.detail, words.remedy, view.refusal, view.request_id
    );
    if let Some(help) = &view.help {
        text.push_str("More: ");
        text.push_str(help);
        text.push('\n');
    }
    text
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Media {
    Json,
    Html,
    Text,
}

/// What the caller would rather read: the highest quality, then the most specific range, then JSON.
fn preferred(request: Option<&HeaderMap>) -> Media {
    let Some(accept) = request.and_then(|headers| headers.get(ACCEPT)?.to_str().ok()) else {
        return Media::Json;
    };
    let mut best = (0, 0, Media::Json);
    for range in accept.split(',').take(16) {
        let mut parts = range.split(';');
        let name = parts.next().unwrap_or_default().trim();
        let quality = parts
            .filter_map(|p| p.trim().strip_prefix("q="))
            .find_map(|q| q.parse::<f32>().ok())
            .unwrap_or(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a quality is a number from 0 to 1 with three places"
        )]
        let quality = (quality.clamp(0.0, 1.0) * 1_000.0) as i32;
        let (specific, media) = match name {
            "application/problem+json" | "application/json" => (3, Media::Json),
            "text/html" | "application/xhtml+xml" => (3, Media::Html),
            "text/plain" => (3, Media::Text),
            "text/*" => (2, Media::Text),
            "application/*" => (2, Media::Json),
            "*/*" => (1, Media::Json),
            _ => continue,
        };
        if quality > 0 && (quality, specific) > (best.0, best.1) {
            best = (quality, specific, media);
        }
    }
    best.2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_preferred(accept: &str, wanted: Media) {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().unwrap());
        assert_eq!(preferred(Some(&headers)), wanted, "{accept}");
    }

    #[test]
    fn programs_get_json_and_browsers_a_page() {
        check_preferred("*/*", Media::Json);
        check_preferred("application/json", Media::Json);
        check_preferred("image/png", Media::Json);
        check_preferred("text/plain", Media::Text);
        check_preferred("text/html;q=0.5, application/json", Media::Json);
        check_preferred(
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            Media::Html,
        );
    }

    #[test]
    fn a_document_names_its_page_and_request() {
        let explainer = Explainer {
            portal: Some("https://dev.test/".parse().unwrap()),
            page: None,
        };
        let problem = Problem::new(Refusal::CredentialMissing);
        let (header, body) = explainer.answer(&problem, "r-1", None).unwrap();
        assert_eq!(header.status, 401);
        let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            document["type"],
            "https://dev.test/errors/credential_missing"
        );
        assert_eq!(document["request_id"], "r-1");
        assert_eq!(document["code"], "credential_missing");
    }
}
