//! How much a YAML text says once its aliases are followed, found out before any of it is kept: a text of a few lines can
//! stand for more than memory holds.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use crate::flaw::Flaw;

/// A text may say this many times what it holds,
const TIMES: usize = 4;
/// and this many bytes beside.
const BESIDE: usize = 1 << 20;
/// What each thing in it weighs at least, in bytes.
const LEAST: usize = 8;

/// Refuses a YAML text whose aliases unfold into far more than the text itself. What cannot be read is told elsewhere.
pub(crate) fn check(text: &str) -> Result<(), Flaw> {
    // without an anchor there is nothing to unfold
    if !text.contains('&') {
        return Ok(());
    }
    let left = Cell::new(Some(text.len() * (TIMES + LEAST) + BESIDE));
    let read = Weight(&left).deserialize(yaml_serde::Deserializer::from_str(text));
    if read.is_err() && left.get().is_none() {
        let message = "unfolds into many times what was sent, by the aliases in it; write them out";
        return Err(Flaw::at("", message));
    }
    Ok(())
}

/// Counts down; nothing once there is nothing left.
struct Weight<'a>(&'a Cell<Option<usize>>);

impl Weight<'_> {
    fn take<E: Error>(&self, bytes: usize) -> Result<(), E> {
        let left = self
            .0
            .get()
            .and_then(|left| left.checked_sub(bytes + LEAST));
        self.0.set(left);
        match left {
            Some(_) => Ok(()),
            None => Err(E::custom("unfolds too far")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Weight<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Weight<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.take(0)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.take(0)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.take(0)
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<(), E> {
        self.take(0)
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<(), E> {
        self.take(0)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.take(0)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.take(0)
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.take(0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.take(text.len())
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.take(0)?;
        while items.next_element_seed(Weight(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.take(0)?;
        while members.next_key_seed(Weight(self.0))?.is_some() {
            members.next_value_seed(Weight(self.0))?;
        }
        Ok(())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<(), A::Error> {
        let ((), value) = tagged.variant_seed(Weight(self.0))?;
        value.newtype_variant_seed(Weight(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_that_is_meant_many_times_is_refused_before_it_is_kept() {
        let long = "x".repeat(100_000);
        let many = ["*a"; 100_000].join(", ");
        let text = format!("long: &a {long}\nall: [{many}]\n");
        let flaw = check(&text).expect_err("it was taken");
        assert!(flaw.message.contains("unfolds into many times"), "{flaw}");
    }

    #[test]
    fn what_is_meant_twice_or_not_at_all_is_taken() {
        for text in [
            "a: &a {b: c}\nd: *a\ne: {<<: *a}\n",
            "a: b & c\nd: [1, 2.5, true, ~, -3, !tag x, 340282366920938463463374607431768211455]\n",
            "what & cannot: be [read\n",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }
}
