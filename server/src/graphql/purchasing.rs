//! The purchase mutation: what a till posts, through the same door as `POST /api/v1/purchases`.

use std::sync::Arc;

use async_graphql::{Context, Description, Object, SimpleObject, Union};
use perennial_domain::evaluate::Outcome;
use perennial_engine::{intake::Submitted, purchase_record::PurchaseRecord};

use super::{
    caller::{Caller, caller},
    errors::{self, CustomerNotFound, Rejected, WrongField},
    explanation::Missing,
    input::PurchaseInput,
    limits::dear,
    purchase::{Balance, Purchase},
    scalars::Points,
};
use crate::api::{
    self,
    problem::{Code, Problem},
};

/// What became of a purchase. Exactly one of these, decided by what is stored: the same purchase again is `Replayed`,
/// however often and from wherever it comes.
#[derive(Union)]
pub enum PurchaseResult {
    /// Stored now, and it earns.
    Credited(Credited),
    /// It was stored before; this is the first answer again.
    Replayed(Replayed),
    /// The transaction id is taken by a purchase with other content. Nothing has changed.
    TransactionConflict(TransactionConflict),
    /// Nobody is known by that. Nothing has changed.
    CustomerNotFound(CustomerNotFound),
    /// Stored now, and no promotion applied to it.
    NotEligible(NotEligible),
    /// Refused. Nothing has changed.
    Rejected(Rejected),
}

/// The purchase was stored now. Its points are the customer's; those of a purchase without a customer wait to be claimed.
#[derive(SimpleObject)]
pub struct Credited {
    /// The purchase.
    pub purchase: Purchase,
    /// Points credited for it, pending ones included.
    pub points_earned: Points,
    /// The customer's balance after it; nothing while it is unclaimed.
    pub balance: Option<Balance>,
}

/// The purchase was stored before, with the same content. Nothing has changed; this is what it was answered with then.
#[derive(SimpleObject)]
pub struct Replayed {
    /// The purchase, as it was answered the first time.
    pub purchase: Purchase,
    /// Points that were credited for it then.
    pub points_earned: Points,
    /// The customer's balance right after it, then.
    pub balance: Option<Balance>,
}

/// A purchase with this transaction id is stored for this retailer, and differs.
#[derive(SimpleObject)]
pub struct TransactionConflict {
    /// `transaction_conflict`.
    pub code: String,
    /// The same for people.
    pub detail: String,
    /// Every field that differs, with both values; who the customer was stays between the first till and us.
    pub differences: Vec<WrongField>,
}

/// The purchase was stored now, counts for whatever counts purchases, and earned nothing: no promotion applied to it.
#[derive(Description)]
pub struct NotEligible(Arc<PurchaseRecord>);

/// A promotion that did not apply, and everything that was missing.
#[derive(SimpleObject)]
pub struct NotApplied {
    /// What the promotion is called; nothing when there was none at all.
    pub promotion: Option<String>,
    /// What was missing.
    pub missing: Vec<Missing>,
}

#[Object(use_type_description)]
impl NotEligible {
    /// The purchase.
    async fn purchase(&self) -> Purchase {
        Purchase::posted(self.0.clone())
    }

    /// The customer's balance after it; nothing while it is unclaimed.
    async fn balance(&self) -> Option<Balance> {
        self.0.balance.map(Into::into)
    }

    /// Why no promotion applied: each that was tried, the nearest misses first. Reckoned only when it is asked for.
    #[graphql(complexity = "dear(child_complexity)")]
    async fn reasons(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<NotApplied>> {
        let caller = caller(ctx)?;
        let engine = caller.engine().map_err(errors::failed)?;
        let explained =
            engine.purchase_explained_to_till(&caller.cx, &self.0).await.map_err(errors::failed)?;
        let lines = explained.lines.iter().flat_map(|line| &line.missed).map(|miss| NotApplied {
            promotion: Some(miss.name.clone()),
            missing: vec![Missing { code: errors::word(miss.code), text: miss.text.clone() }],
        });
        let whole = explained.promotions.iter().filter_map(|tried| match &tried.outcome {
            Outcome::Missed { reasons } => Some(NotApplied {
                promotion: Some(tried.name.clone()),
                missing: reasons.iter().map(Missing::from).collect(),
            }),
            Outcome::Applied { .. } => None,
        });
        let mut reasons: Vec<_> = lines.chain(whole).collect();
        if reasons.is_empty() {
            let none =
                Missing { code: "no_promotions".to_owned(), text: "No promotion is running".to_owned() };
            reasons.push(NotApplied { promotion: None, missing: vec![none] });
        }
        Ok(reasons)
    }
}

/// Posts a purchase.
///
/// # Errors
/// What no till has to expect: a missing right, a server that is busy.
pub async fn post(caller: &Caller, input: PurchaseInput) -> async_graphql::Result<PurchaseResult> {
    caller.engine().map_err(errors::failed)?;
    let input: perennial_domain::purchase::PurchaseInput = input.into();
    let reference = input.transaction_id.clone();
    match api::submit(&caller.state, &caller.cx, input).await {
        Ok(submitted) => {
            caller.trace.called(&reference);
            caller.trace.about(submitted.record.id);
            Ok(stored(submitted))
        }
        Err(problem) => {
            caller.trace.refused(None, Some(reference), &problem);
            refused(&problem)
        }
    }
}

fn stored(Submitted { replayed, record }: Submitted) -> PurchaseResult {
    let points_earned = record.points_earned.into();
    let balance = record.balance.map(Into::into);
    match (replayed, is_eligible(&record)) {
        (true, _) => {
            PurchaseResult::Replayed(Replayed { purchase: Purchase::posted(record), points_earned, balance })
        }
        (false, true) => {
            PurchaseResult::Credited(Credited { purchase: Purchase::posted(record), points_earned, balance })
        }
        (false, false) => PurchaseResult::NotEligible(NotEligible(record)),
    }
}

/// Whether any promotion applied, though what it gave may have been less than a point or more than its budget had left.
fn is_eligible(record: &PurchaseRecord) -> bool {
    !record.applied.is_empty() || record.lines.iter().any(|line| !line.applied.is_empty())
}

fn refused(problem: &Problem) -> async_graphql::Result<PurchaseResult> {
    match problem.kind() {
        Code::CustomerNotFound => Ok(PurchaseResult::CustomerNotFound(problem.into())),
        Code::TransactionConflict => Ok(PurchaseResult::TransactionConflict(TransactionConflict {
            code: problem.name().to_owned(),
            detail: problem.text().to_owned(),
            differences: problem.fields().iter().map(WrongField::from).collect(),
        })),
        _ if errors::is_expected(problem) => Ok(PurchaseResult::Rejected(problem.into())),
        _ => Err(errors::error(problem)),
    }
}
