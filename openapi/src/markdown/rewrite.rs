//! Changes a parsed text before it is written as HTML: headings moved down, raw HTML to text, images to links.

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Node};

use super::plain;

/// The level that the highest heading gets.
const HEADING: u8 = 3;

pub(super) fn rewrite<'a>(arena: &'a Arena<'a>, root: Node<'a>) {
    let nodes: Vec<Node<'a>> = root.descendants().collect();
    let levels = nodes
        .iter()
        .filter_map(|node| match &node.data.borrow().value {
            NodeValue::Heading(heading) => Some(heading.level),
            _ => None,
        });
    let shift = HEADING.saturating_sub(levels.min().unwrap_or(HEADING));
    for node in nodes {
        let value = node.data.borrow().value.clone();
        match value {
            NodeValue::Heading(mut heading) => {
                heading.level = (heading.level + shift).clamp(HEADING, 6);
                node.data.borrow_mut().value = NodeValue::Heading(heading);
            }
            NodeValue::HtmlBlock(block) => {
                paragraphs(arena, node, &block.literal);
                node.detach();
            }
            NodeValue::HtmlInline(tag) => inline(node, &tag),
            NodeValue::Image(link) => image(arena, node, link),
            _ => {}
        }
    }
}

/// The text of a block of HTML, before it.
fn paragraphs<'a>(arena: &'a Arena<'a>, block: Node<'a>, html: &str) {
    for text in plain::from_html(html) {
        let paragraph = arena.alloc(AstNode::from(NodeValue::Paragraph));
        paragraph.append(arena.alloc(AstNode::from(NodeValue::Text(text.into()))));
        block.insert_before(paragraph);
    }
}

/// A tag within text: only a line break means something.
fn inline(node: Node<'_>, tag: &str) {
    let name = tag
        .trim_start_matches('<')
        .trim_start()
        .to_ascii_lowercase();
    if !name.starts_with("br") {
        return node.detach();
    }
    let in_cell = node
        .ancestors()
        .any(|above| matches!(above.data.borrow().value, NodeValue::TableCell));
    node.data.borrow_mut().value = if in_cell {
        NodeValue::Text(" ".into())
    } else {
        NodeValue::LineBreak
    };
}

/// An image becomes a link to it, or its text where it cannot be one.
fn image<'a>(arena: &'a Arena<'a>, node: Node<'a>, link: Box<comrak::nodes::NodeLink>) {
    if node.first_child().is_none() {
        node.append(arena.alloc(AstNode::from(NodeValue::Text("image".into()))));
    }
    let in_link = node
        .ancestors()
        .skip(1)
        .any(|above| matches!(above.data.borrow().value, NodeValue::Link(_)));
    if link.url.starts_with("https://") && !in_link {
        node.data.borrow_mut().value = NodeValue::Link(link);
        return;
    }
    let children: Vec<Node<'a>> = node.children().collect();
    for child in children {
        child.detach();
        node.insert_before(child);
    }
    node.detach();
}
