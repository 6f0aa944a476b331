//! What runs in the browser too: components that wake up there.
//!
//! An island renders on the server like any other component, and must be useful as it is: the
//! browser may have no scripts. Everything in this module compiles for both halves.
//!
//! Pages with an island load the client, about 60 KB; what a few lines of script can do is in the
//! design system's `enhance.js` instead.

pub mod try_it;
