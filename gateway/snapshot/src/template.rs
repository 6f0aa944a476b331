//! Paths of routes, parsed: literal segments, `{param}` for one segment or a part of one, `{param*}` for the rest.

use domain::api::PathKind;
use regex::{Regex, RegexBuilder};
use smallvec::SmallVec;
use thiserror::Error;

use crate::path::canonical_text;

/// The largest compiled regular expression, in bytes.
const LARGEST_REGEX: usize = 1 << 20;

/// A route's path, ready to be put into a router.
#[derive(Debug, Clone)]
pub(crate) enum Pattern {
    /// Segments, and what may follow the last of them.
    Segments { segments: Vec<Segment>, end: End },
    /// A regular expression over the whole path below the base path.
    Regex(Box<Regex>),
}

/// One segment between slashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Segment {
    /// Exactly this text (canonical).
    Literal(Box<str>),
    /// Text and parameters mixed: `{base}...{head}`, `{id}.json`.
    Mixed(Vec<Part>),
    /// One parameter.
    Param(Box<str>),
}

/// A part of a mixed segment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Text(Box<str>),
    Param(Box<str>),
}

/// What may follow the last segment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// Nothing.
    Here,
    /// Nothing, or anything after a slash.
    Below,
    /// At least one more character after the slash: `{param*}`.
    Rest(Box<str>),
}

/// Why a route's path cannot be matched.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum PathError {
    /// Paths are absolute.
    #[error("path `{0}` does not begin with a slash")]
    NotAbsolute(String),
    /// `//`, `.`, `..`, `;`, `\`: such requests are refused before they are routed.
    #[error(
        "path `{0}` can never be reached: requests with empty or dot segments, semicolons or backslashes are refused"
    )]
    Unreachable(String),
    /// A brace without its partner, or an empty name.
    #[error("path `{0}` has a parameter that is not closed or has no name")]
    BadParameter(String),
    /// Two parameters side by side have no boundary.
    #[error("path `{0}` has two parameters without text between them")]
    Adjacent(String),
    /// One name, two values.
    #[error("path `{path}` has the parameter `{name}` twice")]
    Twice {
        /// The path.
        path: String,
        /// The name.
        name: String,
    },
    /// `{param*}` before the end.
    #[error("path `{0}` has `{{name*}}` before its end")]
    RestNotLast(String),
    /// The regular expression does not compile, or is too large.
    #[error("path is not a regular expression that can be used: {0}")]
    Regex(String),
}

impl Pattern {
    /// Reads a route's path.
    pub(crate) fn parse(path: &str, kind: PathKind) -> Result<Self, PathError> {
        if kind == PathKind::Regex {
            return RegexBuilder::new(&format!("^(?:{path})$"))
                .size_limit(LARGEST_REGEX)
                .build()
                .map(|regex| Self::Regex(Box::new(regex)))
                .map_err(|error| PathError::Regex(error.to_string()));
        }
        let rest = path
            .strip_prefix('/')
            .ok_or_else(|| PathError::NotAbsolute(path.to_owned()))?;
        match kind {
            PathKind::Template => template(path, rest),
            PathKind::Prefix => {
                let rest = rest.strip_suffix('/').unwrap_or(rest);
                Ok(Self::Segments {
                    segments: if rest.is_empty() {
                        Vec::new()
                    } else {
                        literals(path, rest)?
                    },
                    end: End::Below,
                })
            }
            PathKind::Exact | PathKind::Regex => Ok(Self::Segments {
                segments: literals(path, rest)?,
                end: End::Here,
            }),
        }
    }

    /// The names of its parameters; of a regular expression its named groups and the numbers of all groups.
    pub(crate) fn parameters(&self) -> Vec<String> {
        match self {
            Self::Regex(regex) => {
                let named = regex.capture_names().flatten().map(str::to_owned);
                named
                    .chain((0..regex.captures_len()).map(|n| n.to_string()))
                    .collect()
            }
            Self::Segments { segments, end } => {
                let mut names: Vec<String> = Vec::new();
                for segment in segments {
                    match segment {
                        Segment::Literal(_) => {}
                        Segment::Param(name) => names.push(name.to_string()),
                        Segment::Mixed(parts) => {
                            names.extend(parts.iter().filter_map(|part| match part {
                                Part::Param(name) => Some(name.to_string()),
                                Part::Text(_) => None,
                            }))
                        }
                    }
                }
                if let End::Rest(name) = end {
                    names.push(name.to_string());
                }
                names
            }
        }
    }

    /// The values of the parameters in a path that this pattern matched; `None` when it does not match.
    pub(crate) fn captures<'p>(&self, path: &'p str) -> Option<SmallVec<[(String, &'p str); 4]>> {
        match self {
            Self::Regex(regex) => {
                let found = regex.captures(path)?;
                let named = regex.capture_names().enumerate().filter_map(|(i, name)| {
                    Some((name?.to_owned(), found.get(i).map_or("", |m| m.as_str())))
                });
                let numbered = (0..regex.captures_len())
                    .map(|i| (i.to_string(), found.get(i).map_or("", |m| m.as_str())));
                Some(named.chain(numbered).collect())
            }
            Self::Segments { segments, end } => {
                let mut values = SmallVec::new();
                let mut rest = path.strip_prefix('/')?;
                let mut at_end = false;
                for segment in segments {
                    if at_end {
                        return None;
                    }
                    let (text, tail) = match rest.split_once('/') {
                        Some((text, tail)) => (text, tail),
                        None => {
                            at_end = true;
                            (rest, "")
                        }
                    };
                    segment.captures(text, &mut values)?;
                    rest = tail;
                }
                match end {
                    End::Here => (at_end || segments.is_empty()).then_some(values),
                    End::Below => Some(values),
                    End::Rest(name) => (!at_end && !rest.is_empty()).then(|| {
                        values.push((name.to_string(), rest));
                        values
                    }),
                }
            }
        }
    }
}

impl Segment {
    /// Whether it stands for this text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => **literal == *text,
            Self::Param(_) => !text.is_empty(),
            Self::Mixed(parts) => mixed(parts, text, &mut |_, _| {}),
        }
    }

    fn captures<'p>(
        &self,
        text: &'p str,
        values: &mut SmallVec<[(String, &'p str); 4]>,
    ) -> Option<()> {
        match self {
            Self::Literal(_) => self.matches(text).then_some(()),
            Self::Param(name) => (!text.is_empty()).then(|| values.push((name.to_string(), text))),
            Self::Mixed(parts) => mixed(parts, text, &mut |name, value| {
                values.push((name.to_owned(), value))
            })
            .then_some(()),
        }
    }

    /// How many characters of literal text it has.
    pub(crate) fn literal_len(&self) -> usize {
        match self {
            Self::Literal(text) => text.len(),
            Self::Param(_) => 0,
            Self::Mixed(parts) => parts
                .iter()
                .map(|part| match part {
                    Part::Text(text) => text.len(),
                    Part::Param(_) => 0,
                })
                .sum(),
        }
    }
}

/// Matches text against parts from left to right: a parameter takes as little as it can (at least one character), the last
/// one takes what is left. Linear: each text is searched for once.
fn mixed<'p>(parts: &[Part], text: &'p str, found: &mut dyn FnMut(&str, &'p str)) -> bool {
    let mut rest = text;
    let mut open: Option<&str> = None;
    for (i, part) in parts.iter().enumerate() {
        match part {
            Part::Param(name) => open = Some(name),
            Part::Text(literal) => match open.take() {
                None => match rest.strip_prefix(&**literal) {
                    Some(tail) => rest = tail,
                    None => return false,
                },
                Some(name) => {
                    let is_last = i + 1 == parts.len();
                    let at = if is_last {
                        rest.ends_with(&**literal)
                            .then(|| rest.len() - literal.len())
                            .filter(|at| *at > 0)
                    } else {
                        rest.get(1..)
                            .and_then(|tail| tail.find(&**literal))
                            .map(|at| at + 1)
                    };
                    let Some(at) = at else { return false };
                    found(name, &rest[..at]);
                    rest = &rest[at + literal.len()..];
                }
            },
        }
    }
    match open {
        Some(name) if !rest.is_empty() => {
            found(name, rest);
            true
        }
        Some(_) => false,
        None => rest.is_empty(),
    }
}

fn template(path: &str, rest: &str) -> Result<Pattern, PathError> {
    let mut segments = Vec::new();
    let mut end = End::Here;
    let mut names: Vec<String> = Vec::new();
    let texts: Vec<&str> = rest.split('/').collect();
    for (i, text) in texts.iter().enumerate() {
        let is_last = i + 1 == texts.len();
        if let Some(name) = text.strip_prefix('{').and_then(|t| t.strip_suffix("*}")) {
            if !is_last {
                return Err(PathError::RestNotLast(path.to_owned()));
            }
            if name.is_empty() || name.contains(['{', '}']) {
                return Err(PathError::BadParameter(path.to_owned()));
            }
            end = End::Rest(name.into());
            names.push(name.to_owned());
        } else {
            segments.push(segment(path, text, is_last, &mut names)?);
        }
    }
    names.sort();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(PathError::Twice {
            path: path.to_owned(),
            name: pair[0].clone(),
        });
    }
    Ok(Pattern::Segments { segments, end })
}

fn segment(
    path: &str,
    text: &str,
    is_last: bool,
    names: &mut Vec<String>,
) -> Result<Segment, PathError> {
    let bad = || PathError::BadParameter(path.to_owned());
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix('{') {
            let (name, tail) = tail.split_once('}').ok_or_else(bad)?;
            if name.is_empty() || name.contains(['{', '*']) {
                return Err(bad());
            }
            if matches!(parts.last(), Some(Part::Param(_))) {
                return Err(PathError::Adjacent(path.to_owned()));
            }
            parts.push(Part::Param(name.into()));
            names.push(name.to_owned());
            rest = tail;
        } else {
            let at = rest.find('{').unwrap_or(rest.len());
            let (literal, tail) = rest.split_at(at);
            if literal.contains('}') {
                return Err(bad());
            }
            parts.push(Part::Text(canonical_text(literal).into()));
            rest = tail;
        }
    }
    match parts.as_slice() {
        [] | [Part::Text(_)] => literal(path, text, is_last),
        [Part::Param(name)] => Ok(Segment::Param(name.clone())),
        _ => Ok(Segment::Mixed(parts)),
    }
}

fn literals(path: &str, rest: &str) -> Result<Vec<Segment>, PathError> {
    let texts: Vec<&str> = rest.split('/').collect();
    texts
        .iter()
        .enumerate()
        .map(|(i, text)| literal(path, text, i + 1 == texts.len()))
        .collect()
}

fn literal(path: &str, text: &str, is_last: bool) -> Result<Segment, PathError> {
    let text = canonical_text(text);
    let is_odd = text.is_empty() && !is_last
        || text == "."
        || text == ".."
        || text.contains("%2F")
        || text.contains("%5C")
        || text.contains("%00")
        || text.contains("%3F") && path.contains('?')
        || path.contains(';');
    if is_odd {
        return Err(PathError::Unreachable(path.to_owned()));
    }
    Ok(Segment::Literal(text.into()))
}
