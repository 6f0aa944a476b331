//! Enums that are one word on the wire and in the store.

use thiserror::Error;

/// A word that the enum does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{given}` is not a {what}; one of {known}")]
pub struct UnknownWord {
    /// What was given.
    pub given: String,
    /// What was expected, in words.
    pub what: String,
    /// The words there are, with commas.
    pub known: String,
}

/// "SubscriptionState" as "subscription state".
pub(crate) fn spaced(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}

/// Defines a fieldless enum with `ALL`, `as_str`, `Display`, `FromStr` and serde by the same words.
/// A macro because each of the platform's states needs exactly this, and a forgotten word would be a lost row.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word on the wire and in the store.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(UnknownWord {
                        given: text.to_owned(),
                        what: crate::word::spaced(stringify!($name)),
                        known: [$($word),*].join(", "),
                    }),
                }
            }
        }
    };
}
pub(crate) use words;
