//! Links that are followed: counted by the day, and nothing is kept of whom.

use std::net::IpAddr;

use perennial_domain::calendar::local_date;
use perennial_domain::codes::{ReferralCode, Slug};
use perennial_domain::ids::MerchantId;
use perennial_domain::referrals::ReferralPolicy;
use perennial_domain::settings::MerchantSettings;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::statement;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::stored::stored;

/// Where a link that was followed leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralVisit {
    /// The merchant that is recommended.
    pub merchant: MerchantId,
    /// Its name in addresses.
    pub slug: Slug,
    /// What it has set.
    pub settings: MerchantSettings,
}

impl Engine {
    /// Counts that somebody followed the link of a code, and says whose program that is. `from` is only for the throttle.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a code that nobody has, that is disabled, or of a merchant without referrals;
    /// [`Error::Throttled`].
    pub async fn referral_visit(
        &self,
        code: &ReferralCode,
        from: Option<IpAddr>,
    ) -> Result<ReferralVisit, Error> {
        if let Some(from) = from {
            self.inner.throttles.referral_visit.attempt(&from.to_string(), self.clock().now()).await?;
        }
        let unknown = || Error::NotFound(What::ReferralCode);
        let sql = "SELECT m.id, m.slug
                   FROM directory_referral_codes AS d
                   JOIN referral_codes AS c ON c.merchant_id = d.merchant_id AND c.code = d.code
                   JOIN merchants AS m ON m.id = d.merchant_id
                   WHERE d.code = $1 AND c.disabled_at IS NULL";
        let row =
            self.db().query_one_raw(statement(sql, [code.as_str().into()])).await?.ok_or_else(unknown)?;
        let merchant = MerchantId::from_uuid(row.try_get::<Uuid>("", "id")?);
        let slug: String = row.try_get("", "slug")?;
        let settings = self.merchant_settings_in(self.db(), merchant).await?;
        if !settings.referrals.enabled {
            return Err(unknown());
        }
        let day = local_date(self.now(merchant), settings.time_zone);
        let sql = "INSERT INTO referral_visits AS v (merchant_id, code, day, clicks) VALUES ($1, $2, $3, 1)
                   ON CONFLICT (merchant_id, code, day) DO UPDATE SET clicks = v.clicks + 1";
        let values = [merchant.uuid().into(), code.as_str().into(), day.into()];
        self.db().execute_raw(statement(sql, values)).await?;
        Ok(ReferralVisit { merchant, slug: stored(Slug::new(&slug), "merchants.slug")?, settings })
    }

    /// Whether a code that somebody has typed is that of a customer of this merchant, and brings friends. Nothing is counted.
    /// `from` is only for the throttle, which is that of the links.
    ///
    /// # Errors
    /// [`Error::Throttled`].
    pub async fn referral_code_works(
        &self,
        merchant: MerchantId,
        code: &ReferralCode,
        from: Option<IpAddr>,
    ) -> Result<bool, Error> {
        if let Some(from) = from {
            self.inner.throttles.referral_visit.attempt(&from.to_string(), self.clock().now()).await?;
        }
        let sql = "SELECT 1 AS one FROM referral_codes WHERE merchant_id = $1 AND code = $2 AND disabled_at IS NULL";
        let values = [merchant.uuid().into(), code.as_str().into()];
        let is_there = self.db().query_one_raw(statement(sql, values)).await?.is_some();
        Ok(is_there && self.referral_policy(merchant).await?.enabled)
    }

    /// What a merchant has set for referrals, as its pages need it before anybody has signed in.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such merchant.
    pub async fn referral_policy(&self, merchant: MerchantId) -> Result<ReferralPolicy, Error> {
        Ok(self.merchant_settings_in(self.db(), merchant).await?.referrals)
    }
}
