//! Builds a JSON value from any syntax, counting as it goes, so that a small text cannot become a large value.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::{Map, Number, Value};

use crate::pointer;

/// What one reading may use, and what it met.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) values_left: usize,
    pub(super) bytes_left: usize,
    pub(super) depth_limit: usize,
    pub(super) refusal: Option<Refusal>,
    /// Pointers of keys that were written twice.
    pub(super) repeated: Vec<String>,
    path: Vec<Step>,
}

/// Why the reading was broken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    TooDeep,
    TooMany,
}

#[derive(Debug)]
enum Step {
    Key(String),
    Index(usize),
}

/// Repeated keys that are remembered.
const REPEATED: usize = 100;

impl Tally {
    pub(super) fn new(values: usize, bytes: usize, depth_limit: usize) -> Self {
        Self {
            values_left: values,
            bytes_left: bytes,
            depth_limit,
            refusal: None,
            repeated: Vec::new(),
            path: Vec::new(),
        }
    }

    fn spend<E: Error>(&mut self, bytes: usize) -> Result<(), E> {
        match (
            self.values_left.checked_sub(1),
            self.bytes_left.checked_sub(bytes),
        ) {
            (Some(values), Some(bytes)) => {
                self.values_left = values;
                self.bytes_left = bytes;
                Ok(())
            }
            _ => Err(self.refuse(Refusal::TooMany)),
        }
    }

    fn refuse<E: Error>(&mut self, refusal: Refusal) -> E {
        self.refusal = Some(refusal);
        E::custom("over a limit")
    }

    fn enter<E: Error>(&mut self) -> Result<(), E> {
        if self.path.len() >= self.depth_limit {
            return Err(self.refuse(Refusal::TooDeep));
        }
        self.spend(0)
    }

    fn note_repeated(&mut self, key: &str) {
        if self.repeated.len() < REPEATED {
            let mut text = String::new();
            for step in &self.path {
                match step {
                    Step::Key(key) => text = pointer::join(&text, key),
                    Step::Index(index) => text.push_str(&format!("/{index}")),
                }
            }
            self.repeated.push(pointer::join(&text, key));
        }
    }
}

/// Reads one value under a tally.
pub(super) struct CountedValue<'t>(pub(super) &'t mut Tally);

impl<'de> DeserializeSeed<'de> for CountedValue<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CountedValue<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.0.spend(0)?;
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.0.spend(0)?;
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.0.spend(0)?;
        Ok(Value::from(value))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.0.spend(0)?;
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.0.spend(value.len())?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.0.spend(value.len())?;
        Ok(Value::String(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.0.spend(0)?;
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    /// A tagged YAML value: the tag says nothing here.
    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let (_tag, content) = data.variant::<String>()?;
        content.newtype_variant_seed(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let tally = self.0;
        tally.enter()?;
        let mut list = Vec::new();
        loop {
            tally.path.push(Step::Index(list.len()));
            let item = access.next_element_seed(CountedValue(tally))?;
            tally.path.pop();
            match item {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let tally = self.0;
        tally.enter()?;
        let mut map = Map::new();
        let mut merged = Vec::new();
        while let Some(key) = access.next_key_seed(Key)? {
            tally.spend(key.len())?;
            if map.contains_key(&key) {
                tally.note_repeated(&key);
            }
            tally.path.push(Step::Key(key));
            let value = access.next_value_seed(CountedValue(tally))?;
            let Some(Step::Key(key)) = tally.path.pop() else {
                return Err(A::Error::custom("lost the way"));
            };
            if key == "<<" {
                merged.push(value);
            } else {
                map.insert(key, value);
            }
        }
        for value in merged {
            merge(&mut map, value);
        }
        Ok(Value::Object(map))
    }
}

/// YAML's `<<`: what it brings never replaces what is written out.
fn merge(map: &mut Map<String, Value>, value: Value) {
    match value {
        Value::Object(other) => {
            for (key, value) in other {
                map.entry(key).or_insert(value);
            }
        }
        Value::Array(list) => list.into_iter().for_each(|value| merge(map, value)),
        other => {
            map.insert("<<".to_owned(), other);
        }
    }
}

/// A key; YAML may write it as a number (`200:`), a truth value or nothing.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = String;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<String, E> {
        Ok(value.to_owned())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<String, E> {
        Ok(value)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<String, E> {
        Ok(Number::from_f64(value).map_or_else(|| value.to_string(), |number| number.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<String, E> {
        Ok("null".to_owned())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<String, A::Error> {
        let (_tag, content) = data.variant::<String>()?;
        content.newtype_variant_seed(self)
    }
}
