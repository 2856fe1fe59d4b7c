//! What the state machines of redemptions and vouchers have in common.

/// What an event does to something in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<S> {
    /// It goes to another state.
    To(S),
    /// It is there already: a repetition, which changes nothing and is no error.
    Stay,
}

impl<S> Step<S> {
    /// The new state, when there is one.
    #[must_use]
    pub fn moved(self) -> Option<S> {
        match self {
            Self::To(state) => Some(state),
            Self::Stay => None,
        }
    }
}

/// Why an event is refused: it has no place in the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a {what} that is {state} cannot be {event}")]
pub struct Refused {
    /// What kind of thing: `voucher`, `redemption`.
    pub what: &'static str,
    /// The word of the state it is in.
    pub state: &'static str,
    /// What should have happened, as a participle: `used`.
    pub event: &'static str,
}

/// The text names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a state")]
pub struct UnknownState;
