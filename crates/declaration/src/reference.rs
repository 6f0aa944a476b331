//! References in texts: `${NAME}`, `${NAME:-otherwise}`, `${file:path}`, `${vault:mount/path#field}`. `$${` stands for `${`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::flaw::Flaw;

/// Something that stands elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// A variable of the environment, with what is meant when it is not set.
    Variable {
        /// Its name.
        name: String,
        /// What is meant without it.
        otherwise: Option<String>,
    },
    /// A file beside or below the one that names it.
    File(String),
    /// A field of a secret in Vault's KV engine, version 2.
    Vault {
        /// Mount and path: `secret/edge/tls`.
        path: String,
        /// The field.
        field: String,
    },
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable { name, .. } => write!(f, "${{{name}}}"),
            Self::File(path) => write!(f, "${{file:{path}}}"),
            Self::Vault { path, field } => write!(f, "${{vault:{path}#{field}}}"),
        }
    }
}

/// What references stand for, or why that is not known.
pub type Answers = BTreeMap<Reference, Result<String, String>>;

impl Reference {
    fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("file:") {
            return Ok(Self::File(path.trim().to_owned()));
        }
        if let Some(rest) = text.strip_prefix("vault:") {
            return match rest.split_once('#') {
                Some((path, field)) if path.contains('/') && !field.is_empty() => Ok(Self::Vault {
                    path: path.trim_matches('/').to_owned(),
                    field: field.to_owned(),
                }),
                _ => Err(format!(
                    "`${{{text}}}` is not complete: write `${{vault:mount/path#field}}`"
                )),
            };
        }
        let (name, otherwise) = match text.split_once(":-") {
            Some((name, otherwise)) => (name, Some(otherwise.to_owned())),
            None => (text, None),
        };
        let is_name = !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !is_name {
            return Err(format!(
                "`${{{text}}}` is no reference; write `$${{` where a text holds `${{`"
            ));
        }
        Ok(Self::Variable {
            name: name.to_owned(),
            otherwise,
        })
    }
}

enum Piece<'a> {
    Plain(&'a str),
    Of(Result<Reference, String>),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if at > 0 && rest.as_bytes()[at - 1] == b'$' {
            found.push(Piece::Plain(&rest[..at - 1]));
            found.push(Piece::Plain("${"));
            rest = &rest[at + 2..];
            continue;
        }
        found.push(Piece::Plain(&rest[..at]));
        let inner = &rest[at + 2..];
        let Some(end) = inner.find('}') else {
            found.push(Piece::Of(Err(format!("`{}` has no end", &rest[at..]))));
            return found;
        };
        found.push(Piece::Of(Reference::parse(&inner[..end])));
        rest = &inner[end + 1..];
    }
    found.push(Piece::Plain(rest));
    found
}

/// A text in which nothing is taken for a reference.
pub(crate) fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

/// Writes every text so that it is read back as it is.
pub(crate) fn escape_all(value: &mut Value) {
    each_text(value, "", &mut |_, text| {
        if text.contains("${") {
            *text = escaped(text);
        }
    });
}

/// Every reference in a value.
pub(crate) fn collect(value: &mut Value) -> BTreeSet<Reference> {
    let mut found = BTreeSet::new();
    each_text(value, "", &mut |_, text| {
        if text.contains("${") {
            for piece in pieces(text) {
                if let Piece::Of(Ok(reference)) = piece {
                    found.insert(reference);
                }
            }
        }
    });
    found
}

/// Puts in place of each reference what `answer` knows; `None` leaves it for later.
pub(crate) fn replace(
    value: &mut Value,
    last: bool,
    answer: &mut dyn FnMut(&Reference) -> Option<Result<String, String>>,
) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    each_text(value, "", &mut |place, text| {
        if !text.contains("${") {
            return;
        }
        let mut result = String::new();
        for piece in pieces(text) {
            match piece {
                // what stays for a later round keeps its escapes
                Piece::Plain("${") if !last => result.push_str("$${"),
                Piece::Plain(plain) => result.push_str(plain),
                Piece::Of(Err(message)) => flaws.push(Flaw::at(place, message)),
                Piece::Of(Ok(reference)) => match answer(&reference) {
                    // what was read is text, whatever it holds
                    Some(Ok(found)) if last => result.push_str(&found),
                    Some(Ok(found)) => result.push_str(&escaped(&found)),
                    Some(Err(message)) => {
                        flaws.push(Flaw::at(place, format!("`{reference}` {message}")));
                    }
                    None => match &reference {
                        Reference::Variable {
                            name,
                            otherwise: Some(otherwise),
                        } => result.push_str(&format!("${{{name}:-{otherwise}}}")),
                        other => result.push_str(&other.to_string()),
                    },
                },
            }
        }
        *text = result;
    });
    flaws
}

fn each_text(value: &mut Value, place: &str, found: &mut dyn FnMut(&str, &mut String)) {
    let below = |name: &str| match place {
        "" => name.to_owned(),
        place => format!("{place}/{name}"),
    };
    match value {
        Value::String(text) => found(place, text),
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                each_text(item, &below(&index.to_string()), found);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                each_text(member, &below(key), found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn replaced(text: &str) -> Result<String, String> {
        let mut value = json!({ "a": [text] });
        let flaws = replace(&mut value, true, &mut |reference| {
            Some(match reference {
                Reference::Variable { name, .. } if name == "SET" => {
                    Ok("it ${holds} more".to_owned())
                }
                Reference::Variable {
                    otherwise: Some(otherwise),
                    ..
                } => Ok(otherwise.clone()),
                _ => Err("is not set".to_owned()),
            })
        });
        match flaws.first() {
            None => Ok(value["a"][0].as_str().unwrap_or_default().to_owned()),
            Some(flaw) => Err(flaw.to_string()),
        }
    }

    #[test]
    fn references_are_replaced_once() {
        assert_eq!(
            replaced("x ${SET} y"),
            Ok("x it ${holds} more y".to_owned())
        );
        assert_eq!(replaced("${NONE:-other}"), Ok("other".to_owned()));
        assert_eq!(replaced("$${SET}"), Ok("${SET}".to_owned()));
        assert_eq!(replaced("costs 5$"), Ok("costs 5$".to_owned()));
    }

    #[test]
    fn what_is_no_reference_is_said() {
        assert_eq!(
            replaced("${NONE}"),
            Err("a/0: `${NONE}` is not set".to_owned())
        );
        for text in ["${", "${a b}", "${vault:secret}", "${1A}"] {
            assert!(replaced(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_escaped_is_read_back() {
        for text in ["${A}", "$${A}", "a ${ b", "$$$${"] {
            assert_eq!(replaced(&escaped(text)), Ok(text.to_owned()), "{text}");
        }
    }
}
