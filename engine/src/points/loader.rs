//! Many balances with one statement: tills and portals ask for single ones, thousands a second.

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};
use sqlx::{FromRow, PgConnection, types::Json};
use uuid::Uuid;

use super::{Expiring, PointsSummary};
use crate::{
    coalesce::{Coalesced, Loader},
    customers::CustomerPath,
    tiers::TierName,
};

/// Answers questions for balances.
pub(crate) type PointsLoader = Loader<Balances>;

/// The statement.
pub(crate) struct Balances;

/// Whose balance.
#[derive(Debug)]
pub(crate) struct Question {
    pub merchant: MerchantId,
    pub customer: CustomerPath,
}

/// What one statement can tell of a customer.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    /// Where the customer stands. When points that wait can be spent is not in it.
    pub summary: PointsSummary,
    /// Whether points without a day of their own expire for want of activity: then their day is not in the summary.
    pub is_sliding: bool,
    /// Whether there is a wallet of cashback: then what it holds is not in the summary.
    pub has_wallet: bool,
    /// How often the customer has bought.
    pub purchases: i64,
}

#[derive(FromRow)]
struct Row {
    position: i64,
    customer_id: Uuid,
    available: i64,
    pending: i64,
    reserved: i64,
    debt: i64,
    lifetime: i64,
    purchases: i64,
    expiring: Option<Json<Vec<Expiring>>>,
    is_sliding: bool,
    has_wallet: bool,
    tier: Option<Json<TierName>>,
    as_of: DateTime<Utc>,
}

impl Coalesced for Balances {
    const NAME: &'static str = "perennial points";
    type Question = Question;
    /// `None` when the merchant has no such customer.
    type Answer = Option<Loaded>;

    async fn read(
        connection: &mut PgConnection,
        batch: &[Question],
    ) -> Result<Vec<Option<Loaded>>, sqlx::Error> {
        let merchants: Vec<Uuid> = batch.iter().map(|question| question.merchant.uuid()).collect();
        let (ids, externals): (Vec<Option<Uuid>>, Vec<Option<&str>>) = batch
            .iter()
            .map(|question| match &question.customer {
                CustomerPath::Id(id) => (Some(id.uuid()), None),
                CustomerPath::ExternalId(external) => (None, Some(external.as_str())),
            })
            .unzip();
        let rows: Vec<Row> = sqlx::query_as(include_str!("../sql/points.sql"))
            .bind(merchants)
            .bind(ids)
            .bind(externals)
            .fetch_all(connection)
            .await?;
        let mut answers = vec![None; batch.len()];
        for row in rows {
            // Positions count from 1.
            let place = usize::try_from(row.position - 1).ok().and_then(|index| answers.get_mut(index));
            if let Some(place) = place {
                let summary = PointsSummary {
                    customer_id: CustomerId::from_uuid(row.customer_id),
                    points: row.available,
                    pending: row.pending,
                    reserved: row.reserved,
                    debt: row.debt,
                    lifetime: row.lifetime,
                    tier: row.tier.map(|Json(tier)| tier),
                    cashback: Vec::new(),
                    expiring: row.expiring.map(|Json(expiring)| expiring).unwrap_or_default(),
                    maturing: Vec::new(),
                    as_of: row.as_of,
                };
                *place = Some(Loaded {
                    summary,
                    is_sliding: row.is_sliding,
                    has_wallet: row.has_wallet,
                    purchases: row.purchases,
                });
            }
        }
        Ok(answers)
    }
}
