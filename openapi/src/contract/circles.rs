//! Opens circles: a definition that applies itself to the same value would never be done with it.
//!
//! Documents have them where a base lists its kinds in `oneOf` and each kind takes the base in by `allOf`.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::types::Definitions;

/// Schemas that may apply to one and the same value, one inside the other.
const HEIGHT: usize = 32;

/// Takes out each reference that leads back to where it came from on the same value. False when schemas stand too deep in each
/// other.
pub(super) fn open(definitions: &mut Definitions) -> bool {
    let names: Vec<String> = definitions.keys().cloned().collect();
    let mut opener = Opener {
        definitions,
        heights: HashMap::new(),
        above: Vec::new(),
    };
    names.iter().all(|name| opener.definition(name).is_some())
}

struct Opener<'d> {
    definitions: &'d mut Definitions,
    heights: HashMap<String, usize>,
    above: Vec<String>,
}

impl Opener<'_> {
    /// How many schemas a definition applies inside each other; `None` for too many.
    fn definition(&mut self, name: &str) -> Option<usize> {
        if let Some(height) = self.heights.get(name) {
            return Some(*height);
        }
        if self.above.len() > HEIGHT {
            return None;
        }
        let Some(schema) = self.definitions.get_mut(name) else {
            return Some(0);
        };
        let mut schema = schema.take();
        self.above.push(name.to_owned());
        let height = self.applied(&mut schema);
        self.above.pop();
        if let Some(place) = self.definitions.get_mut(name) {
            *place = schema;
        }
        let height = height.filter(|height| *height <= HEIGHT)?;
        self.heights.insert(name.to_owned(), height);
        Some(height)
    }

    fn applied(&mut self, schema: &mut Value) -> Option<usize> {
        let Value::Object(members) = schema else {
            return Some(0);
        };
        let mut height = 0;
        if let Some(target) = target(members) {
            if self.above.contains(&target) {
                members.shift_remove("$ref");
            } else {
                height = self.definition(&target)? + 1;
            }
        }
        for (keyword, value) in members.iter_mut() {
            match (keyword.as_str(), value) {
                ("allOf" | "anyOf" | "oneOf", Value::Array(list)) => {
                    for schema in list {
                        height = height.max(self.applied(schema)? + 1);
                    }
                }
                ("not" | "if" | "then" | "else", schema) => {
                    height = height.max(self.applied(schema)? + 1);
                }
                ("dependentSchemas", Value::Object(named)) => {
                    for (_, schema) in named.iter_mut() {
                        height = height.max(self.applied(schema)? + 1);
                    }
                }
                _ => {}
            }
        }
        Some(height)
    }
}

fn target(members: &Map<String, Value>) -> Option<String> {
    let reference = members.get("$ref")?.as_str()?;
    reference.strip_prefix("#/$defs/").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn opened(definitions: Value) -> Option<Value> {
        let Value::Object(mut definitions) = definitions else {
            panic!("definitions are an object");
        };
        open(&mut definitions).then_some(Value::Object(definitions))
    }

    #[test]
    fn a_definition_may_hold_itself_but_not_be_itself() {
        let tree = json!({"Tree": {"properties": {"left": {"$ref": "#/$defs/Tree"}}}});
        assert_eq!(opened(tree.clone()), Some(tree));
        assert_eq!(
            opened(json!({"A": {"$ref": "#/$defs/A"}})),
            Some(json!({"A": {}}))
        );
        let pets = json!({
            "Pet": {"oneOf": [{"$ref": "#/$defs/Cat"}]},
            "Cat": {"allOf": [{"$ref": "#/$defs/Pet"}, {"type": "object"}]},
        });
        let expected = json!({
            "Pet": {"oneOf": [{"$ref": "#/$defs/Cat"}]},
            "Cat": {"allOf": [{}, {"type": "object"}]},
        });
        assert_eq!(opened(pets), Some(expected));
    }

    #[test]
    fn chains_are_bounded() {
        let chain = |length: usize| {
            let mut definitions = Map::new();
            for n in 0..length {
                let next = json!({"allOf": [{"$ref": format!("#/$defs/d{}", n + 1)}]});
                definitions.insert(format!("d{n}"), next);
            }
            definitions.insert(format!("d{length}"), json!({"type": "string"}));
            Value::Object(definitions)
        };
        assert!(opened(chain(10)).is_some());
        assert!(opened(chain(40)).is_none());
        assert!(opened(chain(5_000)).is_none());
    }
}
