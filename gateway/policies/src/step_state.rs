//! What a policy keeps of one exchange between its hooks, and what of it stays out of the log.

use std::any::Any;
use std::fmt;

use domain::id::PolicyId;
use smallvec::SmallVec;

/// What policies keep of one exchange: each has its own place, also when two of a kind are on one route.
#[derive(Default)]
pub struct StepStates {
    states: SmallVec<[(PolicyId, Box<dyn Any + Send + Sync>); 2]>,
}

impl fmt::Debug for StepStates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StepStates({})", self.states.len())
    }
}

impl StepStates {
    /// The state of a policy, made when it is first asked for. One policy may keep several, of different types.
    pub fn of<T: Default + Send + Sync + 'static>(&mut self, policy: PolicyId) -> &mut T {
        let place = self
            .states
            .iter()
            .position(|(id, state)| *id == policy && state.is::<T>());
        let place = place.unwrap_or_else(|| {
            self.states.push((policy, Box::new(T::default())));
            self.states.len() - 1
        });
        self.states[place]
            .1
            .downcast_mut()
            .expect("the state at this place was found or made with this type")
    }
}

/// What the request log does not hold of an exchange.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogMasks {
    /// The path as the log may have it; `None` for the path itself.
    pub path: Option<String>,
    /// Without the caller's address.
    pub without_client_ip: bool,
    /// Without the caller's program.
    pub without_user_agent: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::id;

    #[test]
    fn every_policy_has_its_own_place_for_every_type() {
        let mut states = StepStates::default();
        *states.of::<u32>(id(1)) = 7;
        *states.of::<String>(id(1)) = "a".to_owned();
        assert_eq!(*states.of::<u32>(id(2)), 0);
        assert_eq!(*states.of::<u32>(id(1)), 7);
        assert_eq!(states.of::<String>(id(1)), "a");
    }
}
