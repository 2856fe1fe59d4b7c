//! The one way in which a referral is made: by the intake, by signing up, by a claim.
//!
//! The merchant's row of `referral_programs` is locked first, after the balances, so that two who come at once see each
//! other: a limit is not passed twice, and a circle is seen by whoever closes it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use perennial_domain::codes::{Email, ReferralCode};
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::referrals::{
    CameBy, Evidence, ReferralPolicy, ReferralState, Review, Risk, RiskReason, risk, verdict,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::statement;
use crate::error::Error;
use crate::stored::stored;

/// A way to the database that takes one document and gives one: the intake has a driver of its own.
#[async_trait]
pub(crate) trait Ask {
    /// What fails.
    type Error: From<Error>;

    /// Runs a statement whose only parameter is `input`, and whose only row has one column.
    async fn ask(&mut self, sql: &'static str, input: Value) -> Result<Value, Self::Error>;
}

/// A transaction of SeaORM.
pub(crate) struct Txn<'t>(pub &'t DatabaseTransaction);

#[async_trait]
impl Ask for Txn<'_> {
    type Error = Error;

    async fn ask(&mut self, sql: &'static str, input: Value) -> Result<Value, Error> {
        let row = self.0.query_one_raw(statement(sql, [input.into()])).await?;
        let row =
            row.ok_or_else(|| Error::Inconsistent("a document was asked for and none came".to_owned()))?;
        Ok(row.try_get_by_index(0)?)
    }
}

/// Somebody who comes with a code.
#[derive(Debug, Clone)]
pub(crate) struct Candidate<'p> {
    pub merchant: MerchantId,
    pub policy: &'p ReferralPolicy,
    pub friend: CustomerId,
    /// Nothing where what was given is no code.
    pub code: Option<ReferralCode>,
    pub came_by: CameBy,
    /// By the time of the program.
    pub now: DateTime<Utc>,
}

/// Why a code does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotReferred {
    /// Nobody has it.
    UnknownCode,
    /// It is somebody's, and brings this customer not.
    NotApplicable,
}

impl NotReferred {
    /// The stable word for it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownCode => "unknown_referral_code",
            Self::NotApplicable => "referral_not_applicable",
        }
    }

    /// The same for people, one sentence without a full stop.
    pub const fn text(self) -> &'static str {
        match self {
            Self::UnknownCode => "Nobody has this referral code",
            Self::NotApplicable => "This referral code does not count for this customer",
        }
    }
}

/// Locks the referrals of these merchants until the end of the transaction.
pub(super) async fn lock<D: Ask>(db: &mut D, merchants: &BTreeSet<MerchantId>) -> Result<(), D::Error> {
    db.ask(include_str!("sql/lock.sql"), json!(merchants)).await.map(drop)
}

/// Makes the referrals that count, and says for each candidate, in order, whether one was made.
///
/// The balances of the friends are locked, and none of them has bought anything before. One friend comes once.
pub(crate) async fn refer<D: Ask>(
    db: &mut D,
    candidates: &[Candidate<'_>],
) -> Result<Vec<Result<(), NotReferred>>, D::Error> {
    let is_open = |candidate: &&Candidate<'_>| candidate.policy.enabled && candidate.code.is_some();
    let merchants: BTreeSet<MerchantId> =
        candidates.iter().filter(is_open).map(|candidate| candidate.merchant).collect();
    let mut known = vec![Known::default(); candidates.len()];
    if !merchants.is_empty() {
        lock(db, &merchants).await?;
        known = evidence(db, candidates).await?;
    }
    let decided = decide(candidates, &known)?;
    if !decided.made.is_empty() {
        let input = json!({"made": decided.made, "rings": decided.rings});
        let made = db.ask(include_str!("sql/write.sql"), input).await?;
        if made.as_array().is_none_or(|made| made.len() != decided.made.len()) {
            // Under the lock nobody else can have been faster.
            let lost = "a friend got an advocate while the referrals were locked".to_owned();
            return Err(Error::Inconsistent(lost).into());
        }
    }
    Ok(decided.outcomes)
}

/// What the database knows of these candidates, in their order.
pub(super) async fn evidence<D: Ask>(
    db: &mut D,
    candidates: &[Candidate<'_>],
) -> Result<Vec<Known>, D::Error> {
    let asked: Vec<Value> = candidates
        .iter()
        .map(|candidate| {
            json!({
                "merchant": candidate.merchant,
                "friend": candidate.friend,
                "code": candidate.code,
                "now": candidate.now,
            })
        })
        .collect();
    let answer = db.ask(include_str!("sql/evidence.sql"), Value::Array(asked)).await?;
    Ok(stored(serde_json::from_value(answer), "referrals")?)
}

/// What the database knows of somebody who comes with a code.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Known {
    advocate: Option<CustomerId>,
    is_disabled: Option<bool>,
    has_advocate: bool,
    friend_name: Option<String>,
    advocate_name: Option<String>,
    friend_email: Option<String>,
    advocate_email: Option<String>,
    same_payment: bool,
    in_hour: u32,
    in_day: u32,
    /// The advocate, the advocate's advocate, and so on.
    line: Vec<CustomerId>,
}

impl Known {
    /// What is known, as the rules take it. A circle is found by whoever knows the whole batch.
    pub fn evidence(&self) -> Evidence {
        let email = |text: &Option<String>| text.as_deref().and_then(|text| Email::new(text).ok());
        let name = |text: &Option<String>| text.as_deref().map(|name| name.trim().to_lowercase());
        Evidence {
            friend_email: email(&self.friend_email),
            advocate_email: email(&self.advocate_email),
            same_name: name(&self.friend_name).is_some()
                && name(&self.friend_name) == name(&self.advocate_name),
            same_payment: self.same_payment,
            in_hour: self.in_hour,
            in_day: self.in_day,
            is_cycle: false,
        }
    }
}

/// Rows of `write.sql`.
#[derive(Debug, Serialize)]
struct Made {
    merchant: MerchantId,
    friend: CustomerId,
    advocate: CustomerId,
    code: ReferralCode,
    came_by: CameBy,
    state: ReferralState,
    review: Review,
    risk: Vec<Risk>,
    score: u8,
    now: DateTime<Utc>,
}

#[derive(Debug, Serialize)]
struct Ring {
    merchant: MerchantId,
    friend: CustomerId,
    risk: Risk,
    now: DateTime<Utc>,
}

#[derive(Debug, Default)]
struct Decided {
    outcomes: Vec<Result<(), NotReferred>>,
    made: Vec<Made>,
    rings: Vec<Ring>,
}

/// Decides in order, so that each sees those before it.
fn decide(candidates: &[Candidate<'_>], known: &[Known]) -> Result<Decided, Error> {
    let mut decided = Decided::default();
    // The line above each friend who got an advocate just now.
    let mut lines: HashMap<(MerchantId, CustomerId), &[CustomerId]> = HashMap::new();
    let mut brought: BTreeMap<(MerchantId, CustomerId), u32> = BTreeMap::new();
    for (candidate, known) in candidates.iter().zip(known) {
        let Candidate { merchant, friend, policy, now, .. } = *candidate;
        let (Some(code), Some(advocate)) = (&candidate.code, known.advocate) else {
            let is_off = candidate.code.is_some() && !policy.enabled;
            let why = if is_off { NotReferred::NotApplicable } else { NotReferred::UnknownCode };
            decided.outcomes.push(Err(why));
            continue;
        };
        let is_disabled = known.is_disabled == Some(true) || !policy.enabled;
        let is_twice = decided.made.iter().any(|made| (made.merchant, made.friend) == (merchant, friend));
        if is_disabled || known.has_advocate || advocate == friend || is_twice {
            decided.outcomes.push(Err(NotReferred::NotApplicable));
            continue;
        }
        let above = line(merchant, known, &lines);
        let before = brought.entry((merchant, advocate)).or_default();
        let mut evidence = known.evidence();
        evidence.in_hour += *before;
        evidence.in_day += *before;
        evidence.is_cycle = above.contains(&friend);
        *before += 1;
        let verdict = verdict(policy, &risk(policy, &evidence));
        if evidence.is_cycle {
            decided.close(merchant, &above, now);
        } else if verdict.state != ReferralState::Rejected {
            lines.insert((merchant, friend), &known.line);
        }
        let is_rejected = verdict.state == ReferralState::Rejected;
        decided.outcomes.push(if is_rejected { Err(NotReferred::NotApplicable) } else { Ok(()) });
        decided.made.push(Made {
            merchant,
            friend,
            advocate,
            code: code.clone(),
            came_by: candidate.came_by,
            state: verdict.state,
            review: verdict.review,
            risk: verdict.risks,
            score: verdict.score,
            now,
        });
    }
    Ok(decided)
}

/// Everybody above a friend: as stored, and from where that ends on as this batch has it.
fn line(
    merchant: MerchantId,
    known: &Known,
    lines: &HashMap<(MerchantId, CustomerId), &[CustomerId]>,
) -> Vec<CustomerId> {
    let mut above = known.line.clone();
    // Each friend of the batch is passed once: what was decided before has no circle.
    while let Some(further) = above.last().and_then(|top| lines.get(&(merchant, *top))) {
        above.extend_from_slice(further);
        if above.len() > 1_000_000 {
            break;
        }
    }
    above
}

impl Decided {
    /// Has a person look at everybody else in a circle that was nearly closed: who brought whom there is no longer plain.
    fn close(&mut self, merchant: MerchantId, above: &[CustomerId], now: DateTime<Utc>) {
        for friend in above {
            let risk = Risk::from(RiskReason::Cycle);
            match self.made.iter_mut().find(|made| (made.merchant, made.friend) == (merchant, *friend)) {
                Some(made) if made.state == ReferralState::Registered => {
                    made.review = Review::Waiting;
                    made.score = 100;
                    made.risk.insert(0, risk);
                }
                Some(_) => {}
                None => self.rings.push(Ring { merchant, friend: *friend, risk, now }),
            }
        }
    }
}
