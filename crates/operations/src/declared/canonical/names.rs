//! Names in place of ids: in the TLS settings of upstreams, and in policies.

use gateway_snapshot::settings::UpstreamSettings;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The names in the TLS settings of an upstream, taken out so that the rest can be read with ids in their place.
pub(in crate::declared) fn take_names(settings: &mut Map<String, Value>) -> [Option<String>; 2] {
    let mut take = |key: &str| {
        let tls = settings.get_mut("tls")?.as_object_mut()?;
        match tls.get(key) {
            Some(Value::String(name)) => {
                let name = name.clone();
                tls.remove(key);
                Some(name)
            }
            _ => None,
        }
    };
    [take("ca"), take("client_certificate")]
}

/// The names, or ids in their place, put back.
pub(in crate::declared) fn put_names(
    settings: &mut Map<String, Value>,
    names: [Option<String>; 2],
) {
    if names.iter().all(Option::is_none) {
        return;
    }
    let plain = json!(UpstreamSettings::default().tls);
    let tls = settings.entry("tls").or_insert(plain);
    for (key, name) in ["ca", "client_certificate"].into_iter().zip(names) {
        if let (Some(name), Some(tls)) = (name, tls.as_object_mut()) {
            tls.insert(key.to_owned(), Value::String(name));
        }
    }
}

/// Names in place of ids: nil in their place, for a check that knows only ids.
pub(super) fn without_names(config: &mut Map<String, Value>) {
    let mut value = Value::Object(std::mem::take(config));
    each_name(&mut value, &mut |_, text| {
        if text.parse::<Uuid>().is_err() {
            *text = Uuid::nil().to_string();
        }
    });
    if let Value::Object(changed) = value {
        *config = changed;
    }
}

/// What the names in a policy's configuration are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::declared) enum Named {
    Application,
    Product,
    Plan,
}

/// Each name, or id, of an application, product or plan in a policy's configuration or conditions. Plans without a slash
/// are slugs, as conditions have them, unless they are ids.
pub(in crate::declared) fn each_name(value: &mut Value, found: &mut dyn FnMut(Named, &mut String)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_name(item, found)),
        Value::Object(members) => {
            for (key, member) in members {
                let named = match key.as_str() {
                    "applications" => Some(Named::Application),
                    "products" | "subscribed" => Some(Named::Product),
                    "plans" => Some(Named::Plan),
                    _ => None,
                };
                if let (Some(named), Value::Array(items)) = (named, &mut *member) {
                    for item in items {
                        if let Value::String(text) = item
                            && (named != Named::Plan
                                || text.contains('/')
                                || text.parse::<Uuid>().is_ok())
                        {
                            found(named, text);
                        }
                    }
                } else {
                    each_name(member, found);
                }
            }
        }
        _ => {}
    }
}
