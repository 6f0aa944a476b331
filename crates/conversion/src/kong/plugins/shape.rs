//! Plugins that change requests and answers.

use serde_json::{Value, json};

use super::{Around, Made};
use crate::edits::{all_empty, members, names, pairs, pointer};
use crate::source::{text, texts};

/// `remove`, `rename`, `replace`, `add` and `append`, each with lists.
struct Lists<'c>(&'c Value);

impl Lists<'_> {
    fn of(&self, change: &str, part: &str) -> Vec<String> {
        self.0
            .get(change)
            .map_or_else(Vec::new, |change| texts(change, part))
    }

    /// The changes of headers, or of a query.
    fn edits(&self, part: &str, refused: &mut Vec<String>) -> Value {
        let mut set = pairs(&self.of("replace", part), refused);
        let add = pairs(&self.of("append", part), refused);
        for (name, value) in pairs(&self.of("add", part), refused) {
            // there: only where nothing is yet
            set.entry(name).or_insert(value);
        }
        json!({
            "remove": names(&self.of("remove", part)),
            "rename": pairs(&self.of("rename", part), refused),
            "set": set,
            "add": add,
        })
    }

    fn body(&self, part: &str, refused: &mut Vec<String>) -> Option<Value> {
        let removed = self.of("remove", part);
        let types = self.of("add", "json_types");
        let mut set = members(
            &self.of("replace", part),
            &self.of("replace", "json_types"),
            refused,
        );
        set.extend(members(&self.of("add", part), &types, refused));
        let remove: Vec<String> = names(&removed).into_iter().map(pointer).collect();
        if set.is_empty() && remove.is_empty() {
            return None;
        }
        Some(json!({ "remove": remove, "set": set }))
    }

    fn adds(&self, part: &str) -> bool {
        !self.of("add", part).is_empty()
    }
}

const ADDED: &str =
    "`add` leaves what is there already as it is; here the value is set in any case";

pub(super) fn request_transformer(config: &Value, _: &Around) -> Result<Made, String> {
    let (lists, mut refused) = (Lists(config), Vec::new());
    let mut made = json!({
        "headers": lists.edits("headers", &mut refused),
        "query": lists.edits("querystring", &mut refused),
    });
    if let Some(body) = lists.body("body", &mut refused) {
        made["body"] = body;
    }
    let uri = config
        .get("replace")
        .and_then(|replace| text(replace, "uri"));
    match uri {
        Some(uri) if uri.contains("$(") => {
            refused.push(format!(
                "the path `{uri}` holds a template: use `rewrite` of the route"
            ));
        }
        Some(uri) => made["path"] = json!(uri),
        None => {}
    }
    let method = text(config, "http_method");
    finish(
        "request_transform",
        made,
        refused,
        lists.adds("headers") || lists.adds("querystring"),
    )
    .map(|made| made.note(method.is_some(), "the method is not changed"))
}

pub(super) fn response_transformer(config: &Value, _: &Around) -> Result<Made, String> {
    let (lists, mut refused) = (Lists(config), Vec::new());
    let mut made = json!({ "headers": lists.edits("headers", &mut refused) });
    if let Some(body) = lists.body("json", &mut refused) {
        made["body"] = body;
    }
    let statuses = texts(config.get("replace").unwrap_or(&Value::Null), "if_status");
    if !statuses.is_empty() {
        made["statuses"] = json!(statuses);
    }
    finish("response_transform", made, refused, lists.adds("headers"))
}

fn finish(
    kind: &'static str,
    config: Value,
    refused: Vec<String>,
    adds: bool,
) -> Result<Made, String> {
    if all_empty(&config) {
        return Err(match refused.is_empty() {
            true => "changes nothing".to_owned(),
            false => refused.join("; "),
        });
    }
    let mut made = Made::one(kind, config).note(adds, ADDED);
    made.notes.extend(refused);
    Ok(made)
}
