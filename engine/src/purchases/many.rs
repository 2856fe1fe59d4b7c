//! Many purchases at once, with as many statements as one of them would take.

use std::collections::{HashMap, HashSet};

use perennial_domain::{
    access::Action,
    evaluate::Explanation,
    ids::{ClaimId, CustomerId, PurchaseId, RetailerId},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{ClaimView, PurchaseReturned, PurchaseView, RetailerLabel};
use crate::{Cx, Engine, error::Error, purchase_record::PurchaseRecord, replay};

#[derive(FromRow)]
struct ClaimRow {
    purchase_id: Uuid,
    id: Uuid,
    customer_id: Uuid,
    claimed_at: chrono::DateTime<chrono::Utc>,
    points: i64,
    pending: i64,
}

#[derive(FromRow)]
struct ReturnedRow {
    purchase_id: Uuid,
    amount: i64,
    points: i64,
    complete: bool,
}

#[derive(FromRow)]
struct RetailerRow {
    id: Uuid,
    #[sqlx(flatten)]
    label: RetailerLabel,
}

impl Engine {
    /// These purchases as of now, in no particular order. Those that there are not, or that the caller may not see, are
    /// left out: a customer sees the own ones, a key that is bound to a retailer those of that retailer.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to read purchases.
    pub async fn purchases_get(&self, cx: &Cx, ids: &[PurchaseId]) -> Result<Vec<PurchaseView>, Error> {
        if cx.customer().is_none() {
            cx.require(Action::PurchasesRead)?;
        }
        let merchant = cx.merchant();
        let records = PurchaseRecord::load_all(self.pool(), merchant, ids).await?;
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let mut claims = self.claims_of(cx, &records).await?;
        let retailers = self.labels_of(cx, &records).await?;
        let returned = self.sums_returned_of(cx, &records).await?;
        records
            .into_iter()
            .map(|record| {
                let retailer = retailers.get(&record.retailer_id).cloned().ok_or_else(|| {
                    Error::Inconsistent(format!("the retailer of purchase {} has gone", record.id))
                })?;
                let claim = claims.remove(&record.id);
                let returned = returned.get(&record.id).copied();
                Ok(PurchaseView { record, claim, retailer, returned })
            })
            .filter(|view| view.as_ref().map_or(true, |view| may_see(cx, view)))
            .collect()
    }

    /// These purchases, and why each earned what it earned; like [`purchases_get`](Self::purchases_get) and
    /// [`purchase_explanation`](Self::purchase_explanation).
    ///
    /// # Errors
    /// Like [`purchases_get`](Self::purchases_get).
    pub async fn purchases_explained(
        &self,
        cx: &Cx,
        ids: &[PurchaseId],
    ) -> Result<Vec<(PurchaseView, Explanation)>, Error> {
        let views = self.purchases_get(cx, ids).await?;
        replay::explain_all(self.pool(), cx.merchant(), views).await
    }

    /// Why a purchase earned what it earned, for the till that has just posted it: it may know, though it may not read
    /// the purchases of others.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to submit purchases, and for a purchase of another merchant or retailer.
    pub async fn purchase_explained_to_till(
        &self,
        cx: &Cx,
        record: &PurchaseRecord,
    ) -> Result<Explanation, Error> {
        cx.require(Action::PurchasesWrite)?;
        let is_own = record.merchant_id == cx.merchant()
            && cx.retailer().is_none_or(|retailer| retailer == record.retailer_id);
        if !is_own {
            return Err(Error::Forbidden(Action::PurchasesRead));
        }
        replay::explain_record(self.pool(), record).await
    }

    async fn claims_of(
        &self,
        cx: &Cx,
        records: &[PurchaseRecord],
    ) -> Result<HashMap<PurchaseId, ClaimView>, Error> {
        let ids: Vec<Uuid> = records.iter().map(|record| record.id.uuid()).collect();
        let rows: Vec<ClaimRow> = sqlx::query_as(
            "SELECT purchase_id, id, customer_id, claimed_at, points, coalesce(pending, 0) AS pending FROM claims
              WHERE merchant_id = $1 AND purchase_id = ANY ($2) AND claimed_at IS NOT NULL",
        )
        .bind(cx.merchant().uuid())
        .bind(ids)
        .fetch_all(self.pool())
        .await?;
        let claim = |row: ClaimRow| {
            let view = ClaimView {
                id: ClaimId::from_uuid(row.id),
                customer_id: CustomerId::from_uuid(row.customer_id),
                claimed_at: row.claimed_at,
                points: row.points,
                points_pending: row.pending,
            };
            (PurchaseId::from_uuid(row.purchase_id), view)
        };
        Ok(rows.into_iter().map(claim).collect())
    }

    async fn sums_returned_of(
        &self,
        cx: &Cx,
        records: &[PurchaseRecord],
    ) -> Result<HashMap<PurchaseId, PurchaseReturned>, Error> {
        let ids: Vec<Uuid> = records.iter().map(|record| record.id.uuid()).collect();
        let rows: Vec<ReturnedRow> = sqlx::query_as(
            "SELECT purchase_id, sum(amount)::bigint AS amount, sum(points)::bigint AS points, bool_or(complete) AS complete
               FROM returns
              WHERE merchant_id = $1 AND purchase_id = ANY ($2)
              GROUP BY purchase_id",
        )
        .bind(cx.merchant().uuid())
        .bind(ids)
        .fetch_all(self.pool())
        .await?;
        let sum = |row: ReturnedRow| {
            let ReturnedRow { purchase_id, amount, points, complete } = row;
            (PurchaseId::from_uuid(purchase_id), PurchaseReturned { amount, points, complete })
        };
        Ok(rows.into_iter().map(sum).collect())
    }

    async fn labels_of(
        &self,
        cx: &Cx,
        records: &[PurchaseRecord],
    ) -> Result<HashMap<RetailerId, RetailerLabel>, Error> {
        let ids: HashSet<Uuid> = records.iter().map(|record| record.retailer_id.uuid()).collect();
        let rows: Vec<RetailerRow> = sqlx::query_as(
            "SELECT id, code, name, time_zone FROM retailers WHERE merchant_id = $1 AND id = ANY ($2)",
        )
        .bind(cx.merchant().uuid())
        .bind(Vec::from_iter(ids))
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| (RetailerId::from_uuid(row.id), row.label)).collect())
    }
}

fn may_see(cx: &Cx, view: &PurchaseView) -> bool {
    match cx.customer() {
        Some(customer) => view.customer_id() == Some(customer),
        None => cx.retailer().is_none_or(|bound| bound == view.record.retailer_id),
    }
}
