//! Bodies by media type, with their examples.

use serde_json::{Map, Value};

use super::types::{Content, Example};
use crate::document::{Document, text};
use crate::sample::{self, Direction};
use crate::schema::{Builder, value_weight};

/// Media types that are shown for one body.
const MEDIA_TYPES: usize = 12;
/// Examples that are shown for one media type.
const EXAMPLES: usize = 5;

/// The entries of a `content` object.
pub(super) fn read<'d>(
    document: &'d Document,
    owner: &'d Value,
    direction: Direction,
    builder: &mut Builder<'d>,
) -> Vec<Content> {
    let media = owner
        .get("content")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let mut contents = Vec::new();
    let mut schemas: Vec<(&str, &Value)> = Vec::new();
    for (media_type, written) in media.take(MEDIA_TYPES) {
        let Some(media) = document.resolve(written) else {
            continue;
        };
        // From 3.2 on, a stream tells the schema of one item.
        let schema = media.get("schema").or_else(|| media.get("itemSchema"));
        let same_as = schema.and_then(|schema| schemas.iter().find(|(_, known)| *known == schema));
        let same_as = same_as.map(|(media_type, _)| (*media_type).to_owned());
        let node = match schema.filter(|_| same_as.is_none()) {
            Some(schema) => Some(builder.node(schema)),
            None => {
                builder.pass();
                None
            }
        };
        schemas.extend(schema.map(|schema| (media_type.as_str(), schema)));
        let mut examples = given(document, media);
        if let (true, Some(schema), None) = (examples.is_empty(), schema, &same_as) {
            let value = sample::value(document, schema, direction);
            examples.push(Example {
                name: None,
                summary: None,
                value,
                made: true,
            });
        }
        examples.retain(|example| builder.affords(value_weight(&example.value) + 32));
        contents.push(Content {
            media_type: media_type.clone(),
            schema: node,
            same_as,
            examples,
        });
    }
    contents
}

/// The examples that the author gives beside a schema.
fn given(document: &Document, media: &Value) -> Vec<Example> {
    if let Some(value) = media.get("example") {
        return vec![Example {
            name: None,
            summary: None,
            value: sample::bounded(value),
            made: false,
        }];
    }
    let Some(examples) = media.get("examples") else {
        return Vec::new();
    };
    let empty = Map::new();
    let named = examples.as_object().unwrap_or(&empty).iter();
    named
        .filter_map(|(name, written)| {
            let example = document.resolve(written)?;
            let value = ["value", "dataValue", "serializedValue"]
                .iter()
                .find_map(|key| example.get(*key))?;
            Some(Example {
                name: Some(name.clone()),
                summary: text(example, "summary").map(str::to_owned),
                value: sample::bounded(value),
                made: false,
            })
        })
        .take(EXAMPLES)
        .collect()
}

/// The first example of a parameter or header that its author gives.
pub(super) fn first_given(document: &Document, owner: &Value) -> Option<Value> {
    given(document, owner)
        .into_iter()
        .next()
        .map(|example| example.value)
}
