//! References and pointers between the two forms.

/// Places that have another name in the 3.x form: written, converted.
const MOVED: [(&str, &str); 4] = [
    ("/definitions", "/components/schemas"),
    ("/parameters", "/components/parameters"),
    ("/responses", "/components/responses"),
    ("/securityDefinitions", "/components/securitySchemes"),
];

/// The converted form of a reference.
pub(super) fn convert(reference: &str) -> String {
    for (written, converted) in MOVED {
        if let Some(rest) = reference
            .strip_prefix('#')
            .and_then(|rest| rest.strip_prefix(written))
            && rest.starts_with('/')
        {
            return format!("#{converted}{rest}");
        }
    }
    reference.to_owned()
}

/// The pointer in the written form, or to the nearest thing that existed there.
pub(crate) fn source_pointer(pointer: &str) -> String {
    if let Some(rest) = pointer.strip_prefix("/components/requestBodies") {
        return format!("/parameters{rest}");
    }
    if pointer.starts_with("/servers") {
        return "/host".to_owned();
    }
    for (written, converted) in MOVED {
        if let Some(rest) = pointer.strip_prefix(converted) {
            return format!("{written}{rest}");
        }
    }
    pointer.to_owned()
}
