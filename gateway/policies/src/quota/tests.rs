//! Tests of `quota`.
