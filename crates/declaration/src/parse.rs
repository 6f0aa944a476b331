//! One text as a declaration, its errors located.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::flaw::{Flaw, Flaws, did_you_mean};
use crate::model::{Declaration, FORMAT};

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// JSON.
    Json,
    /// YAML 1.2, of which JSON is a part.
    Yaml,
}

impl Syntax {
    /// What a text looks like: JSON begins with a brace.
    pub fn of(text: &str) -> Self {
        if text
            .trim_start_matches('\u{feff}')
            .trim_start()
            .starts_with('{')
        {
            Self::Json
        } else {
            Self::Yaml
        }
    }
}

/// Reads a text. References in it stay as they are; see [`crate::Draft`].
pub fn parse(text: &str) -> Result<Declaration, Flaws> {
    let text = text.trim_start_matches('\u{feff}');
    newer(text)?;
    let declaration: Declaration = typed(text)?;
    match declaration.gatehouse {
        FORMAT => Ok(declaration),
        0 => Err(Flaw::at("gatehouse", "is 0; the first version of the format is 1").into()),
        other => Err(too_new(u64::from(other)).into()),
    }
}

fn typed<T: DeserializeOwned>(text: &str) -> Result<T, Flaw> {
    match Syntax::of(text) {
        Syntax::Json => {
            let mut reader = serde_json::Deserializer::from_str(text);
            let value: T = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
                let place = error.path().to_string();
                let inner = error.into_inner();
                located(&place, &inner.to_string(), inner.line(), inner.column())
            })?;
            reader
                .end()
                .map_err(|error| located("", &error.to_string(), error.line(), error.column()))?;
            Ok(value)
        }
        Syntax::Yaml => yaml_serde::from_str(text).map_err(|error| {
            let at = error.location();
            let (line, column) = at.map_or((0, 0), |at| (at.line(), at.column()));
            located("", &error.to_string(), line, column)
        }),
    }
}

/// A file from a newer version is named as one before its unknown keys are complained about.
fn newer(text: &str) -> Result<(), Flaw> {
    let head = text.lines().take(200).find_map(|line| {
        let rest = line.trim_start().trim_start_matches('{').trim_start();
        let rest = rest.trim_start_matches('"').strip_prefix("gatehouse")?;
        let digits = rest.trim_start_matches(['"', ':', ' ', '\t']);
        let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u64>().ok()
    });
    match head {
        Some(version) if version > u64::from(FORMAT) => Err(too_new(version)),
        _ => Ok(()),
    }
}

fn too_new(version: u64) -> Flaw {
    let message = format!(
        "is {version}, which is newer than this program, which reads {FORMAT}; use a newer `gatehouse`"
    );
    Flaw::at("gatehouse", message)
}

/// The message of a reader without the place in its tail and head, which the flaw holds apart.
fn located(place: &str, message: &str, line: usize, column: usize) -> Flaw {
    let mut message = message.to_owned();
    if let Some(at) = message.rfind(" at line ") {
        message.truncate(at);
    }
    let mut place = place.to_owned();
    if place.is_empty()
        && let Some((head, tail)) = message.split_once(": ")
        && !head.is_empty()
        && head
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.[]".contains(c))
    {
        (place, message) = (head.to_owned(), tail.to_owned());
    }
    if let Some(hint) = hint(&message) {
        message.push_str(&hint);
    }
    let place: Vec<&str> = place
        .split(['.', '[', ']'])
        .filter(|part| !part.is_empty() && *part != "?")
        .collect();
    Flaw {
        line,
        column,
        ..Flaw::at(place.join("/"), message)
    }
}

/// "unknown field `x`, expected one of `a`, `b`" names both sides.
fn hint(message: &str) -> Option<String> {
    let rest = message
        .strip_prefix("unknown field `")
        .or_else(|| message.strip_prefix("unknown variant `"))?;
    let (given, known) = rest.split_once('`')?;
    let hint = did_you_mean(given, known.split('`').skip(1).step_by(2));
    (!hint.is_empty()).then_some(hint)
}

/// A value as a declaration, after references were replaced.
pub(crate) fn from_value(value: Value) -> Result<Declaration, Flaw> {
    typed_value(value)
}

/// A value as a typed one, its flaw placed and with what is near an unknown key.
pub fn typed_value<T: DeserializeOwned>(value: Value) -> Result<T, Flaw> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let place = error.path().to_string();
        located(&place, &error.into_inner().to_string(), 0, 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(text: &str) -> String {
        parse(text).expect_err("it was taken").to_string()
    }

    #[test]
    fn unknown_keys_are_located_and_a_near_one_is_named() {
        let yaml = "gatehouse: 1\nupstreams:\n  - slug: rates\n    tragets: []\n";
        let told = flaw(yaml);
        assert!(
            told.contains("upstreams/0: unknown field `tragets`"),
            "{told}"
        );
        assert!(told.contains("did you mean `targets`?"), "{told}");
        let located = parse(yaml).expect_err("it was taken").0;
        assert_eq!(located[0].line, 4, "{told}");
        let json = "{\"gatehouse\": 1,\n\"apiss\": []}";
        let told = flaw(json);
        assert!(told.contains("did you mean `apis`?"), "{told}");
        assert_eq!(parse(json).expect_err("it was taken").0[0].line, 2);
    }

    #[test]
    fn unknown_words_are_located() {
        let told = flaw("gatehouse: 1\napis:\n  - slug: a\n    visibility: publik\n");
        assert!(told.contains("did you mean `public`?"), "{told}");
    }

    #[test]
    fn a_file_from_a_newer_version_is_named_as_one() {
        for text in [
            "gatehouse: 2\nnovelties: []\n",
            "{ \"gatehouse\": 2, \"novelties\": [] }",
        ] {
            let told = flaw(text);
            assert!(told.contains("newer than this program"), "{told}");
        }
        assert!(flaw("apis: []\n").contains("missing field `gatehouse`"));
    }
}
