//! Tests of `rate_limit`.
