//! What is told moments later: what a purchase itself has to tell, where somebody listens, and who is new.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use perennial_domain::events::EventKind;
use perennial_domain::ids::{CustomerId, MerchantId, PurchaseId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::enrolled::{self, CameBy};
use super::{Happening, Known, announce_once};
use crate::engine::Engine;
use crate::error::Error;
use crate::queue::{Message, Module};
use crate::statement::statement;

/// The consumer of the queue `announcements`. Of purchases it hears only where somebody listens.
pub(crate) struct Announcements;

impl Announcements {
    /// The word in `queue.module` and in a snapshot's modules.
    pub(crate) const NAME: &str = "announcements";
}

/// What a message of the queue says.
#[derive(Deserialize)]
struct News {
    #[serde(default)]
    purchases: Vec<PurchaseId>,
    /// Customers who are new.
    #[serde(default)]
    enrolled: Vec<CustomerId>,
    /// How they came; one word for all of them.
    came_by: Option<CameBy>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    customer_id: Option<Uuid>,
    retailer_id: Uuid,
    transaction_id: String,
    amount: i64,
    currency: String,
    occurred_at: DateTime<Utc>,
    points: i64,
    claimable: Option<i64>,
    sequence: Option<i64>,
    pending: i64,
}

#[async_trait]
impl Module for Announcements {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    async fn process(
        &self,
        txn: &DatabaseTransaction,
        engine: &Engine,
        messages: &[Message],
    ) -> Result<(), Error> {
        let mut heard: BTreeMap<MerchantId, BTreeSet<Uuid>> = BTreeMap::new();
        let mut enrolled: BTreeMap<(MerchantId, CameBy), BTreeSet<CustomerId>> = BTreeMap::new();
        for message in messages {
            let news: News = message.news()?;
            if let Some(came_by) = news.came_by {
                enrolled.entry((message.merchant, came_by)).or_default().extend(news.enrolled);
            }
            heard
                .entry(message.merchant)
                .or_default()
                .extend(news.purchases.into_iter().map(PurchaseId::uuid));
        }
        // Who has come before what they bought: so the welcome is the first thing that anybody hears.
        for ((merchant, came_by), customers) in enrolled {
            enrolled::welcome(txn, engine, merchant, came_by, &customers).await?;
        }
        for (merchant, purchases) in heard.into_iter().filter(|(_, purchases)| !purchases.is_empty()) {
            tell(txn, engine, merchant, purchases.into_iter().collect()).await?;
        }
        Ok(())
    }
}

/// Tells of these purchases, as far as that was not done yet.
async fn tell(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    purchases: Vec<Uuid>,
) -> Result<(), Error> {
    let values = [merchant.uuid().into(), purchases.clone().into()];
    let select = statement(include_str!("purchases.sql"), values);
    let rows = Row::find_by_statement(select).all(txn).await?;
    let used = used(txn, merchant, purchases).await?;
    let told = rows.into_iter().map(Row::event).chain(used).collect();
    announce_once(txn, engine, merchant, told).await?;
    Ok(())
}

/// Tells of the purchases that come before these events by the counters of their customers, and wait for their turn still:
/// they are told moments later, and what was told at once must not overtake them.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn tell_those_before(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    events: &[Uuid],
) -> Result<(), Error> {
    let values = [merchant.uuid().into(), events.to_vec().into()];
    let rows = txn.query_all_raw(statement(include_str!("untold.sql"), values)).await?;
    let purchases =
        rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect::<Result<Vec<Uuid>, Error>>()?;
    if purchases.is_empty() { Ok(()) } else { tell(txn, engine, merchant, purchases).await }
}

impl Row {
    /// The event has the id of the purchase, so that there is only one however often the message comes.
    fn event(self) -> Known {
        let mut data = json!({
            "purchase_id": self.id,
            "transaction_id": self.transaction_id,
            "retailer_id": self.retailer_id,
            "amount": self.amount,
            "currency": self.currency,
            "occurred_at": self.occurred_at,
        });
        let kind = if self.customer_id.is_some() {
            data["points"] = self.points.into();
            data["pending"] = self.pending.into();
            EventKind::PointsCredited
        } else {
            data["points_claimable"] = self.claimable.unwrap_or(0).into();
            EventKind::PurchaseUnclaimed
        };
        let customer = self.customer_id.map(CustomerId::from_uuid);
        Known { id: self.id, what: Happening { customer, kind, data, sequence: self.sequence } }
    }
}

/// The vouchers that have paid for these purchases, as far as that was not told yet. A voucher that came back with a return can
/// be used once more: the event has an id of voucher and purchase, which is that of this use alone.
async fn used(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    purchases: Vec<Uuid>,
) -> Result<Vec<Known>, Error> {
    let values = [merchant.uuid().into(), purchases.into()];
    let rows = txn.query_all_raw(statement(include_str!("used.sql"), values)).await?;
    rows.iter()
        .map(|row| {
            let (event, voucher): (Uuid, Uuid) = (row.try_get("", "event_id")?, row.try_get("", "id")?);
            let (name, purchase): (String, Uuid) =
                (row.try_get("", "name")?, row.try_get("", "purchase_id")?);
            let customer = CustomerId::from_uuid(row.try_get("", "customer_id")?);
            let data = json!({ "voucher_id": voucher, "reward": name, "purchase_id": purchase });
            Ok(Known { id: event, what: Happening::of(customer, EventKind::VoucherUsed, data) })
        })
        .collect()
}
