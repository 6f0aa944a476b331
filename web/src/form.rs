//! What a person typed into a form, kept as it was typed, so that it comes back with what is wrong beside it.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use operations::{Error, FieldError};
use std::str::FromStr;

use crate::answer::{Fault, sentence};
use crate::parts::{Field, Kind, Notice, Tone};

/// The values of a form, and what is wrong with them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    pairs: Vec<(String, String)>,
    flaws: Vec<FieldError>,
    notice: Option<Notice>,
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|error| Fault::Unreadable(error.status(), sentence(&error.body_text())))?;
        Ok(Self::read(&bytes))
    }
}

/// The query of an address, read like a form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(pub(crate) Form);

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Query {
    type Rejection = Fault;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _state: &S,
    ) -> Result<Self, Fault> {
        Ok(Self(Form::read(
            parts.uri.query().unwrap_or_default().as_bytes(),
        )))
    }
}

impl Form {
    fn read(bytes: &[u8]) -> Self {
        let pairs = url::form_urlencoded::parse(bytes).into_owned().collect();
        Self {
            pairs,
            ..Self::default()
        }
    }

    /// A form with something in it.
    pub(crate) fn of<const N: usize>(pairs: [(&str, String); N]) -> Self {
        let pairs = pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self {
            pairs,
            ..Self::default()
        }
    }

    /// With one value more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.pairs.push((name.to_owned(), value.into()));
        self
    }

    /// Puts one value in place of all that have this name.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.pairs.retain(|(known, _)| known != name);
        self.pairs.push((name.to_owned(), value.into()));
    }

    /// What was typed under a name; empty when nothing was.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.pairs
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// The same without white space at its ends.
    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).trim().to_owned()
    }

    /// The same, when something was typed.
    pub(crate) fn some(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Everything that came under a name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.pairs
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// How many rows there are of what is numbered below a name: `limits/0/requests`.
    pub(crate) fn rows(&self, name: &str) -> usize {
        let number = |known: &str| -> Option<usize> {
            let rest = known.strip_prefix(name)?.strip_prefix('/')?;
            rest.split('/').next()?.parse().ok()
        };
        self.pairs
            .iter()
            .filter_map(|(known, _)| number(known))
            .max()
            .map_or(0, |last| (last + 1).min(50))
    }

    /// Whether a value came under a name.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.pairs
            .iter()
            .any(|(known, kept)| known == name && kept == value)
    }

    /// Whether a box was checked.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.get(name) == "true"
    }

    /// A value of its type, if it is one.
    pub(crate) fn parse<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name).trim().parse().ok()
    }

    /// Lines or comma-separated words of an area, without empty ones.
    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        self.get(name)
            .split(['\n', ','])
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// The version that the form was made from.
    pub(crate) fn version(&self) -> i64 {
        self.parse("version").unwrap_or(0)
    }

    /// A whole number; what is none is remembered as a flaw.
    pub(crate) fn whole(&mut self, name: &str) -> i64 {
        let typed: String = self
            .get(name)
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '\u{202f}')
            .collect();
        if typed.is_empty() {
            return 0;
        }
        typed.parse().unwrap_or_else(|_| {
            self.refuse(name, "is not a whole number");
            0
        })
    }

    /// Remembers that something is wrong with a field.
    pub(crate) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.flaws.push(FieldError {
            field: name.to_owned(),
            message: message.into(),
        });
    }

    /// Whether it comes back with something wrong.
    pub(crate) fn came_back(&self) -> bool {
        !self.flaws.is_empty() || self.notice.is_some()
    }

    /// The flaws found so far as an error.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.flaws.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.flaws.clone()))
        }
    }

    /// Takes in what an operation refused, to be shown with the form; any other failure stays one.
    pub(crate) fn refused(mut self, error: Error) -> Result<Self, Fault> {
        match error {
            Error::Invalid(flaws) => {
                self.flaws = flaws;
                Ok(self)
            }
            error @ (Error::InUse(_)
            | Error::WrongState(_)
            | Error::Fetch(_)
            | Error::Unreadable(_)
            | Error::TooMany { .. }) => {
                let what = sentence(&faces::problem::tell(&error));
                self.notice = Some(Notice::new(Tone::Bad, what));
                Ok(self)
            }
            Error::Conflict {
                what,
                current_version,
            } => {
                let title = format!("Not saved: somebody changed this {what} meanwhile");
                self.notice = Some(Notice::new(Tone::Bad, title).text(
                    "What you typed is still here. Look at what differs; save again to put yours in its place.",
                ));
                self.set("version", current_version.to_string());
                Ok(self)
            }
            error => Err(error.into()),
        }
    }

    /// After a conflict: says what is different from how the thing is now.
    pub(crate) fn compared_with(mut self, now: &Self) -> Self {
        let Some(notice) = self.notice.take() else {
            return self;
        };
        let differences = now
            .pairs
            .iter()
            .filter(|(name, value)| name != "version" && self.get(name).trim() != value.trim())
            .map(|(name, value)| {
                let (theirs, yours) = (shown(value), shown(self.get(name)));
                format!(
                    "{}: it is {theirs} now, yours is {yours}",
                    name.replace('_', " ")
                )
            })
            .collect();
        self.notice = Some(notice.details(differences));
        self
    }

    /// What stands above the form: the notice of a refusal, with the flaws that belong to no field of `fields`.
    pub(crate) fn head(&self, fields: &[&Field]) -> Option<Notice> {
        if let Some(notice) = &self.notice {
            return Some(notice.clone());
        }
        let loose: Vec<String> = self
            .flaws
            .iter()
            .filter(|flaw| !fields.iter().any(|field| field.holds(&flaw.field)))
            .map(|flaw| format!("{} {}", flaw.field, flaw.message))
            .collect();
        if self.flaws.is_empty() {
            return None;
        }
        Some(Notice::new(Tone::Bad, "Not saved: something is to be mended").details(loose))
    }

    /// The flaw of a field, or of something inside it.
    pub(crate) fn flaw(&self, name: &str) -> Option<String> {
        let mut found: Vec<String> = Vec::new();
        for flaw in &self.flaws {
            match flaw.field.strip_prefix(name) {
                Some("") => found.push(flaw.message.clone()),
                Some(rest) if rest.starts_with('/') => {
                    found.push(format!("{} {}", rest.trim_start_matches('/'), flaw.message));
                }
                _ => {}
            }
        }
        (!found.is_empty()).then(|| found.join("; "))
    }

    /// A field with what was typed into it and what is wrong with that.
    pub(crate) fn field(&self, kind: Kind, name: &str, label: &str) -> Field {
        Field::new(kind, name, label)
            .value(self.get(name))
            .error(self.flaw(name))
    }

    /// A query with one value changed, for links that keep the others; an empty value leaves it out.
    pub(crate) fn link(&self, path: &str, name: &str, value: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (known, kept) in &self.pairs {
            if known != name && known != "after" && !kept.is_empty() {
                query.append_pair(known, kept);
            }
        }
        if !value.is_empty() {
            query.append_pair(name, value);
        }
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// Which page of a long list is asked for.
    pub(crate) fn paging(&self, limit: u32) -> operations::Paging {
        operations::Paging {
            limit,
            after: self.some("after"),
        }
    }

    /// The way to the pages around one of a long list.
    pub(crate) fn pages(
        &self,
        path: &str,
        shown: String,
        next: Option<&str>,
    ) -> crate::parts::Pages {
        crate::parts::Pages {
            shown,
            before: (!self.get("after").is_empty()).then(|| self.link(path, "after", "")),
            next: next.map(|next| self.link(path, "after", next)),
        }
    }
}

fn shown(value: &str) -> String {
    let line: String = value.trim().chars().take(80).collect();
    if line.is_empty() {
        "empty".to_owned()
    } else {
        format!("“{line}”")
    }
}

/// An id in an address; what is none leads nowhere.
pub(crate) fn id<T>(text: &str) -> Result<domain::Id<T>, Fault> {
    text.parse()
        .map_err(|_| Error::not_found("page", text).into())
}

/// The failure of a body that is too large, in words.
pub(crate) fn too_large(most: usize) -> Fault {
    Fault::Unreadable(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!(
            "What was sent is larger than {}.",
            charts::format::bytes(most as u64)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_keep_the_other_filters_and_begin_at_the_first_page() {
        let form = Form::read(b"state=open&q=pier%209&after=abc");
        assert_eq!(
            form.link("/x", "state", "decided"),
            "/x?q=pier+9&state=decided"
        );
        assert_eq!(form.link("/x", "state", ""), "/x?q=pier+9");
    }

    #[test]
    fn a_conflict_tells_what_differs_and_keeps_what_was_typed() {
        let typed = Form::of([("name", "Mine".to_owned()), ("version", "1".to_owned())]);
        let now = Form::of([("name", "Theirs".to_owned()), ("version", "2".to_owned())]);
        let back = typed
            .refused(Error::Conflict {
                what: "plan",
                current_version: 2,
            })
            .unwrap()
            .compared_with(&now);
        assert_eq!((back.get("name"), back.version()), ("Mine", 2));
        let html = back.head(&[]).unwrap().to_string();
        assert!(
            html.contains("it is “Theirs” now, yours is “Mine”"),
            "{html}"
        );
    }

    #[test]
    fn flaws_inside_a_list_are_told_at_its_field() {
        let mut form = Form::default();
        form.refuse("rate_limits/0/requests", "is 0");
        assert_eq!(form.flaw("rate_limits").as_deref(), Some("0/requests is 0"));
        assert_eq!(form.flaw("rate"), None);
    }
}
