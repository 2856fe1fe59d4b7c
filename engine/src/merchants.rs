//! The tenants: companies that run one loyalty program each.

mod create;
mod origins;
mod read;

pub use create::{MerchantCreated, NewMerchant};
pub use read::MerchantSummary;

use perennial_domain::access::Action;
use perennial_domain::calendar::local_date;
use perennial_domain::codes::{AppOrigin, BrandColor, Country, Label, Zone};
use perennial_domain::ids::MerchantId;
use perennial_domain::money::Amount;
use perennial_domain::points::Points;
use perennial_domain::settings::{MerchantPatch, MerchantSettings, PointValue};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    QueryFilter, QuerySelect,
};
use serde::de::DeserializeOwned;

use crate::cx::Cx;
use crate::engine::Engine;
use crate::entity::{merchant, purchase};
use crate::error::{Error, What};
use crate::modules::tiers;
use crate::rules::publish_rules;
use crate::stored::stored;

impl Engine {
    /// The settings of the merchant.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn merchant_settings(&self, cx: &Cx) -> Result<MerchantSettings, Error> {
        cx.require(Action::SettingsRead)?;
        self.merchant_settings_in(self.db(), cx.merchant()).await
    }

    /// Changes settings. Purchases are treated by them as soon as this returns. By another policy of tiers customers move
    /// with their next purchase, or when the job has come by, within a minute.
    ///
    /// # Errors
    /// [`Error::Invalid`] names every wrong field; [`Error::Conflict`] `currency_in_use` once there are purchases.
    pub async fn merchant_update(&self, cx: &Cx, patch: MerchantPatch) -> Result<MerchantSettings, Error> {
        let txn = self.begin().await?;
        let settings = self.merchant_update_in(&txn, cx, patch).await?;
        txn.commit().await?;
        Ok(settings)
    }

    /// [`merchant_update`](Self::merchant_update) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn merchant_update_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        patch: MerchantPatch,
    ) -> Result<MerchantSettings, Error> {
        let (before, after) = self.settings_change(txn, cx, patch).await?;
        if after == before {
            return Ok(after);
        }
        let now = self.now(cx.merchant());
        if after.tiers != before.tiers {
            // Before the revision is held: whoever edits the ladder takes them in this order, too.
            let today = local_date(now, after.time_zone);
            tiers::policy_changed(txn, cx.merchant(), today).await?;
        }
        publish_rules(txn, cx.merchant(), now).await?;
        // Once more now that the revision is held, as whoever sells for the first time does to the commit.
        refuse_other_currency(txn, cx.merchant(), &before, &after).await?;
        Ok(after)
    }

    /// Changes the settings and nothing that follows from them, and publishes nothing; tells them as they were and as they
    /// are. Enough for who only asks what would be refused.
    pub(crate) async fn settings_change(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        patch: MerchantPatch,
    ) -> Result<(MerchantSettings, MerchantSettings), Error> {
        cx.require(Action::SettingsWrite)?;
        let row = lock_settings(txn, cx.merchant()).await?;
        let before = settings(&row)?;
        let after = before.with(patch).map_err(Error::Invalid)?;
        if after == before {
            return Ok((before, after));
        }
        refuse_other_currency(txn, cx.merchant(), &before, &after).await?;
        let mut change = columns(&after)?;
        change.id = Set(cx.merchant().uuid());
        if after.expiry != before.expiry {
            // Who has done nothing for long is not to lose everything tonight, because of a policy of today.
            let today = local_date(self.now(cx.merchant()), after.time_zone);
            change.expiry_since = Set(after.expiry.is_sliding().then_some(today));
        }
        change.update(txn).await?;
        Ok((before, after))
    }

    /// The settings, without asking who wants to know.
    pub(crate) async fn merchant_settings_in(
        &self,
        db: &impl ConnectionTrait,
        merchant: MerchantId,
    ) -> Result<MerchantSettings, Error> {
        let row = merchant::Entity::find_by_id(merchant.uuid())
            .one(db)
            .await?
            .ok_or(Error::NotFound(What::Merchant))?;
        settings(&row)
    }
}

/// The row of the merchant, locked until the commit against whoever else changes settings or imports a program.
///
/// # Errors
/// [`Error::NotFound`] when there is no such merchant.
pub(crate) async fn lock_settings(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
) -> Result<merchant::Model, Error> {
    // Never a full `FOR UPDATE`: every insert with a foreign key to the merchant would wait for it, and one that
    // holds the revisions already would wait for ever.
    merchant::Entity::find_by_id(merchant.uuid())
        .lock(LockType::NoKeyUpdate)
        .one(txn)
        .await?
        .ok_or(Error::NotFound(What::Merchant))
}

/// Refuses another currency once something was sold.
///
/// A batch of purchases that is on its way at this very moment is not seen, unless the merchant's revision is held: then it
/// has either committed, or finds the currency changed. See the first sale of the intake.
async fn refuse_other_currency(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    before: &MerchantSettings,
    after: &MerchantSettings,
) -> Result<(), Error> {
    if after.currency == before.currency {
        return Ok(());
    }
    let first: Option<uuid::Uuid> = purchase::Entity::find()
        .select_only()
        .column(purchase::Column::Id)
        .filter(purchase::Column::MerchantId.eq(merchant.uuid()))
        .limit(1)
        .into_tuple()
        .one(txn)
        .await?;
    if first.is_none() {
        return Ok(());
    }
    let detail = format!("There are purchases in {}: the currency can no longer change", before.currency);
    Err(Error::conflict("currency_in_use", detail))
}

/// The settings in a row of `merchants`.
pub(crate) fn settings(row: &merchant::Model) -> Result<MerchantSettings, Error> {
    let color = row.brand_color.as_deref().map(BrandColor::new).transpose();
    let country = row.default_country.as_deref().map(Country::new).transpose();
    let origins = row.allowed_origins.iter().map(|origin| AppOrigin::new(origin)).collect::<Result<_, _>>();
    let point_value = match (row.point_value_points, row.point_value_amount) {
        (Some(points), Some(amount)) => Some(PointValue {
            points: Points::new(points),
            amount: stored(Amount::new(amount), "merchants.point_value_amount")?,
        }),
        _ => None,
    };
    Ok(MerchantSettings {
        name: stored(Label::stored(&row.name), "merchants.name")?,
        currency: stored(row.currency.parse(), "merchants.currency")?,
        time_zone: stored(Zone::new(&row.time_zone), "merchants.time_zone")?,
        points_name: stored(Label::stored(&row.points_name), "merchants.points_name")?,
        brand_color: stored(color, "merchants.brand_color")?,
        unknown_customer: stored(row.unknown_customer.parse(), "merchants.unknown_customer")?,
        claim_days: stored(row.claim_days.try_into(), "merchants.claim_days")?,
        accepted_lateness_days: stored(
            row.accepted_lateness_days.try_into(),
            "merchants.accepted_lateness_days",
        )?,
        rounding: stored(row.rounding.parse(), "merchants.rounding")?,
        carry_over: row.carry_over,
        point_value,
        default_country: stored(country, "merchants.default_country")?,
        return_policy: stored(row.return_policy.parse(), "merchants.return_policy")?,
        expiry: document(row.expiry.as_ref(), "merchants.expiry")?,
        pending_days: stored(row.pending_days.try_into(), "merchants.pending_days")?,
        tiers: document(row.tiers.as_ref(), "merchants.tiers")?,
        cashback_mode: stored(row.cashback_mode.parse(), "merchants.cashback_mode")?,
        referrals: document(row.referrals.as_ref(), "merchants.referrals")?,
        allowed_origins: stored(origins, "merchants.allowed_origins")?,
    })
}

/// A setting that is a document; the one with which a merchant begins where there is none.
fn document<T: DeserializeOwned + Default>(
    column: Option<&serde_json::Value>,
    place: &'static str,
) -> Result<T, Error> {
    column.map_or_else(|| Ok(T::default()), |document| stored(T::deserialize(document), place))
}

/// The columns of `merchants` that hold settings.
fn columns(settings: &MerchantSettings) -> Result<merchant::ActiveModel, Error> {
    Ok(merchant::ActiveModel {
        name: Set(settings.name.to_string()),
        currency: Set(settings.currency.code().to_owned()),
        time_zone: Set(settings.time_zone.as_str().to_owned()),
        points_name: Set(settings.points_name.to_string()),
        brand_color: Set(settings.brand_color.as_ref().map(ToString::to_string)),
        default_country: Set(settings.default_country.as_ref().map(ToString::to_string)),
        unknown_customer: Set(settings.unknown_customer.as_str().to_owned()),
        claim_days: Set(settings.claim_days.into()),
        accepted_lateness_days: Set(settings.accepted_lateness_days.into()),
        rounding: Set(settings.rounding.as_str().to_owned()),
        carry_over: Set(settings.carry_over),
        point_value_points: Set(settings.point_value.map(|value| value.points.get())),
        point_value_amount: Set(settings.point_value.map(|value| value.amount.get())),
        return_policy: Set(settings.return_policy.as_str().to_owned()),
        expiry: Set(Some(stored(serde_json::to_value(&settings.expiry), "merchants.expiry")?)),
        pending_days: Set(settings.pending_days.into()),
        tiers: Set(Some(stored(serde_json::to_value(settings.tiers), "merchants.tiers")?)),
        cashback_mode: Set(settings.cashback_mode.as_str().to_owned()),
        referrals: Set(Some(stored(serde_json::to_value(&settings.referrals), "merchants.referrals")?)),
        allowed_origins: Set(settings.allowed_origins.iter().map(ToString::to_string).collect()),
        ..Default::default()
    })
}
