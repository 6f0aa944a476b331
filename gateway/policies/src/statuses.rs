//! Statuses in configurations: one, or a class.

use http::StatusCode;

/// One status (`404`) or a class of them (`4xx`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statuses {
    /// This one.
    One(u16),
    /// All of a hundred: 4 for `4xx`.
    Class(u16),
}

impl Statuses {
    /// Reads `404`, `4xx` or `4XX`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 3 {
            return None;
        }
        if let Some(class) = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX")) {
            let class: u16 = class.parse().ok()?;
            return (1..=5).contains(&class).then_some(Self::Class(class));
        }
        let status: u16 = text.parse().ok()?;
        (100..600).contains(&status).then_some(Self::One(status))
    }

    /// Whether it is meant.
    pub fn has(self, status: StatusCode) -> bool {
        match self {
            Self::One(one) => one == status.as_u16(),
            Self::Class(class) => class == status.as_u16() / 100,
        }
    }

    /// Whether one of several is meant; none of them means all.
    pub fn any(list: &[Self], status: StatusCode) -> bool {
        list.is_empty() || list.iter().any(|statuses| statuses.has(status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_classes_are_read() {
        assert_eq!(Statuses::parse("404"), Some(Statuses::One(404)));
        assert_eq!(Statuses::parse("4xx"), Some(Statuses::Class(4)));
        for text in ["4x", "9xx", "999", "abc", "", "2000"] {
            assert_eq!(Statuses::parse(text), None, "{text}");
        }
        let list = [Statuses::Class(2), Statuses::One(404)];
        for (status, expected) in [(200, true), (204, true), (404, true), (403, false)] {
            assert_eq!(
                Statuses::any(&list, StatusCode::from_u16(status).unwrap()),
                expected
            );
        }
        assert!(Statuses::any(&[], StatusCode::IM_A_TEAPOT));
    }
}
