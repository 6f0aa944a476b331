//! Which of two routes that match one request is taken.

use std::cmp::{Ordering, Reverse};

use domain::id::RouteId;

use crate::model;
use crate::template::{End, Pattern, Segment};

/// The greater is taken. In this order: priority; the path's shape, segment by segment from the left (text before text
/// with parameters before a parameter before "anything below", a regular expression last); a route with methods before
/// one for every method; more conditions on headers, then on the query, before fewer; the older before the younger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Precedence {
    priority: i32,
    shape: Box<[u8]>,
    has_methods: bool,
    /// On headers, on the query.
    conditions: (usize, usize),
    age: Reverse<RouteId>,
}

/// Ends where the path ends: more particular than anything below.
const HERE: u8 = 5;
const LITERAL: u8 = 4;
const MIXED: u8 = 3;
const PARAM: u8 = 2;
const BELOW: u8 = 1;
const REGEX: u8 = 0;

impl Precedence {
    pub(crate) fn new(
        route: &model::Route,
        base_path: &str,
        pattern: &Pattern,
        conditions: (usize, usize),
    ) -> Self {
        let mut shape: Vec<u8> = Vec::new();
        match pattern {
            Pattern::Regex(_) => shape.push(REGEX),
            Pattern::Segments { segments, end } => {
                shape.extend(base_path.bytes().filter(|b| *b == b'/').map(|_| LITERAL));
                for segment in segments {
                    match segment {
                        Segment::Literal(_) => shape.push(LITERAL),
                        Segment::Param(_) => shape.push(PARAM),
                        Segment::Mixed(_) => {
                            let length = u8::try_from(segment.literal_len()).unwrap_or(u8::MAX);
                            shape.extend([MIXED, length]);
                        }
                    }
                }
                shape.push(match end {
                    End::Here => HERE,
                    End::Below | End::Rest(_) => BELOW,
                });
            }
        }
        Self {
            priority: route.priority,
            shape: shape.into(),
            has_methods: !route.methods.is_empty(),
            conditions,
            age: Reverse(route.id),
        }
    }

    /// Why this route stands before another one that matches too.
    pub(crate) fn reason_over(&self, other: &Self) -> &'static str {
        if self.priority != other.priority {
            "it has the higher priority"
        } else if self.shape.cmp(&other.shape) != Ordering::Equal {
            "its path is more particular"
        } else if self.has_methods != other.has_methods {
            "it names the method"
        } else if self.conditions != other.conditions {
            "it asks for more headers or query parameters"
        } else {
            "it is older"
        }
    }
}
