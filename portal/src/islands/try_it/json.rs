//! JSON as people read it: indented and coloured, without changing a number or losing a member.

/// The longest text that is coloured, in bytes: beyond it, a page becomes slow.
const LONGEST: usize = 256 << 10;
/// The deepest nesting that is taken for JSON.
const DEEPEST: usize = 200;

/// Text as markup, in an element or in an attribute.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    escape(text, &mut html);
    html
}

/// A JSON text as markup; nothing when it is not JSON, or too long.
#[must_use]
pub fn highlighted(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let mut writer = Writer {
        rest: text,
        html: String::with_capacity(text.len() * 2),
    };
    writer.value(0)?;
    writer.rest.trim_start().is_empty().then_some(writer.html)
}

struct Writer<'t> {
    rest: &'t str,
    html: String,
}

impl<'t> Writer<'t> {
    fn value(&mut self, depth: usize) -> Option<()> {
        match self.next()? {
            '{' if depth < DEEPEST => self.list(depth, '{', '}'),
            '[' if depth < DEEPEST => self.list(depth, '[', ']'),
            '"' => {
                let text = self.string()?;
                self.mark("s", text);
                Some(())
            }
            _ => self.word(),
        }
    }

    /// Members or items, one a line.
    fn list(&mut self, depth: usize, open: char, close: char) -> Option<()> {
        self.take(open)?;
        self.html.push(open);
        if self.next()? == close {
            self.take(close)?;
            self.html.push(close);
            return Some(());
        }
        loop {
            self.line(depth + 1);
            if open == '{' {
                self.next().filter(|next| *next == '"')?;
                let name = self.string()?;
                self.mark("k", name);
                self.next()?;
                self.take(':')?;
                self.html.push_str(": ");
            }
            self.value(depth + 1)?;
            if self.next()? == ',' {
                self.take(',')?;
                self.html.push(',');
                continue;
            }
            self.take(close)?;
            self.line(depth);
            self.html.push(close);
            return Some(());
        }
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Option<()> {
        let end = self
            .rest
            .find(|letter: char| !letter.is_ascii_alphanumeric() && !"+-.".contains(letter))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        let is_known = matches!(word, "true" | "false" | "null") || is_number(word);
        self.rest = rest;
        is_known.then(|| self.mark("n", word))
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<&'t str> {
        let mut is_escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, letter)| {
            let ends = *letter == '"' && !is_escaped;
            is_escaped = *letter == '\\' && !is_escaped;
            ends
        });
        let (text, rest) = self.rest.split_at(end?.0 + 1);
        self.rest = rest;
        (!text.contains(|letter: char| letter < ' ')).then_some(text)
    }

    /// The next letter that is no space.
    fn next(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
        self.rest.chars().next()
    }

    fn take(&mut self, letter: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(letter)?;
        Some(())
    }

    fn line(&mut self, depth: usize) {
        self.html.push('\n');
        for _ in 0..depth {
            self.html.push_str("  ");
        }
    }

    fn mark(&mut self, class: &str, text: &str) {
        self.html.push_str("<i class=\"");
        self.html.push_str(class);
        self.html.push_str("\">");
        escape(text, &mut self.html);
        self.html.push_str("</i>");
    }
}

/// RFC 8259, section 6; leading zeros are let pass. Not by parsing: that would bring the tables of floating point along.
fn is_number(word: &str) -> bool {
    let (number, exponent) = match word.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (word, None),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole.strip_prefix('-').unwrap_or(whole))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['-', '+']).unwrap_or(text)))
}

fn escape(text: &str, html: &mut String) {
    for letter in text.chars() {
        match letter {
            '<' => html.push_str("&lt;"),
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader sees of the markup.
    fn plain(html: &str) -> String {
        let mut text = String::new();
        for part in html.split('<') {
            text.push_str(part.split_once('>').map_or(part, |(_, after)| after));
        }
        let unescaped = [("&lt;", "<"), ("&quot;", "\""), ("&amp;", "&")];
        unescaped
            .into_iter()
            .fold(text, |text, (from, to)| text.replace(from, to))
    }

    #[test]
    fn numbers_and_members_stay_as_they_are() {
        let html = highlighted(r#" {"id":12345678901234567890,"a":[],"a":[1.50,{}]} "#);
        let html = html.expect("it is JSON");
        assert!(html.contains(
            r#"<i class="k">&quot;id&quot;</i>: <i class="n">12345678901234567890</i>,"#
        ));
        assert_eq!(
            plain(&html),
            "{\n  \"id\": 12345678901234567890,\n  \"a\": [],\n  \"a\": [\n    1.50,\n    {}\n  ]\n}"
        );
    }

    #[test]
    fn what_an_api_answers_is_never_markup() {
        let html = highlighted(r#""<img src=x onerror=1>\"&amp;""#).expect("it is JSON");
        assert!(!html.contains("<img"), "{html}");
        assert_eq!(plain(&html), r#""<img src=x onerror=1>\"&amp;""#);
        assert_eq!(escaped("a<b&c"), "a&lt;b&amp;c");
    }

    #[test]
    fn what_is_no_json_is_left_alone() {
        for text in [
            "", "{", "[1,]", "{\"a\"}", "nul", "1 2", "\"a\nb\"", "-", "<html>", "inf", "{a:1}",
            "1.", "1e", ".5",
        ] {
            assert_eq!(highlighted(text), None, "{text}");
        }
        assert!(highlighted(&"[".repeat(5_000)).is_none());
    }
}
