//! Which offers count for a purchase, and what they give on each line.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::explanation::{
    AppliedOffer, Cashback, CashbackOutcome, LineCashback, LineOfferMiss, LineOfferMissReason,
    OfferExplanation, OfferMiss,
};
use super::offer::CompiledOffer;
use super::{CashbackMode, CompiledOffers, OfferMissReason, OfferTerms, sentence};
use crate::calendar::{end_instant, local, start_instant};
use crate::codes::Zone;
use crate::evaluate::LineFacts;
use crate::fields::percent;
use crate::ids::OfferId;
use crate::money::{Amount, Currency, format_amount};
use crate::points::Rate;
use crate::proportion::split;

/// What decides, together with the offers, what a purchase gives in cashback.
#[derive(Debug, Clone, Copy)]
pub struct CashbackFacts<'a> {
    /// When the purchase happened.
    pub occurred_at: DateTime<Utc>,
    /// The merchant's zone, which decides when offers begin and are over.
    pub zone: Zone,
    /// The currency of every amount.
    pub currency: Currency,
    /// What was bought, with what was paid for it after discounts, vouchers and tenders.
    pub lines: &'a [LineFacts],
    /// What the customer has already had from each offer in the [`month`](CashbackFacts::month) of the
    /// purchase, less what returns took back; nothing when absent.
    pub used_this_month: &'a BTreeMap<OfferId, Amount>,
}

impl CashbackFacts<'_> {
    /// The calendar month of the merchant in which the purchase counts, as its first day.
    #[must_use]
    pub fn month(&self) -> NaiveDate {
        let date = local(self.occurred_at, self.zone).date();
        // Every month has a first day.
        date.with_day(1).unwrap_or(date)
    }
}

/// The offers together give more than the largest amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the purchase gives more cashback than can be counted")]
pub struct CashbackOverflow;

/// What a purchase gives in cashback, and why.
///
/// Each offer is tried on its own, so that none hides another: on each line that it covers it gives its part
/// of what was paid, rounded down. What its caps leave of that is shared between the lines by largest
/// remainder, so that a return of any line takes back its part.
///
/// # Errors
///
/// When the offers together give more than [`Amount::MAX`].
pub fn cashback(
    facts: &CashbackFacts<'_>,
    offers: &CompiledOffers,
    mode: CashbackMode,
) -> Result<Cashback, CashbackOverflow> {
    let trials: Vec<_> = offers.offers.iter().map(|offer| Trial::new(facts, offer)).collect();
    let (mut givers, mut missed): (Vec<_>, Vec<_>) =
        trials.into_iter().partition(|trial| trial.reasons.is_empty());
    if mode == CashbackMode::Best {
        // The first of equal ones stays; `max_by_key` alone would keep the last.
        if let Some(best) = givers.iter().rev().max_by_key(|trial| trial.given()).map(|trial| trial.offer) {
            let (winner, losers): (Vec<_>, Vec<_>) =
                givers.into_iter().partition(|trial| trial.offer.id == best.id);
            givers = winner;
            missed.extend(losers.into_iter().map(|trial| trial.beaten_by(best)));
            missed.sort_unstable_by_key(|trial| trial.offer.id);
        }
    }
    let lines: Vec<_> = facts
        .lines
        .iter()
        .enumerate()
        .map(|(index, line)| explain_line(facts, &givers, index, line))
        .collect::<Option<_>>()
        .ok_or(CashbackOverflow)?;
    let amount = Amount::checked_sum(lines.iter().map(|line| line.amount)).ok_or(CashbackOverflow)?;
    let offers = givers
        .iter()
        .chain(&missed)
        .map(|trial| trial.explanation(facts.currency))
        .collect::<Option<_>>()
        .ok_or(CashbackOverflow)?;
    Ok(Cashback { amount, currency: facts.currency, lines, offers })
}

/// One offer before one purchase.
struct Trial<'a> {
    offer: &'a CompiledOffer,
    /// What it gives on each line; none where it does not cover the line, or nothing was paid.
    shares: Vec<Option<Share>>,
    /// Why it gives nothing; empty when it gives something.
    reasons: Vec<OfferMissReason>,
}

#[derive(Debug, Clone, Copy)]
struct Share {
    amount: u64,
    cut: u64,
}

impl<'a> Trial<'a> {
    fn new(facts: &CashbackFacts<'_>, offer: &'a CompiledOffer) -> Self {
        let terms = &offer.terms;
        let shares: Vec<Option<Share>> = facts
            .lines
            .iter()
            .map(|line| {
                let covered = !line.paid.is_zero() && offer.covers(line.product.as_deref());
                covered.then(|| Share { amount: part(line.paid, terms.percentage), cut: 0 })
            })
            .collect();
        let mut trial = Self { offer, shares, reasons: standing_misses(facts, terms) };
        let used = facts.used_this_month.get(&offer.id).copied().unwrap_or(Amount::ZERO);
        let left = terms.cap_per_month.map(|cap| cap.checked_sub(used).unwrap_or(Amount::ZERO));
        if let (Some(cap), Some(Amount::ZERO)) = (terms.cap_per_month, left) {
            trial.reasons.push(OfferMissReason::MonthUsedUp { cap, currency: facts.currency });
        }
        if trial.shares.iter().all(Option::is_none) {
            trial.reasons.push(OfferMissReason::NoMatchingLine);
        } else if trial.given() == 0 {
            trial.reasons.push(OfferMissReason::TooSmall);
        }
        if let Some(cap) = terms.cap_per_purchase.into_iter().chain(left).min() {
            trial.cut_to(cap.unsigned());
        }
        trial
    }

    fn given(&self) -> u128 {
        self.shares.iter().flatten().map(|share| u128::from(share.amount)).sum()
    }

    fn cut_to(&mut self, cap: u64) {
        if self.given() <= u128::from(cap) {
            return;
        }
        let full: Vec<u64> = self.shares.iter().flatten().map(|share| share.amount).collect();
        for (share, amount) in self.shares.iter_mut().flatten().zip(split(cap, &full)) {
            // The cap is less than all of it, so that no part grows.
            *share = Share { amount, cut: share.amount.saturating_sub(amount) };
        }
    }

    fn beaten_by(mut self, best: &CompiledOffer) -> Self {
        let reason = OfferMissReason::NotBest { offer_id: best.id, name: best.name.to_string() };
        self.reasons.push(reason);
        self
    }

    fn explanation(&self, currency: Currency) -> Option<OfferExplanation> {
        let outcome = if self.reasons.is_empty() {
            let cut = self.shares.iter().flatten().map(|share| u128::from(share.cut)).sum();
            CashbackOutcome::Applied { amount: amount(self.given())?, cut: amount(cut)? }
        } else {
            CashbackOutcome::Missed { reasons: self.reasons.iter().cloned().map(OfferMiss::from).collect() }
        };
        Some(OfferExplanation {
            offer_id: self.offer.id,
            name: self.offer.name.clone(),
            summary: sentence(&self.offer.terms, currency),
            outcome,
        })
    }
}

/// What speaks against an offer whatever was bought.
fn standing_misses(facts: &CashbackFacts<'_>, terms: &OfferTerms) -> Vec<OfferMissReason> {
    let mut reasons = Vec::new();
    if !terms.active {
        reasons.push(OfferMissReason::Inactive);
    }
    if let Some(starts_at) = terms.starts_at
        && facts.occurred_at < start_instant(starts_at, facts.zone)
    {
        reasons.push(OfferMissReason::NotStarted { starts_at });
    }
    if let Some(expires_at) = terms.expires_at
        && facts.occurred_at >= end_instant(expires_at, facts.zone)
    {
        reasons.push(OfferMissReason::Over { expires_at });
    }
    reasons
}

/// A part of what was paid, rounded down.
fn part(paid: Amount, percentage: Rate) -> u64 {
    let exact = u128::from(paid.unsigned()) * u128::from(percentage.millionths());
    // A percentage is below one, so that this is less than what was paid.
    u64::try_from(exact / u128::from(Rate::SCALE)).unwrap_or(0)
}

fn amount(minor_units: u128) -> Option<Amount> {
    i64::try_from(minor_units).ok().and_then(|minor_units| Amount::new(minor_units).ok())
}

/// What a line gives; `None` when that is too much.
fn explain_line(
    facts: &CashbackFacts<'_>,
    givers: &[Trial<'_>],
    index: usize,
    line: &LineFacts,
) -> Option<LineCashback> {
    let (mut applied, mut missed) = (Vec::new(), Vec::new());
    for trial in givers {
        let (offer_id, name) = (trial.offer.id, trial.offer.name.clone());
        match trial.shares.get(index).copied().flatten() {
            Some(share) => applied.push(AppliedOffer {
                offer_id,
                name,
                percentage: trial.offer.terms.percentage,
                amount: amount(share.amount.into())?,
                cut: amount(share.cut.into())?,
            }),
            None => {
                let code = if line.paid.is_zero() {
                    LineOfferMissReason::NothingPaid
                } else if line.product.is_none() {
                    LineOfferMissReason::UnknownProduct
                } else {
                    LineOfferMissReason::NotIncluded
                };
                missed.push(LineOfferMiss { offer_id, name, code, text: code.text().to_owned() });
            }
        }
    }
    let total = Amount::checked_sum(applied.iter().map(|applied| applied.amount))?;
    let text = line_text(line, &applied, &missed, facts.currency);
    let product =
        line.product_text.clone().or_else(|| line.product.as_ref().map(|known| known.sku.to_string()));
    Some(LineCashback { product, paid: line.paid, amount: total, applied, missed, text })
}

/// A line in words: `5% of $18.00: $0.90; 1% of $18.00: $0.10 ($0.08 less by its cap)`.
fn line_text(
    line: &LineFacts,
    applied: &[AppliedOffer],
    missed: &[LineOfferMiss],
    currency: Currency,
) -> String {
    if line.paid.is_zero() {
        return "Nothing was paid for it, so it gives no cashback".to_owned();
    }
    let money = |amount| format_amount(amount, currency);
    match (applied, missed) {
        ([], [only]) => return format!("{}: {}", only.name, only.text),
        ([], _) => return "No offer covers it".to_owned(),
        _ => {}
    }
    let parts: Vec<_> = applied
        .iter()
        .map(|applied| {
            let part = percent(applied.percentage);
            let mut text = format!("{part} of {}: {}", money(line.paid), money(applied.amount));
            if !applied.cut.is_zero() {
                text.push_str(&format!(" ({} less by its cap)", money(applied.cut)));
            }
            text
        })
        .collect();
    parts.join("; ")
}
