//! The platform's configuration as files: the model, reading it from a file or a folder with located errors, and writing
//! it in a stable order. What it means to the store or to a gateway is decided elsewhere.

#![warn(missing_docs)]

mod catalog;
mod credential;
mod flaw;
mod folder;
mod item;
mod merge;
mod model;
mod names;
mod offer;
mod parse;
mod reading;
mod reference;
mod row;
mod schema;
mod single;
mod sound;
mod wants;
mod weight;
mod writing;

pub use self::catalog::{Api, Document, DocumentText, Route, Version};
pub use self::credential::{Application, Credential, Subscription};
pub use self::flaw::{Flaw, Flaws};
pub use self::folder::{DOCUMENT_MOST, FILE_MOST, Stamp, stamp};
pub use self::item::{Body, Item, ItemKind, Key, items};
pub use self::model::{
    Authority, Certificate, Declaration, Defaults, FORMAT, Policy, Target, Upstream,
};
pub use self::names::{Names, dangling};
pub use self::offer::{Plan, Product, Question};
pub use self::parse::{Syntax, parse, typed_value as typed};
pub use self::reading::{Draft, read};
pub use self::reference::{Answers, Reference};
pub use self::row::RowId;
pub use self::schema::json_schema;
pub use self::single::single;
pub use self::sound::check;
pub use self::writing::{Written, folder, one_file};
