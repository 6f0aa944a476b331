//! Icons of the sprite.

use leptos::tachys::html::InertElement;

/// An icon. A word must stand beside it, or be the label of what it is in.
#[must_use]
pub fn icon(name: &str) -> InertElement {
    InertElement::new(design::icon(name))
}

/// The product's mark.
#[must_use]
pub fn mark() -> InertElement {
    InertElement::new(design::mark())
}
