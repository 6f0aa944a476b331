//! What an API promises, for machines: each operation's parameters, bodies and answers with plain JSON Schemas.
//!
//! Whatever version a document was written for, the schemas of a [`Contract`] are JSON Schema 2020-12 with the keywords that
//! check something, and their references lead only to the contract's own definitions.

mod build;
mod circles;
mod normal;
#[cfg(test)]
mod tests;
mod types;

pub use build::{ContractError, of};
pub use types::{
    BodyContract, ContentContract, Contract, Definitions, ExampleContract, HeaderContract,
    OperationContract, ParameterContract, Place, ResponseContract, Style, Wants,
};
