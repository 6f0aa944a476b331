//! The contracts of an API version's operations, compiled when they are first needed and kept within a bound.

mod check;
mod compile;
#[cfg(test)]
pub(crate) mod tests;
mod values;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use domain::refusal::Refusal;
use openapi::contract::{Contract, OperationContract};
use parking_lot::Mutex;
use thiserror::Error;

pub use check::{Found, MOST, check_body, check_headers, check_parameters};
pub use compile::CompiledOperation;

use crate::exchange::Exchange;
use crate::policy::Failure;
use compile::Sources;

/// Bytes of schemas (as JSON) whose compiled form one API version keeps; what was not needed for longest goes first.
const KEPT: usize = 8 << 20;

/// Why an API version's contract cannot be used.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It is not what this version of the gateway writes.
    #[error("the contract cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Its definitions cannot be used.
    #[error("the contract's schemas cannot be used: {0}")]
    Schemas(String),
}

/// The contracts of one API version.
pub struct Contracts {
    operations: HashMap<String, Arc<OperationContract>>,
    sources: Sources,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    weight: usize,
    list: VecDeque<(String, usize, Arc<CompiledOperation>)>,
}

impl fmt::Debug for Contracts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contracts({} operations)", self.operations.len())
    }
}

impl Contracts {
    /// Reads a contract as the snapshot carries it: JSON of [`Contract`].
    pub fn read(text: &str) -> Result<Self, ReadError> {
        Self::new(serde_json::from_str(text)?)
    }

    /// From a contract.
    pub fn new(contract: Contract) -> Result<Self, ReadError> {
        let sources = Sources::new(contract.request_definitions, contract.response_definitions)
            .map_err(ReadError::Schemas)?;
        let operations = contract.operations.into_iter();
        Ok(Self {
            operations: operations.map(|o| (o.key.clone(), Arc::new(o))).collect(),
            sources,
            kept: Mutex::default(),
        })
    }

    /// The contract of an operation, by its key in the document.
    pub fn operation(self: &Arc<Self>, key: &str) -> Option<Operation> {
        Some(Operation {
            contract: self.operations.get(key)?.clone(),
            all: self.clone(),
        })
    }

    fn compiled(&self, contract: &OperationContract) -> Result<Arc<CompiledOperation>, String> {
        let mut kept = self.kept.lock();
        if let Some(place) = kept.list.iter().position(|(key, ..)| *key == contract.key) {
            // the one that was asked for last stays longest
            if let Some(entry) = kept.list.remove(place) {
                let compiled = entry.2.clone();
                kept.list.push_back(entry);
                return Ok(compiled);
            }
        }
        drop(kept);
        // two requests at once may both compile: that costs time, once, and holds nobody else up
        let (compiled, weight) = self.sources.compile(contract)?;
        let compiled = Arc::new(compiled);
        let mut kept = self.kept.lock();
        kept.weight += weight;
        kept.list
            .push_back((contract.key.clone(), weight, compiled.clone()));
        while kept.weight > KEPT && kept.list.len() > 1 {
            if let Some((_, weight, _)) = kept.list.pop_front() {
                kept.weight -= weight;
            }
        }
        Ok(compiled)
    }
}

/// The contract of one operation.
#[derive(Debug, Clone)]
pub struct Operation {
    contract: Arc<OperationContract>,
    all: Arc<Contracts>,
}

impl Operation {
    /// What the document says.
    pub fn contract(&self) -> &OperationContract {
        &self.contract
    }

    /// Ready to check with. Compiled at the first request; refuses with `policy_failed` when it cannot be.
    pub fn compiled(&self) -> Result<Arc<CompiledOperation>, Failure> {
        self.all.compiled(&self.contract).map_err(|problem| {
            let key = &self.contract.key;
            let detail = format!("the contract of operation `{key}` cannot be used: {problem}");
            Failure::new(Refusal::PolicyFailed, detail)
        })
    }
}

/// The operation of an exchange; a policy that needs one fails without.
pub fn of(exchange: &Exchange) -> Result<Operation, Failure> {
    exchange.contract.clone().ok_or_else(|| {
        let detail =
            "the route stands for no operation of an API document, or its document cannot be used";
        Failure::new(Refusal::PolicyFailed, detail)
    })
}
