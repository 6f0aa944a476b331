//! The call to begin with: to an operation that works without knowing anything of the API.

use openapi::samples::{self, Language};
use operations::catalog::{self, ApiPage};

use crate::failure::PageError;
use crate::page::Page;

/// What to try first.
pub(super) struct FirstCall {
    /// What the operation does, for people.
    pub(super) title: String,
    /// Its name in URLs.
    pub(super) operation: String,
    /// The command, with the key in `$API_KEY` and an example in each parameter that is needed.
    pub(super) curl: String,
}

/// The first operation that reads and has nothing to fill in in its path, or else the first one that there is.
pub(super) async fn first_call(page: &Page, api: &ApiPage) -> Result<Option<FirstCall>, PageError> {
    let served = || api.index.entries().filter(|entry| api.serves(&entry.key));
    let entry = served()
        .find(|entry| entry.method == "GET" && !entry.path.contains('{') && !entry.deprecated)
        .or_else(|| served().next());
    let Some(entry) = entry else {
        return Ok(None);
    };
    let platform = &page.portal.platform;
    let (slug, label) = (api.api.slug.as_str(), api.version.label.as_str());
    let found = catalog::operation(platform, &page.actor, slug, Some(label), &entry.key).await?;
    let all = samples::all(&found.page, &api.base_url, Some(&api.credential));
    let curl = all
        .into_iter()
        .find(|sample| sample.language == Language::Curl)
        .map(|sample| sample.code)
        .unwrap_or_default();
    Ok(Some(FirstCall {
        title: entry.title.clone(),
        operation: entry.key.clone(),
        curl,
    }))
}
