//! Markdown from documents: hostile text, made safe to show.

mod plain;
mod rewrite;

use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use comrak::nodes::NodeValue;
use comrak::{Arena, Options, format_html, parse_document};

/// Longest text that is read as Markdown, in bytes; what is longer is cut.
const LIMIT: usize = 64 << 10;
/// Quotes inside each other that are kept.
const QUOTES: usize = 12;

/// Safe HTML for a page. Headings begin at `h3`; raw HTML becomes its text; images become links, since a page loads
/// nothing from elsewhere; links lead to `https`, `http` and `mailto` only, with `rel="nofollow noopener"`.
pub fn html(markdown: &str) -> String {
    let arena = Arena::new();
    let root = parse_document(&arena, &calm(markdown, LIMIT), &options());
    rewrite::rewrite(&arena, root);
    let mut html = String::new();
    match format_html(root, &options(), &mut html) {
        Ok(()) => CLEANER.clean(&html).to_string(),
        Err(_) => String::new(),
    }
}

/// All of the text, without markup, in one line.
pub fn plain(markdown: &str) -> String {
    let arena = Arena::new();
    let root = parse_document(&arena, &calm(markdown, LIMIT), &options());
    rewrite::rewrite(&arena, root);
    words_of(root)
}

/// The first sentence, without markup, of at most `limit` characters.
pub fn summary(markdown: &str, limit: usize) -> String {
    let arena = Arena::new();
    // The first paragraph is near the top; the rest need not be read.
    let root = parse_document(&arena, &calm(markdown, 4_000), &options());
    rewrite::rewrite(&arena, root);
    let paragraphs = root
        .children()
        .filter(|node| matches!(node.data.borrow().value, NodeValue::Paragraph));
    let text = paragraphs
        .map(words_of)
        .find(|text| !text.is_empty())
        .unwrap_or_else(|| words_of(root));
    let sentence = first_sentence(&text);
    if sentence.chars().count() <= limit {
        return sentence.to_owned();
    }
    let head: String = sentence.chars().take(limit.saturating_sub(1)).collect();
    let head = head
        .rsplit_once(' ')
        .map_or(head.as_str(), |(head, _)| head);
    format!("{}…", head.trim_end_matches([',', ';', ' ']))
}

/// A text cut to `limit` bytes, with no line in more than a few quotes: what is nested by the thousand takes minutes.
fn calm(markdown: &str, limit: usize) -> String {
    let text = crate::schema::shorten(markdown, limit);
    if !text.contains(">") {
        return text;
    }
    let mut calm = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let is_marker = |letter: char| {
            matches!(
                letter,
                '>' | ' ' | '\t' | '-' | '*' | '+' | '.' | ')' | '0'..='9'
            )
        };
        let end = line.find(|letter| !is_marker(letter)).unwrap_or(line.len());
        let mut quotes = 0;
        calm.extend(line[..end].chars().filter(|letter| {
            quotes += usize::from(*letter == '>');
            *letter != '>' || quotes <= QUOTES
        }));
        calm.push_str(&line[end..]);
    }
    calm
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options
}

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::default();
    cleaner
        .tags(
            [
                "a",
                "blockquote",
                "br",
                "code",
                "del",
                "em",
                "h3",
                "h4",
                "h5",
                "h6",
                "hr",
                "li",
                "ol",
                "p",
                "pre",
                "strong",
                "table",
                "tbody",
                "td",
                "th",
                "thead",
                "tr",
                "ul",
            ]
            .into(),
        )
        .tag_attributes(
            [
                ("a", ["href", "title"].into()),
                ("ol", ["start"].into()),
                ("td", ["align"].into()),
                ("th", ["align"].into()),
            ]
            .into(),
        )
        .generic_attributes([].into())
        .url_schemes(["https", "http", "mailto"].into())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("nofollow noopener"));
    cleaner
});

fn words_of<'a>(node: comrak::Node<'a>) -> String {
    let mut text = String::new();
    for part in node.descendants() {
        match &part.data.borrow().value {
            NodeValue::Text(words) => text.push_str(words),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::CodeBlock(block) => text.push_str(&block.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => text.push(' '),
            value if value.block() => text.push(' '),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text up to the first full stop that ends a sentence.
fn first_sentence(text: &str) -> &str {
    let mut at = 0;
    while let Some(found) = text[at..].find(['.', '!', '?', '。']) {
        let stop = at + found;
        let mark = text[stop..].chars().next().map_or(1, char::len_utf8);
        let (before, after) = (&text[..stop], &text[stop + mark..]);
        let word = before.rsplit([' ', '(']).next().unwrap_or_default();
        let abbreviated =
            word.len() == 1 || matches!(word, "e.g" | "i.e" | "etc" | "vs" | "approx" | "No");
        let mut next = after.chars();
        let ends = match next.next() {
            None => true,
            Some(' ') => next.next().is_none_or(|letter| !letter.is_lowercase()),
            Some(_) => mark > 1,
        };
        if ends && !abbreviated {
            return &text[..stop + mark];
        }
        at = stop + mark;
    }
    text
}

#[cfg(test)]
mod tests;
