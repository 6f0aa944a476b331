//! Tests of `request_transform`.
