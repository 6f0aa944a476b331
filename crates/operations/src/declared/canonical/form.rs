//! The whole of a declaration brought into its form, and how flaws are noted on the way.

use declaration::{Declaration, Flaw, Flaws};
use domain::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use store::seal::Sealer;

use crate::certificates::paper;
use crate::error::Error;
use crate::platform::Platform;

/// What a form depends on beside the declaration.
#[derive(Clone)]
pub struct Means {
    /// What seals secrets.
    pub sealer: Sealer,
    /// The moment it is: certificates must be in force.
    pub now: Timestamp,
    /// Which addresses upstreams may have beside public ones.
    pub upstreams: outbound::Policy,
}

impl Platform {
    /// What the one form of a declaration depends on here.
    pub fn means(&self) -> Means {
        Means {
            sealer: self.sealer.clone(),
            now: self.now(),
            upstreams: self.settings.upstreams.clone(),
        }
    }
}

/// Brings a declaration into its one form, or says everything that is wrong with it.
pub fn canonical(means: &Means, mut all: Declaration) -> Result<Declaration, Flaws> {
    let mut form = Form {
        means,
        flaws: Vec::new(),
    };
    all.defaults = declaration::Defaults::default();
    for one in &mut all.authorities {
        let place = format!("authorities/{}", one.name);
        if let Some(bundle) = form.check(
            &format!("{place}/bundle"),
            paper::bundle(&one.bundle, means.now),
        ) {
            one.bundle = bundle.pem;
        }
    }
    all.certificates
        .iter_mut()
        .for_each(|one| form.certificate(one));
    all.upstreams.iter_mut().for_each(|one| form.upstream(one));
    form.policies("", &mut all.policies);
    all.apis.iter_mut().for_each(|one| form.api(one));
    all.products.iter_mut().for_each(|one| form.product(one));
    all.applications
        .iter_mut()
        .for_each(|one| form.application(one));
    form.shared_hashes(&all.applications);
    if !form.flaws.is_empty() {
        return Err(Flaws(form.flaws));
    }
    all.sort();
    Ok(all)
}

pub(super) struct Form<'a> {
    pub(super) means: &'a Means,
    pub(super) flaws: Vec<Flaw>,
}

impl Form<'_> {
    pub(super) fn flaw(&mut self, place: impl Into<String>, message: impl ToString) {
        self.flaws.push(Flaw::at(place, message.to_string()));
    }

    pub(super) fn check<T, E: ToString>(&mut self, place: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.flaw(place, error)).ok()
    }

    /// What an operation's check says, each flaw at its field.
    pub(super) fn operation<T>(&mut self, place: &str, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(Error::Invalid(fields)) => {
                for field in fields {
                    self.flaw(format!("{place}/{}", field.field), field.message);
                }
                None
            }
            Err(error) => {
                self.flaw(place, error_with_cause(&error));
                None
            }
        }
    }

    /// Settings, checked by their type; what has its default is left out.
    pub(super) fn settings<T: Serialize + DeserializeOwned + Default>(
        &mut self,
        place: &str,
        given: &mut Map<String, Value>,
    ) -> Option<T> {
        let typed: T = match declaration::typed(Value::Object(given.clone())) {
            Ok(typed) => typed,
            Err(flaw) => {
                let below = if flaw.place.is_empty() {
                    String::new()
                } else {
                    format!("/{}", flaw.place)
                };
                self.flaw(format!("{place}{below}"), flaw.message);
                return None;
            }
        };
        let (Value::Object(mut full), Value::Object(plain)) = (json!(typed), json!(T::default()))
        else {
            return Some(typed);
        };
        full.retain(|key, value| plain.get(key) != Some(value));
        *given = full;
        Some(typed)
    }
}

fn error_with_cause(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
