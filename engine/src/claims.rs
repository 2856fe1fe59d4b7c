//! Claims: a purchase without a known customer is credited, once, to whoever brings its code.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::codes::ClaimCode;
use perennial_domain::customer::CustomerRef;
use perennial_domain::evaluate::{
    CompiledRules, Evaluation, LimitsUsed, Remainders, TierFacts, carrying, evaluate, limited,
};
use perennial_domain::events::EventKind;
use perennial_domain::ids::{ClaimId, CustomerId, MerchantId, PurchaseId};
use perennial_domain::settings::{MerchantSettings, UnknownCustomer};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, QueryResult, Value};
use sqlx::postgres::PgRow;
use sqlx::{FromRow as _, Row as _};
use uuid::{Builder, Uuid};

use crate::carry_over;
use crate::cx::{Actor, Cx};
use crate::engine::Engine;
use crate::entity::rule_set;
use crate::error::{Error, What};
use crate::events::{Happening, announce};
use crate::expiry::{lot_day, sliding};
use crate::intake::account::{Account, Earned, TooMuch};
use crate::intake::messages::{Messages, Totals};
use crate::limits::{self, Asked, Occasion};
use crate::modules::{self, cashback, leaderboard, policies, referrals, tiers};
use crate::pending;
use crate::purchase_record::{ClaimRecord, LineRecord, PurchaseRecord};
use crate::returns;
use crate::statement::statement;
use crate::stored::stored;

/// A purchase that was claimed.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Whether the same customer had claimed it before.
    pub replayed: bool,
    /// What the claim credited.
    pub claim: ClaimRecord,
    /// What was claimed, as it was received.
    pub purchase: Arc<PurchaseRecord>,
}

impl Engine {
    /// Credits an unclaimed purchase to a customer.
    ///
    /// It earns by the rules of its own time, as they were when it was received; whether it is the customer's first
    /// purchase is decided now. A customer who claims again gets the same answer again. Somebody who is not known yet
    /// is created where the merchant's settings say so.
    ///
    /// A customer claims for nobody but the customer's self. Guesses are throttled by the edge.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a code that does not exist; [`Error::Conflict`] `claim_used` when somebody else has
    /// claimed it and `claim_expired` when it is too late, `customer_erased`;
    /// [`Error::CustomerNotFound`] when the customer is not known
    /// and may not be created.
    pub async fn claim(&self, cx: &Cx, code: &ClaimCode, customer: &CustomerRef) -> Result<Claimed, Error> {
        let txn = self.begin().await?;
        let claimed = self.claim_in(&txn, cx, code, customer).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(claimed)
    }

    /// Like [`claim`](Self::claim), within a transaction of the caller, who wakes the outbox after the commit.
    ///
    /// # Errors
    /// The same.
    pub async fn claim_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        code: &ClaimCode,
        customer: &CustomerRef,
    ) -> Result<Claimed, Error> {
        require(cx, customer)?;
        let merchant = cx.merchant();
        let row = one(txn, include_str!("claims/lock.sql"), [merchant.uuid().into(), code.as_str().into()])
            .await?
            .ok_or(Error::NotFound(What::Claim))?;
        let row = raw(&row)?;
        let purchase = purchase(txn, merchant, PurchaseId::from_uuid(row.try_get("purchase_id")?)).await?;
        if cx.retailer().is_some_and(|bound| bound != purchase.retailer_id) {
            return Err(Error::NotFound(What::Claim));
        }
        let claimant = find_customer(txn, merchant, customer).await?;
        if row.try_get::<Option<Uuid>, _>("id")?.is_some() {
            return again(row, purchase, claimant);
        }
        let now = self.now(merchant);
        if row.try_get::<DateTime<Utc>, _>("expires_at")? <= now {
            return Err(Error::conflict("claim_expired", "This purchase can no longer be claimed"));
        }
        // Within the transaction, because a second connection may not be had while others wait for this one's locks.
        let settings = self.merchant_settings_in(txn, merchant).await?;
        let claimant = match claimant {
            Some(claimant) => claimant,
            None => self.create_customer(txn, merchant, &settings, customer, now).await?,
        };
        let (millis, random) = self.id_parts();
        let id = ClaimId::new(millis, random);
        let (millis, random) = self.id_parts();
        let returned = Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        let new = New { claim: id, returned, now };
        let claim = credit(txn, self, new, &purchase, code, claimant, &settings).await?;
        Ok(Claimed { replayed: false, claim, purchase })
    }

    /// Creates the customer that a claim names, if the merchant's settings allow it.
    async fn create_customer(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        settings: &MerchantSettings,
        customer: &CustomerRef,
        now: DateTime<Utc>,
    ) -> Result<CustomerId, Error> {
        if matches!(customer, CustomerRef::Id(_)) || settings.unknown_customer != UnknownCustomer::Create {
            return Err(Error::CustomerNotFound);
        }
        let (millis, random) = self.id_parts();
        let id = CustomerId::new(millis, random);
        // The statement of the intake with one element: who is faster wins, and the other one reads who that was.
        let created = one(
            txn,
            include_str!("intake/sql/customers_create.sql"),
            [
                vec![merchant.uuid()].into(),
                vec![customer.kind().to_owned()].into(),
                vec![customer.value()].into(),
                vec![id.uuid()].into(),
                now.into(),
            ],
        )
        .await?;
        match created {
            Some(_) => Ok(id),
            None => find_customer(txn, merchant, customer).await?.ok_or(Error::CustomerNotFound),
        }
    }
}

/// Staff and programs claim for any customer, a customer for nobody else.
fn require(cx: &Cx, customer: &CustomerRef) -> Result<(), Error> {
    match (cx.actor(), customer) {
        (Actor::Customer { id }, CustomerRef::Id(claimant)) if id == claimant => Ok(()),
        (Actor::Customer { .. }, _) => Err(Error::NotFound(What::Customer)),
        _ => cx.require(Action::ClaimsWrite),
    }
}

/// The answer to a claim of what was claimed before.
fn again(row: &PgRow, purchase: Arc<PurchaseRecord>, claimant: Option<CustomerId>) -> Result<Claimed, Error> {
    let claim = ClaimRecord::from_row(row)?;
    if claimant == Some(claim.customer_id) {
        Ok(Claimed { replayed: true, claim, purchase })
    } else {
        Err(Error::conflict("claim_used", "This purchase was claimed already"))
    }
}

/// What is new with a claim: ids, one for each posting that it may need, and its instant.
#[derive(Clone, Copy)]
struct New {
    claim: ClaimId,
    returned: Uuid,
    now: DateTime<Utc>,
}

/// Evaluates the purchase for the customer and writes everything that follows.
async fn credit(
    txn: &DatabaseTransaction,
    engine: &Engine,
    new: New,
    purchase: &PurchaseRecord,
    code: &ClaimCode,
    customer: CustomerId,
    settings: &MerchantSettings,
) -> Result<ClaimRecord, Error> {
    let (merchant, now) = (purchase.merchant_id, new.now);
    let (mut account, tier) = lock_account(txn, merchant, customer).await?;
    // A claim is an activity: it brings nothing back that is gone.
    sliding::set_aside(txn, merchant, settings, &[customer], now).await?;
    let mut facts = purchase.purchase_facts();
    facts.tier = tier;
    facts.first_purchase = account.is_new();
    facts.limits = LimitsUsed::default();
    facts.remainders = Remainders::default();
    let rules = rules(txn, merchant, purchase.rules_version).await?;
    // It counts towards the limits of the claim's day, and what waits waits from the claim on.
    let occasion = Occasion { merchant, customer, instant: now, zone: settings.time_zone };
    let carrying = carrying(&facts, &rules);
    let mut asked = carry_over::Asked::default();
    asked.add(merchant, customer, &carrying);
    let mut kept = carry_over::read(txn, asked).await?;
    facts.remainders = kept.facts(merchant, customer, &carrying)?;
    let limited = limited(&facts, &rules);
    let mut asked = Asked::default();
    asked.add(&occasion, &limited);
    let mut given = limits::lock(txn, asked).await?;
    facts.limits = given.facts(&occasion, &limited)?;
    let too_much = || Error::conflict("overflow", "This purchase is worth more points than can be counted");
    let evaluation = evaluate(&facts, &rules).map_err(|_| too_much())?;
    given.book(&occasion, purchase.id, &evaluation.consumed)?;
    kept.book(merchant, customer, &evaluation.carried)?;
    let waiting = pending::waiting(&evaluation.pending, now, now, settings.time_zone);
    let earned = Earned {
        points: evaluation.points,
        pending: pending::total(&waiting),
        expires_on: lot_day(settings, now),
    };
    let credited =
        account.credit(earned, purchase.amount, purchase.occurred_at).map_err(|TooMuch| too_much())?;
    let Evaluation { lines: awards, applied, .. } = evaluation;
    let lines = purchase.lines.iter().zip(awards).map(|(line, award)| LineRecord {
        points: award.points,
        applied: award.applied,
        ..line.clone()
    });
    let lines: Vec<LineRecord> = lines.collect();
    // What was returned while nobody had claimed it is credited and taken back at once: so the claim still says what the
    // purchase was worth, and a return takes back what it would have taken back afterwards.
    let returned = returns::claimed_later(txn, purchase, &lines, &applied).await?;
    let balance = returned.as_ref().map_or(credited.balance, |plan| {
        returns::after(credited.balance, plan.points, earned.pending, settings)
    });
    facts.lines.clear();
    let claim = ClaimRecord {
        merchant_id: merchant,
        id: new.claim,
        purchase_id: purchase.id,
        customer_id: customer,
        claimed_at: now,
        points: earned.points,
        points_pending: earned.pending,
        balance,
        rules_version: purchase.rules_version,
        lines,
        facts,
        applied,
    };
    write(txn, &claim, purchase, code, &account, credited.sequence).await?;
    limits::write(txn, &given).await?;
    carry_over::write(txn, &kept).await?;
    pending::write(txn, merchant, purchase.id, customer, &waiting).await?;
    if let Some(plan) = returned {
        returns::book_claim(txn, engine, purchase, &claim, new.returned, &plan, settings).await?;
    }
    let data = serde_json::json!({
        "purchase_id": purchase.id,
        "claim_id": claim.id,
        "points": claim.points,
        "pending": claim.points_pending,
    });
    let told = Happening {
        customer: Some(customer),
        kind: EventKind::PurchaseClaimed,
        data,
        sequence: credited.sequence,
    };
    announce(txn, engine, merchant, vec![told]).await?;
    tell(txn, &claim, purchase).await?;
    cashback::tell_claim(txn, merchant, purchase.id).await?;
    let news = serde_json::json!({ "claims": [purchase.id] });
    let told = [tiers::NAME, referrals::NAME, leaderboard::NAME];
    let listening = modules::tell(txn, merchant, &told.map(|module| (module, news.clone()))).await?;
    // What is given for a friend depends on who brought whom: a code that came with the purchase is followed first, and the
    // referrals pass the claim on.
    if purchase.referral_code.is_none() || !listening.iter().any(|module| module == referrals::NAME) {
        modules::tell(txn, merchant, &[(policies::NAME, news)]).await?;
    }
    Ok(claim)
}

async fn write(
    txn: &DatabaseTransaction,
    claim: &ClaimRecord,
    purchase: &PurchaseRecord,
    code: &ClaimCode,
    account: &Account,
    sequence: Option<i64>,
) -> Result<(), Error> {
    // The order is that of the placeholders in the file.
    let values = [
        claim.merchant_id.uuid().into(),
        code.as_str().into(),
        claim.id.uuid().into(),
        claim.customer_id.uuid().into(),
        claim.claimed_at.into(),
        claim.points.get().into(),
        claim.rules_version.into(),
        json(&claim.facts)?.into(),
        json(&claim.lines)?.into(),
        json(&claim.applied)?.into(),
        account.available.into(),
        account.pending.into(),
        sequence.into(),
        account.debt.into(),
        account.lifetime.into(),
        account.purchases.into(),
        account.spent.into(),
        account.sequence.into(),
        purchase.occurred_at.into(),
        account.change().dated().into(),
        claim.points_pending.get().into(),
        account.change().lot_expires_on.into(),
        claim.balance.points.into(),
        claim.balance.pending.into(),
        account.change().undated().into(),
    ];
    txn.execute_raw(statement(include_str!("claims/write.sql"), values)).await?;
    Ok(())
}

/// The purchase itself was counted when it arrived; what is new are its points, on its own day.
async fn tell(
    txn: &DatabaseTransaction,
    claim: &ClaimRecord,
    purchase: &PurchaseRecord,
) -> Result<(), Error> {
    let mut messages = Messages::default();
    let totals = Totals { points: claim.points.get(), ..Totals::default() };
    messages.count(claim.merchant_id, purchase.business_date, purchase.retailer_id, totals);
    messages.touch(claim.merchant_id, claim.customer_id);
    for message in messages.finish().map_err(unwritable)? {
        let values = [message.module.name().into(), message.merchant.uuid().into(), message.payload.into()];
        txn.execute_raw(statement(include_str!("claims/message.sql"), values)).await?;
    }
    Ok(())
}

async fn purchase(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    id: PurchaseId,
) -> Result<Arc<PurchaseRecord>, Error> {
    let row = one(
        txn,
        "SELECT * FROM purchases WHERE merchant_id = $1 AND id = $2",
        [merchant.uuid().into(), id.uuid().into()],
    )
    .await?
    .ok_or_else(|| Error::Inconsistent(format!("purchase {id} waits to be claimed and is not there")))?;
    PurchaseRecord::from_row(raw(&row)?).map(Arc::new)
}

/// The customer that a reference names, if it is known.
pub(crate) async fn find_customer(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customer: &CustomerRef,
) -> Result<Option<CustomerId>, Error> {
    let id = match customer {
        CustomerRef::Id(id) => Some(id.uuid()),
        _ => None,
    };
    let values = [merchant.uuid().into(), customer.kind().into(), customer.value().into(), id.into()];
    let row = one(txn, include_str!("claims/customer_find.sql"), values).await?;
    row.map(|row| Ok(CustomerId::from_uuid(raw(&row)?.try_get(0)?))).transpose()
}

async fn lock_account(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customer: CustomerId,
) -> Result<(Account, Option<Arc<TierFacts>>), Error> {
    let key = || [merchant.uuid().into(), customer.uuid().into()];
    txn.execute_raw(statement(include_str!("claims/balance_create.sql"), key())).await?;
    let row = one(txn, include_str!("claims/balance_lock.sql"), key())
        .await?
        .ok_or_else(|| Error::Inconsistent(format!("customer {customer} has no balance to lock")))?;
    let row = raw(&row)?;
    if row.try_get("erased")? {
        return Err(Error::erased());
    }
    if row.try_get("merged")? {
        return Err(Error::merged());
    }
    Ok((Account::from_row(row)?, tiers::facts(row.try_get("tier")?)?.map(Arc::new)))
}

/// The rules that the purchase was received under: what its receipt promised is what a claim gives.
async fn rules(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    version: i64,
) -> Result<CompiledRules, Error> {
    let rule_set = rule_set::Entity::find_by_id((merchant.uuid(), version))
        .one(txn)
        .await?
        .ok_or_else(|| Error::Inconsistent(format!("rule set {version} is missing")))?;
    let rules = stored(serde_json::from_value(rule_set.rules), "rule_sets.rules")?;
    Ok(CompiledRules::new(&rules))
}

/// The first row that a statement returns.
async fn one(
    txn: &DatabaseTransaction,
    sql: &'static str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<QueryResult>, Error> {
    Ok(txn.query_one_raw(statement(sql, values)).await?)
}

/// The row as the driver has it, which is what records are read from.
fn raw(row: &QueryResult) -> Result<&PgRow, Error> {
    row.try_as_pg_row().ok_or_else(|| Error::Inconsistent("the database is not Postgres".to_owned()))
}

fn json(value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(unwritable)
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::Inconsistent(format!("a claim cannot be written as JSON: {error}"))
}
