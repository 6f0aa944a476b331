//! The parts of a message: numbers and names.

use super::message::Flaw;

/// The longest name, in bytes as it is sent (RFC 1035, section 2.3.4).
pub(super) const NAME_MOST: usize = 255;

/// A name as people write it.
pub(super) fn text(encoded: &[u8]) -> Result<String, Flaw> {
    let mut text = String::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((length, after)) = rest.split_first()
        && *length > 0
    {
        let (label, after) = after
            .split_at_checked(usize::from(*length))
            .ok_or(Flaw::Name)?;
        let is_plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'.';
        if !label.iter().all(is_plain) {
            return Err(Flaw::Name);
        }
        if !text.is_empty() {
            text.push('.');
        }
        text.extend(label.iter().map(|byte| char::from(*byte)));
        rest = after;
    }
    Ok(text)
}

/// A message, and where in it the next part begins.
pub(super) struct Reader<'a> {
    pub(super) message: &'a [u8],
    pub(super) at: usize,
}

impl Reader<'_> {
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        let rest = self.message.get(self.at..).ok_or(Flaw::Short)?;
        let found = rest.first_chunk::<N>().ok_or(Flaw::Short)?;
        self.at += N;
        Ok(*found)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Flaw> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Flaw> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A name, in lower case. A part of it may stand earlier in the message (RFC 1035, section 4.1.4): each step goes back, so
    /// that there is an end.
    pub(super) fn name(&mut self) -> Result<Vec<u8>, Flaw> {
        let mut name = Vec::new();
        let (mut at, mut end) = (self.at, None);
        loop {
            let length = *self.message.get(at).ok_or(Flaw::Short)?;
            match length >> 6 {
                0 => {
                    let next = at + 1 + usize::from(length);
                    let label = self.message.get(at..next).ok_or(Flaw::Short)?;
                    name.extend(label.iter().map(u8::to_ascii_lowercase));
                    if name.len() > NAME_MOST {
                        return Err(Flaw::Name);
                    }
                    if length == 0 {
                        self.at = end.unwrap_or(next);
                        return Ok(name);
                    }
                    at = next;
                }
                0b11 => {
                    let low = *self.message.get(at + 1).ok_or(Flaw::Short)?;
                    let to = usize::from(u16::from_be_bytes([length & 0x3f, low]));
                    end = end.or(Some(at + 2));
                    if to >= at {
                        return Err(Flaw::Name);
                    }
                    at = to;
                }
                _ => return Err(Flaw::Name),
            }
        }
    }
}
