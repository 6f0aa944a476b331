//! A mail as a list of blocks, and how it becomes HTML and text.

use std::fmt::Write;

use askama::Template;

const WIDTH: usize = 72;
/// Where the values of facts begin; a longer key has its value below.
const VALUES: usize = 18;

/// A mail, ready for the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line, without control characters.
    pub subject: String,
    /// A whole HTML document with its styles in it; it fetches nothing.
    pub html: String,
    /// The same words as plain text.
    pub text: String,
}

/// Who a mail comes from, as its head and foot say.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The name of the portal or dashboard: `Harbor Developers`.
    pub product: &'a str,
    /// The portal's public address; for mails to operators, the dashboard's.
    pub portal_url: &'a str,
}

#[derive(Debug)]
pub(crate) enum Block<'a> {
    /// A paragraph.
    Text(String),
    /// A paragraph in a lower voice.
    Small(String),
    /// What to do, as a button.
    Act { label: &'a str, url: &'a str },
    /// The words of somebody who refused.
    Reason(&'a str),
    /// Keys and values.
    Facts(Vec<(&'a str, String)>),
    /// Something a machine reads.
    Machine(&'a str),
}

#[derive(Template, Debug)]
#[template(path = "mail/letter.html")]
pub(crate) struct Letter<'a> {
    pub(crate) sender: Sender<'a>,
    pub(crate) subject: String,
    /// What a list of mails shows after the subject.
    pub(crate) preview: String,
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block<'a>>,
    /// Why this mail came, and what happens if nothing is done.
    pub(crate) end: String,
}

impl Letter<'_> {
    pub(crate) fn into_rendered(self) -> Rendered {
        let html = Template::render(&self).expect("writing into a String cannot fail");
        Rendered {
            subject: one_line(&self.subject),
            html,
            text: self.as_text(),
        }
    }

    fn as_text(&self) -> String {
        let title = one_line(&self.title);
        let rule = "=".repeat(title.chars().count());
        let mut out = format!("{}\n\n{title}\n{rule}\n", one_line(self.sender.product));
        for block in &self.blocks {
            out.push('\n');
            push_block(&mut out, block);
        }
        out.push_str("\n-- \n");
        push_wrapped(&mut out, &self.end, "");
        push_wrapped(
            &mut out,
            &format!("{}, {}", self.sender.product, self.sender.portal_url),
            "",
        );
        out
    }
}

fn push_block(out: &mut String, block: &Block<'_>) {
    match block {
        Block::Text(text) | Block::Small(text) => push_wrapped(out, text, ""),
        Block::Reason(text) => push_wrapped(out, text, "  | "),
        Block::Machine(text) => push_wrapped(out, text, "    "),
        Block::Act { label, url } => {
            out.push_str(label);
            out.push_str(":\n");
            out.push_str(url);
            out.push('\n');
        }
        Block::Facts(facts) => {
            for (key, value) in facts {
                push_fact(out, &one_line(key), &one_line(value));
            }
        }
    }
}

fn push_fact(out: &mut String, key: &str, value: &str) {
    let mark = if key.ends_with(['?', ':']) { "" } else { ":" };
    let key = format!("{key}{mark}");
    if key.chars().count() < VALUES {
        writeln!(out, "{key:<VALUES$}{value}").expect("writing into a String cannot fail");
    } else {
        push_wrapped(out, &key, "");
        push_wrapped(out, value, "    ");
    }
}

/// Breaks lines at spaces; a word longer than a line (an address) stays whole.
fn push_wrapped(out: &mut String, text: &str, lead: &str) {
    for paragraph in text.lines() {
        let mut line = String::from(lead);
        let mut length = lead.chars().count();
        let mut empty = true;
        for word in paragraph.split_whitespace() {
            let more = word.chars().count();
            if !empty && length + 1 + more > WIDTH {
                out.push_str(line.trim_end());
                out.push('\n');
                line = String::from(lead);
                length = lead.chars().count();
                empty = true;
            }
            if !empty {
                line.push(' ');
                length += 1;
            }
            line.push_str(word);
            length += more;
            empty = false;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// A name with a line break in it must not become a header or a second line.
fn one_line(text: &str) -> String {
    text.split(|character: char| character.is_control() || character.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::{one_line, push_fact, push_wrapped};

    #[test]
    fn a_long_key_stands_above_its_value() {
        let mut out = String::new();
        push_fact(&mut out, "Plan", "Standard");
        push_fact(&mut out, "Seventeen letters", "x");
        push_fact(&mut out, "Which ports do you serve?", "Galway, Cork");
        assert_eq!(
            out,
            "Plan:             Standard\nSeventeen letters:\n    x\nWhich ports do you serve?\n    Galway, Cork\n"
        );
    }

    #[test]
    fn wraps_at_words_and_keeps_addresses_whole() {
        let address = format!("https://portal.example/{}", "x".repeat(80));
        let mut out = String::new();
        push_wrapped(
            &mut out,
            &format!("{} {address} end", "word ".repeat(20)),
            "  | ",
        );
        assert!(out.contains(&format!("  | {address}\n")));
        assert!(
            out.lines()
                .filter(|line| !line.contains("https"))
                .all(|line| line.chars().count() <= 72)
        );
        assert!(out.lines().all(|line| line.starts_with("  | ")));
    }

    #[test]
    fn a_subject_is_one_line() {
        assert_eq!(
            one_line("Key\r\nBcc: all@example.org\u{0}"),
            "Key Bcc: all@example.org"
        );
    }
}
