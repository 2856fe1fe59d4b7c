//! Points that somebody gives or takes by hand, and why.

mod opening;

pub(crate) use opening::Opening;

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::access::Action;
use perennial_domain::calendar::local_date;
use perennial_domain::codes::Description;
use perennial_domain::ids::CustomerId;
use perennial_domain::points::Points;
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::cx::{By, Cx};
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::expiry::{expire_over, given_day, sliding};
use crate::ledger::{PostingKind, Shortfall, Side};
use crate::page::{Page, PageRequest};
use crate::statement::statement;

/// Points to give or to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAdjustment {
    /// How many: above zero gives, below zero takes. No more can be taken than there are.
    pub points: i64,
    /// Why, for whoever asks later. At most 500 characters.
    pub reason: Description,
    /// The last day, in the merchant's zone, on which points that are given can be spent. Unless given, as the merchant's
    /// policy says of points of today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<NaiveDate>,
}

/// Points that were given or taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Adjusted {
    /// The adjustment; also the posting of its entries.
    pub id: Uuid,
    /// Whose points.
    pub customer_id: CustomerId,
    /// Above zero given, below zero taken.
    pub points: i64,
    /// Why.
    pub reason: String,
    /// The last day on which points that were given can be spent.
    pub expires_on: Option<NaiveDate>,
    /// Who did it: the name of a member of the staff or of an API key, or `system`.
    pub by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Points that could be spent before.
    pub points_before: i64,
    /// Points that can be spent now.
    pub points_after: i64,
}

/// An adjustment in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromQueryResult)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Adjustment {
    /// The adjustment; also the posting of its entries.
    pub id: Uuid,
    /// Above zero given, below zero taken.
    pub points: i64,
    /// Why.
    pub reason: String,
    /// The last day on which points that were given can be spent.
    pub expires_on: Option<NaiveDate>,
    /// Who did it: the name of a member of the staff or of an API key, or `system`.
    pub by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Engine {
    /// Gives points to a customer, or takes some. Points that are given repay what the customer owes first.
    ///
    /// # Errors
    /// [`Error::Invalid`] names every wrong field; [`Error::NotFound`]; [`Error::Conflict`] `insufficient_points` when
    /// more is to be taken than can be spent, `customer_erased`.
    pub async fn adjustment_create(
        &self,
        cx: &Cx,
        customer: CustomerId,
        input: NewAdjustment,
    ) -> Result<Adjusted, Error> {
        let txn = self.begin().await?;
        let adjusted = self.adjustment_create_in(&txn, cx, customer, input).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(adjusted)
    }

    /// [`adjustment_create`](Self::adjustment_create) within a transaction of the caller, who wakes the outbox after the
    /// commit. Rolled back, it tells what would have become of the customer's points.
    ///
    /// # Errors
    /// The same.
    pub async fn adjustment_create_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        customer: CustomerId,
        input: NewAdjustment,
    ) -> Result<Adjusted, Error> {
        cx.require(Action::PointsAdjust)?;
        let (now, merchant) = (self.now(cx.merchant()), cx.merchant());
        let settings = self.merchant_settings_in(txn, merchant).await?;
        let expires_on = checked(&input, &settings, now)?;
        let mut ledger =
            sliding::lock(txn, merchant, &settings, &[customer], now).await.map_err(|error| match error {
                Error::CustomerNotFound => Error::NotFound(What::Customer),
                other => other,
            })?;
        ledger.refuse_erased(customer)?;
        expire_over(&mut ledger, customer, &settings, now, self.posting_id())?;
        let points_before = ledger.balance(customer)?.available;
        let id = self.posting_id();
        let mut posting = ledger.posting(PostingKind::Adjustment, id, customer, None)?;
        if input.points > 0 {
            posting.credit(Side::Adjusted, input.points, expires_on)?;
        } else {
            posting.debit(Side::Adjusted, -input.points, Shortfall::Refuse)?;
        }
        posting.done();
        let points_after = ledger.balance(customer)?.available;
        ledger.write_and_announce(txn, self, Vec::new()).await?;
        let adjusted = Adjusted {
            id,
            customer_id: customer,
            points: input.points,
            reason: input.reason.into(),
            expires_on,
            by: cx.actor_name().to_owned(),
            created_at: now,
            points_before,
            points_after,
        };
        insert(txn, cx, &adjusted).await?;
        Ok(adjusted)
    }

    /// What was adjusted of a customer, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn adjustment_list(
        &self,
        cx: &Cx,
        customer: CustomerId,
        page: &PageRequest,
    ) -> Result<Page<Adjustment>, Error> {
        cx.require(Action::CustomersRead)?;
        self.customer_must_exist(cx, customer).await?;
        let select = "SELECT id, points, reason, expires_on, actor_name AS by, created_at FROM adjustments
            WHERE merchant_id = $1 AND customer_id = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4";
        let after: Option<Uuid> = page.after()?;
        let values = [cx.merchant().uuid().into(), customer.uuid().into(), after.into(), page.probe().into()];
        let rows = Adjustment::find_by_statement(statement(select, values)).all(self.db()).await?;
        Ok(page.page(rows, |adjustment| adjustment.id))
    }

    fn posting_id(&self) -> Uuid {
        let (millis, random) = self.id_parts();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// The lot that the points go into, or everything that is wrong with the input.
fn checked(
    input: &NewAdjustment,
    settings: &MerchantSettings,
    now: DateTime<Utc>,
) -> Result<Option<NaiveDate>, Error> {
    let mut errors = Vec::new();
    let mut wrong = |pointer: &str, code, detail: String| {
        errors.push(perennial_domain::error::FieldError::new(pointer, code, detail));
    };
    let most = Points::MAX.get();
    if input.points == 0 {
        wrong("/points", "out_of_range", "Must not be zero".to_owned());
    } else if !(-most..=most).contains(&input.points) {
        wrong("/points", "out_of_range", format!("Must be between {} and {most}", -most));
    }
    if let Some(day) = input.expires_on {
        let today = local_date(now, settings.time_zone);
        if input.points < 0 {
            wrong("/expires_on", "not_allowed", "Is only for points that are given".to_owned());
        } else if day < today {
            wrong("/expires_on", "out_of_range", format!("Must not be before {today}"));
        } else if day >= crate::points::NEVER {
            wrong("/expires_on", "out_of_range", "Must be before 9999-12-31".to_owned());
        }
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    Ok(if input.points > 0 { input.expires_on.or_else(|| given_day(settings, now)) } else { None })
}

async fn insert(txn: &DatabaseTransaction, cx: &Cx, adjusted: &Adjusted) -> Result<(), Error> {
    let by = By::from(cx);
    let values = [
        cx.merchant().uuid().into(),
        adjusted.id.into(),
        adjusted.customer_id.uuid().into(),
        adjusted.points.into(),
        adjusted.reason.clone().into(),
        adjusted.expires_on.into(),
        by.actor.into(),
        by.id.into(),
        adjusted.by.clone().into(),
        adjusted.created_at.into(),
    ];
    let insert = "INSERT INTO adjustments
        (merchant_id, id, customer_id, points, reason, expires_on, actor, actor_id, actor_name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    txn.execute_raw(statement(insert, values)).await?;
    Ok(())
}
