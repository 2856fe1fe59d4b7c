//! What was spent, in one statement of arrays.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::ids::MerchantId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Tenders;
use super::purse::Purse;
use crate::intake::batch::Failure;
use crate::intake::batch::credit::Credit;
use crate::ledger::PostingKind;

/// Writes what these purchases were paid with besides money. Nothing for most batches.
pub(in crate::intake::batch) async fn write(
    conn: &mut PgConnection,
    tenders: &Tenders,
    credits: &[Credit],
    received_at: DateTime<Utc>,
) -> Result<(), Failure> {
    let postings = Postings::of(credits);
    let mut rest = Rest::default();
    for (merchant, customer, purse) in tenders.purses.sorted() {
        rest.add(merchant, customer.uuid(), purse);
    }
    if !postings.posting.is_empty() {
        // The order is that of the placeholders in the file.
        sqlx::query(include_str!("write.sql"))
            .bind(postings.merchant)
            .bind(postings.posting)
            .bind(postings.kind)
            .bind(postings.account)
            .bind(postings.customer)
            .bind(postings.sequence)
            .bind(postings.amount)
            .bind(postings.unit)
            .bind(postings.purchase)
            .bind(received_at)
            .bind(rest.lot_merchant)
            .bind(rest.lot_customer)
            .bind(rest.lot_expires_on)
            .bind(rest.lot_remaining)
            .bind(rest.cashback_merchant)
            .bind(rest.cashback_purchase)
            .bind(rest.cashback_offer)
            .bind(rest.cashback_taken)
            .bind(rest.wallet_merchant)
            .bind(rest.wallet_customer)
            .bind(rest.wallet_currency)
            .bind(rest.wallet_taken)
            .execute(&mut *conn)
            .await?;
    }
    tenders.vouchers.write(conn, received_at).await
}

/// One element per posting.
#[derive(Default)]
struct Postings {
    merchant: Vec<Uuid>,
    posting: Vec<Uuid>,
    kind: Vec<&'static str>,
    account: Vec<&'static str>,
    customer: Vec<Uuid>,
    sequence: Vec<i64>,
    amount: Vec<i64>,
    unit: Vec<&'static str>,
    purchase: Vec<Uuid>,
}

impl Postings {
    fn of(credits: &[Credit]) -> Self {
        let mut columns = Self::default();
        for Credit { record, spent, .. } in credits {
            let (Some(customer), Some(tenders)) = (record.customer_id, &record.tenders) else { continue };
            let mut add = |kind: PostingKind, account, posting, sequence, amount, unit| {
                columns.merchant.push(record.merchant_id.uuid());
                columns.posting.push(posting);
                columns.kind.push(kind.as_str());
                columns.account.push(account);
                columns.customer.push(customer.uuid());
                columns.sequence.push(sequence);
                columns.amount.push(amount);
                columns.unit.push(unit);
                columns.purchase.push(record.id.uuid());
            };
            if let (Some(points), Some(sequence)) = (&tenders.points, spent.points) {
                let spent = points.spent.get();
                add(PostingKind::Redemption, "available", points.posting, sequence, spent, "points");
            }
            if let (Some(cashback), Some(sequence)) = (&tenders.cashback, spent.cashback) {
                let (amount, unit) = (cashback.amount.get(), record.currency.code());
                add(PostingKind::Cashback, "cashback", cashback.posting, sequence, amount, unit);
            }
        }
        columns
    }
}

/// Lots and wallets, in the order of their keys.
#[derive(Default)]
struct Rest {
    lot_merchant: Vec<Uuid>,
    lot_customer: Vec<Uuid>,
    lot_expires_on: Vec<NaiveDate>,
    lot_remaining: Vec<i64>,
    cashback_merchant: Vec<Uuid>,
    cashback_purchase: Vec<Uuid>,
    cashback_offer: Vec<Uuid>,
    cashback_taken: Vec<i64>,
    wallet_merchant: Vec<Uuid>,
    wallet_customer: Vec<Uuid>,
    wallet_currency: Vec<String>,
    wallet_taken: Vec<i64>,
}

impl Rest {
    fn add(&mut self, merchant: MerchantId, customer: Uuid, purse: &Purse) {
        let merchant = merchant.uuid();
        for (day, left) in purse.changed_lots() {
            self.lot_merchant.push(merchant);
            self.lot_customer.push(customer);
            self.lot_expires_on.push(day);
            self.lot_remaining.push(left);
        }
        let mut wallets: BTreeMap<&str, i64> = BTreeMap::new();
        for ((purchase, offer), lot) in purse.changed_wallet() {
            // Parts of a wallet, whose amount the database keeps.
            let taken = i64::try_from(lot.taken).unwrap_or(i64::MAX);
            self.cashback_merchant.push(merchant);
            self.cashback_purchase.push(purchase.uuid());
            self.cashback_offer.push(offer.uuid());
            self.cashback_taken.push(taken);
            *wallets.entry(&lot.currency).or_default() += taken;
        }
        for (currency, taken) in wallets {
            self.wallet_merchant.push(merchant);
            self.wallet_customer.push(customer);
            self.wallet_currency.push(currency.to_owned());
            self.wallet_taken.push(taken);
        }
    }
}
