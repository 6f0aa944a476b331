//! Where a policy stands, and what it says with ids in place of names.

use declaration::{Item, ItemKind, Key, Policy};
use serde_json::Value;
use uuid::Uuid;

use super::super::canonical::names::{Named, each_name};
use super::writer::Writer;
use crate::error::Result;
use crate::policies::{Aside, Place};

impl Writer<'_> {
    pub(super) fn place(&self, item: &Item) -> Result<Place> {
        let id = self.parent(item)?;
        Ok(match item.parent.as_ref().map(|key| key.kind) {
            Some(ItemKind::Api) => Place::Api(id.into()),
            Some(ItemKind::Version) => Place::Version(id.into()),
            Some(ItemKind::Route) => Place::Route(id.into()),
            Some(ItemKind::Product) => Place::Product(id.into()),
            Some(ItemKind::Plan) => Place::Plan(id.into()),
            Some(ItemKind::Application) => Place::Application(id.into()),
            _ => Place::Global,
        })
    }

    pub(super) fn policy(&self, one: &Policy) -> Result<(Value, Aside)> {
        let mut config = Value::Object(one.config.clone());
        let mut conditions = one.conditions.clone().map_or(Value::Null, Value::Object);
        self.ids_of(&mut config)?;
        self.ids_of(&mut conditions)?;
        let aside = Aside {
            name: one.name.clone(),
            conditions,
            on_error: one.on_error.clone().unwrap_or_default(),
        };
        Ok((config, aside))
    }

    /// Ids in place of names.
    fn ids_of(&self, value: &mut Value) -> Result<()> {
        let mut failed = None;
        each_name(value, &mut |named, text| {
            if text.parse::<Uuid>().is_ok() {
                return;
            }
            let kind = match named {
                Named::Application => ItemKind::Application,
                Named::Product => ItemKind::Product,
                Named::Plan => ItemKind::Plan,
            };
            let path = match (named, text.split_once('/')) {
                (Named::Application, Some((owner, name))) => {
                    Key::application(Some(owner), name).path
                }
                _ => text.clone(),
            };
            match self.id(kind, &path) {
                Ok(id) => *text = id.to_string(),
                Err(error) => failed = Some(error),
            }
        });
        failed.map_or(Ok(()), Err)
    }
}
