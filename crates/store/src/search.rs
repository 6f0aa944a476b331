//! Searching names of APIs and operations, with what both dialects have: LIKE.

use domain::api::Visibility;
use domain::id::WorkspaceId;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

/// How many words of a query are looked at.
pub const WORDS: usize = 4;

/// The most characters of a word that are looked at.
const WORD: usize = 60;

/// Who looks: which visibilities are within sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// What is for whoever is signed in.
    pub registered: bool,
    /// What is for the platform team alone.
    pub hidden: bool,
}

impl Sight {
    /// Whether something of this visibility is seen.
    pub const fn sees(self, visibility: Visibility) -> bool {
        match visibility {
            Visibility::Public => true,
            Visibility::Registered => self.registered,
            Visibility::Hidden => self.hidden,
        }
    }
}

record! {
    /// An operation that a search found.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct OperationHit {
        /// The API's name in URLs.
        pub api_slug: String,
        /// The API's name for people.
        pub api_name: String,
        /// The version's label.
        pub label: String,
        /// The operation's name in URLs.
        pub slug: String,
        /// In capitals.
        pub method: String,
        /// As the document writes it.
        pub path: String,
        /// Its heading.
        pub summary: String,
    }
}

record! {
    /// An API that a search found.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ApiHit {
        /// Its name in URLs.
        pub slug: String,
        /// Its name for people.
        pub name: String,
        /// One sentence.
        pub summary: String,
    }
}

// A parameter that is only compared with itself has no type of its own on PostgreSQL: hence the casts.
macro_rules! in_sight {
    () => {
        "(a.visibility = 'public' OR (a.visibility = 'registered' AND CAST($2 AS BOOLEAN))
            OR (a.visibility = 'hidden' AND CAST($3 AS BOOLEAN)))"
    };
}

statements! {
    OPERATIONS = concat!("SELECT a.slug AS api_slug, a.name AS api_name, v.label, o.slug, o.method, o.path, o.summary
        FROM operation o JOIN api_version v ON v.id = o.api_version_id JOIN api a ON a.id = v.api_id
        WHERE o.workspace_id = $1 AND v.lifecycle IN ('published', 'deprecated') AND ", in_sight!(), "
        AND lower(o.summary || ' ' || o.path || ' ' || o.slug || ' ' || o.method) LIKE $4 ESCAPE '\\'
        AND lower(o.summary || ' ' || o.path || ' ' || o.slug || ' ' || o.method) LIKE $5 ESCAPE '\\'
        AND lower(o.summary || ' ' || o.path || ' ' || o.slug || ' ' || o.method) LIKE $6 ESCAPE '\\'
        AND lower(o.summary || ' ' || o.path || ' ' || o.slug || ' ' || o.method) LIKE $7 ESCAPE '\\'
        ORDER BY CASE WHEN lower(o.summary) LIKE $8 ESCAPE '\\' THEN 0 ELSE 1 END,
            CASE WHEN v.lifecycle = 'published' THEN 0 ELSE 1 END, o.deprecated, a.slug, v.label, o.position, o.id
        LIMIT $9");
    APIS = concat!("SELECT a.slug, a.name, a.summary FROM api a
        WHERE a.workspace_id = $1 AND ", in_sight!(), "
        AND EXISTS (SELECT 1 FROM api_version v WHERE v.api_id = a.id AND v.lifecycle <> 'draft')
        AND lower(a.name || ' ' || a.slug || ' ' || a.summary) LIKE $4 ESCAPE '\\'
        AND lower(a.name || ' ' || a.slug || ' ' || a.summary) LIKE $5 ESCAPE '\\'
        AND lower(a.name || ' ' || a.slug || ' ' || a.summary) LIKE $6 ESCAPE '\\'
        AND lower(a.name || ' ' || a.slug || ' ' || a.summary) LIKE $7 ESCAPE '\\'
        ORDER BY CASE WHEN lower(a.name) LIKE $8 ESCAPE '\\' THEN 0 ELSE 1 END, a.name, a.id LIMIT $9");
}

/// At most `limit` operations of published and deprecated versions in which every word of the query occurs.
pub async fn operations(
    conn: &mut Conn,
    workspace: WorkspaceId,
    sight: Sight,
    query: &str,
    limit: i64,
) -> Result<Vec<OperationHit>> {
    let [first, second, third, fourth] = patterns(query);
    conn.query(OPERATIONS)
        .bind(workspace)
        .bind(sight.registered)
        .bind(sight.hidden)
        .bind(first)
        .bind(second)
        .bind(third)
        .bind(fourth)
        .bind(beginning(query))
        .bind(limit)
        .all()
        .await
}

/// At most `limit` APIs with a version that is no draft, in whose name or summary every word of the query occurs.
pub async fn apis(
    conn: &mut Conn,
    workspace: WorkspaceId,
    sight: Sight,
    query: &str,
    limit: i64,
) -> Result<Vec<ApiHit>> {
    let [first, second, third, fourth] = patterns(query);
    conn.query(APIS)
        .bind(workspace)
        .bind(sight.registered)
        .bind(sight.hidden)
        .bind(first)
        .bind(second)
        .bind(third)
        .bind(fourth)
        .bind(beginning(query))
        .bind(limit)
        .all()
        .await
}

/// A LIKE pattern for texts in lower case that contain `text`, with `\` as the escape character.
pub fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    escape(text, &mut pattern);
    if pattern.len() > 1 {
        pattern.push('%');
    }
    pattern
}

/// One pattern for each of the first words; what is left matches everything.
fn patterns(query: &str) -> [String; WORDS] {
    let mut words = query.split_whitespace();
    std::array::from_fn(|_| pattern(words.next().unwrap_or_default()))
}

/// Texts that begin with the first word.
fn beginning(query: &str) -> String {
    let mut pattern = String::new();
    escape(
        query.split_whitespace().next().unwrap_or_default(),
        &mut pattern,
    );
    pattern.push('%');
    pattern
}

fn escape(text: &str, pattern: &mut String) {
    for c in text.trim().chars().take(WORD).flat_map(char::to_lowercase) {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        // A text in PostgreSQL cannot hold it, so nothing found does.
        if c != '\0' {
            pattern.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_themselves() {
        assert_eq!(pattern("50%_off\\"), "%50\\%\\_off\\\\%");
        assert_eq!(pattern("  Pay "), "%pay%");
        assert_eq!(pattern(" "), "%");
    }

    #[test]
    fn every_word_has_its_pattern() {
        assert_eq!(
            patterns("create  a charge"),
            ["%create%", "%a%", "%charge%", "%"]
        );
        assert_eq!(beginning("create  a charge"), "create%");
    }
}
