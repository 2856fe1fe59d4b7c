//! Step 10: everything that a batch writes, in one statement of arrays.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Failure;
use super::accounts::Accounts;
use super::credit::Credit;
use crate::error::Error;
use crate::intake::messages::{Message, Messages, Totals};

/// Writes purchases, entries, balances, lots, claims and messages.
pub(super) async fn write(
    conn: &mut PgConnection,
    credits: &[Credit],
    accounts: &Accounts,
    received_at: DateTime<Utc>,
) -> Result<(), Failure> {
    let purchases = Purchases::of(credits).map_err(unwritable)?;
    let balances = Balances::of(accounts);
    let messages = messages(credits).map_err(unwritable)?;
    let changed = i64::try_from(balances.address.len()).unwrap_or(i64::MAX);
    // The order is that of the placeholders in the file.
    let written: i64 = sqlx::query_scalar(include_str!("../sql/write.sql"))
        .bind(purchases.merchant)
        .bind(purchases.id)
        .bind(purchases.retailer)
        .bind(purchases.transaction_id)
        .bind(purchases.customer)
        .bind(purchases.customer_key)
        .bind(purchases.currency)
        .bind(purchases.amount)
        .bind(purchases.occurred_at)
        .bind(purchases.occurred_at_sent)
        .bind(purchases.business_date)
        .bind(purchases.points)
        .bind(purchases.claimable)
        .bind(purchases.claim_code)
        .bind(purchases.claim_expires_at)
        .bind(purchases.balance_points)
        .bind(purchases.balance_pending)
        .bind(purchases.sequence)
        .bind(purchases.rules_version)
        .bind(purchases.facts)
        .bind(purchases.lines)
        .bind(purchases.applied)
        .bind(purchases.source)
        .bind(purchases.api_key)
        .bind(received_at)
        .bind(balances.merchant)
        .bind(balances.customer)
        .bind(balances.available)
        .bind(balances.debt)
        .bind(balances.lifetime)
        .bind(balances.purchases)
        .bind(balances.spent)
        .bind(balances.sequence)
        .bind(balances.last_purchase_at)
        .bind(balances.lot_points)
        .bind(messages.iter().map(|message| message.module.name()).collect::<Vec<_>>())
        .bind(messages.iter().map(|message| message.merchant.uuid()).collect::<Vec<_>>())
        .bind(messages.into_iter().map(|message| message.payload).collect::<Vec<_>>())
        .bind(purchases.pending)
        .bind(balances.pending)
        .bind(balances.lot_expires_on)
        .bind(purchases.tenders)
        .bind(balances.address)
        .bind(purchases.referral_code)
        .bind(purchases.warnings)
        .bind(balances.undated)
        .fetch_one(conn)
        .await?;
    // An address that does not hold would be a defect; whatever it comes from, nothing of the batch may stay.
    if written == changed { Ok(()) } else { Err(Failure::Transient("balance_moved")) }
}

/// What the modules are told of these purchases.
fn messages(credits: &[Credit]) -> Result<Vec<Message>, serde_json::Error> {
    let mut messages = Messages::default();
    for Credit { record, .. } in credits {
        let totals = Totals { purchases: 1, amount: record.amount.get(), points: record.points_earned.get() };
        messages.count(record.merchant_id, record.business_date, record.retailer_id, totals);
        if let Some(customer) = record.customer_id {
            messages.touch(record.merchant_id, customer);
        }
    }
    messages.finish()
}

/// The columns of the new purchases, in the order of arrival.
#[derive(Default)]
struct Purchases<'c> {
    merchant: Vec<Uuid>,
    id: Vec<Uuid>,
    retailer: Vec<Uuid>,
    transaction_id: Vec<&'c str>,
    customer: Vec<Option<Uuid>>,
    customer_key: Vec<Option<&'c [u8]>>,
    currency: Vec<&'static str>,
    amount: Vec<i64>,
    occurred_at: Vec<DateTime<Utc>>,
    occurred_at_sent: Vec<bool>,
    business_date: Vec<NaiveDate>,
    points: Vec<i64>,
    pending: Vec<i64>,
    claimable: Vec<Option<i64>>,
    claim_code: Vec<Option<&'c str>>,
    claim_expires_at: Vec<Option<DateTime<Utc>>>,
    balance_points: Vec<Option<i64>>,
    balance_pending: Vec<Option<i64>>,
    sequence: Vec<Option<i64>>,
    rules_version: Vec<i64>,
    facts: Vec<String>,
    lines: Vec<String>,
    applied: Vec<String>,
    source: Vec<&'static str>,
    api_key: Vec<Option<Uuid>>,
    /// Empty where nothing but money paid for any of them, as in most batches.
    tenders: Vec<Option<String>>,
    /// Both empty where nobody came with the code of a friend.
    referral_code: Vec<Option<&'c str>>,
    warnings: Vec<Option<String>>,
}

impl<'c> Purchases<'c> {
    fn of(credits: &'c [Credit]) -> Result<Self, serde_json::Error> {
        let mut columns = Self::default();
        let has_tenders = credits.iter().any(|credit| credit.record.tenders.is_some());
        let has_code = credits.iter().any(|credit| credit.record.referral_code.is_some());
        for Credit { record, sequence, claim_expires_at, .. } in credits {
            if has_code {
                columns.referral_code.push(record.referral_code.as_ref().map(|code| code.as_str()));
                let warnings = Some(&record.warnings).filter(|warnings| !warnings.is_empty());
                columns.warnings.push(warnings.map(json).transpose()?);
            }
            if has_tenders {
                columns.tenders.push(record.tenders.as_ref().map(json).transpose()?);
            }
            columns.merchant.push(record.merchant_id.uuid());
            columns.id.push(record.id.uuid());
            columns.retailer.push(record.retailer_id.uuid());
            columns.transaction_id.push(record.transaction_id.as_str());
            columns.customer.push(record.customer_id.map(|id| id.uuid()));
            columns.customer_key.push(record.customer_key.as_ref().map(|key| key.as_bytes()));
            columns.currency.push(record.currency.code());
            columns.amount.push(record.amount.get());
            columns.occurred_at.push(record.occurred_at);
            columns.occurred_at_sent.push(record.occurred_at_sent);
            columns.business_date.push(record.business_date);
            columns.points.push(record.points_earned.get());
            columns.pending.push(record.points_pending.get());
            columns.claimable.push(record.points_claimable.map(|points| points.get()));
            columns.claim_code.push(record.claim_code.as_ref().map(|code| code.as_str()));
            columns.claim_expires_at.push(*claim_expires_at);
            columns.balance_points.push(record.balance.map(|balance| balance.points));
            columns.balance_pending.push(record.balance.map(|balance| balance.pending));
            columns.sequence.push(*sequence);
            columns.rules_version.push(record.rules_version);
            columns.facts.push(json(&record.facts)?);
            columns.lines.push(json(&record.lines)?);
            columns.applied.push(json(&record.applied)?);
            columns.source.push(record.source.as_str());
            columns.api_key.push(record.api_key_id.map(|id| id.uuid()));
        }
        Ok(columns)
    }
}

/// The columns of the balances that change, in the order of their key.
#[derive(Default)]
struct Balances<'a> {
    merchant: Vec<Uuid>,
    customer: Vec<Uuid>,
    address: Vec<&'a str>,
    available: Vec<i64>,
    pending: Vec<i64>,
    debt: Vec<i64>,
    lifetime: Vec<i64>,
    purchases: Vec<i64>,
    spent: Vec<i64>,
    sequence: Vec<i64>,
    last_purchase_at: Vec<Option<DateTime<Utc>>>,
    /// What is added to a lot, and to which; 0 where it has no day.
    lot_points: Vec<i64>,
    lot_expires_on: Vec<Option<NaiveDate>>,
    /// What is added to the points that have no day.
    undated: Vec<i64>,
}

impl<'a> Balances<'a> {
    fn of(accounts: &'a Accounts) -> Self {
        let mut columns = Self::default();
        for (merchant, customer, account, address) in accounts.changed() {
            columns.merchant.push(merchant.uuid());
            columns.customer.push(customer.uuid());
            columns.address.push(address);
            columns.available.push(account.available);
            columns.pending.push(account.pending);
            columns.debt.push(account.debt);
            columns.lifetime.push(account.lifetime);
            columns.purchases.push(account.purchases);
            columns.spent.push(account.spent);
            columns.sequence.push(account.sequence);
            columns.last_purchase_at.push(account.change().last_purchase_at);
            columns.lot_points.push(account.change().dated());
            columns.lot_expires_on.push(account.change().lot_expires_on);
            columns.undated.push(account.change().undated());
        }
        columns
    }
}

fn json(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(value)
}

fn unwritable(error: serde_json::Error) -> Failure {
    Failure::Poisoned(Error::Inconsistent(format!("a purchase cannot be written as JSON: {error}")))
}
