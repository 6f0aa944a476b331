//! Tests of `response_transform`.
