//! The engine that all templates share: what their expressions may say.

use std::sync::LazyLock;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use sha2::{Digest, Sha256};

use super::FUEL;

/// Filters of the engine that are left out: they make much of little, tell of the engine, or switch escaping off.
const LEFT_OUT: [&str; 8] = [
    "safe", "escape", "e", "indent", "format", "pprint", "batch", "slice",
];
/// The longest text that a filter of ours takes, in bytes.
const LONGEST: usize = 1024 * 1024;

/// The engine without a template.
pub(super) fn engine() -> &'static Environment<'static> {
    static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(build);
    &ENGINE
}

fn build() -> Environment<'static> {
    let mut engine = Environment::new();
    for name in LEFT_OUT {
        engine.remove_filter(name);
    }
    for name in ["range", "dict", "debug", "namespace"] {
        engine.remove_global(name);
    }
    engine.add_filter("base64", |text: String| {
        bounded(&text).map(|()| BASE64.encode(text.as_bytes()))
    });
    engine.add_filter("base64url", |text: String| {
        bounded(&text).map(|()| BASE64URL_NOPAD.encode(text.as_bytes()))
    });
    engine.add_filter("from_base64", |text: String| {
        bounded(&text)?;
        let bytes = BASE64.decode(text.as_bytes()).ok();
        bytes
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "not base64 of a text"))
    });
    engine.add_filter("sha256", |text: String| {
        bounded(&text).map(|()| HEXLOWER.encode(&Sha256::digest(text.as_bytes())))
    });
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|name| {
        if name.ends_with(".json") {
            AutoEscape::Json
        } else {
            AutoEscape::None
        }
    });
    engine.set_recursion_limit(64);
    engine.set_fuel(Some(FUEL));
    engine
}

fn bounded(text: &str) -> Result<(), Error> {
    if text.len() > LONGEST {
        return Err(Error::new(ErrorKind::InvalidOperation, "text too long"));
    }
    Ok(())
}
