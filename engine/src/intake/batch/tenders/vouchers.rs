//! Vouchers of a batch, locked before the balances, and with them the redemptions behind them: of all who try to use one,
//! one finds it unused.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use perennial_domain::codes::VoucherCode;
use perennial_domain::error::FieldError;
use perennial_domain::ids::{CustomerId, MerchantId, PurchaseId, VoucherId};
use perennial_domain::rewards::{RewardKind, VoucherState};
use perennial_domain::tender::VoucherUse;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::cx::By;
use crate::error::Error;
use crate::intake::batch::Failure;
use crate::intake::batch::checks::Fresh;
use crate::intake::item::Item;
use crate::purchase_record::VoucherRecord;
use crate::rewards::{VOUCHER_UNKNOWN, worth_of};
use crate::stored::stored;

/// The vouchers that purchases of a batch want to use. Most batches want none.
#[derive(Debug, Default)]
pub(in crate::intake::batch) struct Vouchers {
    known: HashMap<(MerchantId, VoucherCode), Voucher>,
    used: Vec<Use>,
}

#[derive(Debug)]
struct Voucher {
    id: VoucherId,
    customer: CustomerId,
    redemption: Option<Uuid>,
    name: String,
    worth: RewardKind,
    /// As it is at the instant of the batch, with what the batch itself has done.
    state: VoucherState,
}

/// A voucher that a purchase of the batch uses.
#[derive(Debug)]
struct Use {
    merchant: MerchantId,
    code: VoucherCode,
    purchase: PurchaseId,
    by: By,
}

impl Vouchers {
    /// Locks and reads the vouchers in the order of their codes, then locks their redemptions in the order of their ids.
    pub async fn lock(
        conn: &mut PgConnection,
        fresh: &[Fresh<'_>],
        now: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let asked: BTreeSet<(MerchantId, &VoucherCode)> = fresh
            .iter()
            .flat_map(|fresh| fresh.item.purchase.tenders.vouchers.iter().map(|code| (fresh.merchant, code)))
            .collect();
        let mut vouchers = Self::default();
        if asked.is_empty() {
            return Ok(vouchers);
        }
        let (merchants, codes): (Vec<Uuid>, Vec<&str>) =
            asked.iter().map(|(merchant, code)| (merchant.uuid(), code.as_str())).unzip();
        let rows = sqlx::query(include_str!("vouchers.sql"))
            .bind(merchants)
            .bind(codes)
            .fetch_all(&mut *conn)
            .await?;
        for row in rows {
            let (key, voucher) = Voucher::from_row(&row, now)?;
            vouchers.known.insert(key, voucher);
        }
        let redemptions: BTreeSet<(Uuid, Uuid)> = vouchers
            .known
            .iter()
            .filter_map(|((merchant, _), voucher)| Some((merchant.uuid(), voucher.redemption?)))
            .collect();
        if !redemptions.is_empty() {
            let (merchants, ids): (Vec<Uuid>, Vec<Uuid>) = redemptions.into_iter().unzip();
            sqlx::query(include_str!("redemptions.sql")).bind(merchants).bind(ids).execute(conn).await?;
        }
        Ok(vouchers)
    }

    /// What these vouchers are good for.
    ///
    /// # Errors
    /// [`Error::Invalid`] that names each one that this customer cannot use. Somebody else's is as unknown as none.
    pub(super) fn worth(
        &self,
        merchant: MerchantId,
        customer: CustomerId,
        codes: &[VoucherCode],
    ) -> Result<Vec<(VoucherCode, RewardKind)>, Error> {
        let mut worth = Vec::with_capacity(codes.len());
        let mut errors = Vec::new();
        for (index, code) in codes.iter().enumerate() {
            let voucher = self.known.get(&(merchant, code.clone())).filter(|of| of.customer == customer);
            match voucher {
                Some(Voucher { state: VoucherState::Issued, worth: kind, .. }) => {
                    worth.push((code.clone(), kind.clone()));
                }
                other => errors.push(refused(index, other.map(|voucher| voucher.state))),
            }
        }
        if errors.is_empty() { Ok(worth) } else { Err(Error::Invalid(errors)) }
    }

    /// Which of these an earlier purchase of the batch has used.
    pub(super) fn used(&self, merchant: MerchantId, codes: &[VoucherCode]) -> Vec<FieldError> {
        let state = |code: &VoucherCode| self.known.get(&(merchant, code.clone())).map(|of| of.state);
        codes
            .iter()
            .enumerate()
            .filter(|(_, code)| state(code) != Some(VoucherState::Issued))
            .map(|(index, code)| refused(index, state(code)))
            .collect()
    }

    /// What is kept of the vouchers with the purchase.
    pub(super) fn records(&self, merchant: MerchantId, uses: &[VoucherUse]) -> Vec<VoucherRecord> {
        let record = |of: &VoucherUse| {
            let voucher = self.known.get(&(merchant, of.code.clone()))?;
            let (id, name) = (voucher.id, voucher.name.clone());
            Some(VoucherRecord { id, code: of.code.clone(), name, amount: of.amount, line: of.line })
        };
        uses.iter().filter_map(record).collect()
    }

    /// Notes that a purchase uses them.
    pub(super) fn take(&mut self, merchant: MerchantId, item: &Item, vouchers: &[VoucherRecord]) {
        for record in vouchers {
            let code = record.code.clone();
            if let Some(voucher) = self.known.get_mut(&(merchant, code.clone())) {
                voucher.state = VoucherState::Used;
                self.used.push(Use { merchant, code, purchase: item.id, by: item.submitter.by.clone() });
            }
        }
    }

    /// Writes which were used, by whom and in which purchase; the redemptions behind them are fulfilled by that.
    pub(super) async fn write(&self, conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), Failure> {
        let mut by_user: BTreeMap<&By, Vec<&Use>> = BTreeMap::new();
        for used in &self.used {
            by_user.entry(&used.by).or_default().push(used);
        }
        for (by, mut uses) in by_user {
            uses.sort_unstable_by(|a, b| (a.merchant, &a.code).cmp(&(b.merchant, &b.code)));
            let used: i64 = sqlx::query_scalar(include_str!("../../../rewards/sql/vouchers_use.sql"))
                .bind(uses.iter().map(|of| of.merchant.uuid()).collect::<Vec<_>>())
                .bind(uses.iter().map(|of| of.code.as_str()).collect::<Vec<_>>())
                .bind(uses.iter().map(|of| of.purchase.uuid()).collect::<Vec<_>>())
                .bind(now)
                .bind(by.actor)
                .bind(by.id)
                .bind(&by.name)
                .fetch_one(&mut *conn)
                .await?;
            // They are locked and were found unused.
            if usize::try_from(used) != Ok(uses.len()) {
                let wrong = format!("{used} of {} vouchers could be used", uses.len());
                return Err(Failure::Poisoned(Error::Inconsistent(wrong)));
            }
        }
        Ok(())
    }
}

impl Voucher {
    fn from_row(row: &PgRow, now: DateTime<Utc>) -> Result<((MerchantId, VoucherCode), Self), Failure> {
        let (code, state): (&str, &str) = (row.try_get("code")?, row.try_get("state")?);
        let code = stored(VoucherCode::new(code), "vouchers.code")?;
        let state: VoucherState = stored(state.parse(), "vouchers.state")?;
        let Json(worth) = row.try_get("worth")?;
        let voucher = Self {
            id: VoucherId::from_uuid(row.try_get("id")?),
            customer: CustomerId::from_uuid(row.try_get("customer_id")?),
            redemption: row.try_get("redemption_id")?,
            name: row.try_get("name")?,
            worth: worth_of(&worth)?,
            state: state.at(now, row.try_get("expires_at")?),
        };
        Ok(((MerchantId::from_uuid(row.try_get("merchant_id")?), code), voucher))
    }
}

fn refused(index: usize, state: Option<VoucherState>) -> FieldError {
    let (code, detail) = match state {
        Some(VoucherState::Used) => ("voucher_used", "Was used already"),
        Some(VoucherState::Reserved) => ("voucher_reserved", "Is held by another purchase"),
        Some(VoucherState::Expired) => ("voucher_expired", "Could only be used until its day was over"),
        Some(VoucherState::Cancelled | VoucherState::Reversed) => ("voucher_cancelled", "Was given back"),
        Some(VoucherState::Issued) | None => (VOUCHER_UNKNOWN, "The customer has no such voucher"),
    };
    FieldError::new(format!("/vouchers/{index}"), code, detail)
}
