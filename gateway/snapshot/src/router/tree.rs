//! A tree of path segments.

use std::collections::HashMap;

use crate::template::{End, Segment};

/// A tree of path segments; the leaves are numbers of routes.
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    literals: HashMap<Box<str>, usize>,
    mixed: Vec<(Segment, usize)>,
    param: Option<usize>,
    here: Vec<usize>,
    below: Vec<usize>,
    rest: Vec<usize>,
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
        let node = &mut self.nodes[at];
        match end {
            End::Here => node.here.push(route),
            End::Below => node.below.push(route),
            End::Rest(_) => node.rest.push(route),
        }
    }

    fn child(&mut self, at: usize, segment: &Segment) -> usize {
        let next = self.nodes.len();
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
        child
    }

    /// Shows every route whose pattern stands for the path.
    pub(crate) fn walk(&self, path: &str, found: &mut dyn FnMut(usize)) {
        self.descend(0, path.strip_prefix('/'), found);
    }

    /// `rest` is what follows the slash after this node, `None` when the path ended here. As deep as the deepest route.
    fn descend(&self, at: usize, rest: Option<&str>, found: &mut dyn FnMut(usize)) {
        let node = &self.nodes[at];
        node.below.iter().for_each(|route| found(*route));
        let Some(rest) = rest else {
            node.here.iter().for_each(|route| found(*route));
            return;
        };
        if !rest.is_empty() {
            node.rest.iter().for_each(|route| found(*route));
        }
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
