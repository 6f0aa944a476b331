//! `gatehouse policies`: what can be attached, in the order in which it runs; and one kind with its schema and its page.

use std::fmt::Write as _;

use anyhow::Context as _;
use operations::policies::{self, Described};

use crate::terminal::say;

/// Lists every kind, or shows one.
pub(crate) fn run(name: Option<&str>) -> anyhow::Result<()> {
    let kinds = policies::kinds();
    match name {
        None => say(table(&kinds).trim_end()),
        Some(name) => {
            let kind = kinds
                .iter()
                .find(|kind| kind.kind == name)
                .with_context(|| {
                    format!("`{name}` is not a policy; `gatehouse policies` lists them")
                })?;
            say(kind.readme.trim_end());
            say("");
            say(format!("{:#}", kind.schema));
        }
    }
    Ok(())
}

fn table(kinds: &[Described]) -> String {
    let widest = kinds.iter().map(|kind| kind.kind.len()).max().unwrap_or(0);
    let mut text = String::new();
    for kind in kinds {
        let scopes: Vec<&str> = kind.scopes.iter().map(|scope| scope.as_str()).collect();
        writeln!(
            text,
            "{:widest$}  {:12}  {}\n{:widest$}  {:12}  on: {}",
            kind.kind,
            kind.stage,
            kind.summary,
            "",
            "",
            scopes.join(", ")
        )
        .expect("writing to a String does not fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_kind_with_its_stage_and_scopes() {
        let kinds = policies::kinds();
        let text = table(&kinds);
        assert_eq!(text.lines().count(), 2 * kinds.len());
        let line = text.lines().find(|line| line.starts_with("key_auth"));
        assert!(
            line.is_some_and(|line| line.contains("authenticate")),
            "{text}"
        );
        assert!(text.contains("on: global"), "{text}");
    }
}
