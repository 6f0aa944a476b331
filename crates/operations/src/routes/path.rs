//! Paths of routes: what may be written, and which two match the same requests.

use std::collections::HashSet;

use domain::api::PathKind;
use regex::RegexBuilder;
use thiserror::Error;

/// The longest path, in characters.
const MOST: usize = 1_000;
/// What a compiled regular expression may take, in bytes.
const REGEX_BYTES: usize = 256 << 10;
/// Parameters of one template.
const PARAMETERS: usize = 32;

/// Why a path was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathError {
    /// Relative.
    #[error("does not begin with a slash")]
    NoSlash,
    /// Longer than what is kept.
    #[error("is longer than {MOST} characters")]
    TooLong,
    /// A character that no path of a request has.
    #[error("holds `{0}`, which no path has")]
    Character(char),
    /// An encoded slash, backslash, NUL or dot.
    #[error("holds `{0}`; requests with that are refused before they are matched")]
    Ambiguous(String),
    /// A query or fragment.
    #[error("holds `{0}`; a query or fragment is no part of a path")]
    Query(char),
    /// Requests with such segments are refused before they are matched.
    #[error("has the segment `{0}`, which the gateway resolves before it matches")]
    Dots(String),
    /// Two slashes in a row.
    #[error("has an empty segment (two slashes in a row), which the gateway refuses")]
    EmptySegment,
    /// A brace in a path that is not a template.
    #[error("holds braces; only templates have parameters")]
    Braces,
    /// A brace without its partner.
    #[error("has a brace without its partner")]
    Unbalanced,
    /// A parameter whose name is not letters, digits and underscores.
    #[error(
        "has the parameter `{0}`; a name is made of a-z, A-Z, 0-9 and _, and begins with no digit"
    )]
    Parameter(String),
    /// A name that is used twice.
    #[error("uses the parameter name `{0}` twice")]
    Twice(String),
    /// Two parameters with nothing between them.
    #[error("has two parameters side by side in one segment: where one ends cannot be told")]
    SideBySide,
    /// A rest parameter that is not the last segment.
    #[error("has `{{{0}*}}` before its end; the rest of a path can only be last")]
    RestNotLast(String),
    /// More parameters than are counted.
    #[error("has more than {PARAMETERS} parameters")]
    TooManyParameters,
    /// The expression does not compile.
    #[error("is not a regular expression: {0}")]
    Regex(String),
    /// The expression compiles to too much.
    #[error("is a regular expression that takes more than 256 KiB")]
    RegexTooLarge,
}

/// Checks a path of one kind.
pub fn check(kind: PathKind, path: &str) -> Result<(), PathError> {
    if path.chars().count() > MOST {
        return Err(PathError::TooLong);
    }
    if !path.starts_with('/') {
        return Err(PathError::NoSlash);
    }
    if kind == PathKind::Regex {
        return check_regex(path);
    }
    check_characters(path)?;
    if kind == PathKind::Template {
        return check_template(path);
    }
    if path.contains(['{', '}']) {
        return Err(PathError::Braces);
    }
    Ok(())
}

/// Checks a path that the upstream is to see, with the parameters of a route filled in.
pub fn check_rewrite(kind: PathKind, route: &str, rewrite: &str) -> Result<(), PathError> {
    if kind == PathKind::Regex {
        // the groups of an expression are known to the compiler alone, which checks the rewrite too
        return if rewrite.starts_with('/') {
            Ok(())
        } else {
            Err(PathError::NoSlash)
        };
    }
    let is_template = kind == PathKind::Template;
    check(
        if is_template {
            PathKind::Template
        } else {
            PathKind::Exact
        },
        rewrite,
    )?;
    let known = parameters(route);
    match parameters(rewrite)
        .into_iter()
        .find(|name| !known.contains(name))
    {
        Some(unknown) if is_template => Err(PathError::Parameter(unknown.to_owned())),
        _ => Ok(()),
    }
}

/// The same for two templates that match the same requests: parameters without their names.
pub fn shape(kind: PathKind, path: &str) -> String {
    if kind != PathKind::Template {
        return path.to_owned();
    }
    let mut shape = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        shape.push_str(before);
        shape.push_str(if name.ends_with('*') { "{*}" } else { "{}" });
        rest = after;
    }
    shape + rest
}

/// Base path and path of a route as one: what requests must have.
pub fn full(base_path: &str, path: &str) -> String {
    match base_path {
        "/" | "" => path.to_owned(),
        base => format!("{base}{path}"),
    }
}

fn check_characters(path: &str) -> Result<(), PathError> {
    if let Some(c) = path.chars().find(|c| matches!(c, '?' | '#')) {
        return Err(PathError::Query(c));
    }
    let odd = |c: &char| {
        c.is_control()
            || c.is_whitespace()
            || matches!(c, '\\' | ';' | '"' | '<' | '>' | '^' | '`' | '|')
    };
    if let Some(c) = path.chars().find(odd) {
        return Err(PathError::Character(c));
    }
    let lower = path.to_ascii_lowercase();
    if let Some(code) = ["%2f", "%5c", "%00", "%2e"]
        .iter()
        .find(|code| lower.contains(**code))
    {
        return Err(PathError::Ambiguous((*code).to_owned()));
    }
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    if let Some(dots) = segments
        .iter()
        .find(|segment| matches!(**segment, "." | ".."))
    {
        return Err(PathError::Dots((*dots).to_owned()));
    }
    let (_, before_last) = segments.split_last().unwrap_or((&"", &[]));
    if before_last.iter().any(|segment| segment.is_empty()) {
        return Err(PathError::EmptySegment);
    }
    Ok(())
}

fn check_template(path: &str) -> Result<(), PathError> {
    let mut names = HashSet::new();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    for (index, segment) in segments.iter().enumerate() {
        let mut rest = *segment;
        let mut after_parameter = false;
        while let Some((before, after)) = rest.split_once('{') {
            if before.contains('}') {
                return Err(PathError::Unbalanced);
            }
            if after_parameter && before.is_empty() {
                return Err(PathError::SideBySide);
            }
            let (name, after) = after.split_once('}').ok_or(PathError::Unbalanced)?;
            let plain = name.strip_suffix('*').unwrap_or(name);
            if !is_name(plain) {
                return Err(PathError::Parameter(name.to_owned()));
            }
            let alone = before.is_empty() && after.is_empty() && index + 1 == segments.len();
            if plain.len() < name.len() && (!alone || after_parameter) {
                return Err(PathError::RestNotLast(plain.to_owned()));
            }
            if !names.insert(plain) {
                return Err(PathError::Twice(plain.to_owned()));
            }
            after_parameter = true;
            rest = after;
        }
        if rest.contains('}') {
            return Err(PathError::Unbalanced);
        }
    }
    if names.len() > PARAMETERS {
        return Err(PathError::TooManyParameters);
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn check_regex(path: &str) -> Result<(), PathError> {
    let compiled = RegexBuilder::new(&format!("^(?:{path})$"))
        .size_limit(REGEX_BYTES)
        .nest_limit(64)
        .build();
    match compiled {
        Ok(_) => Ok(()),
        Err(regex::Error::CompiledTooBig(_)) => Err(PathError::RegexTooLarge),
        Err(error) => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            Err(PathError::Regex(
                last.trim_start_matches("error: ").to_owned(),
            ))
        }
    }
}

/// The names of a template's parameters.
fn parameters(path: &str) -> HashSet<&str> {
    path.split('{')
        .skip(1)
        .filter_map(|part| Some(part.split_once('}')?.0.trim_end_matches('*')))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: PathKind, path: &str) -> String {
        check(kind, path).expect_err(path).to_string()
    }

    #[test]
    fn usual_paths_are_taken() {
        for path in [
            "/",
            "/rates/{rate_id}",
            "/files/{path*}",
            "/reports/{id}.json",
            "/a/{x}-{y}/",
        ] {
            check(PathKind::Template, path).expect(path);
        }
        check(PathKind::Exact, "/health").expect("plain");
        check(PathKind::Regex, r"/orders/\d{1,9}(\.json)?").expect("an expression");
    }

    #[test]
    fn flaws_are_named() {
        let template = PathKind::Template;
        assert_eq!(refused(template, "rates"), "does not begin with a slash");
        assert_eq!(
            refused(template, "/a/{id"),
            "has a brace without its partner"
        );
        assert_eq!(
            refused(template, "/a/}id{"),
            "has a brace without its partner"
        );
        assert_eq!(
            refused(template, "/{id}/{id}"),
            "uses the parameter name `id` twice"
        );
        assert!(refused(template, "/{}").contains("parameter ``"));
        assert!(refused(template, "/{a}{b}").contains("side by side"));
        assert!(refused(template, "/{rest*}/b").contains("`{rest*}` before its end"));
        assert!(refused(template, "/a//b").contains("empty segment"));
        assert!(refused(template, "/a/../b").contains("`..`"));
        assert!(refused(template, "/a?b=1").contains("query"));
        assert!(refused(template, "/a%2Fb").contains("%2f"));
        assert!(refused(template, "/a;v=1").contains("`;`"));
        assert!(refused(PathKind::Prefix, "/{id}").contains("only templates"));
    }

    #[test]
    fn expressions_are_bounded() {
        assert!(refused(PathKind::Regex, "/(a").contains("unclosed group"));
        assert!(refused(PathKind::Regex, r"/(\w{500}){500}").contains("256 KiB"));
    }

    #[test]
    fn names_of_parameters_do_not_matter_for_the_match() {
        let shape = |path| shape(PathKind::Template, path);
        assert_eq!(shape("/a/{id}/b"), shape("/a/{code}/b"));
        assert_ne!(shape("/a/{id}"), shape("/a/{id*}"));
    }

    #[test]
    fn rewrites_know_the_routes_parameters() {
        let check = |rewrite| check_rewrite(PathKind::Template, "/a/{id}", rewrite);
        check("/b/{id}").expect("known");
        assert_eq!(
            check("/b/{code}"),
            Err(PathError::Parameter("code".to_owned()))
        );
    }
}
