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
    /// The account is closed, and this is the one that goes on.
    merged_into: Option<Uuid>,
    as_of: DateTime<Utc>,
}

impl Row {
    /// The index of the question, which the database counts from 1.
    fn place(&self) -> Option<usize> {
        usize::try_from(self.position - 1).ok()
    }
}

impl From<Row> for Loaded {
    fn from(row: Row) -> Self {
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
        Self { summary, is_sliding: row.is_sliding, has_wallet: row.has_wallet, purchases: row.purchases }
    }
}

async fn ask(
    connection: &mut PgConnection,
    merchants: Vec<Uuid>,
    ids: Vec<Option<Uuid>>,
    externals: Vec<Option<&str>>,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as(include_str!("../sql/points.sql"))
        .bind(merchants)
        .bind(ids)
        .bind(externals)
        .fetch_all(connection)
        .await
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
        let rows = ask(connection, merchants, ids, externals).await?;
        let mut answers = vec![None; batch.len()];
        // Whoever was merged into somebody else is asked for once more, by the id of that one: nobody else pays for it.
        let (mut places, mut merchants, mut survivors) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            let Some(place) = row.place() else { continue };
            match (row.merged_into, batch.get(place)) {
                (Some(into), Some(question)) => {
                    places.push(place);
                    merchants.push(question.merchant.uuid());
                    survivors.push(Some(into));
                }
                _ => put(&mut answers, place, row),
            }
        }
        if !places.is_empty() {
            let nobody = vec![None; places.len()];
            for row in ask(connection, merchants, survivors, nobody).await? {
                if let Some(place) = row.place().and_then(|place| places.get(place)) {
                    put(&mut answers, *place, row);
                }
            }
        }
        Ok(answers)
    }
}

fn put(answers: &mut [Option<Loaded>], place: usize, row: Row) {
    if let Some(answer) = answers.get_mut(place) {
        *answer = Some(row.into());
    }
}
