//! A look at what a form would do, and that what is done then is what was looked at.

use super::edit::LOOKED_AT;
use super::posted::Posted;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// What a form asks for, and whether it was looked at before.
pub struct Look {
    /// What to know it again by when it comes with the button that does it: the value of [`LOOKED_AT`].
    pub mark: String,
    /// Whether nothing is to be done yet: somebody asks, or would do what nobody has looked at.
    pub is_due: bool,
    /// Whether something else was looked at.
    pub is_other: bool,
}

impl Look {
    /// Of what is done (`do` says this deed) only as it was shown, and else shown first.
    pub fn at(posted: &Posted, deed: &str, what: &impl Serialize) -> Self {
        // Everything here has string keys, the only thing that can go wrong.
        let what = serde_json::to_vec(what).unwrap_or_default();
        let mark = format!("{:x}", Sha256::digest(what));
        let does = posted.text("do") == deed;
        let is_seen = posted.text(LOOKED_AT) == mark;
        let is_other = does && !is_seen && posted.given(LOOKED_AT).is_some();
        Self { mark, is_due: !(does && is_seen), is_other }
    }
}
