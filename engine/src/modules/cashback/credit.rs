//! From purchases to wallets: each one once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::calendar::end_of_day_after;
use perennial_domain::cashback::{
    Cashback, CashbackFacts, CompiledOffers, LineReturned, OfferTerms, SpendingTime, cashback, reversal,
};
use perennial_domain::codes::Zone;
use perennial_domain::events::EventKind;
use perennial_domain::ids::{CustomerId, MerchantId, OfferId, PurchaseId};
use perennial_domain::money::Amount;
use perennial_domain::returns::ReturnState;
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::Serialize;
use serde_json::json;
use sqlx::Row as _;
use uuid::{Builder, Uuid};

use super::statement;
use super::terms::Versions;
use crate::engine::Engine;
use crate::error::Error;
use crate::events::Happening;
use crate::ledger::{Direction, Ledger, PostingKind, Side};
use crate::purchase_record::{LineRecord, PurchaseRecord};
use crate::stored::stored;

/// A purchase that somebody has made or claimed.
struct Bought {
    record: PurchaseRecord,
    customer: CustomerId,
    /// When it came to the customer: the receipt, or the claim.
    since: DateTime<Utc>,
    /// From when on its days count: when it happened, or was claimed.
    earned_at: DateTime<Utc>,
}

/// What each customer had of each offer in a month.
type Uses = BTreeMap<(CustomerId, NaiveDate), BTreeMap<OfferId, Amount>>;

/// What of a purchase was returned before the module came to it.
type States = BTreeMap<PurchaseId, ReturnState>;

impl Engine {
    /// Gives what these purchases have not given yet.
    pub(super) async fn cashback_credit(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        purchases: &BTreeSet<PurchaseId>,
    ) -> Result<(), Error> {
        let bought = bought(txn, merchant, purchases).await?;
        if bought.is_empty() {
            return Ok(());
        }
        let now = self.now(merchant);
        let settings = self.merchant_settings_in(txn, merchant).await?;
        let customers: Vec<CustomerId> = bought.iter().map(|bought| bought.customer).collect();
        let mut ledger = Ledger::lock(txn, merchant, &customers, now).await?;
        // Statements of their own after the lock: they see what whoever held it before has committed.
        let done = done(txn, merchant, purchases).await?;
        let states = states(txn, merchant, purchases).await?;
        let mut uses = uses(txn, merchant, &customers).await?;
        let mut versions = Versions::read(txn, merchant).await?;
        let (mut rows, mut told) = (Rows::default(), Vec::new());
        for bought in bought.iter().filter(|bought| !done.contains(&bought.record.id)) {
            let offers = versions.at(bought.record.occurred_at, bought.record.received_at);
            let credit = Credit::evaluate(bought, &offers, &settings, &uses)?;
            let returned = credit.returned(states.get(&bought.record.id));
            let posting = self.new_cashback_posting();
            let (taken, taken_back) = (self.new_cashback_posting(), total(returned.values())?);
            credit.post(&mut ledger, posting, taken, taken_back)?;
            told.extend(credit.happening(ledger.sequence_of(posting)));
            credit.count(&returned, &mut uses)?;
            rows.add(&credit, posting, &returned, &offers, &settings, now)?;
        }
        if rows.credits.is_empty() {
            return Ok(());
        }
        ledger.write_and_announce(txn, self, told).await?;
        let values = [merchant.uuid().into(), json(&rows.credits)?.into(), json(&rows.lots)?.into()];
        txn.execute_raw(statement(include_str!("credit.sql"), values)).await?;
        metrics::counter!("cashback_purchases_total").increment(rows.credits.len() as u64);
        Ok(())
    }

    /// An id for a posting.
    pub(super) fn new_cashback_posting(&self) -> Uuid {
        let (millis, random) = self.id_parts();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// What a purchase gives.
struct Credit<'b> {
    bought: &'b Bought,
    month: NaiveDate,
    cashback: Cashback,
}

impl<'b> Credit<'b> {
    fn evaluate(
        bought: &'b Bought,
        offers: &CompiledOffers,
        settings: &MerchantSettings,
        uses: &Uses,
    ) -> Result<Self, Error> {
        let lines = bought.record.purchase_facts().lines;
        let nothing = BTreeMap::new();
        let facts = CashbackFacts {
            occurred_at: bought.record.occurred_at,
            zone: settings.time_zone,
            currency: bought.record.currency,
            lines: &lines,
            used_this_month: &nothing,
        };
        let month = facts.month();
        let used = uses.get(&(bought.customer, month)).unwrap_or(&nothing);
        let facts = CashbackFacts { used_this_month: used, ..facts };
        let cashback = stored(cashback(&facts, offers, settings.cashback_mode), "purchases.lines")?;
        Ok(Self { bought, month, cashback })
    }

    /// What of it goes back at once, by offer.
    fn returned(&self, state: Option<&ReturnState>) -> BTreeMap<OfferId, Amount> {
        state
            .map(|state| {
                let lines = lines_returned(&self.cashback, &self.bought.record.lines, state);
                reversal(lines, &BTreeMap::new()).offers
            })
            .unwrap_or_default()
    }

    /// What is told of it: nothing where it gives nothing.
    fn happening(&self, sequence: Option<i64>) -> Option<Happening> {
        let data = json!({
            "purchase_id": self.bought.record.id,
            "amount": self.cashback.amount,
            "currency": self.cashback.currency.code(),
        });
        Some(Happening::of(self.bought.customer, EventKind::CashbackCredited, data).with(sequence?))
    }

    fn post(&self, ledger: &mut Ledger, given: Uuid, taken: Uuid, returned: i64) -> Result<(), Error> {
        let (amount, currency) = (self.cashback.amount.get(), self.cashback.currency);
        let movements = [(given, Direction::In, amount), (taken, Direction::Out, returned)];
        for (id, direction, amount) in movements.into_iter().filter(|(.., amount)| *amount > 0) {
            let purchase = Some(self.bought.record.id.uuid());
            let mut posting = ledger.posting(PostingKind::Cashback, id, self.bought.customer, purchase)?;
            posting.wallet(Side::Issued, direction, amount, currency)?;
            posting.done();
        }
        Ok(())
    }

    /// Counts towards the month what is not returned, for the purchases that follow.
    fn count(&self, returned: &BTreeMap<OfferId, Amount>, uses: &mut Uses) -> Result<(), Error> {
        let uses = uses.entry((self.bought.customer, self.month)).or_default();
        for offer in self.cashback.offers.iter().map(|offer| offer.offer_id) {
            let back = returned.get(&offer).copied().unwrap_or(Amount::ZERO);
            let kept = self.cashback.of(offer).checked_sub(back).unwrap_or(Amount::ZERO);
            let used = uses.entry(offer).or_insert(Amount::ZERO);
            *used = Amount::checked_sum([*used, kept]).ok_or_else(too_much)?;
        }
        Ok(())
    }
}

/// What every line gave, and how much of the line was returned: of what was to be paid for it, whatever it was paid with.
pub(super) fn lines_returned<'c>(
    cashback: &'c Cashback,
    bought: &'c [LineRecord],
    state: &'c ReturnState,
) -> impl Iterator<Item = LineReturned> + 'c {
    cashback.lines.iter().zip(bought).enumerate().flat_map(move |(index, (line, bought))| {
        let due = bought.due();
        let returned = state.line(index).amount.min(due);
        line.applied.iter().map(move |applied| LineReturned {
            offer: applied.offer_id,
            given: applied.amount,
            paid: due,
            returned,
        })
    })
}

/// When what an offer gave can be spent. A till that sends late shortens nothing: no time passes before the customer
/// can know of it.
fn spending_time(terms: &OfferTerms, bought: &Bought, zone: Zone) -> SpendingTime {
    let time = terms.spending_time(bought.earned_at, zone);
    if time.from >= bought.since {
        return time;
    }
    let from = bought.since;
    SpendingTime { from, until: terms.valid_days.map(|days| end_of_day_after(from, days, zone)) }
}

/// Rows for `credit.sql`.
#[derive(Default)]
struct Rows {
    credits: Vec<CreditRow>,
    lots: Vec<LotRow>,
}

#[derive(Serialize)]
struct CreditRow {
    purchase_id: PurchaseId,
    customer_id: CustomerId,
    posting_id: Uuid,
    amount: Amount,
    currency: &'static str,
    month: NaiveDate,
    explanation: serde_json::Value,
    credited_at: DateTime<Utc>,
}

#[derive(Serialize)]
struct LotRow {
    purchase_id: PurchaseId,
    offer_id: OfferId,
    customer_id: CustomerId,
    currency: &'static str,
    month: NaiveDate,
    amount: Amount,
    returned: Amount,
    spendable_from: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
}

impl Rows {
    fn add(
        &mut self,
        credit: &Credit<'_>,
        posting_id: Uuid,
        returned: &BTreeMap<OfferId, Amount>,
        offers: &CompiledOffers,
        settings: &MerchantSettings,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let Credit { bought, month, cashback } = credit;
        let (purchase_id, customer_id) = (bought.record.id, bought.customer);
        let currency = cashback.currency.code();
        for explained in &cashback.offers {
            let (offer_id, amount) = (explained.offer_id, cashback.of(explained.offer_id));
            let Some(terms) = offers.terms(offer_id).filter(|_| !amount.is_zero()) else { continue };
            let time = spending_time(terms, bought, settings.time_zone);
            self.lots.push(LotRow {
                purchase_id,
                offer_id,
                customer_id,
                currency,
                month: *month,
                amount,
                returned: returned.get(&offer_id).copied().unwrap_or(Amount::ZERO),
                spendable_from: time.from,
                expires_at: time.until,
            });
        }
        self.credits.push(CreditRow {
            purchase_id,
            customer_id,
            posting_id,
            amount: cashback.amount,
            currency,
            month: *month,
            explanation: json(cashback)?,
            credited_at: now,
        });
        Ok(())
    }
}

/// The purchases that have a customer, in the order of their arrival.
async fn bought(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    purchases: &BTreeSet<PurchaseId>,
) -> Result<Vec<Bought>, Error> {
    let rows = txn.query_all_raw(statement(include_str!("bought.sql"), asked(merchant, purchases))).await?;
    let mut bought = Vec::with_capacity(rows.len());
    for row in &rows {
        let row = row
            .try_as_pg_row()
            .ok_or_else(|| Error::Inconsistent("the database is not Postgres".to_owned()))?;
        let record = PurchaseRecord::from_row(row)?;
        let claimant: Option<Uuid> = row.try_get("claimant")?;
        let claimed_at: Option<DateTime<Utc>> = row.try_get("claimed_at")?;
        let claimed = claimant.map(CustomerId::from_uuid).zip(claimed_at);
        let (customer, since, earned_at) = match (record.customer_id, claimed) {
            (Some(customer), _) => (customer, record.received_at, record.occurred_at),
            (None, Some((claimant, claimed_at))) => (claimant, claimed_at, claimed_at),
            // Nobody's yet: the claim will tell.
            (None, None) => continue,
        };
        bought.push(Bought { record, customer, since, earned_at });
    }
    Ok(bought)
}

/// Which of the purchases the module has come to before.
async fn done(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    purchases: &BTreeSet<PurchaseId>,
) -> Result<BTreeSet<PurchaseId>, Error> {
    let sql = "SELECT c.purchase_id
               FROM unnest($2::uuid[]) AS asked (id)
               CROSS JOIN LATERAL (
                   SELECT purchase_id FROM cashback_credits AS c
                   WHERE c.merchant_id = $1 AND c.purchase_id = asked.id LIMIT 1) AS c";
    let rows = txn.query_all_raw(statement(sql, asked(merchant, purchases))).await?;
    rows.iter().map(|row| Ok(PurchaseId::from_uuid(row.try_get("", "purchase_id")?))).collect()
}

async fn states(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    purchases: &BTreeSet<PurchaseId>,
) -> Result<States, Error> {
    let sql = "SELECT s.purchase_id, s.state
               FROM unnest($2::uuid[]) AS asked (id)
               CROSS JOIN LATERAL (
                   SELECT purchase_id, state FROM return_states AS s
                   WHERE s.merchant_id = $1 AND s.purchase_id = asked.id LIMIT 1) AS s";
    let mut states = States::new();
    for row in txn.query_all_raw(statement(sql, asked(merchant, purchases))).await? {
        let state: serde_json::Value = row.try_get("", "state")?;
        let purchase = PurchaseId::from_uuid(row.try_get("", "purchase_id")?);
        states.insert(purchase, stored(serde_json::from_value(state), "return_states.state")?);
    }
    Ok(states)
}

async fn uses(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customers: &[CustomerId],
) -> Result<Uses, Error> {
    let customers: BTreeSet<Uuid> = customers.iter().map(|customer| customer.uuid()).collect();
    let values = [merchant.uuid().into(), customers.into_iter().collect::<Vec<_>>().into()];
    let sql = "SELECT u.customer_id, u.offer_id, u.month, u.used
               FROM unnest($2::uuid[]) AS asked (id)
               CROSS JOIN LATERAL (
                   SELECT * FROM cashback_month_uses AS u
                   WHERE u.merchant_id = $1 AND u.customer_id = asked.id) AS u";
    let mut uses = Uses::new();
    for row in txn.query_all_raw(statement(sql, values)).await? {
        let customer = CustomerId::from_uuid(row.try_get("", "customer_id")?);
        let of_month = uses.entry((customer, row.try_get("", "month")?)).or_default();
        let used = stored(Amount::new(row.try_get("", "used")?), "cashback_month_uses.used")?;
        of_month.insert(OfferId::from_uuid(row.try_get("", "offer_id")?), used);
    }
    Ok(uses)
}

fn asked(merchant: MerchantId, purchases: &BTreeSet<PurchaseId>) -> [sea_orm::Value; 2] {
    let purchases: Vec<Uuid> = purchases.iter().map(|purchase| purchase.uuid()).collect();
    [merchant.uuid().into(), purchases.into()]
}

fn total<'a>(amounts: impl Iterator<Item = &'a Amount>) -> Result<i64, Error> {
    Amount::checked_sum(amounts.copied()).map(Amount::get).ok_or_else(too_much)
}

fn too_much() -> Error {
    Error::Inconsistent("a wallet holds more than can be counted".to_owned())
}

fn json(value: &impl Serialize) -> Result<serde_json::Value, Error> {
    stored(serde_json::to_value(value), "cashback_credits")
}
