//! The icons of the sprite, as markup.

use std::sync::LazyLock;

use crate::assets::url;

static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    include_str!("../assets/icons.svg")
        .split("<symbol id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
});

/// The markup of an icon; it is hidden from assistive technology, so a word must stand beside it or in the control's label.
///
/// A name that is not in the sprite is a mistake in the program: a debug build stops, any other draws nothing.
#[must_use]
pub fn icon(name: &str) -> String {
    use_element("icon", name)
}

/// The product's mark, for the lintel and the foot.
#[must_use]
pub fn mark() -> String {
    use_element("mark", "mark")
}

/// The names that [`icon`] knows.
#[must_use]
pub fn icon_names() -> &'static [&'static str] {
    &NAMES
}

fn use_element(class: &str, name: &str) -> String {
    let known = NAMES.contains(&name);
    debug_assert!(known, "no icon is called `{name}`");
    if !known {
        return String::new();
    }
    format!(
        "<svg class=\"{class}\" aria-hidden=\"true\"><use href=\"{}#{name}\"/></svg>",
        url("icons.svg")
    )
}

#[cfg(test)]
mod tests {
    use super::{icon, icon_names, mark};

    #[test]
    fn draws_an_icon_of_the_sprite() {
        let markup = icon("key-off");
        assert!(
            markup
                .starts_with("<svg class=\"icon\" aria-hidden=\"true\"><use href=\"/assets/icons-"),
            "{markup}"
        );
        assert!(markup.ends_with(".svg#key-off\"/></svg>"), "{markup}");
        assert!(mark().ends_with(".svg#mark\"/></svg>"));
    }

    #[test]
    fn knows_the_whole_sprite() {
        assert_eq!(icon_names().len(), 65);
        assert!(icon_names().iter().all(|name| {
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        }));
    }

    #[test]
    #[should_panic(expected = "no icon is called `unicorn`")]
    fn stops_at_an_unknown_name() {
        let _ = icon("unicorn");
    }
}
