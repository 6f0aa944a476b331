//! Settings in a body: read with the place of what does not fit.

use faces::problem::Problem;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads settings; what is missing has its default, and an error names its place: `settings/health/active/probe`.
pub(crate) fn read<T: DeserializeOwned + Default>(given: Option<Value>) -> Result<T, Problem> {
    let Some(value) = given else {
        return Ok(T::default());
    };
    serde_path_to_error::deserialize(value).map_err(|error| {
        let mut field = "settings".to_owned();
        for segment in error.path() {
            use serde_path_to_error::Segment as S;
            match segment {
                S::Seq { index } => field.push_str(&format!("/{index}")),
                S::Map { key } => field.push_str(&format!("/{key}")),
                S::Enum { variant } => field.push_str(&format!("/{variant}")),
                S::Unknown => {}
            }
        }
        operations::Error::invalid(field, error.into_inner()).into()
    })
}
