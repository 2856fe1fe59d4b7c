//! The last look before points are taken: what it costs, what is left, and what one should know.

use super::dto::{Choice, RedeemView};
use super::words::Shelf;
use crate::error::PageError;
use crate::portal::vouchers::words::last_day;
use chrono::{DateTime, Utc};
use perennial_domain::ids::RewardId;
use perennial_domain::points::Points;
use perennial_domain::rewards::{CostError, PointsCost, RewardInput, RewardKind, voucher_expiry};
use perennial_engine::rewards::RewardOffer;

/// The reward with this id among those on offer.
pub(super) fn find(offers: &[RewardOffer], id: RewardId) -> Option<&RewardOffer> {
    offers.iter().find(|offer| offer.reward.id == id)
}

/// What can be chosen with so many points; nothing where the cost is fixed, or the least is too much.
pub(super) fn choice(terms: &RewardInput, points: i64) -> Option<Choice> {
    let PointsCost::Variable(cost) = terms.check().ok()?.cost else { return None };
    let (step, min) = (cost.step().get(), cost.min().get());
    let affordable = points - points.rem_euclid(step);
    let max = cost.max().map_or(affordable, |max| max.get().min(affordable));
    (max >= min).then_some(Choice { step, min, max })
}

/// What redeeming for these points would do.
pub(super) fn look(
    shelf: &Shelf,
    offer: &RewardOffer,
    typed: Option<&str>,
    before: i64,
    now: DateTime<Utc>,
) -> Result<RedeemView, PageError> {
    let reward = &offer.reward;
    let terms = reward.terms.check().map_err(|_| PageError::Unavailable)?;
    let card = shelf.card(offer, true);
    let chosen = chosen(terms.cost, typed);
    let cost = chosen.unwrap_or_else(|_| terms.cost.least()).get();
    let kind = terms.bought_with(Points::new(cost)).map_err(|_| PageError::Unavailable)?;
    let missing = shelf.missing(&offer.eligibility);
    let refused = if let Err(error) = chosen {
        Some(not_a_choice(shelf, error))
    } else if !missing.texts.is_empty() {
        Some(format!("{}.", missing.texts.join(". ")))
    } else if before < cost {
        Some(format!("{} missing.", shelf.points(cost - before)))
    } else {
        None
    };
    let zone = shelf.settings().time_zone;
    let mut notes = Vec::new();
    match &kind {
        RewardKind::External => {
            notes.push("You can give it back until somebody begins to prepare it.".to_owned());
        }
        RewardKind::VoucherPool => {
            notes.push("The code is yours at once. It cannot be given back.".to_owned());
        }
        RewardKind::MoneyOff(_) | RewardKind::Percent(_) | RewardKind::FreeProduct(_) => {
            let until = voucher_expiry(now, terms.valid_days, zone).map(|end| last_day(end, shelf));
            notes.push(match until {
                Some(until) => format!("You get a voucher that works once, until {until}."),
                None => "You get a voucher that works once.".to_owned(),
            });
            notes.push("You can give it back as long as it is unused.".to_owned());
        }
    }
    let choice = match terms.cost {
        PointsCost::Variable(_) => format!("?points={cost}"),
        PointsCost::Fixed(_) => String::new(),
    };
    Ok(RedeemView {
        action: format!("{}/redeem{choice}", card.href),
        href: card.href,
        name: card.name,
        worth: shelf.worth(&kind),
        cost: shelf.points(cost),
        before,
        after: before.saturating_sub(cost),
        notes,
        refused,
    })
}

/// The points that a reward costs with what was typed into its form.
pub(super) fn chosen(cost: PointsCost, typed: Option<&str>) -> Result<Points, CostError> {
    match cost {
        // There was nothing to choose: whatever the address says, the cost stays what it is.
        PointsCost::Fixed(points) => Ok(points),
        PointsCost::Variable(_) => cost.chosen(typed.and_then(typed_points)),
    }
}

/// A number of points as people type it.
pub(super) fn typed_points(text: &str) -> Option<Points> {
    text.replace([',', ' '], "").parse::<i64>().ok().map(Points::new)
}

fn not_a_choice(shelf: &Shelf, error: CostError) -> String {
    let unit = &shelf.settings().points_name;
    match error {
        CostError::NotAChoice { step, min, max } => {
            let max = max.map(|max| format!(", at most {}", max.grouped())).unwrap_or_default();
            format!(
                "Choose a number of {unit} in steps of {}, at least {}{max}.",
                step.grouped(),
                min.grouped()
            )
        }
        CostError::Required | CostError::Fixed { .. } | CostError::TooMuch => {
            format!("Choose how many {unit} it is to be.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn terms(cost: serde_json::Value) -> RewardInput {
        serde_json::from_value(json!({"name": "Off", "kind": "money_off", "value": 100, "points_cost": cost}))
            .unwrap()
    }

    #[test]
    fn one_chooses_within_what_one_has() {
        let cost = terms(json!({"step": 100, "min": 200, "max": 1000}));
        assert_eq!(choice(&cost, 777), Some(Choice { step: 100, min: 200, max: 700 }));
        assert_eq!(choice(&cost, 5_000), Some(Choice { step: 100, min: 200, max: 1_000 }));
        assert_eq!(choice(&cost, 199), None);
        assert_eq!(choice(&cost, -50), None);
        assert_eq!(choice(&terms(json!(500)), 777), None);
    }

    #[test]
    fn an_address_cannot_change_a_fixed_cost() {
        let fixed = terms(json!(500)).check().unwrap().cost;
        assert_eq!(chosen(fixed, Some("1")), Ok(Points::new(500)));
        let choice = terms(json!({"step": 100})).check().unwrap().cost;
        assert_eq!(chosen(choice, Some("1,200")), Ok(Points::new(1_200)));
        assert_eq!(chosen(choice, None), Err(CostError::Required));
        assert!(chosen(choice, Some("150")).is_err());
    }
}
