//! Step 6: the balances of a batch, locked.

use std::collections::HashMap;

use perennial_domain::ids::{CustomerId, MerchantId, TierId};
use sqlx::{FromRow as _, PgConnection, Row as _};

use super::Failure;
use super::checks::{Buyer, Fresh};
use super::groups::Groups;
use crate::error::Error;
use crate::intake::account::Account;

/// The balances that a batch has locked, by customer.
pub(super) struct Accounts {
    accounts: HashMap<(MerchantId, CustomerId), Locked>,
    /// The tiers that are stored for them; of most merchants none is.
    tiers: HashMap<(MerchantId, CustomerId), TierId>,
}

/// A balance that nobody else changes before the commit.
struct Locked {
    account: Account,
    /// Where its row is: it stays there while it is locked, and is written there without being looked for again.
    address: String,
}

/// A balance that changes, and the address of its row.
pub(super) type Changed<'a> = (MerchantId, CustomerId, &'a Account, &'a str);

impl Accounts {
    /// Locks the balances of all buyers and reads them. Every customer has one from the beginning.
    pub async fn lock(
        conn: &mut PgConnection,
        groups: &Groups<'_>,
        fresh: &[Fresh<'_>],
    ) -> Result<Self, Failure> {
        let mut buyers: Vec<(MerchantId, CustomerId)> = fresh
            .iter()
            .filter_map(|fresh| match fresh.buyer {
                Buyer::Known(customer) => Some((fresh.merchant, customer)),
                Buyer::Nobody | Buyer::New(_) => None,
            })
            .collect();
        buyers.sort_unstable();
        buyers.dedup();
        let mut accounts = Self { accounts: HashMap::with_capacity(buyers.len()), tiers: HashMap::new() };
        if buyers.is_empty() {
            return Ok(accounts);
        }
        let mut snapshots =
            fresh.iter().filter_map(|fresh| groups.get(fresh.group)).map(|group| &group.snapshot);
        let with_tiers = snapshots.any(|snapshot| !snapshot.tiers.is_empty());
        let rows = sqlx::query(include_str!("../sql/balances_lock.sql"))
            .bind(buyers.iter().map(|(merchant, _)| merchant.uuid()).collect::<Vec<_>>())
            .bind(buyers.iter().map(|(_, customer)| customer.uuid()).collect::<Vec<_>>())
            .bind(with_tiers)
            .fetch_all(conn)
            .await?;
        for row in rows {
            if row.try_get("closed")? {
                // Erased, or merged into another, after we had found the customer: look again. Of who was erased the identity is
                // nobody's by now, and the id is refused; of who was merged both lead to the other.
                return Err(Failure::Transient("closed"));
            }
            let merchant = MerchantId::from_uuid(row.try_get("merchant_id")?);
            let customer = CustomerId::from_uuid(row.try_get("customer_id")?);
            if let Some(tier) = row.try_get("tier_id")? {
                accounts.tiers.insert((merchant, customer), TierId::from_uuid(tier));
            }
            let locked = Locked { account: Account::from_row(&row)?, address: row.try_get("address")? };
            accounts.accounts.insert((merchant, customer), locked);
        }
        Ok(accounts)
    }

    /// Whether the customer has not bought anything before this batch.
    pub fn is_new(&self, merchant: MerchantId, customer: CustomerId) -> Result<bool, Failure> {
        let locked = self.accounts.get(&(merchant, customer)).ok_or_else(|| missing(customer))?;
        Ok(locked.account.is_new())
    }

    /// The tier that was committed for the customer before this batch, where one was.
    pub fn tier(&self, merchant: MerchantId, customer: CustomerId) -> Option<TierId> {
        self.tiers.get(&(merchant, customer)).copied()
    }

    pub fn of(&mut self, merchant: MerchantId, customer: CustomerId) -> Result<&mut Account, Failure> {
        let locked = self.accounts.get_mut(&(merchant, customer)).ok_or_else(|| missing(customer))?;
        Ok(&mut locked.account)
    }

    /// The accounts that change, in the order of their key.
    pub fn changed(&self) -> Vec<Changed<'_>> {
        let mut changed: Vec<_> = self
            .accounts
            .iter()
            .filter(|(_, locked)| locked.account.change().purchases > 0)
            .map(|((merchant, customer), Locked { account, address })| {
                (*merchant, *customer, account, address.as_str())
            })
            .collect();
        changed.sort_unstable_by_key(|(merchant, customer, ..)| (*merchant, *customer));
        changed
    }
}

fn missing(customer: CustomerId) -> Failure {
    Failure::Poisoned(Error::Inconsistent(format!("customer {customer} has no balance to lock")))
}
