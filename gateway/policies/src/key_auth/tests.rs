//! Tests of `key_auth`.
