//! Searching names of APIs and operations, with patterns that both dialects read.

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
        AND glob($4, o.summary || ' ' || o.path || ' ' || o.slug || ' ' || o.method)
        AND glob($5, o.summary || ' ' || o.path || ' ' || o.slug || ' ' || o.method)
        AND glob($6, o.summary || ' ' || o.path || ' ' || o.slug || ' ' || o.method)
        AND glob($7, o.summary || ' ' || o.path || ' ' || o.slug || ' ' || o.method)
        ORDER BY CASE WHEN glob($8, o.summary) THEN 0 ELSE 1 END,
            CASE WHEN v.lifecycle = 'published' THEN 0 ELSE 1 END, o.deprecated, a.slug, v.label, o.position, o.id
        LIMIT $9");
    APIS = concat!("SELECT a.slug, a.name, a.summary FROM api a
        WHERE a.workspace_id = $1 AND ", in_sight!(), "
        AND EXISTS (SELECT 1 FROM api_version v WHERE v.api_id = a.id AND v.lifecycle <> 'draft')
        AND glob($4, a.name || ' ' || a.slug || ' ' || a.summary)
        AND glob($5, a.name || ' ' || a.slug || ' ' || a.summary)
        AND glob($6, a.name || ' ' || a.slug || ' ' || a.summary)
        AND glob($7, a.name || ' ' || a.slug || ' ' || a.summary)
        ORDER BY CASE WHEN glob($8, a.name) THEN 0 ELSE 1 END, a.name, a.id LIMIT $9");
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

/// A pattern for `glob(pattern, value)`: what contains `text`, in capitals or not, in every script.
///
/// SQLite has `glob` and folds nothing beyond ASCII by itself; PostgreSQL has it from a migration. So each letter is a
/// class of its cases, and what could mean something to either is a class of its own.
pub fn pattern(text: &str) -> String {
    let mut pattern = String::from("*");
    spell(text, &mut pattern);
    if pattern.len() > 1 {
        pattern.push('*');
    }
    pattern
}

/// A pattern for what begins with `text`.
pub(crate) fn start(text: &str) -> String {
    let mut pattern = String::new();
    spell(text, &mut pattern);
    pattern.push('*');
    pattern
}

/// One pattern for each of the first words; what is left matches everything.
fn patterns(query: &str) -> [String; WORDS] {
    let mut words = query.split_whitespace();
    std::array::from_fn(|_| pattern(words.next().unwrap_or_default()))
}

/// Texts that begin with the first word.
fn beginning(query: &str) -> String {
    start(query.split_whitespace().next().unwrap_or_default())
}

fn spell(text: &str, pattern: &mut String) {
    for letter in text.trim().chars().take(WORD) {
        match letter {
            // A text in PostgreSQL cannot hold it, so nothing found does.
            '\0' => (),
            // Read as two letters, or as one with a sign before it.
            '\\' => pattern.push_str("[\\\\]"),
            '^' => pattern.push_str("[\\^]"),
            sign if sign.is_ascii_punctuation() => pattern.extend(['[', sign, ']']),
            letter => push_cases(letter, pattern),
        }
    }
}

fn push_cases(letter: char, pattern: &mut String) {
    let mut cases = vec![letter];
    let other = [single(letter.to_lowercase()), single(letter.to_uppercase())];
    for case in other.into_iter().flatten() {
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    match cases.as_slice() {
        [one] => pattern.push(*one),
        many => {
            pattern.push('[');
            pattern.extend(many);
            pattern.push(']');
        }
    }
}

/// A case that is one letter; `ß` has none above it.
fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next();
    first.filter(|_| letters.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_themselves() {
        assert_eq!(pattern("5*[\\]^"), "*5[*][[][\\\\][]][\\^]*");
        assert_eq!(pattern("  Pa1 "), "*[Pp][aA]1*");
        assert_eq!(pattern(" "), "*");
    }

    #[test]
    fn letters_have_their_cases_in_every_script() {
        assert_eq!(pattern("čß"), "*[čČ]ß*");
        assert_eq!(start("Ж"), "[Жж]*");
    }

    #[test]
    fn every_word_has_its_pattern() {
        assert_eq!(patterns("1  2 34"), ["*1*", "*2*", "*34*", "*"]);
        assert_eq!(beginning("12  a"), "12*");
    }
}
