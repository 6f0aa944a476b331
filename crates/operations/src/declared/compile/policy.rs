//! Policies for a gateway, with ids in place of names.

use declaration::{Item, ItemKind, Key};
use domain::api::PolicyScope;
use gateway_policies::policy::OnError;
use gateway_snapshot::model::{self, Entity};
use serde_json::Value;
use uuid::Uuid;

use super::super::canonical::names::{Named, each_name};
use super::id;

pub(super) fn entity(
    own: Uuid,
    above: Uuid,
    item: &Item,
    one: &declaration::Policy,
) -> Result<Entity, String> {
    let scope = match item.parent.as_ref().map(|key| key.kind) {
        Some(ItemKind::Api) => PolicyScope::Api,
        Some(ItemKind::Version) => PolicyScope::Version,
        Some(ItemKind::Route) => PolicyScope::Route,
        Some(ItemKind::Product) => PolicyScope::Product,
        Some(ItemKind::Plan) => PolicyScope::Plan,
        Some(ItemKind::Application) => PolicyScope::Application,
        _ => PolicyScope::Global,
    };
    let mut config = Value::Object(one.config.clone());
    let mut conditions = one.conditions.clone().map_or(Value::Null, Value::Object);
    ids_of(&mut config);
    ids_of(&mut conditions);
    Ok(Entity::Policy(model::Policy {
        id: own.into(),
        kind: one.kind.clone(),
        scope,
        scope_id: above,
        config: config.to_string(),
        position: i64::try_from(item.position).unwrap_or(i64::MAX),
        enabled: one.enabled,
        conditions: if conditions.is_null() {
            String::new()
        } else {
            conditions.to_string()
        },
        on_error: one.on_error.as_deref().and_then(OnError::of_word),
    }))
}

/// Ids in place of names. A name that leads to nothing fits nobody.
fn ids_of(value: &mut Value) {
    each_name(value, &mut |what, text| {
        if text.parse::<Uuid>().is_ok() {
            return;
        }
        let found = match (what, text.split_once('/')) {
            (Named::Application, Some((owner, name))) => {
                let key = Key::application(Some(owner), name);
                id(key.kind, &key.path)
            }
            (Named::Application, None) => id(ItemKind::Application, text),
            (Named::Product, _) => id(ItemKind::Product, text),
            (Named::Plan, _) => id(ItemKind::Plan, text),
        };
        *text = found.to_string();
    });
}
