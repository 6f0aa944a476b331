//! The row of a store that a thing was read from: known beside the thing, no part of what it says.

use domain::Id;
use uuid::Uuid;

/// Which row; nil where there is none. Any two are equal, so that things are compared by what they say.
#[derive(Debug, Clone, Copy, Default)]
pub struct RowId(Uuid);

impl RowId {
    /// A row.
    pub fn of(id: impl Into<Uuid>) -> Self {
        Self(id.into())
    }

    /// Its id.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// Its id as that of a kind of thing.
    pub fn get<T>(self) -> Id<T> {
        Id::new(self.0)
    }
}

impl PartialEq for RowId {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for RowId {}
