//! The mutation that merges two accounts of one person, through the same door as `POST /api/v1/customers/{customer}/merge`.

use async_graphql::{ComplexObject, Context, ID, SimpleObject, Union};
use chrono::{DateTime, Utc};
use perennial_domain::{access::Action, ids::CustomerId};
use perennial_engine::{Error, What, merge, privacy::Money};
use serde::{Deserialize, Serialize};

use super::{
    caller::{Caller, caller},
    customer::{self, Customer},
    errors::{self, CustomerNotFound, Rejected},
    input::MergeInput,
    loaders::ById,
    purchase::Balance,
    scalars::{Amount, Count, Points},
};
use crate::api::problem::{Code, Problem};

/// What became of merging two accounts. Merging the same two again changes nothing and gives the first answer again.
#[derive(Union)]
pub enum MergeResult {
    /// They are one customer, by this or since before.
    Merged(Box<Merged>),
    /// Nobody is known by `from`. Nothing has changed.
    CustomerNotFound(CustomerNotFound),
    /// Refused. Nothing has changed.
    Rejected(Rejected),
}

/// The account was merged: what it had is the customer's, and its id leads there.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Merged {
    /// The customer who goes on.
    pub customer_id: ID,
    /// The account that ended.
    pub from_id: ID,
    /// Whether nothing was merged, because only the outcome was asked for.
    pub dry_run: bool,
    /// When it was merged.
    pub merged_at: DateTime<Utc>,
    /// Who did it: the name of a member of the staff or of an API key, or `system`.
    pub by: String,
    /// Why.
    pub note: Option<String>,
    /// What has moved.
    pub moved: Moved,
    /// The tiers of both.
    pub tier: MergedTiers,
    /// The customer's balance after it.
    pub balance: Balance,
    #[graphql(skip)]
    id: CustomerId,
}

#[ComplexObject]
impl Merged {
    /// The customer who goes on, as of now; a dry run has changed nothing of it. Takes the right to read customers.
    async fn customer(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Customer>> {
        Ok(caller(ctx)?.reads().load_one(ById(self.id)).await?.map(Customer))
    }
}

/// What the account had that ended, and what has come to the other.
#[derive(SimpleObject)]
pub struct Moved {
    /// Points that could be spent.
    pub points: Points,
    /// Points that waited.
    pub pending: Points,
    /// Points that were held for redemptions.
    pub reserved: Points,
    /// Points that it owed: what the other has repays them.
    pub debt: Points,
    /// Points that it had ever earned.
    pub lifetime: Points,
    /// Wallets of cashback, what waited included.
    pub cashback: Vec<MovedCashback>,
    /// Purchases, claimed ones included.
    pub purchases: Count,
    /// E-mail addresses, telephone numbers, cards and external ids. All of them find the customer from then on.
    pub identities: Count,
    /// Redemptions, whatever has become of them.
    pub redemptions: Count,
    /// Vouchers that can still be used.
    pub vouchers: Count,
    /// Rewards of policies, given or still to be given.
    pub awards: Count,
}

/// A wallet of cashback that has moved.
#[derive(SimpleObject)]
pub struct MovedCashback {
    /// ISO 4217.
    pub currency: String,
    /// What was in it; below zero where it owed some.
    pub amount: Amount,
}

/// What tiers were called.
#[derive(SimpleObject)]
pub struct MergedTiers {
    /// The tier of the account that goes on, before.
    pub before: Option<String>,
    /// That of the account that ended.
    pub other: Option<String>,
    /// The tier of the customer right afterwards: the higher of the two. What both have done together is counted moments
    /// later and may lead higher still.
    pub after: Option<String>,
}

/// What comes out of the transaction, which hands over JSON.
#[derive(Serialize, Deserialize)]
struct Outcome {
    merge: merge::Merge,
    points: i64,
    pending: i64,
}

/// Merges two accounts.
///
/// # Errors
/// What no client has to expect: a missing right, a server that is busy.
pub async fn merge(caller: &Caller, input: MergeInput) -> async_graphql::Result<MergeResult> {
    let dry_run = input.dry_run;
    let problem = match outcome(caller, input).await {
        Ok(outcome) => return Ok(MergeResult::Merged(Box::new(merged(outcome, dry_run)))),
        Err(error) => Problem::from(error),
    };
    caller.trace.refused(None, None, &problem);
    match problem.kind() {
        Code::CustomerNotFound => Ok(MergeResult::CustomerNotFound((&problem).into())),
        _ if errors::is_expected(&problem) => Ok(MergeResult::Rejected((&problem).into())),
        _ => Err(errors::error(&problem)),
    }
}

async fn outcome(caller: &Caller, input: MergeInput) -> Result<Outcome, Error> {
    let engine = caller.engine()?;
    caller.cx.require(Action::CustomersMerge)?;
    let dry_run = input.dry_run;
    let path = customer::path(&input.into).ok_or(Error::NotFound(What::Customer))?;
    let into = engine.customer_resolve(&caller.cx, &path).await?;
    let asked = merge::MergeInput::try_from(input).map_err(|wrong| Error::Invalid(vec![wrong]))?;
    let (within, by) = (engine.clone(), caller.cx.clone());
    let answer = engine
        .write(&caller.cx, None, dry_run, move |txn| {
            Box::pin(async move {
                let merge::Merged { merge, customer } =
                    within.customer_merge_in(txn, &by, into, asked).await?;
                let outcome = Outcome { merge, points: customer.points, pending: customer.pending };
                Ok((200, serde_json::to_value(outcome).map_err(unreadable)?))
            })
        })
        .await?;
    serde_json::from_value(answer.body).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::Inconsistent(format!("the answer of a merge: {error}"))
}

fn merged(Outcome { merge, points, pending }: Outcome, dry_run: bool) -> Merged {
    let moved = merge.moved;
    let wallet = |Money { amount, currency }: Money| MovedCashback { currency, amount: Amount(amount) };
    Merged {
        customer_id: merge.customer_id.to_string().into(),
        from_id: merge.from_id.to_string().into(),
        dry_run,
        merged_at: merge.merged_at,
        by: merge.by,
        note: merge.note,
        moved: Moved {
            points: Points(moved.points),
            pending: Points(moved.pending),
            reserved: Points(moved.reserved),
            debt: Points(moved.debt),
            lifetime: Points(moved.lifetime),
            cashback: moved.cashback.into_iter().map(wallet).collect(),
            purchases: Count(moved.purchases),
            identities: Count(moved.identities),
            redemptions: Count(moved.redemptions),
            vouchers: Count(moved.vouchers),
            awards: Count(moved.awards),
        },
        tier: MergedTiers { before: merge.tier.before, other: merge.tier.other, after: merge.tier.after },
        balance: Balance { points: Points(points), pending: Points(pending) },
        id: merge.customer_id,
    }
}
