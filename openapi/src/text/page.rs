//! The page of an operation as Markdown.

use super::schema;
use crate::reference::{Content, OperationPage, Parameter, Place, Response};
use crate::samples::{Credential, Language, request};
use crate::security::Alternative;

/// The page of an operation as Markdown, called at `base_url`.
pub fn operation(page: &OperationPage, base_url: &str, credential: Option<&Credential>) -> String {
    let mut text = format!("# {}\n\n", line(&page.title));
    text.push_str(&format!(
        "{}\n",
        code(&format!(
            "{} {}{}",
            page.method,
            base_url.trim_end_matches('/'),
            page.path
        ))
    ));
    if page.deprecated {
        text.push_str("\n**Deprecated.** Do not use it in new code.\n");
    }
    if let Some(description) = &page.description {
        text.push_str(&format!("\n{}\n", description.trim()));
    }
    if let Some(docs) = &page.external_docs {
        text.push_str(&format!("\nMore: <{}>\n", line(&docs.url)));
    }
    text.push_str(&format!(
        "\n## Authentication\n\n{}\n",
        security(&page.security)
    ));
    for (place, title) in [
        (Place::Path, "Path parameters"),
        (Place::Query, "Query parameters"),
        (Place::QueryString, "Query"),
        (Place::Header, "Header parameters"),
        (Place::Cookie, "Cookies"),
    ] {
        let parameters: Vec<&Parameter> = page
            .parameters
            .iter()
            .filter(|parameter| parameter.place == place)
            .collect();
        if !parameters.is_empty() {
            text.push_str(&format!("\n## {title}\n\n"));
            parameters
                .iter()
                .for_each(|parameter| text.push_str(&parameter_item(parameter)));
        }
    }
    if let Some(body) = &page.request_body {
        text.push_str(&format!(
            "\n## Body{}\n",
            if body.required { "" } else { " (optional)" }
        ));
        if let Some(description) = &body.description {
            text.push_str(&format!("\n{}\n", description.trim()));
        }
        text.push_str(&contents(&body.contents));
    }
    text.push_str("\n## Answers\n");
    if page.responses.is_empty() {
        text.push_str("\nNot documented.\n");
    }
    page.responses
        .iter()
        .for_each(|response| text.push_str(&answer(response)));
    if !page.callbacks.is_empty() {
        let names: Vec<String> = page.callbacks.iter().map(|name| code(name)).collect();
        text.push_str(&format!("\n## Callbacks\n\n{}\n", names.join(", ")));
    }
    let sample = Language::Curl.write(&request(page, base_url, credential));
    text + "\n## Example\n\n" + &fence("sh", &sample)
}

fn security(alternatives: &[Alternative]) -> String {
    if alternatives.is_empty() {
        return "None.".to_owned();
    }
    let phrases: Vec<String> = alternatives
        .iter()
        .map(|schemes| {
            let all: Vec<String> = schemes
                .iter()
                .map(|used| {
                    let phrase = used
                        .kind
                        .as_ref()
                        .map_or_else(|| code(&used.scheme), |kind| kind.phrase());
                    match used.scopes.is_empty() {
                        true => phrase,
                        false => format!("{phrase} with {}", code(&used.scopes.join(" "))),
                    }
                })
                .collect();
            if all.is_empty() {
                "none".to_owned()
            } else {
                all.join(" and ")
            }
        })
        .collect();
    let text = phrases.join(", or ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    }) + "."
}

fn parameter_item(parameter: &Parameter) -> String {
    let head = schema::head(
        &parameter.name,
        &parameter.schema,
        parameter.required,
        parameter.deprecated,
    );
    let about = parameter
        .description
        .as_ref()
        .or(parameter.schema.description.as_ref());
    let mut item = format!("- {head}");
    item.push_str(&schema::sentences(
        about.map(String::as_str),
        &parameter.schema,
    ));
    if parameter.sample_given {
        item.push_str(&format!(
            " For example {}.",
            code(&crate::schema::in_words(&parameter.sample))
        ));
    }
    item + "\n" + &schema::children(&parameter.schema, 1)
}

fn contents(contents: &[Content]) -> String {
    let mut text = String::new();
    for content in contents {
        text.push_str(&format!("\n{}", code(&content.media_type)));
        match (&content.schema, &content.same_as) {
            (Some(schema), _) => {
                text.push_str(&format!(": {}\n\n", line(&schema.label)));
                text.push_str(&schema::children(schema, 0));
            }
            (None, Some(other)) => text.push_str(&format!(": the same as {}\n", code(other))),
            (None, None) => text.push('\n'),
        }
        for example in &content.examples {
            let label = example.summary.as_ref().or(example.name.as_ref());
            text.push_str(&format!(
                "\n{}:\n\n",
                label.map_or_else(|| "Example".to_owned(), |label| line(label))
            ));
            let written = match &example.value {
                serde_json::Value::String(text) => text.clone(),
                value => serde_json::to_string_pretty(value).unwrap_or_default(),
            };
            let kind = if content.media_type.contains("json") {
                "json"
            } else {
                ""
            };
            text.push_str(&fence(kind, &written));
        }
    }
    text
}

fn answer(response: &Response) -> String {
    let mut text = format!("\n### {}\n", line(&response.status));
    if let Some(description) = &response.description {
        text.push_str(&format!("\n{}\n", description.trim()));
    }
    if !response.headers.is_empty() {
        text.push_str("\nHeaders:\n\n");
        response
            .headers
            .iter()
            .for_each(|header| text.push_str(&parameter_item(header)));
    }
    text + &contents(&response.contents)
}

/// Text in one line, without anything that begins Markdown.
pub(super) fn line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut safe = String::new();
    for letter in words.chars() {
        if matches!(letter, '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|') {
            safe.push('\\');
        }
        safe.push(letter);
    }
    safe
}

/// Text as Markdown code, whatever backticks it holds.
pub(super) fn code(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let ticks = "`".repeat(longest_run(&text) + 1);
    if text.starts_with('`') || text.ends_with('`') {
        format!("{ticks} {text} {ticks}")
    } else {
        format!("{ticks}{text}{ticks}")
    }
}

fn fence(language: &str, text: &str) -> String {
    let ticks = "`".repeat(3.max(longest_run(text) + 1));
    format!("{ticks}{language}\n{}\n{ticks}\n", text.trim_end())
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}
