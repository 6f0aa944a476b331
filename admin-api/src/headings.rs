//! Short headings: of an operation's first line what is said before the first pause, the rest as its description.

use utoipa::openapi::OpenApi;

/// What ends a heading.
const PAUSES: [&str; 3] = [". ", "; ", ": "];

/// Parts the headings of all operations.
pub(crate) fn shorten(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            let Some(summary) = &operation.summary else {
                continue;
            };
            let (heading, rest) = parted(summary);
            let whole = [rest, operation.description.take()];
            let whole: Vec<String> = whole
                .into_iter()
                .flatten()
                .filter(|text| !text.is_empty())
                .collect();
            operation.summary = Some(heading);
            operation.description = (!whole.is_empty()).then(|| whole.join("\n\n"));
        }
    }
}

/// The heading without its full stop, and what comes after it as a sentence of its own.
fn parted(text: &str) -> (String, Option<String>) {
    let text: Vec<&str> = text.split_whitespace().collect();
    let text = text.join(" ");
    let pause = PAUSES.iter().filter_map(|pause| text.find(pause)).min();
    let Some(at) = pause else {
        return (text.trim_end_matches('.').to_owned(), None);
    };
    let mut rest = text[at + 2..].chars();
    let first = rest.next().map(char::to_uppercase);
    let rest = first.into_iter().flatten().chain(rest).collect();
    (text[..at].to_owned(), Some(rest))
}

#[cfg(test)]
mod tests {
    use super::parted;

    #[test]
    fn a_heading_ends_at_the_first_pause() {
        for (text, heading, rest) in [
            ("Upstreams by name.", "Upstreams by name", None),
            (
                "Deletes a plan; refused while it is\n in use.",
                "Deletes a plan",
                Some("Refused while it is in use."),
            ),
            (
                "Tries a request: its route. Nothing is sent.",
                "Tries a request",
                Some("Its route. Nothing is sent."),
            ),
            (
                "Makes a token. `a` is shown.",
                "Makes a token",
                Some("`a` is shown."),
            ),
        ] {
            let expected = (heading.to_owned(), rest.map(str::to_owned));
            assert_eq!(parted(text), expected, "{text}");
        }
    }
}
