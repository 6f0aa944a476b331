//! Reading XML 1.0 within bounds: no DTD, no entity but the five that XML has itself, nothing fetched.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use thiserror::Error;

/// Bounds on a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XmlBounds {
    /// Elements inside each other.
    pub depth: usize,
    /// Elements in all.
    pub elements: u64,
    /// Attributes of one element.
    pub attributes: usize,
    /// Bytes of a name.
    pub name: usize,
    /// Bytes of an attribute's value.
    pub value: usize,
    /// Bytes of the text between two tags.
    pub text: usize,
}

/// Why a document is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum XmlOffence {
    /// A document type, where entities and more could be declared.
    #[error("it has a document type (<!DOCTYPE>), which is not taken")]
    DocumentType,
    /// An entity besides the five of XML.
    #[error("it uses an entity that XML itself does not have")]
    Entity,
    /// A processing instruction.
    #[error("it has a processing instruction, which is not taken")]
    Instruction,
    /// Another encoding.
    #[error("it is not UTF-8")]
    Encoding,
    /// Elements too deep inside each other.
    #[error("elements are more than {0} deep")]
    Depth(usize),
    /// Too many elements.
    #[error("there are more than {0} elements")]
    Elements(u64),
    /// Too many attributes.
    #[error("an element has more than {0} attributes")]
    Attributes(usize),
    /// A name that is too long.
    #[error("a name is longer than {0} bytes")]
    Name(usize),
    /// An attribute that is too long.
    #[error("an attribute is longer than {0} bytes")]
    Value(usize),
    /// A text that is too long.
    #[error("a text is longer than {0} bytes")]
    Text(usize),
    /// No XML.
    #[error("it is not XML: byte {0}")]
    NotXml(u64),
    /// No element, more than one at the top, or text beside it.
    #[error("it is not XML: one element holds everything")]
    NotOneRoot,
}

impl XmlOffence {
    /// Whether it is no XML at all, rather than XML that is not wanted.
    pub fn is_malformed(&self) -> bool {
        matches!(self, Self::Encoding | Self::NotXml(_) | Self::NotOneRoot)
    }
}

/// What a reader is told, in the order of the document.
pub trait Visitor {
    /// An element begins.
    fn begin(&mut self, name: &str, attributes: Vec<(String, String)>);
    /// Text in the open element; it may come in pieces.
    fn text(&mut self, text: &str);
    /// The open element ends.
    fn end(&mut self);
}

/// A visitor that only looks.
impl Visitor for () {
    fn begin(&mut self, _name: &str, _attributes: Vec<(String, String)>) {}
    fn text(&mut self, _text: &str) {}
    fn end(&mut self) {}
}

/// Reads a document from its first byte to its last.
pub fn read(body: &[u8], bounds: &XmlBounds, visitor: &mut impl Visitor) -> Result<(), XmlOffence> {
    let text = std::str::from_utf8(body).map_err(|_| XmlOffence::Encoding)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    let mut state = State {
        bounds,
        depth: 0,
        elements: 0,
        run: 0,
    };
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event();
        let event = event.map_err(|_| XmlOffence::NotXml(at))?;
        match event {
            Event::Start(tag) => state.begin(&tag, at, visitor)?,
            Event::Empty(tag) => {
                state.begin(&tag, at, visitor)?;
                state.end(visitor);
            }
            Event::End(_) => state.end(visitor),
            Event::Text(text) => state.text(&text.xml10_content(), at, visitor)?,
            Event::CData(text) => state.text(&text.xml10_content(), at, visitor)?,
            Event::GeneralRef(reference) => {
                let code = reference
                    .resolve_char_ref()
                    .map_err(|_| XmlOffence::NotXml(at))?;
                let name = reference.xml10_content();
                let text = match (code, &*name) {
                    (Some(code), _) if is_character(code) => code,
                    (Some(_), _) => return Err(XmlOffence::NotXml(at)),
                    (None, "amp") => '&',
                    (None, "lt") => '<',
                    (None, "gt") => '>',
                    (None, "quot") => '"',
                    (None, "apos") => '\'',
                    (None, _) => return Err(XmlOffence::Entity),
                };
                state.text(text.encode_utf8(&mut [0; 4]), at, visitor)?;
            }
            Event::Comment(_) => {}
            Event::Decl(declaration) => {
                let encoding = declaration.encoding();
                let is_utf8 = encoding.is_none_or(|encoding| {
                    encoding.is_ok_and(|name| {
                        name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("us-ascii")
                    })
                });
                if !is_utf8 {
                    return Err(XmlOffence::Encoding);
                }
            }
            Event::PI(_) => return Err(XmlOffence::Instruction),
            Event::DocType(_) => return Err(XmlOffence::DocumentType),
            Event::Eof => break,
        }
    }
    if state.depth != 0 || state.elements == 0 {
        return Err(XmlOffence::NotOneRoot);
    }
    Ok(())
}

struct State<'b> {
    bounds: &'b XmlBounds,
    depth: usize,
    elements: u64,
    /// Bytes of text since the last tag.
    run: usize,
}

impl State<'_> {
    fn begin(
        &mut self,
        tag: &BytesStart<'_>,
        at: u64,
        visitor: &mut impl Visitor,
    ) -> Result<(), XmlOffence> {
        if self.depth == 0 && self.elements > 0 {
            return Err(XmlOffence::NotOneRoot);
        }
        self.depth += 1;
        self.elements += 1;
        self.run = 0;
        if self.depth > self.bounds.depth {
            return Err(XmlOffence::Depth(self.bounds.depth));
        }
        if self.elements > self.bounds.elements {
            return Err(XmlOffence::Elements(self.bounds.elements));
        }
        let name = tag.name();
        self.name(name.0, at)?;
        let mut attributes: Vec<(String, String)> = Vec::new();
        // doubles are looked for below: the reader's own check takes the square of their number before a bound is known
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| XmlOffence::NotXml(at))?;
            if attributes.len() >= self.bounds.attributes {
                return Err(XmlOffence::Attributes(self.bounds.attributes));
            }
            let name = attribute.key.0;
            self.name(name, at)?;
            if attribute.value.len() > self.bounds.value {
                return Err(XmlOffence::Value(self.bounds.value));
            }
            if attribute.value.contains('<') {
                return Err(XmlOffence::NotXml(at));
            }
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|_| XmlOffence::Entity)?;
            if attributes.iter().any(|(known, _)| known == name) {
                return Err(XmlOffence::NotXml(at));
            }
            attributes.push((name.to_owned(), value.into_owned()));
        }
        visitor.begin(name.0, attributes);
        Ok(())
    }

    fn name(&self, name: &str, at: u64) -> Result<(), XmlOffence> {
        if name.len() > self.bounds.name {
            return Err(XmlOffence::Name(self.bounds.name));
        }
        if is_name(name) {
            Ok(())
        } else {
            Err(XmlOffence::NotXml(at))
        }
    }

    fn text(&mut self, text: &str, at: u64, visitor: &mut impl Visitor) -> Result<(), XmlOffence> {
        self.run += text.len();
        if self.run > self.bounds.text {
            return Err(XmlOffence::Text(self.bounds.text));
        }
        if !text.chars().all(is_character) {
            return Err(XmlOffence::NotXml(at));
        }
        if self.depth > 0 {
            visitor.text(text);
        } else if !text.trim().is_empty() {
            return Err(XmlOffence::NotOneRoot);
        }
        Ok(())
    }

    fn end(&mut self, visitor: &mut impl Visitor) {
        self.depth = self.depth.saturating_sub(1);
        self.run = 0;
        visitor.end();
    }
}

/// Whether a text can be the name of an element or attribute: the productions `NameStartChar` and `NameChar` of XML 1.0.
pub fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(begins_name)
        && chars.all(|c| {
            begins_name(c)
                || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
        })
}

fn begins_name(c: char) -> bool {
    matches!(c, ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

/// Whether XML 1.0 can hold a character at all: most of the first 32 it cannot.
pub fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: XmlBounds = XmlBounds {
        depth: 3,
        elements: 5,
        attributes: 2,
        name: 8,
        value: 10,
        text: 10,
    };

    fn found(body: &str) -> Result<(), XmlOffence> {
        read(body.as_bytes(), &BOUNDS, &mut ())
    }

    #[test]
    fn plain_documents_are_read() {
        for body in [
            "<a/>",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"1\" c='2'><b>x &amp; &#65;</b><!-- c --><![CDATA[<x>]]></a>\n",
            "\u{feff}<ä:b>é</ä:b>",
        ] {
            assert_eq!(found(body), Ok(()), "{body}");
        }
    }

    #[test]
    fn entities_and_document_types_are_refused() {
        let laughs = "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]><lolz>&lol2;</lolz>";
        let file = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>";
        let parameter = "<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://example.com/p\"> %p;]><a/>";
        let late = "<?xml version=\"1.0\"?>\n<!-- c -->\n<!DOCTYPE a><a/>";
        for body in [laughs, file, parameter, late] {
            assert_eq!(found(body), Err(XmlOffence::DocumentType), "{body}");
        }
        assert_eq!(found("<a>&x;</a>"), Err(XmlOffence::Entity));
        assert_eq!(found("<a b='&x;'/>"), Err(XmlOffence::Entity));
        assert_eq!(
            found("<?xml-stylesheet href='x'?><a/>"),
            Err(XmlOffence::Instruction)
        );
        let other = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>";
        assert_eq!(found(other), Err(XmlOffence::Encoding));
        assert_eq!(
            read(b"<a>\xff</a>", &BOUNDS, &mut ()),
            Err(XmlOffence::Encoding)
        );
    }

    #[test]
    fn what_is_no_xml_is_refused() {
        for body in [
            "",
            "x",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>x",
            "<a b=1/>",
            "<a b='1' b='2'/>",
            "<a><![CDATA[x</a>",
            "<a b='<'/>",
            "<a>\u{1}</a>",
            "<a>&#0;</a>",
            "<a>&#1;</a>",
            "<1/>",
            "<a><b></a></b>",
            "<!-- -- --><a/>",
            "<a>&amp</a>",
        ] {
            let offence = found(body).unwrap_err();
            assert!(offence.is_malformed(), "{body}: {offence}");
        }
    }

    #[test]
    fn every_bound_holds_at_its_edge() {
        for (fine, over, offence) in [
            (
                "<a><a><a/></a></a>",
                "<a><a><a><a/></a></a></a>",
                XmlOffence::Depth(3),
            ),
            (
                "<a><a/><a/><a/><a/></a>",
                "<a><a/><a/><a/><a/><a/></a>",
                XmlOffence::Elements(5),
            ),
            (
                "<a b='' c=''/>",
                "<a b='' c='' d=''/>",
                XmlOffence::Attributes(2),
            ),
            ("<abcdefgh/>", "<abcdefghi/>", XmlOffence::Name(8)),
            ("<a abcdefgh=''/>", "<a abcdefghi=''/>", XmlOffence::Name(8)),
            (
                "<a b='1234567890'/>",
                "<a b='12345678901'/>",
                XmlOffence::Value(10),
            ),
            (
                "<a>1234567890</a>",
                "<a>12345678901</a>",
                XmlOffence::Text(10),
            ),
            (
                "<a>12345<b/>1234567890</a>",
                "<a>12345<![CDATA[678901]]></a>",
                XmlOffence::Text(10),
            ),
        ] {
            assert_eq!(found(fine), Ok(()), "{fine}");
            assert_eq!(found(over), Err(offence), "{over}");
        }
    }
}
