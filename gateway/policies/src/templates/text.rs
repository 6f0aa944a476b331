//! Plain text with expressions in it: for headers, queries, paths and members of bodies.

use std::borrow::Cow;

use minijinja::Value;

use super::{Expression, Names, ParseError, RenderError, SOURCE, TEXT};

/// Text with expressions: `Bearer {{ claims.sub }}`.
pub struct Text {
    parts: Vec<Part>,
}

enum Part {
    Literal(String),
    Value(Box<Expression>),
}

impl Text {
    /// Compiles a text. One without `{{` is taken as it is.
    pub fn parse(source: &str, known: Names) -> Result<Self, ParseError> {
        if source.len() > SOURCE {
            return Err(ParseError::TooLong);
        }
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some(at) = rest.find("{{") {
            if at > 0 {
                parts.push(Part::Literal(rest[..at].to_owned()));
            }
            let inner = &rest[at + 2..];
            let end = end_of(inner).ok_or(ParseError::Open)?;
            let expression = Expression::parse(&inner[..end], known)?;
            parts.push(Part::Value(Box::new(expression)));
            rest = &inner[end + 2..];
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// What it says without any expression; `None` when it has one.
    pub fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The expression, when there is nothing beside it.
    pub(crate) fn alone(self) -> Result<Box<Expression>, Self> {
        let mut parts = self.parts;
        match (parts.len(), parts.pop()) {
            (1, Some(Part::Value(expression))) => Ok(expression),
            (_, last) => {
                parts.extend(last);
                Err(Self { parts })
            }
        }
    }

    /// The variables that it reads.
    pub fn names(&self) -> Names {
        self.parts
            .iter()
            .fold(Names::NONE, |names, part| match part {
                Part::Literal(_) => names,
                Part::Value(expression) => names.and(expression.names()),
            })
    }

    /// Names with their members: `calls.user.body`.
    pub(crate) fn variables(&self) -> Vec<String> {
        let values = self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Value(expression) => Some(expression.variables()),
        });
        values.flatten().collect()
    }

    /// The text with its values.
    pub fn render(&self, context: &Value) -> Result<String, RenderError> {
        self.render_with(context, |value, _| Ok(Cow::Borrowed(value)))
    }

    /// The text, each value passed through `encode`, which also gets the names that the value was made of.
    pub fn render_with(
        &self,
        context: &Value,
        encode: impl for<'v> Fn(&'v str, &[String]) -> Result<Cow<'v, str>, RenderError>,
    ) -> Result<String, RenderError> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Value(expression) => {
                    let value = shown(&expression.evaluate(context)?)?;
                    let names: Vec<String> = expression.variables().collect();
                    text.push_str(&encode(&value, &names)?);
                }
            }
            if text.len() > TEXT {
                return Err(RenderError::TooLarge(TEXT));
            }
        }
        Ok(text)
    }
}

/// A value as text: lists and objects have none.
fn shown(value: &Value) -> Result<String, RenderError> {
    if value.is_none() {
        return Ok(String::new());
    }
    if let Some(text) = value.as_str() {
        return Ok(text.to_owned());
    }
    if value.as_object().is_some() {
        return Err(RenderError::Value(
            "a list or an object is no text; `tojson` makes one of it",
        ));
    }
    Ok(value.to_string())
}

/// Where the expression ends: at the `}}` that is neither in a string nor the end of an object.
fn end_of(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    let mut quote = None;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') if depth > 0 => depth -= 1,
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            (None, _) => {}
        }
        at += 1;
    }
    None
}
