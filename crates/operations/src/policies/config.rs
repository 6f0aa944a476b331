//! Whether a configuration is one that the gateway can run.

use gateway_policies::config_error::ConfigError;
use gateway_policies::policy::OnError;
use gateway_policies::{conditions, registry, secret};
use serde_json::Value;
use store::seal::NONCE;

use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::platform::Platform;
use crate::policies::{Aside, Place};

/// The largest configuration, in bytes as JSON.
const BYTES_MOST: usize = 64 << 10;
/// The longest name, in characters.
const NAME_MOST: usize = 80;

/// Refuses an unknown kind, a scope that the kind cannot have, and a configuration with flaws; names each, and where.
pub(crate) fn check(kind: &str, place: Option<Place>, config: &Value, aside: &Aside) -> Result<()> {
    let Some((_, known)) = registry::find(kind) else {
        let names: Vec<&str> = registry::kinds().iter().map(|kind| kind.name).collect();
        return Err(Error::invalid(
            "kind",
            format!(
                "is `{kind}`, which is no policy; one of {}",
                names.join(", ")
            ),
        ));
    };
    let mut fields = Fields::new();
    if let Some(place) = place
        && !known.scopes.contains(&place.scope())
    {
        let names: Vec<&str> = known.scopes.iter().map(|scope| scope.as_str()).collect();
        let message = format!(
            "is {}; `{kind}` can be attached to {}",
            place.scope(),
            names.join(", ")
        );
        fields.refuse("scope", message);
    }
    if config.to_string().len() > BYTES_MOST {
        fields.refuse("config", format!("is larger than {BYTES_MOST} bytes"));
        return fields.finish();
    }
    for error in registry::validate(kind, config).err().into_iter().flatten() {
        fields.refuse(field("config", &error), &error.problem);
    }
    let conditions = conditions::compile(&aside.conditions, known.stage);
    for error in conditions.err().into_iter().flatten() {
        fields.refuse(field("conditions", &error), &error.problem);
    }
    if !aside.on_error.is_empty() && OnError::of_word(&aside.on_error).is_none() {
        fields.refuse("on_error", "is neither `open` nor `closed`");
    }
    if aside.name.chars().count() > NAME_MOST {
        fields.refuse("name", format!("is longer than {NAME_MOST} characters"));
    }
    fields.finish()
}

/// The configuration with its secrets sealed, as it is kept. Those that are sealed already stay as they are.
pub(crate) fn sealed(platform: &Platform, kind: &str, mut config: Value) -> Value {
    if let Some(schema) = registry::schema(kind) {
        secret::seal_all(&schema, &mut config, &mut |text| {
            let nonce = platform.random.bytes::<NONCE>();
            let sealed = platform
                .sealer
                .seal(nonce, secret::PURPOSE, text.as_bytes());
            data_encoding::BASE64.encode(&sealed)
        });
    }
    config
}

/// `limits[0].requests` as `config/limits/0/requests`.
fn field(of: &str, error: &ConfigError) -> String {
    let parts = error
        .path
        .split(['.', '[', ']'])
        .filter(|part| !part.is_empty());
    std::iter::once(of)
        .chain(parts)
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(kind: &str, config: &Value) -> Vec<(String, String)> {
        match check(kind, Some(Place::Global), config, &Aside::default()) {
            Err(Error::Invalid(fields)) => {
                fields.into_iter().map(|f| (f.field, f.message)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn flaws_are_located() {
        let found = refused("key_auth", &json!({ "headers": ["X-API-Key", "no name"] }));
        assert_eq!(
            found,
            [(
                "config/headers/1".to_owned(),
                "is not a header name".to_owned()
            )]
        );
    }

    #[test]
    fn what_goes_beside_the_configuration_is_checked() {
        let aside = Aside {
            name: "n".repeat(81),
            conditions: json!({ "methods": ["G T"], "plans": ["gold"] }),
            on_error: "maybe".to_owned(),
        };
        let Err(Error::Invalid(fields)) =
            check("key_auth", Some(Place::Global), &json!({}), &aside)
        else {
            panic!("it was taken");
        };
        let found: Vec<&str> = fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(found, ["conditions/methods/0", "on_error", "name"]);
    }

    #[test]
    fn unknown_kinds_and_keys_are_named() {
        let found = refused("guess", &json!({}));
        assert_eq!(found[0].0, "kind");
        assert!(found[0].1.contains("key_auth"), "{found:?}");
        let found = refused("key_auth", &json!({ "heeders": [] }));
        assert!(
            found[0].0.starts_with("config") && found[0].1.contains("heeders"),
            "{found:?}"
        );
    }

    #[test]
    fn defaults_are_enough_for_keys() {
        let aside = Aside::default();
        check("key_auth", Some(Place::Global), &json!({}), &aside).expect("the defaults");
    }
}
