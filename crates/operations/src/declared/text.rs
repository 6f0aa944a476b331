//! A declaration as one text: read when somebody sends it, and written for them.

use declaration::{Declaration, Syntax};
use domain::access::Permission;
use domain::actor::Actor;
use tokio::task::spawn_blocking;

use super::flaws::refused;
use crate::access::need;
use crate::error::{Error, Result};

/// Reads a declaration that was sent, JSON or YAML, for somebody who may apply it. It stands for all there is: what it says
/// of the server's variables, files and secrets is refused, never looked up.
pub async fn read(actor: &Actor, text: String) -> Result<Declaration> {
    need(actor, Permission::CatalogWrite)?;
    spawn_blocking(move || declaration::single(&text))
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
        .map_err(refused)
}

/// As YAML.
pub async fn yaml(declaration: Declaration) -> Result<String> {
    written(declaration, Syntax::Yaml).await
}

/// As JSON.
pub async fn json(declaration: Declaration) -> Result<String> {
    written(declaration, Syntax::Json).await
}

async fn written(declaration: Declaration, syntax: Syntax) -> Result<String> {
    spawn_blocking(move || declaration::one_file(&declaration, syntax))
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
        .map_err(|flaws| Error::WrongState(format!("the configuration cannot be written: {flaws}")))
}
