//! Step 6, for purchases with the code of a friend: who was brought by whom. Most batches have none, and ask and write
//! nothing for it. See [`crate::modules::referrals`], where everything is but the driver.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::referrals::CameBy;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Failure;
use super::accounts::Accounts;
use super::arrivals::Arrival;
use super::checks::{Buyer, Fresh};
use super::groups::Groups;
use crate::modules::referrals::{Ask, Candidate, NAME, NotReferred, refer};
use crate::purchase_record::Warning;

/// What tills are told of codes that do not count, by the place in the batch.
pub(super) struct Referrals(HashMap<usize, NotReferred>);

/// The connection of a lane.
struct Conn<'c>(&'c mut PgConnection);

#[async_trait]
impl Ask for Conn<'_> {
    type Error = Failure;

    async fn ask(&mut self, sql: &'static str, input: Value) -> Result<Value, Failure> {
        Ok(sqlx::query_scalar(sql).bind(input).fetch_one(&mut *self.0).await?)
    }
}

impl Referrals {
    /// Makes the referrals that these purchases bring. The balances of the buyers are locked.
    pub async fn make(
        conn: &mut PgConnection,
        groups: &Groups<'_>,
        fresh: &[Fresh<'_>],
        accounts: &Accounts,
        now: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let mut warned = Self(HashMap::new());
        keep_fingerprints(conn, groups, fresh).await?;
        if fresh.iter().all(|fresh| fresh.item.purchase.referral_code.is_none()) {
            return Ok(warned);
        }
        let (mut candidates, mut places, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for fresh in fresh {
            let code = fresh.item.purchase.referral_code.as_ref();
            let Some(group) = groups.get(fresh.group) else { continue };
            match (fresh.buyer, code) {
                (Buyer::Known(friend), code) => {
                    // Only the earliest of a batch can be a customer's first, with a code or without.
                    let is_first = seen.insert((fresh.merchant, friend));
                    let Some(code) = code else { continue };
                    if !(is_first && accounts.is_new(fresh.merchant, friend)?) {
                        warned.0.insert(fresh.place, NotReferred::NotApplicable);
                        continue;
                    }
                    let policy = &group.snapshot.settings.referrals;
                    let (merchant, came_by) = (fresh.merchant, CameBy::Purchase);
                    candidates.push(Candidate { merchant, policy, friend, code: code.code(), came_by, now });
                    places.push(fresh.place);
                }
                // It waits with the purchase for whoever claims it, if it is a code at all.
                (Buyer::Nobody | Buyer::New(_), Some(code)) if code.code().is_none() => {
                    warned.0.insert(fresh.place, NotReferred::UnknownCode);
                }
                (Buyer::Nobody | Buyer::New(_), _) => {}
            }
        }
        if !candidates.is_empty() {
            let outcomes = refer(&mut Conn(conn), &candidates).await?;
            let refused = places.into_iter().zip(outcomes);
            warned.0.extend(refused.filter_map(|(place, outcome)| Some((place, outcome.err()?))));
        }
        Ok(warned)
    }

    /// What the till of an arrival is told.
    pub fn warn(&self, arrivals: &mut [Arrival<'_>]) {
        for arrival in arrivals {
            if let Some(why) = self.0.get(&arrival.place) {
                let warning = Warning { code: why.code().to_owned(), detail: why.text().to_owned() };
                arrival.warnings.push(warning);
            }
        }
    }
}

/// Remembers by which means people pay, where a till tells and the merchant has referrals.
async fn keep_fingerprints(
    conn: &mut PgConnection,
    groups: &Groups<'_>,
    fresh: &[Fresh<'_>],
) -> Result<(), Failure> {
    let mut rows: Vec<(MerchantId, CustomerId, Vec<u8>)> = Vec::new();
    for fresh in fresh {
        let (Buyer::Known(customer), Some(payment)) = (fresh.buyer, &fresh.item.purchase.payment_fingerprint)
        else {
            continue;
        };
        let is_asked = groups
            .get(fresh.group)
            .is_some_and(|group| group.snapshot.modules.iter().any(|module| module == NAME));
        if is_asked {
            let mut hash = Sha256::new();
            hash.update(fresh.merchant.uuid().as_bytes());
            hash.update(payment.as_str().as_bytes());
            rows.push((fresh.merchant, customer, hash.finalize().to_vec()));
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    rows.sort_unstable();
    rows.dedup();
    let (mut merchants, mut customers, mut hashes) = (Vec::<Uuid>::new(), Vec::<Uuid>::new(), Vec::new());
    for (merchant, customer, hash) in rows {
        merchants.push(merchant.uuid());
        customers.push(customer.uuid());
        hashes.push(hash);
    }
    sqlx::query(
        "INSERT INTO payment_fingerprints (merchant_id, customer_id, hash)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bytea[])
         ON CONFLICT DO NOTHING",
    )
    .bind(merchants)
    .bind(customers)
    .bind(hashes)
    .execute(conn)
    .await?;
    Ok(())
}
