//! A declaration beside what the store holds: the steps from one to the other, and what stands in their way.

use std::collections::{HashMap, HashSet};

use declaration::{Body, Declaration, Flaws, Item, Key, Names, items};
use domain::Timestamp;
use domain::api::Lifecycle;
use domain::id::WorkspaceId;
use store::Conn;
use store::seal::Sealer;
use uuid::Uuid;

use super::current;
use super::export::{hash, tags};
use super::flaws::refused;
use super::plan::{self, Choice, Step};
use crate::error::{Error, FieldError, Result};

/// What a declaration is compared in.
pub(super) struct Place<'a> {
    pub(super) sealer: &'a Sealer,
    pub(super) workspace: WorkspaceId,
    pub(super) choice: &'a Choice,
    /// The hash that the configuration must have.
    pub(super) expected: Option<&'a str>,
}

/// A declaration beside what the store holds.
pub(super) struct Comparison {
    /// The hash of what the store holds.
    pub(super) before: String,
    /// From what is there to what is declared, in order.
    pub(super) steps: Vec<Step>,
    /// The rows of what is there.
    pub(super) ids: HashMap<Key, Uuid>,
    /// The versions that are declared, which are looked at again when all is written.
    pub(super) versions: Vec<Item>,
    /// What is declared.
    pub(super) keys: Vec<Key>,
    /// What is declared and does not carry the tag yet.
    pub(super) untagged: Vec<Key>,
}

/// Compares a declaration in its one form with what the store holds. Applications are looked at when some are declared.
pub(super) async fn compare(
    conn: &mut Conn,
    place: Place<'_>,
    wanted: Declaration,
) -> Result<Comparison> {
    let Place {
        sealer, workspace, ..
    } = place;
    let tag = wanted.tag.clone();
    let with_applications = !wanted.applications.is_empty();
    let present = Box::pin(current::read(conn, sealer, workspace, with_applications)).await?;
    let before = hash(&present);
    if let Some(expected) = place.expected
        && expected != before
        && !is_whole(conn, &place, with_applications, expected).await?
    {
        return Err(Error::Conflict {
            what: "configuration",
            current_version: store::changes::revision(conn).await?,
        });
    }
    let dangling = declaration::dangling(&wanted, Names::of(&present));
    if !dangling.is_empty() {
        return Err(refused(Flaws(dangling)));
    }
    let tags = tags(conn, workspace).await?;
    let (present, mut wanted) = (items(present), items(wanted));
    keep_dates(&present, &mut wanted);
    foreign(&present, &wanted, &tags, tag.as_deref())?;
    let ids: HashMap<Key, Uuid> = present
        .iter()
        .map(|item| (item.key.clone(), item.body.id().uuid()))
        .collect();
    let keys = wanted.iter().map(|item| item.key.clone()).collect();
    let versions = wanted
        .iter()
        .filter(|item| matches!(item.body, Body::Version(_)))
        .cloned()
        .collect();
    let untagged = wanted
        .iter()
        .filter(|item| match ids.get(&item.key) {
            Some(id) => tags.get(id) != tag.as_ref(),
            None => true,
        })
        .map(|item| item.key.clone())
        .collect();
    let owned = |item: &Item| tag.is_some() && tags.get(&item.body.id().uuid()) == tag.as_ref();
    let steps = plan::steps(present, wanted, place.choice, owned);
    Ok(Comparison {
        before,
        steps,
        ids,
        keys,
        versions,
        untagged,
    })
}

/// Whether a hash is that of the configuration with its applications, for who saw more than what is declared.
async fn is_whole(
    conn: &mut Conn,
    place: &Place<'_>,
    with_applications: bool,
    expected: &str,
) -> Result<bool> {
    if with_applications {
        return Ok(false);
    }
    let whole = Box::pin(current::read(conn, place.sealer, place.workspace, true)).await?;
    Ok(hash(&whole) == expected)
}

/// A version that is deprecated stays so since the day it was, unless the declaration names another one.
fn keep_dates(present: &[Item], wanted: &mut [Item]) {
    let dates: HashMap<&Key, Timestamp> = present
        .iter()
        .filter_map(|item| match &item.body {
            Body::Version(one) => Some((&item.key, one.deprecated_at?)),
            _ => None,
        })
        .collect();
    for item in wanted {
        if let Body::Version(one) = &mut item.body
            && matches!(one.lifecycle, Lifecycle::Deprecated | Lifecycle::Retired)
            && one.deprecated_at.is_none()
        {
            one.deprecated_at = dates.get(&item.key).copied();
        }
    }
}

/// Two declarations with different tags do not fight over one thing.
fn foreign(
    present: &[Item],
    wanted: &[Item],
    tags: &HashMap<Uuid, String>,
    tag: Option<&str>,
) -> Result<()> {
    let Some(tag) = tag else { return Ok(()) };
    let wanted: HashSet<&Key> = wanted.iter().map(|item| &item.key).collect();
    let fields: Vec<FieldError> = present
        .iter()
        .filter(|item| wanted.contains(&item.key))
        .filter_map(|item| {
            let other = tags
                .get(&item.body.id().uuid())
                .filter(|other| *other != tag)?;
            Some(FieldError {
                field: item.key.to_string(),
                message: format!(
                    "carries the tag `{other}`, not `{tag}`: another declaration holds it"
                ),
            })
        })
        .collect();
    if fields.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(fields))
    }
}
