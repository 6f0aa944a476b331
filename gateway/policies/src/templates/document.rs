//! A whole body as one template, with `if` and `for`. Values are written as JSON, so that none can break out of its place.

use minijinja::{Environment, Value};

use super::{BODY, Bounded, Names, ParseError, RenderError, SOURCE, syntax, words};

/// Loops inside each other.
pub(super) const LOOPS: usize = 3;
/// Statements that a template may hold. Without definitions no template can double a text step by step.
const STATEMENTS: [&str; 6] = ["if", "elif", "else", "endif", "for", "endfor"];
const JSON: &str = "body.json";
const PLAIN: &str = "body";

/// A body as a template.
pub struct Document {
    engine: Environment<'static>,
    name: &'static str,
}

impl Document {
    /// Compiles a body whose values are written as JSON.
    pub fn json(source: &str, known: Names) -> Result<Self, ParseError> {
        Self::parse(JSON, source, known)
    }

    /// Compiles a body whose values are written as they are.
    pub fn plain(source: &str, known: Names) -> Result<Self, ParseError> {
        Self::parse(PLAIN, source, known)
    }

    fn parse(name: &'static str, source: &str, known: Names) -> Result<Self, ParseError> {
        if source.len() > SOURCE {
            return Err(ParseError::TooLong);
        }
        check_statements(source)?;
        let mut engine = words::engine().clone();
        engine
            .add_template_owned(name, source.to_owned())
            .map_err(|error| syntax(&error))?;
        let document = Self { engine, name };
        known.check(document.variables().into_iter())?;
        Ok(document)
    }

    /// Whether values are written as JSON.
    pub fn is_json(&self) -> bool {
        self.name == JSON
    }

    fn variables(&self) -> Vec<String> {
        let template = self.engine.get_template(self.name);
        template.map_or_else(
            |_| Vec::new(),
            |template| template.undeclared_variables(true).into_iter().collect(),
        )
    }

    /// The variables that it reads.
    pub fn names(&self) -> Names {
        Names::of(self.variables().into_iter())
    }

    /// The body with its values.
    pub fn render(&self, context: &Value) -> Result<Vec<u8>, RenderError> {
        let mut out = Bounded {
            text: Vec::new(),
            most: BODY,
        };
        let template = self
            .engine
            .get_template(self.name)
            .map_err(|error| RenderError::from(&error))?;
        template
            .render_captured_to(context.clone(), &mut out)
            .map_err(|error| RenderError::from(&error))?;
        Ok(out.text)
    }
}

fn check_statements(source: &str) -> Result<(), ParseError> {
    let mut loops = 0_usize;
    for piece in source.split("{%").skip(1) {
        let piece = piece.trim_start_matches(['-', '+']).trim_start();
        let end = piece
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(piece.len());
        let word = &piece[..end];
        if !STATEMENTS.contains(&word) {
            return Err(ParseError::Statement(word.to_owned()));
        }
        match word {
            "for" => loops += 1,
            "endfor" => loops = loops.saturating_sub(1),
            _ => {}
        }
        if loops > LOOPS {
            return Err(ParseError::Loops);
        }
    }
    Ok(())
}
