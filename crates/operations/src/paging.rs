//! Pages of long lists: a limit, and an opaque cursor that says where the last page ended.

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// How many items a page holds when nobody says.
pub const DEFAULT_LIMIT: u32 = 50;
/// How many items a page holds at most.
pub const MOST: u32 = 200;

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// How many items, 1 to [`MOST`].
    pub limit: u32,
    /// The `next` of the page before.
    pub after: Option<String>,
}

impl Default for Paging {
    fn default() -> Self {
        Self {
            limit: DEFAULT_LIMIT,
            after: None,
        }
    }
}

/// Some items of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

impl Paging {
    /// A page of this size from the beginning.
    pub fn first(limit: u32) -> Self {
        Self { limit, after: None }
    }

    /// One item more than the page holds: what to ask the store for, to know whether there is a next page.
    pub fn probe(&self) -> i64 {
        i64::from(self.size()) + 1
    }

    /// Where the page before ended. Refused when it is no cursor of this list.
    pub fn cursor<C: DeserializeOwned>(&self) -> Result<Option<C>> {
        let Some(text) = self.after.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        BASE64URL_NOPAD
            .decode(text.as_bytes())
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .map(Some)
            .ok_or_else(|| Error::invalid("after", "is not a cursor of this list"))
    }

    /// The page from up to [`Paging::probe`] rows; `place` is where an item stands in the order of the list.
    pub fn page<T, C: Serialize>(&self, mut rows: Vec<T>, place: impl Fn(&T) -> C) -> Page<T> {
        let size = self.size() as usize;
        let more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| more).map(|last| {
            let json = serde_json::to_vec(&place(last)).expect("cursors are ids, times and texts");
            BASE64URL_NOPAD.encode(&json)
        });
        Page { items: rows, next }
    }

    fn size(&self) -> u32 {
        self.limit.clamp(1, MOST)
    }
}

impl<T> Page<T> {
    /// The same page of something made from each item.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(make).collect(),
            next: self.next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_page_has_a_next_only_when_more_follows() {
        let paging = Paging::first(2);
        assert_eq!(paging.page(vec![1, 2], |n| *n).next, None);
        let page = paging.page(vec![1, 2, 3], |n| *n);
        assert_eq!(page.items, [1, 2]);
        let next = Paging {
            limit: 2,
            after: page.next,
        };
        assert_eq!(next.cursor::<i32>().unwrap(), Some(2));
    }

    #[test]
    fn a_made_up_cursor_is_refused() {
        let paging = Paging {
            limit: 2,
            after: Some("!".to_owned()),
        };
        assert!(matches!(paging.cursor::<i32>(), Err(Error::Invalid(_))));
    }
}
