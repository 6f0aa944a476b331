//! A tree of path segments.

use std::collections::HashMap;

use crate::template::{End, Segment};

/// A tree of path segments; the leaves are numbers of routes.
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

/// Small, since a hundred thousand routes have several hundred thousand of them.
#[derive(Default)]
struct Node {
    literals: HashMap<Box<str>, u32>,
    mixed: Vec<(Segment, u32)>,
    param: Option<u32>,
    ends: Vec<(Ending, u32)>,
}

/// How a path may end at a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Here,
    Below,
    Rest,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
        }
    }
}

impl Tree {
    pub(crate) fn insert(&mut self, segments: &[Segment], end: &End, route: usize) {
        let mut at = 0;
        for segment in segments {
            at = self.child(at, segment);
        }
        let ending = match end {
            End::Here => Ending::Here,
            End::Below => Ending::Below,
            End::Rest(_) => Ending::Rest,
        };
        self.nodes[at].ends.push((ending, small(route)));
    }

    fn child(&mut self, at: usize, segment: &Segment) -> usize {
        let next = small(self.nodes.len());
        let node = &mut self.nodes[at];
        let child = match segment {
            Segment::Literal(text) => *node.literals.entry(text.clone()).or_insert(next),
            Segment::Param(_) => *node.param.get_or_insert(next),
            Segment::Mixed(_) => match node.mixed.iter().find(|(known, _)| known == segment) {
                Some((_, child)) => *child,
                None => {
                    node.mixed.push((segment.clone(), next));
                    next
                }
            },
        };
        if child == next {
            self.nodes.push(Node::default());
        }
        child as usize
    }

    /// Shows every route whose pattern stands for the path.
    pub(crate) fn walk(&self, path: &str, found: &mut dyn FnMut(usize)) {
        self.descend(0, path.strip_prefix('/'), found);
    }

    /// `rest` is what follows the slash after this node, `None` when the path ended here. As deep as the deepest route.
    fn descend(&self, at: u32, rest: Option<&str>, found: &mut dyn FnMut(usize)) {
        let node = &self.nodes[at as usize];
        for (ending, route) in &node.ends {
            let is_met = match ending {
                Ending::Here => rest.is_none(),
                Ending::Below => true,
                Ending::Rest => rest.is_some_and(|rest| !rest.is_empty()),
            };
            if is_met {
                found(*route as usize);
            }
        }
        let Some(rest) = rest else {
            return;
        };
        let (text, tail) = match rest.split_once('/') {
            Some((text, tail)) => (text, Some(tail)),
            None => (rest, None),
        };
        if let Some(child) = node.literals.get(text) {
            self.descend(*child, tail, found);
        }
        for (segment, child) in &node.mixed {
            if segment.matches(text) {
                self.descend(*child, tail, found);
            }
        }
        if let Some(child) = node.param.filter(|_| !text.is_empty()) {
            self.descend(child, tail, found);
        }
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).expect("no version has four thousand million segments")
}
