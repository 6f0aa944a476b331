//! Accessible SVG charts drawn on the server, and how numbers, units and times are written beside them.
//!
//! Every drawing is a `figure` with a heading, a title and a description for those who do not see it, and a table of the same
//! numbers. Geometry is in percent and text in px, so that one drawing fits every width; nothing uses a style attribute, so that
//! the strict content security policy holds. Colours come from classes of the design system.

mod axis;
mod bars;
pub mod format;
mod heat;
mod lines;
mod markup;
mod quota;
mod sparkline;
mod stacked;

pub use bars::{Bar, Bars, share};
pub use heat::{Heat, HeatRow};
pub use lines::{Ink, Line, Lines};
pub use markup::Heading;
pub use quota::Quota;
pub use sparkline::{Sparkline, Tone};
pub use stacked::{Bucket, Marker, Stacked};
