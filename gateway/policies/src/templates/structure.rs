//! A JSON value whose strings are templates: nothing of a request can break out of its place.

use minijinja::Value;
use serde_json::{Map, Value as Json};

use super::{BODY, Expression, Names, ParseError, RenderError, Text, json};

/// Levels that a template may have.
const DEPTH: usize = 32;

/// A JSON value whose strings are templates. A string that is one expression alone keeps the type of its value.
pub struct Structure {
    root: Node,
}

enum Node {
    Constant(Json),
    Value(Box<Expression>),
    Text(Text),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Structure {
    /// Compiles a value. An error says at which pointer it is.
    pub fn parse(value: &Json, known: Names) -> Result<Self, (String, ParseError)> {
        let root = parse(value, known, &mut String::new(), 0)?;
        Ok(Self { root })
    }

    /// The variables that it reads.
    pub fn names(&self) -> Names {
        let mut names = Names::NONE;
        self.root.each(&mut |node| {
            names = names.and(match node {
                Node::Value(expression) => expression.names(),
                Node::Text(text) => text.names(),
                _ => Names::NONE,
            });
        });
        names
    }

    /// Names with their members: `calls.user.body`.
    pub(crate) fn variables(&self) -> Vec<String> {
        let mut variables = Vec::new();
        self.root.each(&mut |node| match node {
            Node::Value(expression) => variables.extend(expression.variables()),
            Node::Text(text) => variables.extend(text.variables()),
            _ => {}
        });
        variables
    }

    /// The value with its values. An error says at which pointer it is.
    pub fn render(&self, context: &Value) -> Result<Json, (String, RenderError)> {
        let mut left = BODY;
        self.root
            .render(context, &mut left)
            .map_err(|(mut path, error)| {
                path.reverse();
                let pointer = path.iter().map(|step| format!("/{step}")).collect();
                (pointer, error)
            })
    }
}

fn parse(
    value: &Json,
    known: Names,
    pointer: &mut String,
    depth: usize,
) -> Result<Node, (String, ParseError)> {
    if depth > DEPTH {
        let problem = ParseError::Syntax(format!("more than {DEPTH} levels"));
        return Err((pointer.clone(), problem));
    }
    let below = |step: &str, value: &Json, pointer: &mut String| {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        let node = parse(value, known, pointer, depth + 1)?;
        pointer.truncate(length);
        Ok(node)
    };
    Ok(match value {
        Json::String(text) => {
            let text = Text::parse(text, known).map_err(|error| (pointer.clone(), error))?;
            match text.plain() {
                Some(plain) => Node::Constant(Json::String(plain.to_owned())),
                None => match text.alone() {
                    Ok(expression) => Node::Value(expression),
                    Err(text) => Node::Text(text),
                },
            }
        }
        Json::Array(items) => {
            let mut nodes = Vec::with_capacity(items.len());
            for (place, item) in items.iter().enumerate() {
                nodes.push(below(&place.to_string(), item, pointer)?);
            }
            Node::List(nodes)
        }
        Json::Object(members) => {
            let mut nodes = Vec::with_capacity(members.len());
            for (name, member) in members {
                nodes.push((name.clone(), below(name, member, pointer)?));
            }
            Node::Object(nodes)
        }
        constant => Node::Constant(constant.clone()),
    })
}

/// Where it failed (from the inside out), and why.
type Failed = (Vec<String>, RenderError);

impl Node {
    fn each<'n>(&'n self, visit: &mut impl FnMut(&'n Node)) {
        visit(self);
        match self {
            Self::List(items) => items.iter().for_each(|node| node.each(visit)),
            Self::Object(members) => members.iter().for_each(|(_, node)| node.each(visit)),
            _ => {}
        }
    }

    fn render(&self, context: &Value, left: &mut usize) -> Result<Json, Failed> {
        let here = |error| (Vec::new(), error);
        match self {
            Self::Constant(value) => {
                take(left, 8).map_err(here)?;
                Ok(value.clone())
            }
            Self::Value(expression) => {
                let value = expression.evaluate(context).map_err(here)?;
                json(&value, left).map_err(here)
            }
            Self::Text(text) => {
                let text = text.render(context).map_err(here)?;
                take(left, text.len()).map_err(here)?;
                Ok(Json::String(text))
            }
            Self::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (place, item) in items.iter().enumerate() {
                    list.push(below(item.render(context, left), &place.to_string())?);
                }
                Ok(Json::Array(list))
            }
            Self::Object(members) => {
                let mut object = Map::with_capacity(members.len());
                for (name, member) in members {
                    object.insert(name.clone(), below(member.render(context, left), name)?);
                }
                Ok(Json::Object(object))
            }
        }
    }
}

fn below(result: Result<Json, Failed>, step: &str) -> Result<Json, Failed> {
    result.map_err(|(mut path, error)| {
        path.push(step.replace('~', "~0").replace('/', "~1"));
        (path, error)
    })
}

/// Counts what was made.
pub(super) fn take(left: &mut usize, bytes: usize) -> Result<(), RenderError> {
    *left = left.checked_sub(bytes).ok_or(RenderError::TooLarge(BODY))?;
    Ok(())
}
