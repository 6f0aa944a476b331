//! The JSON Schema of the file, for editors.

use serde_json::Value;

use crate::model::Declaration;

/// The schema as it is published: `openapi/declaration.schema.json`.
pub fn json_schema() -> Value {
    schemars::schema_for!(Declaration).to_value()
}
