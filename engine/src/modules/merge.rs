//! Two customers become one: what the modules have of them.
//!
//! ```text
//! hold: the leaderboard ─▶ claims, identities ─▶ hold_things: vouchers, redemptions, ladder ─▶ balances ─▶ before
//!     ─▶ whose purchases they are is changed ─▶ wallets: postings ─▶ the ledger is written ─▶ merge
//! ```
//! The operation (`engine/src/merge`) calls these steps in this order, within its transaction. Each module says in a file of
//! its own what it adds up, what it keeps of both, what it lets go, and why. What they have in common: what is counted is
//! added, a number that only the sum has passed was passed by nobody and gives nothing, what one of the two was given counts
//! as given, what one of them did not want is not wanted, and what was told is not told again.

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};
use uuid::Uuid;

use super::{cashback, leaderboard, policies, referrals, tiers};
use crate::engine::Engine;
use crate::error::Error;
use crate::ledger::Ledger;
use crate::privacy::Money;
use crate::statement::statement;
use crate::{events, limits, messages, rewards};

/// Two customers of whom one goes on.
#[derive(Clone, Copy)]
pub(crate) struct Merging<'m> {
    pub engine: &'m Engine,
    pub txn: &'m DatabaseTransaction,
    pub merchant: MerchantId,
    /// Whose account ends.
    pub from: CustomerId,
    /// Whose goes on.
    pub into: CustomerId,
    pub now: DateTime<Utc>,
    /// The name of who merges them.
    pub by: &'m str,
}

/// What has to be known of before, and cannot be read afterwards.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before {
    /// Whether the customer who ends had bought something.
    pub from_bought: bool,
    /// Whether the one who goes on had.
    pub into_bought: bool,
}

/// What the modules have given to the customer who goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ModulesMerged {
    /// Vouchers that can be used.
    pub vouchers: i64,
    /// Redemptions, whatever has become of them.
    pub redemptions: i64,
    /// Rewards of policies, given or still to be given.
    pub awards: i64,
    /// What the tier of the customer who goes on was called.
    pub tier_before: Option<String>,
    /// What that of the other one was called.
    pub tier_of_from: Option<String>,
    /// What it is called now; progress may raise it further in a moment.
    pub tier_after: Option<String>,
}

impl Merging<'_> {
    /// Locks what comes before everything that others order.
    pub async fn hold(&self) -> Result<(), Error> {
        leaderboard::merge::hold(self).await
    }

    /// Locks what comes before balances, in the order of locks. The identities are locked.
    pub async fn hold_things(&self) -> Result<(), Error> {
        rewards::merge::hold(self).await?;
        tiers::merge::hold(self).await
    }

    /// Whose balances are to be locked: of both, and of whoever brought them, who may be told that it does not count.
    pub async fn people(&self) -> Result<Vec<CustomerId>, Error> {
        let mut people = referrals::merge::advocates(self).await?;
        people.extend([self.from, self.into]);
        people.sort_unstable();
        people.dedup();
        Ok(people)
    }

    /// What is to be found out, and to be ended, while each still has what is the own. Nothing was posted yet.
    pub async fn before(&self, ledger: &Ledger) -> Result<Before, Error> {
        // Whoever waits for a code at an address of the account that ends asks for another one.
        let [merchant, from, _] = self.key();
        let codes = include_str!("../privacy/sql/login_codes.sql");
        self.txn.execute_raw(statement(codes, [merchant, from])).await?;
        policies::merge::before(self, ledger).await?;
        Ok(Before {
            from_bought: self.has_bought(self.from).await?,
            into_bought: self.has_bought(self.into).await?,
        })
    }

    /// Moves the wallets, with postings in a ledger that the caller writes. Purchases are those of the customer who goes on
    /// by now. Tells what that was, in each currency; below zero where more was owed.
    pub async fn wallets(&self, ledger: &mut Ledger) -> Result<Vec<Money>, Error> {
        cashback::merge::merge(self, ledger).await
    }

    /// Everything else. The ledger is written.
    pub async fn merge(&self, before: Before) -> Result<ModulesMerged, Error> {
        limits::merge::merge(self).await?;
        let things = rewards::merge::merge(self).await?;
        let tier = tiers::merge::merge(self).await?;
        let referred = referrals::merge::merge(self, before).await?;
        let awards = policies::merge::merge(self, referred).await?;
        leaderboard::merge::merge(self).await?;
        events::merge::merge(self).await?;
        messages::merge::merge(self).await?;
        // An app that speaks for the account that ends signs in again, for the one that goes on.
        let [merchant, from, _] = self.key();
        let tokens = "DELETE FROM customer_tokens WHERE merchant_id = $1 AND customer_id = $2";
        self.txn.execute_raw(statement(tokens, [merchant, from])).await?;
        Ok(ModulesMerged {
            vouchers: things.vouchers,
            redemptions: things.redemptions,
            awards,
            tier_before: tier.before,
            tier_of_from: tier.of_from,
            tier_after: tier.after,
        })
    }

    /// The merchant ($1), who ends ($2) and who goes on ($3): what every statement of a merge begins with.
    pub fn key(&self) -> [Value; 3] {
        [self.merchant.uuid().into(), self.from.uuid().into(), self.into.uuid().into()]
    }

    /// Runs a statement that needs nothing but the key.
    pub async fn run(&self, sql: &'static str) -> Result<(), Error> {
        self.txn.execute_raw(statement(sql, self.key())).await?;
        Ok(())
    }

    /// The rows of a statement that needs nothing but the key.
    pub async fn rows(&self, sql: &'static str) -> Result<Vec<QueryResult>, Error> {
        Ok(self.txn.query_all_raw(statement(sql, self.key())).await?)
    }

    async fn has_bought(&self, customer: CustomerId) -> Result<bool, Error> {
        let sql = "SELECT FROM balances WHERE merchant_id = $1 AND customer_id = $2 AND purchases > 0";
        let key: [Uuid; 2] = [self.merchant.uuid(), customer.uuid()];
        Ok(self.txn.query_one_raw(statement(sql, key.map(Value::from))).await?.is_some())
    }
}
