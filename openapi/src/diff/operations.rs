//! Compares one operation with its former self.

use std::collections::{HashMap, HashSet};

use super::schemas::{self, Difference, Side};
use super::{Change, ChangeKind, change};
use crate::document::Document;
use crate::operations::Operation;
use crate::reference::{Content, OperationPage, Parameter, Place, build};
use crate::schema::{Budget, Builder};

/// How deep schemas are compared, and how much of them.
const BUDGET: Budget = Budget {
    depth: 5,
    bytes: 100_000,
    schemas: 4,
};

pub(super) fn compare(
    old: &Document,
    before: &Operation<'_>,
    new: &Document,
    after: &Operation<'_>,
    changes: &mut Vec<Change>,
) {
    let was = build(old, before, &mut Builder::new(old, BUDGET));
    let is = build(new, after, &mut Builder::new(new, BUDGET));
    if is.deprecated && !was.deprecated {
        let sentence = "The operation is deprecated now.".to_owned();
        changes.push(change(ChangeKind::Deprecated, false, after, sentence));
    }
    let mut found = Vec::new();
    parameters(&was, &is, &mut found);
    body(&was, &is, &mut found);
    answers(&was, &is, &mut found);
    security(&was, &is, &mut found);
    for Difference { breaking, sentence } in found {
        changes.push(change(ChangeKind::Changed, breaking, after, sentence));
    }
}

fn parameters(was: &OperationPage, is: &OperationPage, found: &mut Vec<Difference>) {
    let key = |page: &OperationPage, parameter: &Parameter| match parameter.place {
        // The names in a path mean nothing to callers; their order does.
        Place::Path => (Place::Path, position(&page.path, &parameter.name)),
        Place::Header => (Place::Header, parameter.name.to_ascii_lowercase()),
        place => (place, parameter.name.clone()),
    };
    let mut former: HashMap<_, &Parameter> = HashMap::new();
    for parameter in &was.parameters {
        former.entry(key(was, parameter)).or_insert(parameter);
    }
    // Some write a header twice, once in capitals: the first one counts on both sides.
    let mut seen = HashSet::new();
    for parameter in &is.parameters {
        if !seen.insert(key(is, parameter)) {
            continue;
        }
        let name = named(parameter);
        let Some(before) = former.remove(&key(is, parameter)) else {
            if parameter.place != Place::Path {
                let kind = if parameter.required {
                    "a required"
                } else {
                    "an optional"
                };
                found.push(Difference::new(
                    parameter.required,
                    format!("{name} is new, as {kind} parameter."),
                ));
            }
            continue;
        };
        if parameter.required && !before.required {
            found.push(Difference::breaking(format!("{name} is required now.")));
        } else if !parameter.required && before.required {
            found.push(Difference::harmless(format!("{name} is optional now.")));
        }
        if parameter.deprecated && !before.deprecated {
            found.push(Difference::harmless(format!("{name} is deprecated now.")));
        }
        schemas::compare(
            &before.schema,
            &parameter.schema,
            Side::Request,
            &name,
            found,
        );
    }
    let mut gone: Vec<String> = former
        .into_values()
        .filter(|parameter| parameter.place != Place::Path)
        .map(named)
        .collect();
    gone.sort();
    found.extend(
        gone.into_iter()
            .map(|name| Difference::breaking(format!("{name} is gone."))),
    );
}

fn position(path: &str, name: &str) -> String {
    let names = path
        .split('{')
        .skip(1)
        .filter_map(|part| part.split('}').next());
    names
        .into_iter()
        .position(|other| other == name)
        .map_or_else(|| name.to_owned(), |at| at.to_string())
}

fn named(parameter: &Parameter) -> String {
    let place = match parameter.place {
        Place::Path => "path",
        Place::Query | Place::QueryString => "query",
        Place::Header => "header",
        Place::Cookie => "cookie",
    };
    format!("The {place} parameter `{}`", parameter.name)
}

fn body(was: &OperationPage, is: &OperationPage, found: &mut Vec<Difference>) {
    match (&was.request_body, &is.request_body) {
        (None, None) => {}
        (None, Some(body)) => {
            let kind = if body.required {
                "a required"
            } else {
                "an optional"
            };
            found.push(Difference::new(
                body.required,
                format!("The operation takes {kind} body now."),
            ));
        }
        (Some(_), None) => found.push(Difference::breaking(
            "The operation takes no body any more.".to_owned(),
        )),
        (Some(before), Some(after)) => {
            if after.required && !before.required {
                found.push(Difference::breaking("The body is required now.".to_owned()));
            }
            contents(
                &before.contents,
                &after.contents,
                Side::Request,
                "The body",
                found,
            );
        }
    }
}

fn answers(was: &OperationPage, is: &OperationPage, found: &mut Vec<Difference>) {
    for before in &was.responses {
        let Some(after) = is
            .responses
            .iter()
            .find(|response| response.status == before.status)
        else {
            let success = before.status.starts_with('2');
            found.push(Difference::new(
                success,
                format!("The answer {} is gone.", before.status),
            ));
            continue;
        };
        let name = format!("The answer {}", before.status);
        contents(
            &before.contents,
            &after.contents,
            Side::Response,
            &name,
            found,
        );
        for header in &before.headers {
            if !after
                .headers
                .iter()
                .any(|other| other.name.eq_ignore_ascii_case(&header.name))
            {
                found.push(Difference::breaking(format!(
                    "{name} has no header `{}` any more.",
                    header.name
                )));
            }
        }
    }
    for after in &is.responses {
        if !was
            .responses
            .iter()
            .any(|response| response.status == after.status)
        {
            found.push(Difference::harmless(format!(
                "The answer {} is new.",
                after.status
            )));
        }
    }
}

fn contents(
    before: &[Content],
    after: &[Content],
    side: Side,
    name: &str,
    found: &mut Vec<Difference>,
) {
    let mut compared: Vec<&str> = Vec::new();
    for content in before {
        let Some(other) = after
            .iter()
            .find(|other| other.media_type == content.media_type)
        else {
            if !after.is_empty() || side == Side::Response {
                found.push(Difference::breaking(format!(
                    "{name} is not offered as `{}` any more.",
                    content.media_type
                )));
            }
            continue;
        };
        let was = own(before, content);
        let is = own(after, other);
        // One schema for several media types is compared once.
        let key = content.same_as.as_deref().unwrap_or(&content.media_type);
        let once = !(compared.contains(&key) && other.same_as.is_some());
        if let (Some(was), Some(is), true) = (was, is, once) {
            schemas::compare(was, is, side, name, found);
        }
        compared.push(key);
    }
    for content in after {
        if !before.is_empty()
            && !before
                .iter()
                .any(|other| other.media_type == content.media_type)
        {
            found.push(Difference::harmless(format!(
                "{name} is offered as `{}` too.",
                content.media_type
            )));
        }
    }
}

fn own<'c>(all: &'c [Content], content: &'c Content) -> Option<&'c crate::schema::SchemaNode> {
    let same = content.same_as.as_ref();
    let original = same.and_then(|same| all.iter().find(|other| other.media_type == *same));
    content
        .schema
        .as_ref()
        .or_else(|| original?.schema.as_ref())
}

fn security(was: &OperationPage, is: &OperationPage, found: &mut Vec<Difference>) {
    let open =
        |page: &OperationPage| page.security.is_empty() || page.security.iter().any(Vec::is_empty);
    if open(was) && !open(is) {
        found.push(Difference::breaking(
            "The operation needs a credential now.".to_owned(),
        ));
    } else if !open(was) && open(is) {
        found.push(Difference::harmless(
            "The operation needs no credential any more.".to_owned(),
        ));
    } else if !open(was)
        && was
            .security
            .iter()
            .any(|way| !is.security.iter().any(|now| suffices(way, now)))
    {
        found.push(Difference::breaking(
            "A way to authenticate is gone, or needs more than before.".to_owned(),
        ));
    }
}

/// Who could authenticate the one way can do so the other way.
fn suffices(way: &crate::Alternative, now: &crate::Alternative) -> bool {
    now.iter().all(|needed| {
        way.iter().any(|given| {
            given.scheme == needed.scheme
                && given.kind == needed.kind
                && needed
                    .scopes
                    .iter()
                    .all(|scope| given.scopes.contains(scope))
        })
    })
}
