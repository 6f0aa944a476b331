//! The live snapshot's behaviour.
