//! A document written out again, for readers of the portal.

use serde_json::{Value, json};

use crate::document::Document;
use crate::parse::Syntax;

impl Document {
    /// The document in the 3.x form as text. With `server`, that address stands in place of the document's own servers,
    /// so that readers call the gateway and learn nothing of what is behind it.
    ///
    /// # Errors
    /// When a value cannot be written as YAML.
    pub fn write(&self, syntax: Syntax, server: Option<&str>) -> Result<String, WriteError> {
        let mut root = self.root().clone();
        if let Some(url) = server {
            remove_servers(&mut root);
            root["servers"] = json!([{ "url": url }]);
        }
        match syntax {
            Syntax::Json => serde_json::to_string_pretty(&root).map_err(WriteError::Json),
            Syntax::Yaml => yaml_serde::to_string(&root).map_err(WriteError::Yaml),
        }
    }
}

/// Why a document could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// As JSON.
    #[error("the document cannot be written as JSON")]
    Json(#[source] serde_json::Error),
    /// As YAML.
    #[error("the document cannot be written as YAML")]
    Yaml(#[source] yaml_serde::Error),
}

/// Takes the servers out of the paths and their operations.
fn remove_servers(root: &mut Value) {
    let paths = root
        .get_mut("paths")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten();
    for item in paths.filter_map(|(_, item)| item.as_object_mut()) {
        item.shift_remove("servers");
        for (_, operation) in item.iter_mut() {
            if let Some(operation) = operation.as_object_mut() {
                operation.shift_remove("servers");
            }
        }
    }
}
