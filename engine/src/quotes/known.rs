//! The one read of a quote: what the database knows of a merchant's program and of the customer who asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, MerchantId, OfferId, PromotionId, RewardId, TierId};
use perennial_domain::money::Amount;
use perennial_domain::promotion::LimitPeriod;
use perennial_domain::rewards::RewardTerms;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, Row as _};

use crate::cashback::OfferVersion;
use crate::coalesce::Coalesced;
use crate::policies::{Due, DueKnown};
use crate::rewards::Worth;
use crate::snapshot::Revisions;

/// What changes too often to be in a snapshot, of a merchant.
#[derive(Debug, Deserialize)]
pub(crate) struct Program {
    rules: i64,
    catalogue: i64,
    /// What promotions with a budget have given.
    pub budgets: BTreeMap<PromotionId, i64>,
    /// Every version of every offer that is not archived, by age.
    pub offers: Vec<OfferVersion>,
    /// The rewards that are not archived.
    pub rewards: Vec<Reward>,
    /// The running reward policies that give rewards for what customers buy.
    pub policies: Vec<Due>,
}

impl Program {
    /// How new a snapshot must be to go with it.
    pub fn revisions(&self) -> Revisions {
        Revisions { rules: self.rules, catalogue: self.catalogue }
    }
}

/// A reward and how many are left.
#[derive(Debug, Deserialize)]
pub(crate) struct Reward {
    pub id: RewardId,
    pub terms: RewardTerms,
    pub stock: Option<i64>,
}

/// What decides a quote, of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Known {
    pub customer_id: CustomerId,
    pub available: i64,
    /// Lots of it that are over or soon will be: nobody spends what is over, whether the night's round has come by or not.
    pub lots: Vec<EndingLot>,
    /// How often the customer has bought.
    pub purchases: i64,
    /// The tier that is stored; nothing where the customer stands where everybody begins.
    pub tier: Option<TierId>,
    /// The vouchers that can be used, the one that ends first at the front; the first twenty.
    #[serde(default)]
    pub vouchers: Vec<QuoteVoucher>,
    /// What promotions have given in the periods that can still matter.
    pub uses: Vec<Use>,
    /// What promotions carry over, in billionths of a point.
    pub remainders: BTreeMap<PromotionId, i64>,
    /// What cashback offers have given in the months that can still matter.
    pub months: Vec<Month>,
    /// How often each reward was redeemed.
    pub redeemed: BTreeMap<RewardId, u32>,
    /// What reward policies know of the customer.
    pub promised: DueKnown,
}

/// A voucher that the customer could use for the basket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuoteVoucher {
    /// Its code, as people are shown it.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What it takes off.
    #[serde(flatten)]
    pub worth: Worth,
    /// The first instant at which it cannot be used any more.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Points that can be spent until the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct EndingLot {
    pub expires_on: NaiveDate,
    pub points: i64,
}

/// What a promotion has given in a period.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Use {
    pub promotion: PromotionId,
    pub period: LimitPeriod,
    pub begins_on: NaiveDate,
    pub points: i64,
}

/// What a cashback offer has given in a month.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Month {
    pub offer: OfferId,
    pub month: NaiveDate,
    pub amount: Amount,
}

/// Who asks, and when it would be.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub merchant: MerchantId,
    pub customer: Option<CustomerRef>,
    pub occurred_at: DateTime<Utc>,
}

/// What was found; nobody when there is no such customer, or when none was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub program: Arc<Program>,
    pub customer: Option<Arc<Known>>,
}

/// The statement.
pub(crate) struct Read;

impl Coalesced for Read {
    const NAME: &'static str = "perennial quotes";
    type Question = Question;
    /// `None` when there is no such merchant.
    type Answer = Option<Found>;

    async fn read(
        connection: &mut PgConnection,
        questions: &[Question],
    ) -> Result<Vec<Option<Found>>, sqlx::Error> {
        let mut merchants: Vec<MerchantId> = questions.iter().map(|question| question.merchant).collect();
        merchants.sort_unstable();
        merchants.dedup();
        let mut columns = Columns::default();
        for question in questions {
            columns.add(question);
        }
        let rows = sqlx::query(include_str!("known.sql"))
            .bind(merchants.iter().map(|merchant| merchant.uuid()).collect::<Vec<_>>())
            .bind(columns.merchant)
            .bind(columns.customer)
            .bind(columns.kind)
            .bind(columns.value)
            .bind(columns.day)
            .fetch_all(connection)
            .await?;
        let mut programs: BTreeMap<MerchantId, Arc<Program>> = BTreeMap::new();
        let mut customers: BTreeMap<usize, Arc<Known>> = BTreeMap::new();
        for row in rows {
            // Places count from one.
            let place: i64 = row.try_get("place")?;
            let Ok(place) = usize::try_from(place - 1) else { continue };
            if row.try_get("of_customer")? {
                customers.insert(place, Arc::new(body(&row)?));
            } else if let Some(merchant) = merchants.get(place) {
                programs.insert(*merchant, Arc::new(body(&row)?));
            }
        }
        let found = |(place, question): (usize, &Question)| {
            let program = Arc::clone(programs.get(&question.merchant)?);
            Some(Found { program, customer: customers.remove(&place) })
        };
        Ok(questions.iter().enumerate().map(found).collect())
    }
}

fn body<T: serde::de::DeserializeOwned>(row: &sqlx::postgres::PgRow) -> Result<T, sqlx::Error> {
    let body: serde_json::Value = row.try_get("body")?;
    serde_json::from_value(body)
        .map_err(|error| sqlx::Error::ColumnDecode { index: "body".to_owned(), source: error.into() })
}

#[derive(Default)]
struct Columns {
    merchant: Vec<uuid::Uuid>,
    customer: Vec<Option<uuid::Uuid>>,
    kind: Vec<Option<&'static str>>,
    value: Vec<Option<String>>,
    day: Vec<NaiveDate>,
}

impl Columns {
    fn add(&mut self, question: &Question) {
        let (customer, kind, value) = match &question.customer {
            Some(CustomerRef::Id(id)) => (Some(id.uuid()), None, None),
            Some(reference) => (None, Some(reference.kind()), Some(reference.value())),
            None => (None, None, None),
        };
        self.merchant.push(question.merchant.uuid());
        self.customer.push(customer);
        self.kind.push(kind);
        self.value.push(value);
        // The local day may be one earlier; the statement looks back that far and a month.
        let day = question.occurred_at.date_naive();
        self.day.push(day.checked_sub_days(Days::new(1)).unwrap_or(day));
    }
}
