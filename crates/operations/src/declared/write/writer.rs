//! Takes one step, and knows the rows of what others refer to.

use std::collections::HashMap;

use declaration::{Item, ItemKind, Key};
use domain::actor::Actor;
use uuid::Uuid;

use super::super::canonical::Means;
use super::super::plan::{Action, Step};
use crate::error::{Error, Result};
use crate::platform::Platform;

/// Takes steps. Everything goes through `platform`, which shares one transaction.
pub(in crate::declared) struct Writer<'a> {
    pub(in crate::declared) platform: &'a Platform,
    pub(in crate::declared) actor: &'a Actor,
    pub(in crate::declared) means: &'a Means,
    /// The rows of things by their names.
    pub(in crate::declared) ids: HashMap<Key, Uuid>,
}

impl Writer<'_> {
    /// The row of a thing that something refers to.
    pub(super) fn id(&self, kind: ItemKind, path: &str) -> Result<Uuid> {
        let key = Key::new(kind, path);
        let found = self.ids.get(&key).copied();
        found.ok_or_else(|| {
            Error::invalid(key.path.clone(), format!("is named, and there is no {key}"))
        })
    }

    pub(super) fn parent(&self, item: &Item) -> Result<Uuid> {
        match &item.parent {
            Some(key) => self.id(key.kind, &key.path),
            None => Ok(Uuid::nil()),
        }
    }

    /// Takes one step.
    pub(in crate::declared) async fn take(&mut self, step: &Step) -> Result<()> {
        match (step.action, &step.before, &step.after) {
            (Action::Create, _, Some(item)) => {
                let id = Box::pin(self.create(item)).await?;
                self.ids.insert(item.key.clone(), id);
            }
            (Action::Update, Some(before), Some(item)) => {
                Box::pin(self.update(before.body.id().uuid(), item)).await?;
            }
            (Action::Delete, Some(item), _) => {
                Box::pin(self.delete(item)).await?;
                self.ids.remove(&item.key);
            }
            _ => {}
        }
        Ok(())
    }
}
