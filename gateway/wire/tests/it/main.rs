//! What comes from elsewhere, as bytes.

mod corpus;
