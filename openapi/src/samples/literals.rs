//! Text and JSON as literals of each language. Whatever is in them, they end where they should.

use serde_json::Value;

/// JSON over lines, with two spaces for each level.
pub(super) fn pretty(value: &Value) -> String {
    visible(&serde_json::to_string_pretty(value).expect("a JSON value can always be written"))
}

/// JSON text with the characters escaped that some language takes for the end of a line or refuses, and those that
/// turn text around, which could make a sample read otherwise than it runs.
fn visible(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '\u{7f}'..='\u{9f}'
            | '\u{feff}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => text.push_str(&format!("\\u{:04x}", u32::from(letter))),
            other => text.push(other),
        }
    }
    text
}

/// Each line but the first with `indent` before it.
pub(super) fn indented(text: &str, indent: &str) -> String {
    text.replace('\n', &format!("\n{indent}"))
}

/// `'text'` for a POSIX shell.
pub(super) fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// `"text"` with the escapes that JavaScript, Python and Go share with JSON.
pub(super) fn json_like(text: &str) -> String {
    visible(&Value::String(text.to_owned()).to_string())
}

/// `'text'` for JavaScript.
pub(super) fn javascript(text: &str) -> String {
    let double = json_like(text);
    let inner = double[1..double.len() - 1]
        .replace("\\\"", "\"")
        .replace('\'', "\\'");
    format!("'{inner}'")
}

/// `"text"` for Java. A `\u` never appears: Java reads those before it reads strings.
pub(super) fn java(text: &str) -> String {
    let mut literal = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            letter if u32::from(letter) < 0x20 => {
                literal.push_str(&format!("\\{:03o}", u32::from(letter)))
            }
            letter => literal.push(letter),
        }
    }
    literal + "\""
}

/// `"text"` for C#.
pub(super) fn csharp(text: &str) -> String {
    let mut literal = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            '\u{85}' | '\u{2028}' | '\u{2029}' => {
                literal.push_str(&format!("\\u{:04x}", u32::from(letter)))
            }
            letter if u32::from(letter) < 0x20 => {
                literal.push_str(&format!("\\u{:04x}", u32::from(letter)))
            }
            letter => literal.push(letter),
        }
    }
    literal + "\""
}

/// `'text'` for PHP and Ruby, where only the quote and the backslash are special.
pub(super) fn single(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// `"text"` for Rust.
pub(super) fn rust(text: &str) -> String {
    let mut literal = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            letter
                if letter.is_control()
                    || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                literal.push_str(&format!("\\u{{{:x}}}", u32::from(letter)));
            }
            letter => literal.push(letter),
        }
    }
    literal + "\""
}

/// The longest run of `mark` in a text.
pub(super) fn longest_run(text: &str, mark: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for letter in text.chars() {
        run = if letter == mark { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// JSON as a Python expression.
pub(super) fn python_value(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent + 4);
    let end = " ".repeat(indent);
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => json_like(text),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| format!("{pad}{},\n", python_value(item, indent + 4)))
                .collect();
            format!("[\n{}{end}]", items.concat())
        }
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let members: Vec<String> = map
                .iter()
                .map(|(key, value)| {
                    format!(
                        "{pad}{}: {},\n",
                        json_like(key),
                        python_value(value, indent + 4)
                    )
                })
                .collect();
            format!("{{\n{}{end}}}", members.concat())
        }
    }
}

/// JSON as a JavaScript expression.
pub(super) fn javascript_value(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent + 2);
    let end = " ".repeat(indent);
    match value {
        Value::String(text) => javascript(text),
        Value::Array(items) if !items.is_empty() => {
            let items: Vec<String> = items
                .iter()
                .map(|item| format!("{pad}{},\n", javascript_value(item, indent + 2)))
                .collect();
            format!("[\n{}{end}]", items.concat())
        }
        Value::Object(map) if !map.is_empty() => {
            let members: Vec<String> = map
                .iter()
                .map(|(key, value)| {
                    format!(
                        "{pad}{}: {},\n",
                        javascript_key(key),
                        javascript_value(value, indent + 2)
                    )
                })
                .collect();
            format!("{{\n{}{end}}}", members.concat())
        }
        other => other.to_string(),
    }
}

fn javascript_key(key: &str) -> String {
    let mut letters = key.bytes();
    let plain = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_');
    match key {
        // Written plainly this one would set the prototype.
        "__proto__" => "['__proto__']".to_owned(),
        _ if plain => key.to_owned(),
        _ => javascript(key),
    }
}
