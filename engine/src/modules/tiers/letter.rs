//! The letter that tells of a new tier.

use chrono::NaiveDate;
use perennial_domain::codes::Email;
use perennial_domain::ids::{CustomerId, TierId};
use perennial_domain::messages::{MessageKind, Placeholder, Values};
use perennial_domain::tiers::{Ladder, Move};
use perennial_domain::written;

use super::program::Program;
use crate::messages::Message;

/// Says where a customer stands now and what that brings. Nothing for whoever stays.
pub(super) fn moved(
    program: &Program<'_>,
    old: &Ladder,
    (customer, recipient): (CustomerId, Email),
    moved: Move,
    kept_until: Option<NaiveDate>,
) -> Option<Message> {
    let name = |id: TierId| program.name(old, id).unwrap_or_default();
    let (kind, from, to) = match moved {
        Move::Stay => return None,
        Move::Up { from, to } => (MessageKind::TierUp, from, Some(to)),
        Move::Down { from, to: Some(to) } => (MessageKind::TierDown, Some(from), Some(to)),
        Move::Down { from, to: None } => (MessageKind::TierLost, Some(from), None),
    };
    let mut values = Values::default();
    if let Some(from) = from {
        values = values.with(Placeholder::OldTier, name(from));
    }
    if let Some(to) = to {
        let brings = program.ladder.get(to).map(|tier| tier.terms.brings()).unwrap_or_default();
        let benefits: Vec<String> = brings.iter().map(|benefit| format!("- {benefit}")).collect();
        values = values.with(Placeholder::Tier, name(to)).with(Placeholder::Benefits, benefits.join("\n"));
        // Below the lowest tier nobody falls, so that it needs no day.
        if let Some(day) = kept_until.filter(|_| !program.ladder.is_bottom(Some(to))) {
            values = values.with(Placeholder::KeptUntil, written::date(day));
        }
    }
    Some(Message { kind, customer: Some(customer), recipient, values })
}
