//! What a basket would earn, what it would cost, and what the customer could have: a look without a touch.
//!
//! [`quote`] puts together what the rules say of a basket that nobody has bought yet. It writes nothing and
//! holds nothing, so that a till can ask as often as it likes, also while the database is away.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};

use crate::cashback::{CashbackFacts, CashbackMode, CompiledOffers, cashback};
use crate::codes::{Country, Zone};
use crate::customer::CustomerInput;
use crate::error::FieldError;
use crate::evaluate::{CompiledRules, EvaluationError, PurchaseFacts, explain};
use crate::fields::percent;
use crate::ids::{OfferId, RewardId};
use crate::money::{Amount, Currency, format_amount};
use crate::points::{Points, Rate};
use crate::proportion::split;
use crate::purchase::{CheckedPurchase, LineInput, MAX_LINES, PurchaseInput};
use crate::rewards::{Eligibility, RewardTerms, Standing, eligibility};

/// A basket as a till asks about it. Either `lines` or a single `amount` is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct QuoteInput {
    /// Id or code of the retailer. A key that is bound to a retailer implies it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retailer: Option<String>,
    /// Who asks. Without a customer nothing is quoted that depends on one.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "crate::objects::maybe")]
    pub customer: Option<CustomerInput>,
    /// What is in the basket, 1 to 10,000 lines.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::objects::maybe_at_most::<MAX_LINES, _, _>"
    )]
    pub lines: Option<Vec<LineInput>>,
    /// The whole amount in minor units, when the till does not tell lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// The merchant's currency, as three letters of ISO 4217; may be left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// When it would happen, in RFC 3339; now when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<DateTime<FixedOffset>>,
}

impl QuoteInput {
    /// Checks everything that needs no state, by the rules of a purchase. `currency` is the merchant's.
    pub fn check(
        self,
        home: Option<&Country>,
        currency: Currency,
    ) -> Result<CheckedPurchase, Vec<FieldError>> {
        let purchase = PurchaseInput {
            // A quote has no name of its own, and nobody ever sees this one.
            transaction_id: "quote".to_owned(),
            retailer: self.retailer,
            customer: self.customer,
            lines: self.lines,
            amount: self.amount,
            currency: self.currency.unwrap_or_else(|| currency.code().to_owned()),
            occurred_at: self.occurred_at,
            ..PurchaseInput::default()
        };
        purchase.check(home)
    }
}

/// Everything that decides a quote.
#[derive(Debug, Clone, Copy)]
pub struct QuoteFacts<'a> {
    /// The basket before the discount that the quote is to find, and what is known about customer and retailer.
    pub purchase: &'a PurchaseFacts,
    /// The merchant's promotions.
    pub rules: &'a CompiledRules,
    /// The merchant's cashback offers.
    pub offers: &'a CompiledOffers,
    /// How they meet.
    pub cashback_mode: CashbackMode,
    /// What the customer has had from each of them this month.
    pub used_this_month: &'a BTreeMap<OfferId, Amount>,
    /// The discount of the customer's tier, when it has one.
    pub discount: Option<TierDiscount<'a>>,
    /// The catalogue of rewards.
    pub rewards: &'a [RewardOnOffer<'a>],
    /// The points that the customer can spend, and the tier. `None` when there is no customer.
    pub standing: Option<Standing>,
    /// Free rewards that policies owe the customer.
    pub rewards_due: &'a [RewardDue],
    /// The merchant's zone.
    pub zone: Zone,
    /// Now: rewards are for now, whenever the basket is for.
    pub now: DateTime<Utc>,
}

/// What customers of a tier pay less.
#[derive(Debug, Clone, Copy)]
pub struct TierDiscount<'a> {
    /// What the tier is called.
    pub tier: &'a str,
    /// The part that is taken off, above 0 and up to 1.
    pub part: Rate,
}

/// A reward of the catalogue, as it stands for the customer.
#[derive(Debug, Clone, Copy)]
pub struct RewardOnOffer<'a> {
    /// Which.
    pub id: RewardId,
    /// What it says.
    pub terms: &'a RewardTerms,
    /// How many are left; any number when absent.
    pub stock_left: Option<u64>,
    /// How many the customer has had or holds.
    pub redeemed: u32,
}

/// What a basket would earn and cost, and what the customer could have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quote {
    /// What it would earn in points, when it is paid at the price after discounts.
    pub points: Points,
    /// What it would earn in cashback.
    pub cashback: Amount,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What it costs before discounts.
    pub price: Amount,
    /// What the customer need not pay.
    pub discounts: Vec<QuoteDiscount>,
    /// What it costs after them.
    pub price_after: Amount,
    /// Its lines, in their order.
    pub lines: Vec<QuoteLine>,
    /// Free rewards that the customer is owed.
    pub rewards_due: Vec<RewardDue>,
    /// The rewards that the customer can have now, the dearest first.
    pub redeemable: Vec<RedeemableReward>,
    /// The nearest reward for which only points are missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_reward: Option<NextReward>,
}

/// Something that the customer need not pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuoteDiscount {
    /// Where it comes from: `tier`.
    pub kind: DiscountKind,
    /// What that is called.
    pub name: String,
    /// The part that is taken off, as a decimal.
    pub percentage: Rate,
    /// What is taken off.
    pub amount: Amount,
    /// The whole of it in words.
    pub text: String,
}

/// Where a discount comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DiscountKind {
    /// The customer's tier.
    Tier,
}

/// What a line would cost and earn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuoteLine {
    /// The product as the till sent it, else its sku.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// What it costs before discounts.
    pub price: Amount,
    /// What it costs after them: what the till should post as paid.
    pub price_after: Amount,
    /// What it would earn in points.
    pub earns: Points,
    /// What it would earn in cashback.
    pub cashback: Amount,
    /// Why it earns that, in words.
    pub why: String,
}

/// A free reward that a customer is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RewardDue {
    /// Which reward.
    pub reward_id: RewardId,
    /// What it is called.
    pub name: String,
    /// Why it is owed, in words.
    pub why: String,
    /// Whether it is held first: not given at once, and not at all when the purchase is returned meanwhile.
    #[serde(default)]
    pub held: bool,
}

/// A reward that the customer can have now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RedeemableReward {
    /// Which reward.
    pub reward_id: RewardId,
    /// What it is called.
    pub name: String,
    /// What it costs, or the least that it can cost.
    pub points_cost: Points,
}

/// The nearest reward for which only points are missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NextReward {
    /// Which reward.
    pub reward_id: RewardId,
    /// What it is called.
    pub name: String,
    /// What it costs, or the least that it can cost.
    pub points_cost: Points,
    /// How many points are missing.
    pub missing: Points,
}

/// What a basket would earn and cost, and what the customer could have.
///
/// The discount of the tier is that part of the whole price, rounded down, and shared between the lines by
/// largest remainder. Points and cashback are those of the price after it: what the basket earns when the
/// till posts what the quote says.
///
/// # Errors
///
/// When the basket is worth more points or money than can be counted.
pub fn quote(facts: &QuoteFacts<'_>) -> Result<Quote, EvaluationError> {
    let overflow = EvaluationError::Overflow { line: None };
    let before: Vec<Amount> = facts.purchase.lines.iter().map(|line| line.paid).collect();
    let price = Amount::checked_sum(before.iter().copied()).ok_or(overflow)?;
    let discount = facts.discount.map_or(Amount::ZERO, |discount| part(price, discount.part));
    let mut purchase = facts.purchase.clone();
    let weights: Vec<u64> = before.iter().map(|amount| amount.unsigned()).collect();
    for (line, taken) in purchase.lines.iter_mut().zip(split(discount.unsigned(), &weights)) {
        // The discount is at most the price, so that no line gives more than it has.
        let taken = i64::try_from(taken).ok().and_then(|taken| Amount::new(taken).ok()).unwrap_or(line.paid);
        line.paid = line.paid.checked_sub(taken).unwrap_or(Amount::ZERO);
    }
    let explanation = explain(&purchase, facts.rules)?;
    let back = cashback(
        &CashbackFacts {
            occurred_at: purchase.occurred_at,
            zone: facts.zone,
            currency: purchase.currency,
            lines: &purchase.lines,
            used_this_month: facts.used_this_month,
        },
        facts.offers,
        facts.cashback_mode,
    )
    .map_err(|_| overflow)?;
    let lines = explanation
        .lines
        .into_iter()
        .zip(before)
        .zip(back.lines)
        .map(|((line, price), back)| QuoteLine {
            product: line.product,
            price,
            price_after: line.paid,
            earns: line.points,
            cashback: back.amount,
            why: line.text,
        })
        .collect();
    let (redeemable, next_reward) = rewards(facts);
    Ok(Quote {
        points: explanation.points,
        cashback: back.amount,
        currency: purchase.currency,
        price,
        discounts: discounts(facts, discount),
        price_after: price.checked_sub(discount).unwrap_or(Amount::ZERO),
        lines,
        rewards_due: facts.rewards_due.to_vec(),
        redeemable,
        next_reward,
    })
}

fn part(price: Amount, part: Rate) -> Amount {
    let part = part.min(Rate::ONE);
    let exact = u128::from(price.unsigned()) * u128::from(part.millionths());
    let whole = i64::try_from(exact / u128::from(Rate::SCALE)).ok();
    // A part of an amount is an amount.
    whole.and_then(|whole| Amount::new(whole).ok()).unwrap_or(price)
}

fn discounts(facts: &QuoteFacts<'_>, amount: Amount) -> Vec<QuoteDiscount> {
    let tier = facts.discount.filter(|_| !amount.is_zero());
    let described = tier.map(|discount| QuoteDiscount {
        kind: DiscountKind::Tier,
        name: discount.tier.to_owned(),
        percentage: discount.part,
        amount,
        text: format!(
            "{} off for {}: {}",
            percent(discount.part),
            discount.tier,
            format_amount(amount, facts.purchase.currency)
        ),
    });
    described.into_iter().collect()
}

/// The rewards that the customer can have, the dearest first, and the nearest of those that need more points.
fn rewards(facts: &QuoteFacts<'_>) -> (Vec<RedeemableReward>, Option<NextReward>) {
    let Some(standing) = facts.standing else { return (Vec::new(), None) };
    let mut redeemable = Vec::new();
    let mut next: Option<NextReward> = None;
    for reward in facts.rewards {
        let cost = reward.terms.cost.least();
        let standing = Standing { redeemed: reward.redeemed, ..standing };
        let outcome = eligibility(reward.terms, cost, &standing, reward.stock_left, facts.now, facts.zone);
        let name = || reward.terms.name.as_str().to_owned();
        match (&outcome, outcome.only_points()) {
            (Eligibility::Eligible, _) => {
                redeemable.push(RedeemableReward { reward_id: reward.id, name: name(), points_cost: cost });
            }
            (_, Some(missing))
                if next.as_ref().is_none_or(|next| (missing, reward.id) < (next.missing, next.reward_id)) =>
            {
                next = Some(NextReward { reward_id: reward.id, name: name(), points_cost: cost, missing });
            }
            _ => {}
        }
    }
    redeemable.sort_unstable_by_key(|reward| (std::cmp::Reverse(reward.points_cost), reward.reward_id));
    (redeemable, next)
}
