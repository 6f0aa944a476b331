//! What a page of policies is about: everything, a version, or another scope that an address names.

use domain::api::PolicyScope;
use operations::policies::Place;

use crate::answer::Fault;
use crate::form::id;

/// A scope in an address: `global`, or `version:0190…`.
pub(crate) fn parse(text: &str) -> Result<Place, Fault> {
    let (scope, rest) = text.split_once(':').unwrap_or((text, ""));
    let scope: PolicyScope = scope
        .parse()
        .map_err(|_| operations::Error::not_found("scope", text))?;
    let uuid = if scope == PolicyScope::Global {
        uuid::Uuid::nil()
    } else {
        id::<()>(rest)?.uuid()
    };
    Ok(Place::new(scope, uuid))
}

/// The scope as it stands in addresses.
pub(crate) fn write(place: Place) -> String {
    match place.scope() {
        PolicyScope::Global => "global".to_owned(),
        scope => format!("{scope}:{}", place.id()),
    }
}
