//! `/live`: the line in the lintel that says where the newest revision serves, asked for again while nodes catch up.

use askama::Template;

use crate::admin::{Admin, show};
use crate::answer::Answer;
use crate::layout::Live;

#[derive(Template)]
#[template(path = "parts/live.html")]
struct Line {
    live: Live,
}

/// The line alone.
pub(crate) async fn get(admin: Admin) -> Answer {
    show(&Line { live: admin.live() })
}
