//! What the documents of API versions promise, for the versions whose policies ask for it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::change::ChangeKind;
use domain::id::{ApiVersionId, SpecRevisionId, WorkspaceId};
use gateway_policies::{mock_response, oauth2, request_validator, response_validator};
use gateway_snapshot::model::{Change, Contract, Entity};
use openapi::Limits;
use openapi::contract::Wants;
use store::{Conn, api_operations, spec_revisions};
use tokio::task::spawn_blocking;

/// Largest contract in bytes, as JSON. A version with a larger one has none, and its policies refuse.
const LARGEST: usize = 16 << 20;

/// Which contracts the live tables hold, and from what they were made.
#[derive(Default)]
pub(super) struct Contracts {
    known: HashMap<ApiVersionId, (SpecRevisionId, Wants)>,
}

/// What a policy of a kind asks of a document.
fn wants(kind: &str) -> Wants {
    let none = Wants::default();
    if kind == request_validator::KIND.name {
        Wants {
            requests: true,
            ..none
        }
    } else if kind == response_validator::KIND.name {
        Wants {
            responses: true,
            ..none
        }
    } else if kind == mock_response::KIND.name {
        Wants {
            examples: true,
            ..none
        }
    } else if kind == oauth2::KIND.name {
        Wants {
            scopes: true,
            ..none
        }
    } else {
        none
    }
}

impl Contracts {
    /// Whether a change of this kind can change what is asked for.
    pub(super) fn depend_on(kind: ChangeKind) -> bool {
        matches!(
            kind,
            ChangeKind::ApiVersion | ChangeKind::Route | ChangeKind::Policy
        )
    }

    /// What has to change so that the live tables hold what is asked for now. With `afresh` all of it is read again.
    pub(super) async fn changes(
        &mut self,
        conn: &mut Conn,
        afresh: bool,
    ) -> Result<Vec<Change>, store::Error> {
        if afresh {
            self.known.clear();
        }
        let kinds = [
            request_validator::KIND.name,
            response_validator::KIND.name,
            mock_response::KIND.name,
            oauth2::KIND.name,
        ];
        let mut asked: BTreeMap<ApiVersionId, (WorkspaceId, SpecRevisionId, Wants)> =
            BTreeMap::new();
        for row in spec_revisions::asked(conn, kinds).await? {
            let entry = asked.entry(row.api_version_id);
            let entry = entry.or_insert((row.workspace_id, row.spec_revision_id, Wants::default()));
            entry.2 = entry.2.and(wants(&row.kind));
        }
        let gone: Vec<ApiVersionId> = self
            .known
            .keys()
            .filter(|id| !asked.contains_key(*id))
            .copied()
            .collect();
        let mut changes = Vec::new();
        for id in gone {
            self.known.remove(&id);
            changes.push(removed(id));
        }
        for (id, (workspace, revision, wants)) in asked {
            if self.known.get(&id) == Some(&(revision, wants)) {
                continue;
            }
            let contract = read(conn, workspace, id, revision, wants).await?;
            changes.push(match contract {
                Some(contract) => Change::Put(Entity::Contract(contract)),
                // an older one must not go on answering for a document that cannot be used
                None => removed(id),
            });
            self.known.insert(id, (revision, wants));
        }
        Ok(changes)
    }
}

fn removed(id: ApiVersionId) -> Change {
    Change::Delete {
        kind: ChangeKind::Contract,
        id: id.uuid(),
    }
}

/// The contract of a version; `None` when it has no document, or one that cannot be used.
async fn read(
    conn: &mut Conn,
    workspace: WorkspaceId,
    version: ApiVersionId,
    revision: SpecRevisionId,
    wants: Wants,
) -> Result<Option<Contract>, store::Error> {
    let Some(row) = spec_revisions::find(conn, workspace, revision).await? else {
        return Ok(None);
    };
    let entries = api_operations::index(conn, workspace, version).await?;
    let operations = entries.into_iter().map(|o| (o.id, o.slug)).collect();
    // documents can be large: nothing else waits while one is read
    let made = spawn_blocking(move || text(&row.source, wants)).await;
    match made.unwrap_or_else(|error| Err(error.to_string())) {
        Ok(document) => Ok(Some(Contract {
            api_version: version,
            operations,
            document,
        })),
        Err(problem) => {
            tracing::error!(api_version = %version, %problem, "policies that need the API's document refuse");
            Ok(None)
        }
    }
}

fn text(source: &[u8], wants: Wants) -> Result<Arc<str>, String> {
    let document = openapi::parse(source, &Limits::default()).map_err(|error| error.to_string())?;
    let contract =
        openapi::contract::of(&document, wants, |_| true).map_err(|error| error.to_string())?;
    let text = serde_json::to_string(&contract).map_err(|error| error.to_string())?;
    if text.len() > LARGEST {
        return Err(format!("its contract is larger than {LARGEST} bytes"));
    }
    Ok(text.into())
}
