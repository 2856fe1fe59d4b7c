//! The code of a customer: made once, shown and followed ever after.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::codes::ReferralCode;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde::{Deserialize, Serialize};

use super::statement;
use crate::claims::find_customer;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::ledger::Ledger;
use crate::rules::publish_rules;
use crate::stored::stored;

/// How often another code is made when somebody has the one that was made; with 50 random bits once is enough.
const ROUNDS: usize = 5;

/// A customer's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReferralCodeView {
    /// The code, without the hyphen that people see.
    pub code: ReferralCode,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it brings nobody, because its owner was banned.
    pub disabled_at: Option<DateTime<Utc>>,
    /// How often its links were followed, and those of codes that came to the customer with other accounts.
    pub clicks: i64,
    /// How many friends came by it; rejected ones are not counted.
    pub friends: i64,
}

impl Engine {
    /// The code of a customer, made when there is none. A customer may ask for the own one.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `referrals_disabled` where nobody can be recommended.
    pub async fn referral_code_of(&self, cx: &Cx, customer: CustomerId) -> Result<ReferralCodeView, Error> {
        cx.require_for(Action::ReferralsWrite, customer)?;
        if let Some(code) = find(self.db(), cx.merchant(), Key::Customer(customer)).await? {
            return Ok(code);
        }
        let txn = self.begin().await?;
        let code = self.referral_code_of_in(&txn, cx, customer).await?;
        txn.commit().await?;
        Ok(code)
    }

    /// [`referral_code_of`](Self::referral_code_of) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn referral_code_of_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        customer: CustomerId,
    ) -> Result<ReferralCodeView, Error> {
        cx.require_for(Action::ReferralsWrite, customer)?;
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        if !self.merchant_settings_in(txn, merchant).await?.referrals.enabled {
            return Err(Error::conflict("referrals_disabled", "This program has no referrals"));
        }
        open(txn, merchant, now).await?;
        // The balance of the customer is what two who ask at once wait for.
        let locked = Ledger::lock(txn, merchant, &[customer], now).await.map_err(|error| match error {
            Error::CustomerNotFound => Error::NotFound(What::Customer),
            other => other,
        })?;
        locked.refuse_erased(customer)?;
        for _ in 0..ROUNDS {
            if let Some(code) = find(txn, merchant, Key::Customer(customer)).await? {
                return Ok(code);
            }
            let code = ReferralCode::from_random(rand::random());
            let values = [merchant.uuid().into(), customer.uuid().into(), code.as_str().into(), now.into()];
            txn.execute_raw(statement(include_str!("sql/code_insert.sql"), values)).await?;
        }
        Err(Error::Inconsistent("no free referral code was found".to_owned()))
    }

    /// The code of a customer who is named in a body, made when there is none.
    ///
    /// # Errors
    /// Those of [`referral_code_of_in`](Self::referral_code_of_in), and [`Error::CustomerNotFound`].
    pub async fn referral_code_for_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        customer: &CustomerRef,
    ) -> Result<ReferralCodeView, Error> {
        cx.require(Action::ReferralsWrite)?;
        let customer = find_customer(txn, cx.merchant(), customer).await?.ok_or(Error::CustomerNotFound)?;
        self.referral_code_of_in(txn, cx, customer).await
    }

    /// The code of a customer, when one was made. A customer may ask for the own one.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn referral_code_known(
        &self,
        cx: &Cx,
        customer: CustomerId,
    ) -> Result<Option<ReferralCodeView>, Error> {
        cx.require_for(Action::ReferralsRead, customer)?;
        self.customer_must_exist(cx, customer).await?;
        find(self.db(), cx.merchant(), Key::Customer(customer)).await
    }

    /// Whose a code is, for those who decide about that.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a code that nobody of the merchant has.
    pub async fn referral_code_owner(&self, cx: &Cx, code: &ReferralCode) -> Result<CustomerId, Error> {
        cx.require(Action::ReferralsReview)?;
        let found = find(self.db(), cx.merchant(), Key::Code(code)).await?;
        Ok(found.ok_or(Error::NotFound(What::ReferralCode))?.customer_id)
    }

    /// A code, by what is written on it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a code that nobody of the merchant has.
    pub async fn referral_code_get(&self, cx: &Cx, code: &ReferralCode) -> Result<ReferralCodeView, Error> {
        cx.require(Action::ReferralsRead)?;
        let found = find(self.db(), cx.merchant(), Key::Code(code)).await?;
        found.ok_or(Error::NotFound(What::ReferralCode))
    }
}

/// By what a code is looked for.
pub(super) enum Key<'k> {
    Customer(CustomerId),
    Code(&'k ReferralCode),
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    key: Key<'_>,
) -> Result<Option<ReferralCodeView>, Error> {
    let row = match key {
        Key::Customer(customer) => {
            let sql = concat!(
                include_str!("sql/code.sql"),
                "WHERE c.merchant_id = $1 AND c.customer_id = $2 AND c.merged_at IS NULL"
            );
            db.query_one_raw(statement(sql, [merchant.uuid().into(), customer.uuid().into()])).await?
        }
        Key::Code(code) => {
            let sql = concat!(include_str!("sql/code.sql"), "WHERE c.merchant_id = $1 AND c.code = $2");
            db.query_one_raw(statement(sql, [merchant.uuid().into(), code.as_str().into()])).await?
        }
    };
    row.as_ref().map(view).transpose()
}

fn view(row: &QueryResult) -> Result<ReferralCodeView, Error> {
    let code: String = row.try_get("", "code")?;
    Ok(ReferralCodeView {
        code: stored(ReferralCode::new(&code), "referral_codes.code")?,
        customer_id: CustomerId::from_uuid(row.try_get("", "customer_id")?),
        created_at: row.try_get("", "created_at")?,
        disabled_at: row.try_get("", "disabled_at")?,
        clicks: row.try_get("", "clicks")?,
        friends: row.try_get("", "friends")?,
    })
}

/// Makes the row that the merchant's referrals are locked by. With the first one every server is told that purchases
/// are to be told.
async fn open(txn: &DatabaseTransaction, merchant: MerchantId, now: DateTime<Utc>) -> Result<(), Error> {
    let sql = "INSERT INTO referral_programs (merchant_id, opened_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let opened = txn.execute_raw(statement(sql, [merchant.uuid().into(), now.into()])).await?;
    if opened.rows_affected() == 1 {
        publish_rules(txn, merchant, now).await?;
    }
    Ok(())
}
