//! Texts that people type, parsed at the edge: names, slugs, e-mail addresses, passwords.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use thiserror::Error;

/// Why a text was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("is empty")]
    Empty,
    /// Longer than what is kept.
    #[error("is {length} characters long; at most {most} are kept")]
    TooLong {
        /// Characters given.
        length: usize,
        /// Characters allowed.
        most: usize,
    },
    /// Shorter than what is safe.
    #[error("is {length} characters long; at least {least} are needed")]
    TooShort {
        /// Characters given.
        length: usize,
        /// Characters needed.
        least: usize,
    },
    /// A control character, or one that changes the direction of the text around it.
    #[error("holds a character that cannot be shown (U+{0:04X})")]
    Unprintable(u32),
    /// Not lower-case letters, digits and single hyphens.
    #[error(
        "may hold only a-z, 0-9 and single hyphens, and starts and ends with a letter or digit"
    )]
    NotASlug,
    /// Not one address.
    #[error("is not an e-mail address")]
    NotAnEmail,
    /// On every list of guessed passwords.
    #[error("is among the first passwords that are tried; choose another")]
    CommonPassword,
}

/// A name for people: trimmed, 1 to 120 characters, printable.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Name(String);

/// The longest [`Name`], in characters.
pub const NAME_MOST: usize = 120;

/// A name for machines: 1 to 63 of a-z, 0-9 and single hyphens. Part of URLs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Slug(String);

/// The longest [`Slug`], in characters.
pub const SLUG_MOST: usize = 63;

/// One e-mail address, as typed; [`Email::key`] is what is compared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Name {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Slug {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A slug made from any text ("Harbor Payments v2" becomes `harbor-payments-v2`); `None` when no letter or digit is left.
    pub fn suggest(text: &str) -> Option<Self> {
        let mut slug = String::new();
        for c in text.chars().flat_map(char::to_lowercase) {
            if slug.len() == SLUG_MOST {
                break;
            }
            if c.is_ascii_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.truncate(slug.trim_end_matches('-').len());
        (!slug.is_empty()).then_some(Self(slug))
    }
}

impl Email {
    /// The address as it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address in lower case: two spellings are one account.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl FromStr for Name {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        line(text, NAME_MOST).map(Self)
    }
}

impl FromStr for Slug {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        let text = line(text, SLUG_MOST)?;
        let plain = text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !plain || text.starts_with('-') || text.ends_with('-') || text.contains("--") {
            return Err(TextError::NotASlug);
        }
        Ok(Self(text))
    }
}

impl FromStr for Email {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        let text = line(text, 254)?;
        let Some((local, host)) = text.rsplit_once('@') else {
            return Err(TextError::NotAnEmail);
        };
        let host_is_name = !host.is_empty()
            && host.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            });
        let local_is_plain = (1..=64).contains(&local.len())
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local
                .chars()
                .all(|c| c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c));
        if host_is_name && local_is_plain {
            Ok(Self(text))
        } else {
            Err(TextError::NotAnEmail)
        }
    }
}

/// One line of text, trimmed: not empty, at most `most` characters, printable.
pub fn line(text: &str, most: usize) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    bounded(text, most, |c| c.is_control())
}

/// Text of many lines (Markdown, a reason): may be empty, at most `most` characters.
pub fn paragraph(text: &str, most: usize) -> Result<String, TextError> {
    bounded(text.trim(), most, |c| {
        c.is_control() && !matches!(c, '\n' | '\r' | '\t')
    })
}

fn bounded(text: &str, most: usize, refused: fn(char) -> bool) -> Result<String, TextError> {
    let length = text.chars().count();
    if length > most {
        return Err(TextError::TooLong { length, most });
    }
    let turns_text =
        |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    match text.chars().find(|c| refused(*c) || turns_text(*c)) {
        Some(c) => Err(TextError::Unprintable(u32::from(c))),
        None => Ok(text.to_owned()),
    }
}

/// The shortest password, in characters.
pub const PASSWORD_LEAST: usize = 12;

/// Whether a password may be set: 12 to 256 characters and not on the list of the common ones (NIST SP 800-63B, 5.1.1.2:
/// length and a block list, no rules of composition). `about` holds what an attacker knows, such as the address.
pub fn check_password(password: &str, about: &[&str]) -> Result<(), TextError> {
    let length = password.chars().count();
    if length < PASSWORD_LEAST {
        return Err(TextError::TooShort {
            length,
            least: PASSWORD_LEAST,
        });
    }
    if length > 256 {
        return Err(TextError::TooLong { length, most: 256 });
    }
    let folded = password.to_lowercase();
    let letters: String = folded.chars().filter(|c| c.is_alphabetic()).collect();
    let few_characters = {
        let mut seen: Vec<char> = folded.chars().collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len() < 4
    };
    let in_a_row = folded
        .as_bytes()
        .windows(2)
        .all(|w| w[1] == w[0].wrapping_add(1) || w[0] == b'9' && w[1] == b'0');
    let common = COMMON
        .iter()
        .any(|word| folded == *word || letters == *word || repeats(&folded, word));
    let known = about
        .iter()
        .any(|a| a.len() > 3 && folded == a.to_lowercase());
    if few_characters || in_a_row || common || known {
        return Err(TextError::CommonPassword);
    }
    Ok(())
}

fn repeats(text: &str, word: &str) -> bool {
    text.len() > word.len()
        && text.len().is_multiple_of(word.len())
        && text.replace(word, "").is_empty()
}

/// Words that, alone or with digits and signs around them, head every list of guessed passwords.
const COMMON: &[&str] = &[
    "password",
    "passwort",
    "motdepasse",
    "letmein",
    "welcome",
    "iloveyou",
    "qwertyuiop",
    "qwerty",
    "qwertz",
    "azerty",
    "admin",
    "administrator",
    "adminadmin",
    "passwordpassword",
    "qwertyqwerty",
    "changeme",
    "changemenow",
    "trustnoone",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "sunshine",
    "princess",
    "superman",
    "batman",
    "starwars",
    "master",
    "login",
    "secret",
    "gatehouse",
    "letmeinnow",
    "welcometo",
    "abcdefghijkl",
    "asdfghjkl",
    "asdfasdfasdf",
    "zxcvbnm",
    "mypassword",
    "thisismypassword",
    "correcthorsebatterystaple",
    "qazwsxedc",
    "qwertyasdfgh",
    "unknown",
    "computer",
    "internet",
    "whatever",
    "michael",
    "jennifer",
    "hello",
    "freedom",
];

macro_rules! text_type {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Debug::fmt(&self.0, f) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
        impl From<$name> for String {
            fn from(text: $name) -> String { text.0 }
        }
    )*};
}
text_type!(Name, Slug, Email);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_bounded_and_printable() {
        assert_eq!("  Pier 9 ".parse::<Name>().unwrap().as_str(), "Pier 9");
        assert_eq!(" ".parse::<Name>(), Err(TextError::Empty));
        assert_eq!(
            "x".repeat(121).parse::<Name>(),
            Err(TextError::TooLong {
                length: 121,
                most: 120
            })
        );
        assert_eq!(
            "a\u{202e}b".parse::<Name>(),
            Err(TextError::Unprintable(0x202e))
        );
        assert_eq!("a\nb".parse::<Name>(), Err(TextError::Unprintable(10)));
    }

    #[test]
    fn slugs_are_suggested_and_checked() {
        assert_eq!(
            Slug::suggest("Harbor: Payments  v2!").unwrap().as_str(),
            "harbor-payments-v2"
        );
        assert_eq!(Slug::suggest("!?"), None);
        for bad in ["-a", "a-", "a--b", "A", "a b", "é"] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_need_a_mailbox_and_a_host() {
        for good in ["noor@pier9.example", "a.b+c@x.co", "root@localhost"] {
            assert!(good.parse::<Email>().is_ok(), "{good}");
        }
        for bad in [
            "noor", "@x", "a@", "a@b@c", "a b@c.d", "a@-b.c", "a..b@c.d", "a@b..c",
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
        assert_eq!(
            "Noor@Pier9.example".parse::<Email>().unwrap().key(),
            "noor@pier9.example"
        );
    }

    #[test]
    fn common_passwords_are_refused() {
        for bad in [
            "password1234",
            "Passwort!!2026",
            "aaaaaaaaaaaa",
            "123456789012",
            "qwertyqwerty",
            "noor@pier9.example",
        ] {
            assert!(
                check_password(bad, &["noor@pier9.example"]).is_err(),
                "{bad}"
            );
        }
        assert!(matches!(
            check_password("short", &[]),
            Err(TextError::TooShort { .. })
        ));
        assert!(check_password("brass lantern on the quay", &[]).is_ok());
    }
}
