//! The states of redemptions and vouchers, in words, shapes and colours.

use crate::ui::icon::{self, Glyph};
use crate::ui::{Badge, Dot, Tone};
use leptos::prelude::*;

/// How a state looks: its tone, its shape, and its word.
type Look = (Tone, Dot, &'static str);

/// The states of a redemption that a list can be narrowed to, each with its word for people, in the order of a life.
pub const STATES: [(&str, &str); 8] = [
    ("reserved", "Held"),
    ("captured", "Redeemed"),
    ("preparing", "Being prepared"),
    ("shipped", "On its way"),
    ("fulfilled", "Done"),
    ("released", "Let go"),
    ("cancelled", "Cancelled"),
    ("reversed", "Taken back"),
];

fn redemption_look(state: &str) -> Look {
    let word = STATES.iter().find(|(known, _)| *known == state).map_or("Unknown", |(_, word)| *word);
    let (tone, dot) = match state {
        "reserved" => (Tone::Petal, Dot::Pause),
        "captured" => (Tone::Sky, Dot::Ring),
        "preparing" | "shipped" => (Tone::Sky, Dot::Half),
        "fulfilled" => (Tone::Leaf, Dot::Full),
        _ => (Tone::Plain, Dot::Square),
    };
    (tone, dot, word)
}

fn voucher_look(state: &str) -> Look {
    match state {
        "issued" => (Tone::Leaf, Dot::Ring, "Can be used"),
        "reserved" => (Tone::Petal, Dot::Pause, "Held by a purchase"),
        "used" => (Tone::Plain, Dot::Full, "Used"),
        "expired" => (Tone::Plain, Dot::Square, "Expired"),
        "cancelled" => (Tone::Plain, Dot::Square, "Cancelled"),
        _ => (Tone::Plain, Dot::Square, "Taken back"),
    }
}

fn badge((tone, dot, word): Look) -> impl IntoView {
    view! { <Badge tone=tone dot=dot>{word}</Badge> }
}

/// The state of a redemption as a pill.
pub fn redemption_badge(state: &str) -> impl IntoView + use<> {
    badge(redemption_look(state))
}

/// The state of a voucher as a pill.
pub fn voucher_badge(state: &str) -> impl IntoView + use<> {
    badge(voucher_look(state))
}

/// What happened when a voucher that had been used came back with its purchase: no state of its own.
pub const RESTORED: &str = "restored";

/// What happened when a redemption came to a state: picture, its class, and the words.
pub fn step(state: &str) -> (Glyph, &'static str, &'static str) {
    match state {
        "reserved" => (icon::LOCK, "timeline__icon is-wait", "The points are held"),
        "captured" => (icon::GIFT, "timeline__icon", "Redeemed, the points are spent"),
        RESTORED => (icon::UNDO, "timeline__icon is-back", "Came back unused with a returned purchase"),
        "preparing" => (icon::PACKAGE, "timeline__icon", "Somebody prepares it"),
        "shipped" => (icon::SEND, "timeline__icon", "On its way"),
        "fulfilled" => (icon::CHECK, "timeline__icon is-earn", "The customer has it"),
        "released" => (icon::UNDO, "timeline__icon is-back", "Let go, the points are back"),
        "cancelled" => (icon::UNDO, "timeline__icon is-back", "Cancelled, the points are back"),
        _ => (icon::UNDO, "timeline__icon is-back", "Taken back, the points are back"),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use perennial_domain::rewards::{RedemptionState, VoucherState};

    #[test]
    fn every_state_has_its_words() {
        assert_eq!(STATES.map(|(state, _)| state), RedemptionState::ALL.map(RedemptionState::as_str));
        assert_eq!(redemption_look("nothing").2, "Unknown");
        let words: Vec<&str> = VoucherState::ALL.map(|state| voucher_look(state.as_str()).2).to_vec();
        assert_eq!(
            words,
            ["Can be used", "Held by a purchase", "Used", "Cancelled", "Expired", "Taken back"]
        );
    }
}
