//! One text that came by itself, from somebody elsewhere: it stands for all there is, and reaches nothing of the machine
//! that reads it. Files, variables and secrets that it names are refused, each with its place.

use crate::catalog::Document;
use crate::flaw::{Flaw, Flaws};
use crate::model::Declaration;
use crate::parse::{Syntax, from_value, parse};
use crate::reference::{Reference, replace};
use crate::{sound, weight};

/// Reads a text as a whole declaration, JSON or YAML. Nothing but the text is read.
pub fn single(text: &str) -> Result<Declaration, Flaws> {
    if Syntax::of(text) == Syntax::Yaml {
        weight::check(text)?;
    }
    let mut declaration = parse(text)?;
    let mut flaws = outside(&declaration);
    if text.contains("${") {
        let mut value =
            serde_json::to_value(&declaration).map_err(|error| Flaw::at("", error.to_string()))?;
        flaws.extend(replace(&mut value, true, &mut |reference| {
            Some(Err(refused(reference).to_owned()))
        }));
        if flaws.is_empty() {
            declaration = from_value(value)?;
        }
    }
    if !flaws.is_empty() {
        return Err(Flaws(flaws));
    }
    sound::fill(&mut declaration);
    sound::check(&declaration)?;
    Ok(declaration)
}

const fn refused(reference: &Reference) -> &'static str {
    match reference {
        Reference::Variable { .. } => {
            "is not looked up: variables of the server are not read for a declaration that is sent; send the value"
        }
        Reference::File(_) => {
            "is not opened: files of the server are not read for a declaration that is sent; send the text"
        }
        Reference::Vault { .. } => {
            "is not fetched: the server reads no secrets for a declaration that is sent; send the value"
        }
    }
}

/// What names files in a way of its own.
fn outside(all: &Declaration) -> Vec<Flaw> {
    let message = "is not opened: files of the server are not read for a declaration that is sent; send everything in one text";
    let mut flaws: Vec<Flaw> = all
        .include
        .iter()
        .map(|path| Flaw::at("include", format!("`{path}` {message}")))
        .collect();
    for api in &all.apis {
        for version in &api.versions {
            if let Some(Document::Path(path)) = &version.document {
                let place = format!("apis/{}/versions/{}/document", api.slug, version.label);
                let message = format!(
                    "`{path}` is not opened: files of the server are not read for a declaration that is sent; send the document as `text`"
                );
                flaws.push(Flaw::at(place, message));
            }
        }
    }
    flaws
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaws(text: &str) -> Vec<String> {
        let flaws = single(text).expect_err("it was taken").0;
        flaws.iter().map(Flaw::to_string).collect()
    }

    fn check(text: &str, place: &str, told: &str) {
        let found = flaws(text);
        assert!(
            found
                .iter()
                .any(|flaw| flaw.starts_with(place) && flaw.contains(told)),
            "{found:?}"
        );
    }

    #[test]
    fn nothing_of_the_machine_is_reached() {
        let described =
            |text: &str| format!("gatehouse: 1\napis: [{{slug: a, description: {text:?}}}]\n");
        let place = "apis/0/description: ";
        check(&described("${HOME}"), place, "`${HOME}` is not looked up");
        check(&described("${HOME:-x}"), place, "is not looked up");
        check(&described("${file:/etc/passwd}"), place, "is not opened");
        check(&described("${vault:a/b#c}"), place, "is not fetched");
        check(
            "gatehouse: 1\ninclude: [other.yaml]\n",
            "include: ",
            "`other.yaml` is not opened",
        );
        check(
            "gatehouse: 1\napis: [{slug: a, versions: [{label: v1, document: /etc/passwd}]}]\n",
            "apis/a/versions/v1/document: ",
            "`/etc/passwd` is not opened",
        );
        // a key that a reference would make is no key, and a text in a document is a text of the declaration
        let hidden = "gatehouse: 1\napis: [{slug: a, versions: [{label: v1, document: {text: \"x: ${A}\"}}]}]\n";
        check(hidden, "apis/0/versions/0/document/text: ", "`${A}`");
    }

    #[test]
    fn what_is_escaped_is_text() {
        let text = "gatehouse: 1\napis: [{slug: a, description: \"$${HOME} $${file:x}\"}]\n";
        let all = single(text).expect("it is sound");
        assert_eq!(all.apis[0].description, "${HOME} ${file:x}");
    }

    #[test]
    fn defaults_are_filled_in_and_what_stands_twice_is_told() {
        let all = single(
            r#"{"gatehouse": 1, "defaults": {"upstream": {"retries": 0}}, "upstreams": [{"slug": "a"}]}"#,
        )
        .expect("it is sound");
        assert_eq!(all.upstreams[0].settings["retries"], 0);
        check(
            "gatehouse: 1\nupstreams: [{slug: a}, {slug: a}]\n",
            "upstreams/a: ",
            "is there twice",
        );
        check("gatehouse: 2\n", "gatehouse: ", "newer than this program");
    }

    #[test]
    fn a_text_that_unfolds_without_end_is_refused() {
        let mut text = String::from("gatehouse: 1\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n");
        for n in 1..12 {
            let below = format!("*x{}", n - 1);
            let items = [below.as_str(); 10].join(", ");
            text.push_str(&format!("x{n}: &x{n} [{items}]\n"));
        }
        text.push_str("policies: [{kind: cors, config: {a: *x11}}]\n");
        assert!(single(&text).is_err());
        let within = text
            .replace(
                "gatehouse: 1\n",
                "gatehouse: 1\npolicies:\n- kind: cors\n  config:\n",
            )
            .replace("\nx", "\n    x")
            .replace("policies: [{kind: cors, config: {a: *x11}}]\n", "");
        assert!(single(&within).is_err(), "{within}");
        let deep = format!(
            "gatehouse: 1\npolicies: [{{kind: cors, config: {{a: {}1{}}}}}]\n",
            "[".repeat(5_000),
            "]".repeat(5_000)
        );
        assert!(single(&deep).is_err());
    }
}
