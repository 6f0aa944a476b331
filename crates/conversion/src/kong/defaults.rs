//! The defaults that a file of decK gives for services, routes, upstreams and targets.

use serde_json::Value;

/// Fills in what `_info.defaults` says of services, routes, upstreams and targets, where they do not say it themselves.
pub(super) fn fill_in(root: &mut Value) {
    let defaults = root.pointer("/_info/defaults").cloned().unwrap_or_default();
    for (kind, lists) in [
        ("service", &["/services"][..]),
        ("route", &["/routes", "/services/*/routes"]),
        ("upstream", &["/upstreams"]),
        ("target", &["/targets", "/upstreams/*/targets"]),
    ] {
        let Some(given) = defaults.get(kind).filter(|given| given.is_object()) else {
            continue;
        };
        for list in lists {
            each(root, list, &mut |entity| fill(entity, given));
        }
    }
}

/// Each item of the lists at a path of members, in which `*` stands for every item of a list.
fn each(value: &mut Value, path: &str, found: &mut dyn FnMut(&mut Value)) {
    let Some(rest) = path.strip_prefix('/') else {
        for item in value.as_array_mut().into_iter().flatten() {
            found(item);
        }
        return;
    };
    let (member, rest) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    match (member, value) {
        ("*", Value::Array(items)) => items.iter_mut().for_each(|item| each(item, rest, found)),
        (member, Value::Object(members)) => {
            if let Some(below) = members.get_mut(member) {
                each(below, rest, found);
            }
        }
        _ => {}
    }
}

fn fill(entity: &mut Value, given: &Value) {
    if let (Value::Object(entity), Value::Object(given)) = (entity, given) {
        for (key, value) in given {
            match entity.get_mut(key) {
                // objects within are filled in too; a list is one value
                Some(own @ Value::Object(_)) => fill(own, value),
                Some(_) => {}
                None => {
                    entity.insert(key.clone(), value.clone());
                }
            }
        }
    }
}
