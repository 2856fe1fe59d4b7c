//! What a return takes back: the plan that is shown first, and then booked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::back::{Back, Part, count, positive};
use super::spread::{Progress, progress, spread};
use super::{GivenTenders, LinePaid, LineState, ReturnState, ReturnablePurchase, Returning};
use crate::error::FieldError;
use crate::ids::PromotionId;
use crate::money::Amount;
use crate::points::{Points, Remainder};

/// What a return takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnPlan {
    /// How much is returned.
    pub amount: Amount,
    /// How many points are taken back: those of the lines and `flat`.
    pub points: Points,
    /// The lines of which anything is returned or taken back, in their order.
    pub lines: Vec<LineReturn>,
    /// What is taken back of the points that were given once.
    pub flat: Points,
    /// `points` by promotion, for limits and budgets; promotions that lose nothing are left out.
    pub promotions: BTreeMap<PromotionId, Points>,
    /// What is taken off what promotions carry over for the customer; below zero is added to it. Those that lose nothing
    /// are left out.
    pub carried: BTreeMap<PromotionId, Remainder>,
    /// What goes back to the customer of the points and the cashback that paid.
    pub tenders: GivenTenders,
    /// The part of the amount that money had paid for: what is to be paid back.
    pub paid_back: Amount,
    /// Of each line of the purchase whether nothing is left of it afterwards.
    pub used_up: Vec<bool>,
    /// Whether nothing is left of the purchase afterwards.
    pub complete: bool,
    /// Everything that was returned so far, with this return: what is to be stored.
    pub state: ReturnState,
}

/// What is returned of a line, and what that takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineReturn {
    /// The place of the line in the purchase; the first is 0.
    pub line: usize,
    /// How many units. None where the line is returned by amount.
    pub quantity: u64,
    /// How much.
    pub amount: Amount,
    /// How many points are taken back.
    pub points: Points,
}

/// Why a return cannot be planned. Nothing is changed by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReturnError {
    /// It speaks of things that the purchase does not have.
    #[error("the return does not fit its purchase")]
    Invalid(Vec<FieldError>),
    /// It is more than is left.
    #[error(transparent)]
    Exceeds(ReturnExceeds),
}

/// A return is more than is left of its purchase; each place where it is too much is named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("more is returned than is left of the purchase")]
pub struct ReturnExceeds(pub Vec<FieldError>);

/// Plans a return of what is left of a purchase.
///
/// # Errors
///
/// When it names a line, or units, that the purchase does not have, or when it is more than is left. Pointers
/// lead into the [`ReturnInput`](super::ReturnInput).
pub fn plan(
    purchase: &ReturnablePurchase,
    state: &ReturnState,
    returning: &Returning,
) -> Result<ReturnPlan, ReturnError> {
    let before = progress(purchase, state);
    let after = spread(before.clone(), returning, purchase.currency)?;
    Ok(settle(purchase, state, &before, &after))
}

/// What is to be taken back of points that were given after the returns: what a claim gives of a purchase of
/// which a part was returned while nobody had claimed it.
///
/// While it is unclaimed, a purchase is planned without points, as it has given none.
#[must_use]
pub fn catch_up(purchase: &ReturnablePurchase, state: &ReturnState) -> ReturnPlan {
    let lines = progress(purchase, state);
    settle(purchase, state, &lines, &lines)
}

/// Takes back what the returned parts of the lines ask for.
fn settle(
    purchase: &ReturnablePurchase,
    state: &ReturnState,
    before: &[Progress],
    after: &[Progress],
) -> ReturnPlan {
    let mut back = Back::default();
    let mut lines = Vec::new();
    let mut states: Vec<LineState> = Vec::with_capacity(after.len());
    for (index, (line, (before, after))) in purchase.lines.iter().zip(before.iter().zip(after)).enumerate() {
        let part = Part::of(*after);
        let taken = state.lines.get(index).map_or(&[][..], |line| &line.applied);
        let (applied, points) = back.take(&line.applied, taken, part);
        let taken = state.lines.get(index).map_or(&[][..], |line| &line.remainders);
        let remainders = back.take_carried(&line.applied, &applied, taken, part);
        let returned = LineReturn {
            line: index,
            quantity: after.units - before.units,
            amount: Amount::saturating(after.returned - before.returned),
            points: count(points),
        };
        if before != after || points > 0 {
            lines.push(returned);
        }
        states.push(LineState {
            amount: Amount::saturating(after.returned),
            quantity: after.units,
            applied,
            remainders,
        });
    }
    while states.last().is_some_and(|line| *line == LineState::default()) {
        states.pop();
    }
    let whole = Part::of_all(after);
    let (flat, flat_points) = back.take(&purchase.flat, &state.flat, whole);
    let returned: u64 = lines.iter().map(|line| line.amount.unsigned()).fold(0, u64::saturating_add);
    let paid = Paid { purchase, after };
    let (tender_points, tender_cashback) = (paid.points(), paid.part(|line| line.cashback).returned);
    let tenders = GivenTenders {
        points: count(tender_points.saturating_sub(positive(state.tender_points))),
        cashback: Amount::saturating(tender_cashback.saturating_sub(state.tender_cashback.unsigned())),
    };
    let money = paid.part(|line| line.money);
    let before = paid_before(purchase, state, before);
    let paid_back = money.returned.saturating_sub(before).min(returned);
    ReturnPlan {
        amount: Amount::saturating(returned),
        points: count(back.points),
        lines,
        flat: count(flat_points),
        promotions: back
            .promotions
            .into_iter()
            .map(|(promotion, points)| (promotion, count(points)))
            .collect(),
        carried: back
            .carried
            .into_iter()
            .map(|(promotion, taken)| (promotion, Remainder::saturating(taken)))
            .filter(|(_, taken)| !taken.is_zero())
            .collect(),
        used_up: after.iter().map(|line| line.is_used_up()).collect(),
        complete: after.iter().all(|line| line.is_used_up()),
        state: ReturnState {
            lines: states,
            flat,
            tender_points: count(tender_points.max(positive(state.tender_points))),
            tender_cashback: Amount::saturating(tender_cashback.max(state.tender_cashback.unsigned())),
            paid_back: purchase
                .lines
                .iter()
                .any(|line| line.paid.money != line.amount)
                .then(|| Amount::saturating(before.saturating_add(paid_back))),
        },
        tenders,
        paid_back: Amount::saturating(paid_back),
    }
}

/// What had paid for the lines, so far as they are returned.
#[derive(Clone, Copy)]
struct Paid<'a> {
    purchase: &'a ReturnablePurchase,
    after: &'a [Progress],
}

impl Paid<'_> {
    /// How much of the lines something had paid, and how much of that the returned parts ask back: each line for
    /// itself, so that what was free gives nothing back of what others had cost.
    fn part(self, of: fn(&LinePaid) -> Amount) -> Part {
        let mut all = Part { whole: 0, returned: 0 };
        for (line, after) in self.purchase.lines.iter().zip(self.after) {
            let paid = of(&line.paid).unsigned();
            all.whole = all.whole.saturating_add(paid);
            all.returned = all.returned.saturating_add(Part::of(*after).of_something(paid));
        }
        all
    }

    /// The points to it: they go back as what they had paid does.
    fn points(self) -> u64 {
        self.part(|line| line.points).of_something(positive(self.purchase.tenders.points))
    }
}

/// What was paid back in money before. Where it was not noted, money had paid for everything; or the purchase was returned
/// in part when a part of the whole was paid back, whatever had paid for the lines.
fn paid_before(purchase: &ReturnablePurchase, state: &ReturnState, before: &[Progress]) -> u64 {
    let money = purchase.lines.iter().map(|line| line.paid.money.unsigned()).fold(0, u64::saturating_add);
    state.paid_back.map_or_else(|| Part::of_all(before).of_something(money), |paid_back| paid_back.unsigned())
}
