//! The call of an operation, in nine languages.

mod body;
mod csharp;
mod curl;
mod filled;
mod go;
mod java;
mod javascript;
mod literals;
mod php;
mod python;
mod request;
mod ruby;
mod rust;

use serde::{Deserialize, Serialize};

pub use self::filled::{Typed, filled, is_form, typed_body};
pub use self::request::{Body, Credential, Field, FieldValue, Key, Request, request};
use crate::reference::OperationPage;

/// The environment variable that the samples take the key from.
pub const KEY_VARIABLE: &str = "API_KEY";

/// A language that samples are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// The command line.
    Curl,
    /// `fetch`.
    JavaScript,
    /// `requests`.
    Python,
    /// `net/http`.
    Go,
    /// `java.net.http`.
    Java,
    /// `System.Net.Http`.
    CSharp,
    /// The curl extension.
    Php,
    /// `net/http`.
    Ruby,
    /// `reqwest`.
    Rust,
}

impl Language {
    /// All languages, in the order of the tabs.
    pub const ALL: [Self; 9] = [
        Self::Curl,
        Self::JavaScript,
        Self::Python,
        Self::Go,
        Self::Java,
        Self::CSharp,
        Self::Php,
        Self::Ruby,
        Self::Rust,
    ];

    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
            Self::Go => "Go",
            Self::Java => "Java",
            Self::CSharp => "C#",
            Self::Php => "PHP",
            Self::Ruby => "Ruby",
            Self::Rust => "Rust",
        }
    }

    /// The name in addresses and code fences.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::JavaScript => "javascript",
            Self::Python => "python",
            Self::Go => "go",
            Self::Java => "java",
            Self::CSharp => "csharp",
            Self::Php => "php",
            Self::Ruby => "ruby",
            Self::Rust => "rust",
        }
    }

    /// The language of that [`slug`](Self::slug).
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.slug() == slug)
    }

    /// This request, written in the language.
    pub fn write(self, request: &Request) -> String {
        match self {
            Self::Curl => curl::write(request),
            Self::JavaScript => javascript::write(request),
            Self::Python => python::write(request),
            Self::Go => go::write(request),
            Self::Java => java::write(request),
            Self::CSharp => csharp::write(request),
            Self::Php => php::write(request),
            Self::Ruby => ruby::write(request),
            Self::Rust => rust::write(request),
        }
    }
}

/// A sample in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeSample {
    /// The language.
    pub language: Language,
    /// Plain text; escape it for HTML.
    pub code: String,
}

/// The call of an operation at `base_url` in all languages.
pub fn all(
    page: &OperationPage,
    base_url: &str,
    credential: Option<&Credential>,
) -> Vec<CodeSample> {
    in_all(&request(page, base_url, credential))
}

/// A request in all languages.
pub fn in_all(request: &Request) -> Vec<CodeSample> {
    let write = |language: Language| CodeSample {
        language,
        code: language.write(request),
    };
    Language::ALL.into_iter().map(write).collect()
}

#[cfg(test)]
mod tests;
