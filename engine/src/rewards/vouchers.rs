//! Vouchers: given with a redemption, looked up by their code, used once.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::codes::{VoucherCode, Zone};
use perennial_domain::events::EventKind;
use perennial_domain::ids::{CustomerId, MerchantId, PurchaseId, RedemptionId, VoucherId};
use perennial_domain::points::Points;
use perennial_domain::rewards::{
    CostInput, RewardInput, RewardKind, RewardTerms, ValueInput, VoucherState, voucher_expiry,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::statement;
use crate::cx::{By, Cx};
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::events::{Happening, announce};
use crate::page::{Page, PageRequest};
use crate::stored::stored;

/// What a voucher takes off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Worth {
    /// `money_off`, `percent`, `free_product`, or `voucher_pool` for a code that only the merchant knows the worth of.
    pub kind: String,
    /// Minor units, a decimal, or a sku, as in the terms of the reward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ValueInput>,
}

/// A voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Voucher {
    /// The voucher.
    pub id: VoucherId,
    /// Its code, as people are shown it.
    pub code: String,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// What was paid for it; absent when it was given.
    pub redemption_id: Option<RedemptionId>,
    /// What it is called.
    pub name: String,
    /// What it takes off.
    #[serde(flatten)]
    pub worth: Worth,
    /// Where it is in its life.
    pub state: VoucherState,
    /// When it was given.
    pub issued_at: DateTime<Utc>,
    /// The first instant at which it cannot be used any more.
    pub expires_at: Option<DateTime<Utc>>,
    /// The purchase that it was used in.
    pub purchase_id: Option<PurchaseId>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
}

/// What is needed to give the voucher of a redemption.
pub(super) struct Issue<'a> {
    pub redemption: RedemptionId,
    pub customer: CustomerId,
    pub points: Points,
    pub terms: &'a RewardTerms,
    pub zone: Zone,
    pub now: DateTime<Utc>,
}

impl Engine {
    /// A voucher by its code.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a customer who asks for somebody else's; [`Error::Throttled`] for whoever tries codes.
    pub async fn voucher_get(&self, cx: &Cx, code: &VoucherCode) -> Result<Voucher, Error> {
        if cx.customer().is_none() {
            cx.require(Action::RedemptionsWrite)?;
        }
        self.voucher_may_ask(cx).await?;
        let found = find(self.db(), cx, code, self.now(cx.merchant())).await;
        self.voucher_asked(cx, found).await
    }

    /// Counts an answer that there is no such voucher.
    async fn voucher_asked(&self, cx: &Cx, found: Result<Voucher, Error>) -> Result<Voucher, Error> {
        if let Err(Error::NotFound(What::Voucher)) = found {
            self.voucher_missed(cx).await;
        }
        found
    }

    /// The vouchers of a customer, the newest first. A customer reads only what is the customer's own.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when the page cannot be read.
    pub async fn customer_vouchers(
        &self,
        cx: &Cx,
        customer: CustomerId,
        page: &PageRequest,
    ) -> Result<Page<Voucher>, Error> {
        cx.require_for(Action::RedemptionsWrite, customer)?;
        self.customer_of(cx, customer).await?;
        let sql = "SELECT * FROM vouchers
                   WHERE merchant_id = $1 AND customer_id = $2 AND ($3::uuid IS NULL OR id < $3)
                   ORDER BY id DESC LIMIT $4";
        let after = page.after::<Uuid>()?;
        let values = [cx.merchant().uuid().into(), customer.uuid().into(), after.into(), page.probe().into()];
        let rows = self.db().query_all_raw(statement(sql, values)).await?;
        let now = self.now(cx.merchant());
        let vouchers = rows.iter().map(|row| voucher(row, now)).collect::<Result<_, _>>()?;
        Ok(page.page(vouchers, |voucher: &Voucher| voucher.id.uuid()))
    }

    /// Uses a voucher at a till, without a purchase that Perennial knows of. Of all who try, exactly one succeeds.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `voucher_used`, `voucher_expired`, `voucher_cancelled` or
    /// `voucher_reserved`; [`Error::Throttled`] for whoever tries codes.
    pub async fn voucher_use(&self, cx: &Cx, code: &VoucherCode) -> Result<Voucher, Error> {
        let txn = self.begin().await?;
        let voucher = self.voucher_use_in(&txn, cx, code).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(voucher)
    }

    /// [`voucher_use`](Self::voucher_use) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn voucher_use_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        code: &VoucherCode,
    ) -> Result<Voucher, Error> {
        cx.require(Action::RedemptionsWrite)?;
        self.voucher_may_ask(cx).await?;
        let now = self.now(cx.merchant());
        let uses = [Use { merchant: cx.merchant(), code: code.clone(), purchase: None }];
        let used = use_all(txn, &uses, &By::from(cx), now).await?;
        // A statement of its own: it sees what whoever was faster has committed.
        let found = find(txn, cx, code, now).await;
        let voucher = self.voucher_asked(cx, found).await?;
        if used == 0 {
            return Err(refused(voucher.state));
        }
        let data =
            json!({ "voucher_id": voucher.id, "reward": voucher.name, "purchase_id": voucher.purchase_id });
        let told = Happening::of(voucher.customer_id, EventKind::VoucherUsed, data);
        announce(txn, self, cx.merchant(), vec![told]).await?;
        Ok(voucher)
    }

    /// Gives the voucher of a redemption that has just been captured; none for what people prepare.
    pub(super) async fn issue_voucher(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        issue: &Issue<'_>,
    ) -> Result<(), Error> {
        let (code, shown) = match &issue.terms.kind {
            RewardKind::External => return Ok(()),
            RewardKind::VoucherPool => pool_code(txn, cx, issue.redemption).await?,
            RewardKind::MoneyOff(_) | RewardKind::Percent(_) | RewardKind::FreeProduct(_) => {
                let code = VoucherCode::from_random(rand::random());
                (code.as_str().to_owned(), code.grouped())
            }
        };
        let worth = worth(issue.terms, issue.points)?;
        let sql = "INSERT INTO vouchers (merchant_id, id, code, shown, customer_id, redemption_id, name, worth, state,
                       issued_at, expires_at, changed_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'issued', $9, $10, $9)";
        let (millis, random) = self.id_parts();
        let values = [
            cx.merchant().uuid().into(),
            VoucherId::new(millis, random).uuid().into(),
            code.into(),
            shown.into(),
            issue.customer.uuid().into(),
            issue.redemption.uuid().into(),
            issue.terms.name.as_str().into(),
            stored(serde_json::to_value(worth), "vouchers.worth")?.into(),
            issue.now.into(),
            voucher_expiry(issue.now, issue.terms.valid_days, issue.zone).into(),
        ];
        txn.execute_raw(statement(sql, values)).await?;
        Ok(())
    }

    /// Refuses a customer of nobody or of another merchant.
    async fn customer_of(&self, cx: &Cx, customer: CustomerId) -> Result<(), Error> {
        if cx.customer().is_some() { Ok(()) } else { self.customer_must_exist(cx, customer).await }
    }
}

/// A voucher to be used, perhaps in a purchase.
pub(super) struct Use {
    pub merchant: MerchantId,
    pub code: VoucherCode,
    pub purchase: Option<PurchaseId>,
}

/// Uses vouchers that can be used now, with the redemptions behind them, in one statement; tells how many.
///
/// It locks vouchers in the order of their codes, then redemptions. A voucher of which somebody else was faster is left
/// out.
pub(super) async fn use_all(
    txn: &impl ConnectionTrait,
    uses: &[Use],
    by: &By,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let merchants: Vec<Uuid> = uses.iter().map(|of| of.merchant.uuid()).collect();
    let codes: Vec<String> = uses.iter().map(|of| of.code.as_str().to_owned()).collect();
    let nobody = Uuid::nil();
    let purchases: Vec<Uuid> = uses.iter().map(|of| of.purchase.map_or(nobody, PurchaseId::uuid)).collect();
    let values = [
        merchants.into(),
        codes.into(),
        purchases.into(),
        now.into(),
        by.actor.into(),
        by.id.into(),
        by.name.clone().into(),
    ];
    let row = txn.query_one_raw(statement(include_str!("sql/vouchers_use.sql"), values)).await?;
    let used: i64 = row.map(|row| row.try_get("", "used")).transpose()?.unwrap_or(0);
    Ok(used.unsigned_abs())
}

/// Why a voucher in this state cannot be used, or taken back.
pub(super) fn refused(state: VoucherState) -> Error {
    let (code, detail) = match state {
        VoucherState::Used => ("voucher_used", "The voucher was used already"),
        VoucherState::Expired => ("voucher_expired", "The voucher could only be used until its day was over"),
        VoucherState::Cancelled | VoucherState::Reversed => {
            ("voucher_cancelled", "The voucher was taken back")
        }
        VoucherState::Reserved => ("voucher_reserved", "Another purchase holds the voucher"),
        // Somebody has given it back since; the next attempt succeeds.
        VoucherState::Issued => ("voucher_reserved", "Another purchase has just let go of the voucher"),
    };
    Error::conflict(code, detail)
}

/// What a stored voucher takes off.
pub(crate) fn worth_of(worth: &serde_json::Value) -> Result<RewardKind, Error> {
    let Worth { kind, value } = stored(Worth::deserialize(worth), "vouchers.worth")?;
    // The checks of a reward are those of its worth; the rest of it is as good as any.
    let points_cost = Some(CostInput::Fixed(1));
    let input =
        RewardInput { name: "voucher".to_owned(), kind, value, points_cost, ..RewardInput::default() };
    let wrong = |_| Error::Inconsistent(format!("vouchers.worth: {worth}"));
    Ok(input.check().map_err(wrong)?.kind)
}

/// What the voucher is worth that so many points have bought.
fn worth(terms: &RewardTerms, points: Points) -> Result<Worth, Error> {
    let too_much = |error| Error::field("/points", "out_of_range", format!("Refused: {error}"));
    let kind = terms.bought_with(points).map_err(too_much)?;
    let RewardInput { kind, value, .. } = RewardTerms { kind, ..terms.clone() }.into();
    Ok(Worth { kind, value })
}

/// The code that a redemption has taken from a pool.
async fn pool_code(
    txn: &DatabaseTransaction,
    cx: &Cx,
    redemption: RedemptionId,
) -> Result<(String, String), Error> {
    let sql = "SELECT code, shown FROM reward_codes WHERE merchant_id = $1 AND redemption_id = $2";
    let key = [cx.merchant().uuid().into(), redemption.uuid().into()];
    let row = txn.query_one_raw(statement(sql, key)).await?;
    let row = row.ok_or_else(|| Error::Inconsistent(format!("redemption {redemption} has no code")))?;
    Ok((row.try_get("", "code")?, row.try_get("", "shown")?))
}

async fn find(
    db: &impl ConnectionTrait,
    cx: &Cx,
    code: &VoucherCode,
    now: DateTime<Utc>,
) -> Result<Voucher, Error> {
    let sql = "SELECT * FROM vouchers WHERE merchant_id = $1 AND code = $2";
    let row = db.query_one_raw(statement(sql, [cx.merchant().uuid().into(), code.as_str().into()])).await?;
    let voucher = voucher(&row.ok_or(Error::NotFound(What::Voucher))?, now)?;
    if cx.customer().is_some_and(|own| own != voucher.customer_id) {
        return Err(Error::NotFound(What::Voucher));
    }
    Ok(voucher)
}

fn voucher(row: &QueryResult, now: DateTime<Utc>) -> Result<Voucher, Error> {
    let state: String = row.try_get("", "state")?;
    let state: VoucherState = stored(state.parse(), "vouchers.state")?;
    let worth: serde_json::Value = row.try_get("", "worth")?;
    let expires_at = row.try_get("", "expires_at")?;
    Ok(Voucher {
        id: VoucherId::from_uuid(row.try_get("", "id")?),
        code: row.try_get("", "shown")?,
        customer_id: CustomerId::from_uuid(row.try_get("", "customer_id")?),
        redemption_id: row.try_get::<Option<Uuid>>("", "redemption_id")?.map(RedemptionId::from_uuid),
        name: row.try_get("", "name")?,
        worth: stored(serde_json::from_value(worth), "vouchers.worth")?,
        state: state.at(now, expires_at),
        issued_at: row.try_get("", "issued_at")?,
        expires_at,
        purchase_id: row.try_get::<Option<Uuid>>("", "purchase_id")?.map(PurchaseId::from_uuid),
        used_at: row.try_get("", "used_at")?,
    })
}
