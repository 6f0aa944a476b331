//! What was applied last is kept, one for each tag, so that the platform can be held against it later.

use std::collections::BTreeMap;

use declaration::Declaration;
use domain::actor::Actor;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::compare::Comparison;
use super::plan::Choice;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::work::Work;

/// What is kept of an apply, before it was done.
pub(super) struct Applied {
    tag: String,
    declaration: String,
    choice: Choice,
}

/// What is kept, as it stands in the store.
#[derive(Serialize)]
struct Written<'a> {
    choice: &'a Choice,
    rows: BTreeMap<String, Uuid>,
    declaration: &'a serde_json::value::RawValue,
}

/// What was kept.
#[derive(Deserialize)]
pub(super) struct Kept {
    /// Which things were looked at.
    pub(super) choice: Choice,
    /// The row of each thing, by `kind name`: where one is gone, the audit log still knows it.
    pub(super) rows: BTreeMap<String, Uuid>,
    /// In its one form.
    pub(super) declaration: Declaration,
}

impl Applied {
    /// Of a declaration in its one form.
    pub(super) fn of(wanted: &Declaration, choice: &Choice) -> Result<Self> {
        Ok(Self {
            tag: wanted.tag.clone().unwrap_or_default(),
            declaration: serde_json::to_string(wanted).map_err(unwritten)?,
            choice: choice.clone(),
        })
    }
}

fn unwritten(error: serde_json::Error) -> Error {
    Error::WrongState(format!("the declaration cannot be kept: {error}"))
}

/// Keeps what was applied, in place of what was applied before under the same tag.
pub(super) async fn remember(
    platform: &Platform,
    work: &mut Work,
    actor: &Actor,
    applied: Applied,
    found: &Comparison,
) -> Result<()> {
    let rows = found
        .keys
        .iter()
        .filter_map(|key| Some((key.to_string(), *found.ids.get(key)?)));
    let content = serde_json::to_vec(&Written {
        choice: &applied.choice,
        rows: rows.collect(),
        declaration: serde_json::from_str(&applied.declaration).map_err(unwritten)?,
    });
    let (workspace, at) = (work.workspace(), work.at());
    let row = store::declarations::Declaration {
        id: platform.new_id(),
        workspace_id: workspace,
        tag: applied.tag,
        hash: data_encoding::HEXLOWER.encode(&Sha256::digest(&applied.declaration)),
        things: i64::try_from(found.keys.len()).unwrap_or(i64::MAX),
        applied_at: at,
        applied_by: actor.name.clone(),
        applied_by_kind: actor.kind().to_owned(),
        revision: store::changes::revision(work.conn()).await?,
        checked_at: at,
        drifted_at: None,
        problem: String::new(),
        differing: 0,
        differences: json!([]).into(),
    };
    store::declarations::put(work.conn(), &row, content.map_err(unwritten)?).await?;
    Ok(())
}

/// Reads what was kept. A program that knows less than the one that kept it says so.
pub(super) fn kept(content: &[u8]) -> Result<Kept> {
    serde_json::from_slice(content).map_err(|error| {
        Error::WrongState(format!(
            "what was applied cannot be read by this version of the program, apply it again: {error}"
        ))
    })
}
