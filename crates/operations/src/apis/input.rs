//! What is given to make or change an API, checked.

use domain::api::Visibility;
use domain::id::AccountId;
use domain::text::{self, Name, Slug};

use crate::error::Result;
use crate::fields::Fields;

/// The longest summary, in characters.
pub(crate) const SUMMARY_MOST: usize = 300;
/// The longest description, in characters.
pub(crate) const DESCRIPTION_MOST: usize = 50_000;
/// The most tags of one API.
const TAGS_MOST: usize = 20;
/// The longest tag, in characters.
const TAG_MOST: usize = 40;

/// What an API is to be.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its name for people.
    pub name: String,
    /// Its name in URLs; made from the name of a new one when left out.
    pub slug: Option<String>,
    /// One sentence for its card.
    pub summary: String,
    /// What it does, in Markdown.
    pub description: String,
    /// Who sees it in the portal.
    pub visibility: Visibility,
    /// Words to filter by; the first is its shelf in the catalogue.
    pub tags: Vec<String>,
    /// Who answers for it; the platform team when left out.
    pub owner: Option<AccountId>,
}

/// What passed.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) name: Name,
    pub(crate) slug: Option<Slug>,
    pub(crate) summary: String,
    pub(crate) description: String,
    pub(crate) visibility: Visibility,
    pub(crate) tags: Vec<String>,
    pub(crate) owner: AccountId,
}

/// Checks all of it, naming each flaw.
pub(crate) fn check(input: Input) -> Result<Checked> {
    let mut fields = Fields::new();
    let name = fields.parse("name", &input.name);
    let slug = input
        .slug
        .as_deref()
        .map(|slug| fields.parse::<Slug>("slug", slug));
    let summary = fields.check("summary", text::paragraph(&input.summary, SUMMARY_MOST));
    let description = text::paragraph(&input.description, DESCRIPTION_MOST);
    let description = fields.check("description", description);
    let tags = check_tags(&mut fields, &input.tags);
    let Some(name) = name else {
        return Err(fields.into_error());
    };
    fields.finish()?;
    Ok(Checked {
        name,
        slug: slug.flatten(),
        summary: summary.unwrap_or_default(),
        description: description.unwrap_or_default(),
        visibility: input.visibility,
        tags,
        owner: input.owner.unwrap_or_default(),
    })
}

/// Tags as they are kept: trimmed, each once whatever its case.
fn check_tags(fields: &mut Fields, given: &[String]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for (index, tag) in given.iter().enumerate() {
        if let Some(tag) = fields.check(format!("tags/{index}"), text::line(tag, TAG_MOST))
            && !tags
                .iter()
                .any(|known| known.to_lowercase() == tag.to_lowercase())
        {
            tags.push(tag);
        }
    }
    if tags.len() > TAGS_MOST {
        fields.refuse(
            "tags",
            format!("are {}; at most {TAGS_MOST} are kept", tags.len()),
        );
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn input(name: &str) -> Input {
        Input {
            name: name.to_owned(),
            slug: None,
            summary: String::new(),
            description: String::new(),
            visibility: Visibility::Public,
            tags: Vec::new(),
            owner: None,
        }
    }

    #[test]
    fn every_flaw_is_named_at_once() {
        let mut bad = input(&"n".repeat(121));
        bad.slug = Some("Not A Slug".to_owned());
        bad.tags = vec![String::new()];
        let Err(Error::Invalid(fields)) = check(bad) else {
            panic!("it was taken");
        };
        let names: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(names, ["name", "slug", "tags/0"]);
        assert_eq!(
            fields[0].message,
            "is 121 characters long; at most 120 are kept"
        );
    }

    #[test]
    fn tags_are_kept_once() {
        let mut given = input("Rates");
        given.tags = vec![
            "Shipping".to_owned(),
            " shipping ".to_owned(),
            "Money".to_owned(),
        ];
        assert_eq!(check(given).expect("fine").tags, ["Shipping", "Money"]);
    }
}
