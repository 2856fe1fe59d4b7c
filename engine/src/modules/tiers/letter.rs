//! The letter that tells of a new tier.

use std::fmt::Write as _;

use chrono::NaiveDate;
use perennial_domain::codes::Email;
use perennial_domain::ids::{CustomerId, TierId};
use perennial_domain::tiers::{Ladder, Move};

use super::program::Program;
use crate::mail::NewMail;

/// Says where a customer stands now and what that brings. Nothing for whoever stays.
pub(super) fn moved(
    program: &Program<'_>,
    old: &Ladder,
    (customer, recipient): (CustomerId, Email),
    moved: Move,
    kept_until: Option<NaiveDate>,
) -> Option<NewMail> {
    let merchant = &program.settings.name;
    let name = |id: TierId| program.name(old, id).unwrap_or_default();
    let (subject, mut text) = match moved {
        Move::Stay => return None,
        Move::Up { to, .. } => {
            let to = name(to);
            (format!("You have reached {to} at {merchant}"), format!("you have reached {to} at {merchant}."))
        }
        Move::Down { from, to: Some(to) } => {
            let (from, to) = (name(from), name(to));
            let text = format!("you are no longer on {from} at {merchant}. Your tier is {to} now.");
            (format!("Your tier at {merchant} is now {to}"), text)
        }
        Move::Down { from, to: None } => {
            let from = name(from);
            let text = format!("you are no longer on {from} at {merchant}, and have no tier for now.");
            (format!("You are no longer on {from} at {merchant}"), text)
        }
    };
    let (Move::Up { to, .. } | Move::Down { to: Some(to), .. }) = moved else {
        return Some(mail(customer, recipient, subject, &text, merchant.as_str()));
    };
    let brings = program.ladder.get(to).map(|tier| tier.terms.brings()).unwrap_or_default();
    if !brings.is_empty() {
        text.push_str("\n\nThis is what it brings:\n");
        for benefit in brings {
            // Writing to a text cannot fail.
            let _ = write!(text, "\n- {benefit}");
        }
    }
    if let Some(day) = kept_until.filter(|_| !program.ladder.is_bottom(Some(to))) {
        let _ = write!(text, "\n\nIt is yours until {} at least.", day.format("%-d %B %Y"));
    }
    Some(mail(customer, recipient, subject, &text, merchant.as_str()))
}

fn mail(
    customer: CustomerId,
    recipient: Email,
    subject: String,
    text: &str,
    merchant: &str,
) -> NewMail {
    let body = format!(
        "Hello,\n\n{text}\n\nHow far it is to the next tier is on your page of the program.\n\n{merchant}\n"
    );
    NewMail { customer: Some(customer), recipient, subject, body }
}
