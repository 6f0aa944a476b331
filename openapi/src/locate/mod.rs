//! Finds the line and column of JSON pointers in a document's text. One pass, made only when there is something to find.

mod json;
mod tree;
mod yaml;

use self::tree::Tree;
use crate::document::Document;
use crate::finding::Finding;
use crate::parse::Syntax;

/// Fills in line and column of each finding, from its pointer. A pointer to nothing gets the place of the nearest
/// thing above it.
pub(crate) fn locate(document: &Document, findings: &mut [Finding]) {
    if findings.is_empty() {
        return;
    }
    let pointers: Vec<&str> = findings
        .iter()
        .map(|finding| finding.pointer.as_str())
        .collect();
    let places = places(document.text(), document.syntax(), &pointers);
    for (finding, (line, column)) in findings.iter_mut().zip(places) {
        finding.line = Some(line);
        finding.column = Some(column);
    }
}

/// Line and column, from 1, of each pointer.
pub(crate) fn places(text: &str, syntax: Syntax, pointers: &[&str]) -> Vec<(u32, u32)> {
    let mut tree = Tree::new(pointers);
    match syntax {
        Syntax::Json => json::scan(text, &mut tree),
        Syntax::Yaml => yaml::scan(text, &mut tree),
    }
    let offsets: Vec<usize> = pointers
        .iter()
        .map(|pointer| tree.offset(pointer))
        .collect();
    positions(text, &offsets)
}

/// Line and column of each byte offset, in one pass.
fn positions(text: &str, offsets: &[usize]) -> Vec<(u32, u32)> {
    let mut order: Vec<usize> = (0..offsets.len()).collect();
    order.sort_by_key(|index| offsets[*index]);
    let mut result = vec![(1, 1); offsets.len()];
    let mut letters = text.char_indices().peekable();
    let (mut line, mut column) = (1_u32, 1_u32);
    for index in order {
        while let Some((_, letter)) = letters.next_if(|(at, _)| *at < offsets[index]) {
            if letter == '\n' {
                (line, column) = (line.saturating_add(1), 1);
            } else {
                column = column.saturating_add(1);
            }
        }
        result[index] = (line, column);
    }
    result
}

/// Some lines of a text around one, each with its number, for showing a finding in its place.
pub fn excerpt(text: &str, line: u32, around: u32) -> Vec<(u32, &str)> {
    let first = line.saturating_sub(around).max(1);
    let last = line.saturating_add(around);
    (1_u32..)
        .zip(text.lines())
        .skip_while(|(number, _)| *number < first)
        .take_while(|(number, _)| *number <= last)
        .collect()
}

#[cfg(test)]
mod tests;
