//! The quote: what a basket would earn and cost, through the same door as `POST /api/v1/quotes`.

use async_graphql::{ID, SimpleObject, Union};
use perennial_domain::quote::{NextReward, QuoteDiscount, QuoteLine, RedeemableReward, RewardDue};
use perennial_engine::quotes::QuoteAnswer;

use super::{
    caller::Caller,
    errors::{self, CustomerNotFound, Rejected, word},
    input::QuoteInput,
    scalars::{Amount, Points},
    voucher::UsableVoucher,
};
use crate::api::problem::{Code, Problem};

/// What a basket would earn and cost, or why that cannot be said.
#[derive(Union)]
pub enum QuoteResult {
    /// What it would earn and cost.
    Quote(Box<Quote>),
    /// Nobody is known by that.
    CustomerNotFound(CustomerNotFound),
    /// What was sent is wrong.
    Rejected(Rejected),
}

/// What a basket would earn and cost, and what the customer could have. Nothing is written or held.
#[derive(SimpleObject)]
pub struct Quote {
    /// What it would earn in points, when it is paid at the price after discounts.
    pub points: Points,
    /// What it would earn in cashback.
    pub cashback: Amount,
    /// ISO 4217.
    pub currency: String,
    /// What it costs before discounts.
    pub price: Amount,
    /// What the customer need not pay.
    pub discounts: Vec<Discount>,
    /// What it costs after them.
    pub price_after: Amount,
    /// Its lines, in their order.
    pub lines: Vec<QuotedLine>,
    /// Free rewards that the customer is owed.
    pub rewards_due: Vec<DueReward>,
    /// The rewards that the customer can have now, the dearest first.
    pub redeemable: Vec<OfferedReward>,
    /// The nearest reward for which only points are missing.
    pub next_reward: Option<MissedReward>,
    /// Vouchers that the customer could use for it, the one that ends first at the front, twenty at most; for keys that may
    /// redeem.
    pub vouchers: Vec<UsableVoucher>,
    /// Whether it was made from what was known before, because the database is away for the moment.
    pub stale: bool,
}

/// Something that the customer need not pay.
#[derive(SimpleObject)]
pub struct Discount {
    /// Where it comes from: `tier`.
    pub kind: String,
    /// What that is called.
    pub name: String,
    /// The part that is taken off, as a decimal.
    pub percentage: String,
    /// What is taken off.
    pub amount: Amount,
    /// The whole of it in words.
    pub text: String,
}

/// What a line would cost and earn.
#[derive(SimpleObject)]
pub struct QuotedLine {
    /// The product as the till sent it, else its sku.
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
#[derive(SimpleObject)]
pub struct DueReward {
    /// Which reward.
    pub id: ID,
    /// What it is called.
    pub name: String,
    /// Why it is owed, in words.
    pub why: String,
}

/// A reward that the customer can have now.
#[derive(SimpleObject)]
pub struct OfferedReward {
    /// Which reward.
    pub id: ID,
    /// What it is called.
    pub name: String,
    /// What it costs, or the least that it can cost.
    pub points_cost: Points,
}

/// The nearest reward for which only points are missing.
#[derive(SimpleObject)]
pub struct MissedReward {
    /// Which reward.
    pub id: ID,
    /// What it is called.
    pub name: String,
    /// What it costs, or the least that it can cost.
    pub points_cost: Points,
    /// How many points are missing.
    pub missing: Points,
}

/// Quotes a basket; from memory while the database is away.
///
/// # Errors
/// What no till has to expect: a missing right, a server that is busy.
pub async fn quote(caller: &Caller, input: QuoteInput) -> async_graphql::Result<QuoteResult> {
    let engine = caller.state.engine();
    let quoted = if caller.is_from_memory() {
        engine.quote_from_memory(&caller.cx, input.into())
    } else {
        engine.quote(&caller.cx, input.into()).await
    };
    let problem = match quoted {
        Ok(answer) => return Ok(QuoteResult::Quote(Box::new(answer.into()))),
        Err(error) => Problem::from(error),
    };
    match problem.kind() {
        Code::CustomerNotFound => Ok(QuoteResult::CustomerNotFound((&problem).into())),
        _ if errors::is_expected(&problem) => Ok(QuoteResult::Rejected((&problem).into())),
        _ => Err(errors::error(&problem)),
    }
}

impl From<QuoteAnswer> for Quote {
    fn from(QuoteAnswer { quote, vouchers, stale }: QuoteAnswer) -> Self {
        Self {
            points: quote.points.into(),
            cashback: quote.cashback.into(),
            currency: quote.currency.code().to_owned(),
            price: quote.price.into(),
            discounts: quote.discounts.into_iter().map(Into::into).collect(),
            price_after: quote.price_after.into(),
            lines: quote.lines.into_iter().map(Into::into).collect(),
            rewards_due: quote.rewards_due.into_iter().map(Into::into).collect(),
            redeemable: quote.redeemable.into_iter().map(Into::into).collect(),
            next_reward: quote.next_reward.map(Into::into),
            vouchers: vouchers.into_iter().map(Into::into).collect(),
            stale,
        }
    }
}

impl From<QuoteDiscount> for Discount {
    fn from(discount: QuoteDiscount) -> Self {
        Self {
            kind: word(discount.kind),
            name: discount.name,
            percentage: discount.percentage.to_string(),
            amount: discount.amount.into(),
            text: discount.text,
        }
    }
}

impl From<QuoteLine> for QuotedLine {
    fn from(line: QuoteLine) -> Self {
        Self {
            product: line.product,
            price: line.price.into(),
            price_after: line.price_after.into(),
            earns: line.earns.into(),
            cashback: line.cashback.into(),
            why: line.why,
        }
    }
}

impl From<RewardDue> for DueReward {
    fn from(reward: RewardDue) -> Self {
        Self { id: reward.reward_id.to_string().into(), name: reward.name, why: reward.why }
    }
}

impl From<RedeemableReward> for OfferedReward {
    fn from(reward: RedeemableReward) -> Self {
        Self {
            id: reward.reward_id.to_string().into(),
            name: reward.name,
            points_cost: reward.points_cost.into(),
        }
    }
}

impl From<NextReward> for MissedReward {
    fn from(reward: NextReward) -> Self {
        Self {
            id: reward.reward_id.to_string().into(),
            name: reward.name,
            points_cost: reward.points_cost.into(),
            missing: reward.missing.into(),
        }
    }
}
