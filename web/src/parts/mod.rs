//! The pieces that screens are made of. Each is a template that renders itself: `{{ field|safe }}`; macros are in `parts.html`.

mod api_call;
mod confirm;
mod field;
mod form_page;
mod pages;
mod state;
mod threshold;
mod upstream_standing;

pub use api_call::ApiCall;
pub use confirm::Confirm;
pub use field::{Choice, Field, Kind};
pub use form_page::{ConfirmPage, FormPage, FormSection};
pub use pages::Pages;
pub use state::{Notice, State, Toast, Tone, Undo};
pub use threshold::Threshold;
pub use upstream_standing::UpstreamStanding;
