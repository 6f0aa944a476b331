//! The text of raw HTML, since descriptions are often written in it.

/// The paragraphs of the text in `html`, without any markup.
pub(super) fn from_html(html: &str) -> Vec<String> {
    let mut text = String::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        let tag = &rest[open..];
        if let Some(comment) = tag.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some(close) = tag.find('>') else {
            rest = "";
            break;
        };
        let name = name_of(&tag[1..close]);
        rest = &tag[close + 1..];
        match name.as_str() {
            "p" | "div" | "br" | "li" | "ul" | "ol" | "tr" | "table" | "h1" | "h2" | "h3"
            | "h4" | "h5" | "h6" | "pre" | "section" | "blockquote" | "dt" | "dd" => {
                text.push('\n')
            }
            "td" | "th" => text.push(' '),
            "script" | "style" => rest = after_closing(rest, &name),
            _ => {}
        }
    }
    text.push_str(rest);
    let lines = text
        .lines()
        .map(|line| entities(&line.split_whitespace().collect::<Vec<_>>().join(" ")));
    lines.filter(|line| !line.is_empty()).collect()
}

fn name_of(tag: &str) -> String {
    let name = tag.trim_start_matches('/');
    name.chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase()
}

fn after_closing<'h>(html: &'h str, name: &str) -> &'h str {
    let closing = format!("</{name}");
    match html.to_ascii_lowercase().find(&closing) {
        Some(at) => html[at..].split_once('>').map_or("", |(_, after)| after),
        None => "",
    }
}

/// The usual entities; the others stay as they are written.
fn entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let usual = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&nbsp;", "\u{a0}"),
        ("&amp;", "&"),
    ];
    usual
        .iter()
        .fold(text.to_owned(), |text, (entity, letter)| {
            text.replace(entity, letter)
        })
}
