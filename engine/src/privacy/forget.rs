//! The list of what is deleted of a customer: every table that holds something of a person has a line here.

use std::collections::BTreeMap;

use perennial_domain::codes::{CardNumber, Email, ExternalId, Phone};
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use crate::error::Error;
use crate::merge;
use crate::purchase_record::CustomerKey;
use crate::statement::statement;

/// A customer whose identities are locked.
pub(super) struct Person {
    pub customer: CustomerId,
    /// Kind and normalised value of each.
    pub identities: Vec<(String, String)>,
}

/// Statements with the merchant ($1) and the customer ($2), in this order, each with what its rows are called. Those that
/// look for the addresses of the customer come before the one that deletes these.
const FORGET: &[(&str, &str)] = &[
    ("open_vouchers", include_str!("sql/vouchers_end.sql")),
    ("awards_to_come", include_str!("sql/awards_cancel.sql")),
    ("referral_codes", include_str!("sql/referral_code_close.sql")),
    ("payment_fingerprints", "DELETE FROM payment_fingerprints WHERE merchant_id = $1 AND customer_id = $2"),
    // What the till called the customer, as a hash: of those who bought, who claimed, and for whom it was held.
    (
        "names_in_purchases",
        "UPDATE purchases SET customer_key = '' WHERE merchant_id = $1 AND customer_id = $2 AND customer_key <> ''",
    ),
    ("names_in_purchases", include_str!("sql/claimed_forget.sql")),
    (
        "reasons_of_adjustments",
        "UPDATE adjustments SET reason = '' WHERE merchant_id = $1 AND customer_id = $2 AND reason <> ''",
    ),
    (
        "notes_of_merges",
        "UPDATE merges SET note = '' WHERE merchant_id = $1 AND note <> ''
             AND from_id IN (SELECT id FROM customers WHERE merchant_id = $1 AND merged_into = $2)",
    ),
    ("letters", "DELETE FROM mail WHERE merchant_id = $1 AND customer_id = $2"),
    ("letters", include_str!("sql/letters_before.sql")),
    ("login_codes", include_str!("sql/login_codes.sql")),
    ("sessions", include_str!("sql/sessions.sql")),
    ("message_preferences", "DELETE FROM message_preferences WHERE merchant_id = $1 AND customer_id = $2"),
    ("tokens", "DELETE FROM customer_tokens WHERE merchant_id = $1 AND customer_id = $2"),
    ("notification_reads", "DELETE FROM notification_reads WHERE merchant_id = $1 AND customer_id = $2"),
    ("webhook_attempts", include_str!("sql/attempts.sql")),
    ("webhook_attempts", include_str!("sql/attempts_about.sql")),
    ("webhook_deliveries", "DELETE FROM webhook_deliveries WHERE merchant_id = $1 AND customer_id = $2"),
    ("events", "DELETE FROM events WHERE merchant_id = $1 AND customer_id = $2"),
    ("remembered_answers", include_str!("sql/answers.sql")),
    ("identities", "DELETE FROM customer_identities WHERE merchant_id = $1 AND customer_id = $2"),
];

/// Locks the deliveries of the customer, in the order in which they are written: whoever notes an attempt has done so, or
/// finds the delivery gone. Of deliveries that are written later no answers are kept.
const DELIVERIES: &str = "SELECT FROM webhook_deliveries WHERE merchant_id = $1 AND customer_id = $2
    ORDER BY endpoint_id, event_id FOR UPDATE";

/// Locks the vouchers that are open, in the order of their codes: whoever uses one has done so, or waits.
const VOUCHERS: &str = "SELECT FROM vouchers WHERE merchant_id = $1 AND customer_id = $2 AND state = 'issued'
    ORDER BY code FOR NO KEY UPDATE";

impl Person {
    /// Locks what the customer is found by, and the vouchers, before the balance. Of somebody who is not there: nothing.
    pub async fn lock(
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        customer: CustomerId,
    ) -> Result<Self, Error> {
        let key = || [merchant.uuid().into(), customer.uuid().into()];
        let sql = "SELECT kind, value FROM customer_identities WHERE merchant_id = $1 AND customer_id = $2
                   ORDER BY kind, value FOR UPDATE";
        let rows = txn.query_all_raw(statement(sql, key())).await?;
        let identities = rows.iter().map(|row| Ok((row.try_get("", "kind")?, row.try_get("", "value")?)));
        let identities = identities.collect::<Result<_, Error>>()?;
        txn.query_all_raw(statement(VOUCHERS, key())).await?;
        Ok(Self { customer, identities })
    }

    /// The accounts that were merged into the customer: what was told of them stays under their own ids. They have no identities
    /// any more, and nobody writes there.
    pub async fn former(&self, txn: &DatabaseTransaction, merchant: MerchantId) -> Result<Vec<Self>, Error> {
        let former = merge::former(txn, merchant, self.customer).await?;
        Ok(former.into_iter().map(|customer| Self { customer, identities: Vec::new() }).collect())
    }

    /// Locks what receivers of webhooks are told, behind the balance and before the row of the customer: whoever notes an attempt
    /// takes the delivery, then that row.
    pub async fn lock_deliveries(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
    ) -> Result<(), Error> {
        let key = [merchant.uuid().into(), self.customer.uuid().into()];
        txn.query_all_raw(statement(DELIVERIES, key)).await?;
        Ok(())
    }

    /// The hashes by which purchases know how a till named the customer, in hexadecimal digits.
    fn keys(&self, merchant: MerchantId) -> Vec<String> {
        let named = self.identities.iter().filter_map(|(kind, value)| named(kind, value));
        let keys = named.map(|named| CustomerKey::of(merchant, &named));
        keys.map(|key| key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()).collect()
    }
}

/// An identity as a till names it.
fn named(kind: &str, value: &str) -> Option<CustomerRef> {
    match kind {
        "external_id" => ExternalId::new(value).ok().map(CustomerRef::ExternalId),
        "email" => Email::new(value).ok().map(CustomerRef::Email),
        "phone" => Phone::parse(value, None).ok().map(CustomerRef::Phone),
        "card" => CardNumber::new(value).ok().map(CustomerRef::Card),
        _ => None,
    }
}

/// Deletes all of it, and adds up how many rows of what.
pub(super) async fn forget(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    person: &Person,
    removed: &mut BTreeMap<String, i64>,
) -> Result<(), Error> {
    let key = || -> [Value; 2] { [merchant.uuid().into(), person.customer.uuid().into()] };
    let mut count = |what: &str, rows: u64| {
        if rows > 0 {
            *removed.entry(what.to_owned()).or_default() += i64::try_from(rows).unwrap_or(i64::MAX);
        }
    };
    let keys = person.keys(merchant);
    if !keys.is_empty() {
        let values = [merchant.uuid().into(), keys.into()];
        let held = txn.execute_raw(statement(include_str!("sql/held_forget.sql"), values)).await?;
        count("names_in_purchases", held.rows_affected());
    }
    for (what, sql) in FORGET {
        count(what, txn.execute_raw(statement(sql, key())).await?.rows_affected());
    }
    Ok(())
}

/// Adds up how many rows of what stay.
pub(super) async fn kept(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customer: CustomerId,
    kept: &mut BTreeMap<String, i64>,
) -> Result<(), Error> {
    let key = [merchant.uuid().into(), customer.uuid().into()];
    for row in txn.query_all_raw(statement(include_str!("sql/kept.sql"), key)).await? {
        let (what, rows): (String, i64) = (row.try_get("", "what")?, row.try_get("", "rows")?);
        if rows > 0 {
            *kept.entry(what).or_default() += rows;
        }
    }
    Ok(())
}
