//! The OAuth 2 server: what a client gets, for whom, and how it ends. On both databases.

mod clients;
mod consent;
mod dpop;
mod ending;
mod keys;
mod refresh;
mod stage;
