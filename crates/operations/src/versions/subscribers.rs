//! What subscribers are told when a version is deprecated or retired: one mail and one message for each owner.

use domain::account::Face;
use serde_json::json;
use store::api_versions::{self, ApiVersion};

use crate::apis;
use crate::error::Result;
use crate::platform::Platform;
use crate::words;
use crate::work::Work;

/// Tells everybody whose applications may call the version. `what` is `deprecated` or `retired`.
pub(super) async fn tell(
    platform: &Platform,
    work: &mut Work,
    version: &ApiVersion,
    what: &str,
) -> Result<()> {
    let workspace = work.workspace();
    let subscribers = store::subscribers::of_version(work.conn(), workspace, version.id).await?;
    if subscribers.is_empty() {
        return Ok(());
    }
    let api = apis::load(work.conn(), workspace, version.api_id).await?;
    let name = format!("{} {}", api.name, version.label);
    let successor = api_versions::find(work.conn(), workspace, version.successor_id).await?;
    let kind = format!("version_{what}");
    let path = format!("/apis/{}", api.slug);
    let ends = version.sunset_at.map(words::moment);
    let body = match (&ends, what) {
        (Some(day), "deprecated") => format!("It goes on answering until {day}."),
        _ => String::new(),
    };
    for of_owner in subscribers.chunk_by(|one, next| one.owner_id == next.owner_id) {
        let owner = &of_owner[0];
        let applications: Vec<&str> = of_owner
            .iter()
            .map(|subscriber| subscriber.application_name.as_str())
            .collect();
        let payload = json!({
            "name": owner.owner_name,
            "version": name,
            "applications": applications.join(", "),
            "ends": ends.as_deref().filter(|_| what == "deprecated"),
            "successor": successor.as_ref().map(|next| &next.label),
            "link": platform.settings.link(Face::Portal, &path),
        });
        work.mail(&kind, &owner.owner_email, payload);
        let title = format!("{name} is {what}");
        work.notify(owner.owner_id, &kind, &title, &body, &path);
    }
    Ok(())
}
