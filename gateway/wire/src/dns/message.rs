//! A question as it is sent, and what an answer says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use thiserror::Error;

use super::reader::{NAME_MOST, Reader, text};

/// The longest part of a name.
const LABEL_MOST: usize = 63;
/// Names that lead to another one (CNAME), at the most.
const CHAIN_MOST: usize = 16;
/// Records that are looked at, at the most.
const RECORDS_MOST: usize = 512;
/// Bytes of a message's head.
const HEAD: usize = 12;
/// The class of the Internet.
const INTERNET: u16 = 1;
/// A record that says that a name is another one.
const CNAME: u16 = 5;
/// The code of a name that is not there.
const NO_NAME: u8 = 3;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Where a service is.
    Srv,
}

impl Kind {
    const fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Aaaa => 28,
            Self::Srv => 33,
        }
    }
}

/// What a record holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// An address.
    Address(IpAddr),
    /// A place of a service.
    Service(Service),
}

/// One place of a service (RFC 2782).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Lower ones are tried first.
    pub priority: u16,
    /// The share among those of one priority.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host's name, without a full stop at its end; empty when the service is not there at all.
    pub target: String,
}

/// What a server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Records, at least one.
    Found {
        /// As they came.
        records: Vec<Record>,
        /// Seconds for which they hold: the least of all records on the way.
        seconds: u32,
    },
    /// The name is not there, or has no such record.
    Nothing,
    /// It did not fit into a datagram: ask over TCP.
    Cut,
    /// The server did not want to, or could not (its response code, RFC 1035, section 4.1.1).
    Refused(u8),
}

/// Why a message is no answer to the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Flaw {
    /// It ends too soon, or a length in it is wrong.
    #[error("it is cut off")]
    Short,
    /// It answers something else: another question, or nothing at all.
    #[error("it answers something else")]
    Other,
    /// A name in it has no end.
    #[error("a name in it cannot be read")]
    Name,
}

/// A name that cannot be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("is no name of the DNS")]
pub struct NotAName;

/// A question, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// In lower case, each label behind its length.
    name: Vec<u8>,
    kind: Kind,
}

impl Question {
    /// The question for a name; a full stop at its end changes nothing.
    pub fn new(name: &str, kind: Kind) -> Result<Self, NotAName> {
        let name = name.strip_suffix('.').unwrap_or(name);
        let mut encoded = Vec::with_capacity(name.len() + 2);
        for label in name.split('.') {
            let length = u8::try_from(label.len()).map_err(|_| NotAName)?;
            if label.is_empty() || label.len() > LABEL_MOST || !label.is_ascii() {
                return Err(NotAName);
            }
            encoded.push(length);
            encoded.extend(label.bytes().map(|byte| byte.to_ascii_lowercase()));
        }
        encoded.push(0);
        if encoded.len() > NAME_MOST {
            return Err(NotAName);
        }
        Ok(Self {
            name: encoded,
            kind,
        })
    }

    /// The message that asks it, by a number that the answer has to repeat.
    pub fn to_bytes(&self, id: u16) -> Vec<u8> {
        let mut message = Vec::with_capacity(HEAD + self.name.len() + 4);
        message.extend(id.to_be_bytes());
        // a question, and the server is asked to follow it to its end
        message.extend([0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
        message.extend(&self.name);
        message.extend(self.kind.number().to_be_bytes());
        message.extend(INTERNET.to_be_bytes());
        message
    }

    /// Reads what came.
    pub fn read(&self, message: &[u8], id: u16) -> Result<Reply, Flaw> {
        let mut reader = Reader { message, at: 0 };
        if reader.u16()? != id {
            return Err(Flaw::Other);
        }
        let [flags, more] = reader.u16()?.to_be_bytes();
        let is_answer = flags & 0x80 != 0;
        let is_query = flags & 0x78 == 0;
        if !is_answer || !is_query {
            return Err(Flaw::Other);
        }
        let (questions, answers) = (reader.u16()?, reader.u16()?);
        reader.at = HEAD;
        if questions != 1 || !self.is_repeated(&mut reader)? {
            return Err(Flaw::Other);
        }
        if flags & 0x02 != 0 {
            return Ok(Reply::Cut);
        }
        match more & 0x0f {
            0 => self.records(&mut reader, answers),
            NO_NAME => Ok(Reply::Nothing),
            code => Ok(Reply::Refused(code)),
        }
    }

    fn is_repeated(&self, reader: &mut Reader<'_>) -> Result<bool, Flaw> {
        let name = reader.name()?;
        let kind = reader.u16()?;
        Ok(name == self.name && kind == self.kind.number() && reader.u16()? == INTERNET)
    }

    fn records(&self, reader: &mut Reader<'_>, count: u16) -> Result<Reply, Flaw> {
        let mut aliases = Vec::new();
        let mut found = Vec::new();
        for _ in 0..usize::from(count).min(RECORDS_MOST) {
            let owner = reader.name()?;
            let (kind, class, seconds) = (reader.u16()?, reader.u16()?, reader.u32()?);
            let length = usize::from(reader.u16()?);
            let end = reader.at + length;
            if end > reader.message.len() {
                return Err(Flaw::Short);
            }
            // RFC 2181, section 8: one with the first bit set counts as 0
            let seconds = if seconds >> 31 == 0 { seconds } else { 0 };
            if class == INTERNET && kind == CNAME {
                aliases.push((owner, reader.name()?, seconds));
            } else if class == INTERNET && kind == self.kind.number() {
                found.push((owner, self.record(reader, length)?, seconds));
            }
            reader.at = end;
        }
        Ok(self.chosen(&aliases, found))
    }

    /// The records of the name that the question's name leads to.
    fn chosen(
        &self,
        aliases: &[(Vec<u8>, Vec<u8>, u32)],
        found: Vec<(Vec<u8>, Record, u32)>,
    ) -> Reply {
        let mut name = &self.name;
        let mut least = u32::MAX;
        for _ in 0..CHAIN_MOST {
            let Some((_, next, seconds)) = aliases.iter().find(|(of, ..)| of == name) else {
                break;
            };
            least = least.min(*seconds);
            name = next;
        }
        let mut records = Vec::new();
        for (owner, record, seconds) in found {
            if owner == *name {
                least = least.min(seconds);
                records.push(record);
            }
        }
        if records.is_empty() {
            return Reply::Nothing;
        }
        Reply::Found {
            records,
            seconds: least,
        }
    }

    fn record(&self, reader: &mut Reader<'_>, length: usize) -> Result<Record, Flaw> {
        Ok(match (self.kind, length) {
            (Kind::A, 4) => Record::Address(Ipv4Addr::from(reader.array::<4>()?).into()),
            (Kind::Aaaa, 16) => Record::Address(Ipv6Addr::from(reader.array::<16>()?).into()),
            (Kind::A | Kind::Aaaa, _) => return Err(Flaw::Short),
            (Kind::Srv, _) => Record::Service(Service {
                priority: reader.u16()?,
                weight: reader.u16()?,
                port: reader.u16()?,
                target: text(&reader.name()?)?,
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer with these records: owner, type, seconds, data. `@` is the question's name.
    fn answer(
        question: &Question,
        flags: [u8; 2],
        records: &[(&[u8], u16, u32, &[u8])],
    ) -> Vec<u8> {
        let mut message = question.to_bytes(7);
        message[2..4].copy_from_slice(&flags);
        message[7] = u8::try_from(records.len()).unwrap();
        for (owner, kind, seconds, data) in records {
            let owner: &[u8] = if *owner == b"@" { b"\xc0\x0c" } else { owner };
            message.extend(owner);
            message.extend(kind.to_be_bytes());
            message.extend(INTERNET.to_be_bytes());
            message.extend(seconds.to_be_bytes());
            message.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            message.extend(*data);
        }
        message
    }

    const OK: [u8; 2] = [0x81, 0x80];

    #[test]
    fn addresses_come_with_the_least_time_on_the_way() {
        let question = Question::new("Shop.internal.", Kind::A).unwrap();
        let records: [(&[u8], u16, u32, &[u8]); 4] = [
            (b"@", CNAME, 9, b"\x01b\xc0\x11"),
            (b"\x01B\xc0\x11", 1, 20, &[10, 0, 0, 1]),
            (b"\x01b\xc0\x11", 1, 30, &[10, 0, 0, 2]),
            (b"\x01x\xc0\x11", 1, 1, &[10, 0, 0, 3]),
        ];
        let found = question.read(&answer(&question, OK, &records), 7).unwrap();
        let address = |last| Record::Address(IpAddr::from([10, 0, 0, last]));
        let records = vec![address(1), address(2)];
        assert_eq!(
            found,
            Reply::Found {
                records,
                seconds: 9
            }
        );
    }

    #[test]
    fn services_have_port_priority_and_weight() {
        let question = Question::new("_shop._tcp.internal", Kind::Srv).unwrap();
        let data = b"\x00\x01\x00\x05\x1f\x90\x01a\x03www\x00";
        let message = answer(&question, OK, &[(b"@", 33, 1 << 31, data)]);
        let service = Service {
            priority: 1,
            weight: 5,
            port: 8_080,
            target: "a.www".to_owned(),
        };
        let records = vec![Record::Service(service)];
        assert_eq!(
            question.read(&message, 7),
            Ok(Reply::Found {
                records,
                seconds: 0
            })
        );
    }

    #[test]
    fn what_is_no_answer_is_told_from_an_empty_one() {
        let question = Question::new("a.b", Kind::Aaaa).unwrap();
        let check = |flags, expected| {
            let message = answer(&question, flags, &[]);
            assert_eq!(question.read(&message, 7), expected, "{flags:?}");
        };
        check(OK, Ok(Reply::Nothing));
        check([0x81, 0x83], Ok(Reply::Nothing));
        check([0x81, 0x82], Ok(Reply::Refused(2)));
        check([0x83, 0x80], Ok(Reply::Cut));
        check([0x01, 0x80], Err(Flaw::Other));
        let message = answer(&question, OK, &[]);
        assert_eq!(question.read(&message, 8), Err(Flaw::Other));
        let other = Question::new("a.c", Kind::Aaaa).unwrap();
        assert_eq!(other.read(&message, 7), Err(Flaw::Other));
        assert_eq!(question.read(&message[..20], 7), Err(Flaw::Short));
        let circle = answer(&question, OK, &[(b"\xc0\x15", 28, 1, &[0; 16])]);
        assert_eq!(question.read(&circle, 7), Err(Flaw::Name));
        let short = answer(&question, OK, &[(b"@", 28, 1, &[0; 4])]);
        assert_eq!(question.read(&short, 7), Err(Flaw::Short));
    }

    #[test]
    fn a_chain_of_names_in_a_circle_ends() {
        let question = Question::new("a.b", Kind::A).unwrap();
        let message = answer(&question, OK, &[(b"@", CNAME, 5, b"\xc0\x0c")]);
        assert_eq!(question.read(&message, 7), Ok(Reply::Nothing));
    }

    #[test]
    fn names_have_bounds() {
        let (label, name) = ("a".repeat(64), "a.".repeat(130));
        for bad in ["", ".", "a..b", "ä.example", label.as_str(), name.as_str()] {
            assert_eq!(Question::new(bad, Kind::A), Err(NotAName), "{bad}");
        }
        assert!(Question::new(&"a".repeat(63), Kind::A).is_ok());
    }
}
