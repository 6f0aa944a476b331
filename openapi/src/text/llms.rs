//! `llms.txt`: a list of the pages of an API for programs that read text.

use super::page::line;
use crate::reference::Index;

/// What the list needs to know beside the index.
#[derive(Debug, Clone, Copy)]
pub struct Llms<'a> {
    /// The API's name.
    pub title: &'a str,
    /// Markdown; its first sentence is shown.
    pub description: Option<&'a str>,
    /// Where the API is called.
    pub base_url: &'a str,
    /// Where the pages are: the address of a page is this, its key, and `.md`.
    pub pages_url: &'a str,
}

/// The list of the pages of an API.
pub fn llms(index: &Index, about: Llms<'_>) -> String {
    let mut text = format!("# {}\n\n", line(about.title));
    if let Some(description) = about.description {
        let summary = crate::markdown::summary(description, 300);
        if !summary.is_empty() {
            text.push_str(&format!("> {}\n\n", line(&summary)));
        }
    }
    text.push_str(&format!("Base URL: {}\n", about.base_url));
    for group in &index.groups {
        text.push_str(&format!("\n## {}\n\n", line(&group.title)));
        for entry in &group.operations {
            let url = format!("{}/{}.md", about.pages_url.trim_end_matches('/'), entry.key);
            text.push_str(&format!(
                "- [{}]({url}): {} {}",
                line(&entry.title),
                entry.method,
                line(&entry.path)
            ));
            if entry.deprecated {
                text.push_str(" (deprecated)");
            }
            if let Some(sentence) = &entry.about {
                text.push_str(&format!(". {}", line(sentence)));
            }
            text.push('\n');
        }
    }
    text
}
