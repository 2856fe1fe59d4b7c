//! Links that were followed, and which of them brought somebody.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::policy::{ReferralPolicy, TouchModel};
use crate::codes::ReferralCode;

/// A link that somebody has followed. Nothing in it says who that was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// Whose link.
    pub code: ReferralCode,
    /// When.
    pub at: DateTime<Utc>,
}

impl Touch {
    /// The same in one short text, as a browser keeps it: `K7QF2M9XTB.1795262400`.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}.{}", self.code, self.at.timestamp())
    }

    /// Reads what a browser kept. A text that is not of our making is no touch.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let (code, seconds) = text.split_once('.')?;
        let at = DateTime::from_timestamp(seconds.parse().ok()?, 0)?;
        Some(Self { code: ReferralCode::new(code).ok()?, at })
    }
}

/// Whether a link that was followed then still counts now.
#[must_use]
pub fn counts(policy: &ReferralPolicy, touch: &Touch, now: DateTime<Utc>) -> bool {
    // A touch that lies ahead is not of our making, or of a clock that was set back.
    // A difference is always there, where a sum may leave the time that can be told.
    let since = now.signed_duration_since(touch.at);
    since >= TimeDelta::minutes(-5) && since <= TimeDelta::days(policy.attribution_days.into())
}

/// Which of two links counts from now on: the one that the browser remembers, or the one followed just now.
#[must_use]
pub fn attribute(policy: &ReferralPolicy, known: Option<Touch>, new: Touch, now: DateTime<Utc>) -> Touch {
    match (policy.touch, known) {
        (TouchModel::First, Some(known)) if counts(policy, &known, now) => known,
        _ => new,
    }
}
