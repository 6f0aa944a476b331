//! Reads JSON (RFC 8259) byte by byte as it passes, counts, and keeps nothing but the open lists and objects.

use thiserror::Error;

use super::config::Config;

/// Why a body is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Offence {
    /// Too many bytes.
    #[error("the body is larger than {0} bytes")]
    Size(u64),
    /// Lists and objects too deep inside each other.
    #[error("lists and objects are more than {0} deep")]
    Depth(usize),
    /// An object with too many members.
    #[error("an object has more than {0} members")]
    Members(u64),
    /// A list with too many items.
    #[error("a list has more than {0} items")]
    Items(u64),
    /// A member's name that is too long.
    #[error("a member's name is longer than {0} characters")]
    Name(u64),
    /// A text that is too long.
    #[error("a text is longer than {0} characters")]
    Text(u64),
    /// A number that is too long.
    #[error("a number is longer than {0} digits")]
    Number(u64),
    /// Too many values in all.
    #[error("there are more than {0} values")]
    Values(u64),
    /// No JSON.
    #[error("the body is not JSON: byte {0} cannot stand there")]
    NotJson(u64),
    /// Half a JSON.
    #[error("the body is not JSON: it ends too early")]
    TooEarly,
}

/// The bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    size: u64,
    depth: usize,
    members: u64,
    items: u64,
    name: u64,
    text: u64,
    number: u64,
    values: u64,
}

impl From<&Config> for Bounds {
    fn from(config: &Config) -> Self {
        Self {
            size: config.max_bytes,
            depth: usize::from(config.max_depth),
            members: config.max_members.into(),
            items: config.max_items.into(),
            name: config.max_name_length.into(),
            text: config.max_text_length.into(),
            number: config.max_number_length.into(),
            values: config.max_values,
        }
    }
}

/// One open list or object, with what it has so far.
#[derive(Debug, Clone, Copy)]
struct Open {
    is_object: bool,
    count: u64,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// A value must come.
    Value,
    /// A value, or the end of the list.
    FirstItem,
    /// A name, or the end of the object.
    FirstName,
    /// A name must come.
    Name,
    /// The colon after a name.
    Colon,
    /// A comma, or the end of what is open.
    After,
    /// Inside a text or name.
    Text {
        is_name: bool,
        length: u64,
        escape: Escape,
    },
    /// Inside a number.
    Number { part: Part, length: u64 },
    /// The rest of `true`, `false` or `null`.
    Word(&'static [u8]),
    /// The value is whole; only blanks may follow.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    Begun,
    /// So many hexadecimal digits are missing.
    Digits(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    E,
    Sign,
    Exponent,
}

impl Part {
    /// What the number is after one more byte; `None` where the byte does not belong to it.
    fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Minus, b'0') => Self::Zero,
            (Self::Minus, b'1'..=b'9') | (Self::Integer, b'0'..=b'9') => Self::Integer,
            (Self::Zero | Self::Integer, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Self::E,
            (Self::E, b'+' | b'-') => Self::Sign,
            (Self::E | Self::Sign | Self::Exponent, b'0'..=b'9') => Self::Exponent,
            _ => return None,
        })
    }

    fn may_end(self) -> bool {
        matches!(
            self,
            Self::Zero | Self::Integer | Self::Fraction | Self::Exponent
        )
    }
}

/// Reads one body, in pieces of any size.
#[derive(Debug)]
pub struct Scanner {
    bounds: Bounds,
    state: State,
    open: Vec<Open>,
    seen: u64,
    values: u64,
}

impl Scanner {
    /// At the start of a body.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            state: State::Value,
            open: Vec::new(),
            seen: 0,
            values: 0,
        }
    }

    /// Whether nothing was read yet.
    pub fn is_untouched(&self) -> bool {
        self.seen == 0
    }

    /// Reads a piece.
    pub fn read(&mut self, piece: &[u8]) -> Result<(), Offence> {
        for byte in piece {
            self.seen += 1;
            if self.seen > self.bounds.size {
                return Err(Offence::Size(self.bounds.size));
            }
            self.byte(*byte)?;
        }
        Ok(())
    }

    /// The body is at its end.
    pub fn finish(&self) -> Result<(), Offence> {
        let is_whole = match self.state {
            State::Done => true,
            State::Number { part, .. } => part.may_end() && self.open.is_empty(),
            _ => false,
        };
        if is_whole {
            Ok(())
        } else {
            Err(Offence::TooEarly)
        }
    }

    fn byte(&mut self, byte: u8) -> Result<(), Offence> {
        match self.state {
            State::Text { .. } => return self.text(byte),
            State::Word(rest) => return self.word(rest, byte),
            State::Number { part, length } => {
                if let Some(part) = part.next(byte) {
                    let length = length + 1;
                    if length > self.bounds.number {
                        return Err(Offence::Number(self.bounds.number));
                    }
                    self.state = State::Number { part, length };
                    return Ok(());
                }
                if !part.may_end() {
                    return self.refuse();
                }
                self.end_value();
            }
            _ => {}
        }
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            return Ok(());
        }
        match (self.state, byte) {
            (State::FirstItem, b']') | (State::FirstName, b'}') => self.close(),
            (State::FirstName | State::Name, b'"') => self.name(),
            (State::Colon, b':') => {
                self.state = State::Value;
                Ok(())
            }
            (State::Value | State::FirstItem, _) => self.value(byte),
            (State::After, b',') => {
                let is_object = self.open.last().is_some_and(|open| open.is_object);
                self.state = if is_object { State::Name } else { State::Value };
                Ok(())
            }
            (State::After, b'}' | b']') => {
                let is_object = self.open.last().is_some_and(|open| open.is_object);
                if is_object == (byte == b'}') {
                    self.close()
                } else {
                    self.refuse()
                }
            }
            _ => self.refuse(),
        }
    }

    fn refuse(&self) -> Result<(), Offence> {
        Err(Offence::NotJson(self.seen))
    }

    /// A member's name begins.
    fn name(&mut self) -> Result<(), Offence> {
        if let Some(open) = self.open.last_mut() {
            open.count += 1;
            if open.count > self.bounds.members {
                return Err(Offence::Members(self.bounds.members));
            }
        }
        self.state = State::Text {
            is_name: true,
            length: 0,
            escape: Escape::None,
        };
        Ok(())
    }

    /// A value begins.
    fn value(&mut self, byte: u8) -> Result<(), Offence> {
        self.values += 1;
        if self.values > self.bounds.values {
            return Err(Offence::Values(self.bounds.values));
        }
        if let Some(open) = self.open.last_mut().filter(|open| !open.is_object) {
            open.count += 1;
            if open.count > self.bounds.items {
                return Err(Offence::Items(self.bounds.items));
            }
        }
        let number = |part| State::Number { part, length: 1 };
        self.state = match byte {
            b'"' => State::Text {
                is_name: false,
                length: 0,
                escape: Escape::None,
            },
            b'-' => number(Part::Minus),
            b'0' => number(Part::Zero),
            b'1'..=b'9' => number(Part::Integer),
            b't' => State::Word(b"rue"),
            b'f' => State::Word(b"alse"),
            b'n' => State::Word(b"ull"),
            b'{' | b'[' => {
                if self.open.len() >= self.bounds.depth {
                    return Err(Offence::Depth(self.bounds.depth));
                }
                let is_object = byte == b'{';
                self.open.push(Open {
                    is_object,
                    count: 0,
                });
                if is_object {
                    State::FirstName
                } else {
                    State::FirstItem
                }
            }
            _ => return self.refuse(),
        };
        Ok(())
    }

    fn text(&mut self, byte: u8) -> Result<(), Offence> {
        let State::Text {
            is_name,
            length,
            escape,
        } = self.state
        else {
            return Ok(());
        };
        let escape = match (escape, byte) {
            (Escape::None, b'"') => {
                if is_name {
                    self.state = State::Colon;
                } else {
                    self.end_value();
                }
                return Ok(());
            }
            (Escape::None, b'\\') => Escape::Begun,
            (Escape::None, 0..=0x1f) => return self.refuse(),
            (Escape::None, _) => Escape::None,
            (Escape::Begun, b'u') => Escape::Digits(4),
            (Escape::Begun, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Escape::None,
            (Escape::Digits(1), digit) if digit.is_ascii_hexdigit() => Escape::None,
            (Escape::Digits(left), digit) if digit.is_ascii_hexdigit() => Escape::Digits(left - 1),
            _ => return self.refuse(),
        };
        // a character counts where it begins: not at its later UTF-8 bytes, and once for an escape
        let begins = byte & 0xc0 != 0x80 && escape == Escape::None;
        let length = length + u64::from(begins);
        let bound = if is_name {
            self.bounds.name
        } else {
            self.bounds.text
        };
        if length > bound {
            return Err(if is_name {
                Offence::Name(bound)
            } else {
                Offence::Text(bound)
            });
        }
        self.state = State::Text {
            is_name,
            length,
            escape,
        };
        Ok(())
    }

    fn word(&mut self, rest: &'static [u8], byte: u8) -> Result<(), Offence> {
        match rest.split_first() {
            Some((first, [])) if *first == byte => self.end_value(),
            Some((first, rest)) if *first == byte => self.state = State::Word(rest),
            _ => return self.refuse(),
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), Offence> {
        self.open.pop();
        self.end_value();
        Ok(())
    }

    fn end_value(&mut self) {
        self.state = if self.open.is_empty() {
            State::Done
        } else {
            State::After
        };
    }
}
