//! What a merchant sets for the whole program.

use serde::{Deserialize, Deserializer, Serialize};

use crate::cashback::CashbackMode;
use crate::codes::{AppOrigin, BrandColor, Country, Label, Zone};
use crate::error::FieldError;
use crate::expiry::ExpiryPolicy;
use crate::money::{Amount, Currency};
use crate::points::{Points, Rounding};
use crate::referrals::{Origin, ReferralPolicy, ReferralPolicyPatch, Target};
use crate::returns::ReturnPolicy;
use crate::tiers::{TierPolicy, TierPolicyPatch};

/// The most sites whose pages may call the API.
pub const MAX_ALLOWED_ORIGINS: usize = 20;

/// The settings of a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MerchantSettings {
    /// What the merchant is called.
    pub name: Label,
    /// The one currency of its purchases.
    pub currency: Currency,
    /// The zone of its dates: expiry, limits, figures. Retailers have their own for promotions.
    pub time_zone: Zone,
    /// What its points are called, such as `points` or `leaves`.
    pub points_name: Label,
    /// The colour of its portal.
    #[serde(default)]
    pub brand_color: Option<BrandColor>,
    /// What happens to a purchase of a customer nobody has heard of.
    pub unknown_customer: UnknownCustomer,
    /// For how many days an unclaimed purchase can be claimed, 1 to 3650.
    pub claim_days: u16,
    /// How many days late a purchase may arrive, 0 to 3650.
    pub accepted_lateness_days: u16,
    /// How a line's worth becomes whole points.
    pub rounding: Rounding,
    /// Whether what rounding leaves of a line's worth is kept for the customer's next line or purchase, by promotion. Each
    /// promotion then rounds for itself.
    #[serde(default)]
    pub carry_over: bool,
    /// What points are worth in money: shown beside them, and what they pay where a purchase is paid with points. Without it
    /// nothing can be paid with points.
    #[serde(default)]
    pub point_value: Option<PointValue>,
    /// The country of telephone numbers that are given without one.
    #[serde(default)]
    pub default_country: Option<Country>,
    /// What happens when points are taken back that the customer has spent.
    #[serde(default)]
    pub return_policy: ReturnPolicy,
    /// When points expire. Points keep the date that they were given, except that under `inactivity` each activity
    /// of a customer moves the dates of all.
    #[serde(default)]
    pub expiry: ExpiryPolicy,
    /// For how many days points wait before they can be spent, 0 to 3650; promotions can say otherwise. At least 1
    /// while points wait for the return window.
    #[serde(default)]
    pub pending_days: u16,
    /// How tiers are reached, kept and lost.
    #[serde(default)]
    pub tiers: TierPolicy,
    /// Whether all matching cashback offers count, or the best.
    #[serde(default)]
    pub cashback_mode: CashbackMode,
    /// How friends are brought, believed and waited for.
    #[serde(default)]
    pub referrals: ReferralPolicy,
    /// The sites whose pages may call the API in a browser: with tokens of customers, and with keys of the scope `till`. At
    /// most 20. Referral links may lead there, too; further sites for these are in `referrals`.
    #[serde(default)]
    pub allowed_origins: Vec<AppOrigin>,
}

/// What happens to a purchase of a customer nobody has heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum UnknownCustomer {
    /// The customer is created and credited.
    #[default]
    Create,
    /// The purchase waits to be claimed.
    Hold,
    /// The purchase is refused.
    Reject,
}

impl UnknownCustomer {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 3] = [Self::Create, Self::Hold, Self::Reject];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Hold => "hold",
            Self::Reject => "reject",
        }
    }
}

impl std::str::FromStr for UnknownCustomer {
    type Err = UnknownPolicy;

    fn from_str(text: &str) -> Result<Self, UnknownPolicy> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == text).ok_or(UnknownPolicy)
    }
}

/// The text names no policy for unknown customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of create, hold, reject")]
pub struct UnknownPolicy;

/// So many points are worth so much money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PointValue {
    /// A number of points above zero.
    pub points: Points,
    /// What they are worth together.
    pub amount: Amount,
}

/// A change of some of the settings. What is not given stays; `null` clears what can be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct MerchantPatch {
    /// See [`MerchantSettings::name`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Label>,
    /// See [`MerchantSettings::currency`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// See [`MerchantSettings::time_zone`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
    /// See [`MerchantSettings::points_name`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points_name: Option<Label>,
    /// See [`MerchantSettings::brand_color`].
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub brand_color: Option<Option<BrandColor>>,
    /// See [`MerchantSettings::unknown_customer`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_customer: Option<UnknownCustomer>,
    /// See [`MerchantSettings::claim_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_days: Option<u16>,
    /// See [`MerchantSettings::accepted_lateness_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_lateness_days: Option<u16>,
    /// See [`MerchantSettings::rounding`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Rounding>,
    /// See [`MerchantSettings::carry_over`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carry_over: Option<bool>,
    /// See [`MerchantSettings::point_value`].
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub point_value: Option<Option<PointValue>>,
    /// See [`MerchantSettings::default_country`].
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub default_country: Option<Option<Country>>,
    /// See [`MerchantSettings::return_policy`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_policy: Option<ReturnPolicy>,
    /// See [`MerchantSettings::expiry`]. Replaces the whole of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry: Option<ExpiryPolicy>,
    /// See [`MerchantSettings::pending_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_days: Option<u16>,
    /// See [`MerchantSettings::tiers`]. What is not given of it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiers: Option<TierPolicyPatch>,
    /// See [`MerchantSettings::cashback_mode`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cashback_mode: Option<CashbackMode>,
    /// See [`MerchantSettings::referrals`]. What is not given of it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrals: Option<ReferralPolicyPatch>,
    /// See [`MerchantSettings::allowed_origins`]. Replaces the whole list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_origins: Option<Vec<AppOrigin>>,
}

/// Tells `null` (clear it) from an absent field (leave it).
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl MerchantSettings {
    /// The settings with which a merchant begins.
    #[must_use]
    pub fn new(name: Label, currency: Currency, time_zone: Zone, points_name: Label) -> Self {
        Self {
            name,
            currency,
            time_zone,
            points_name,
            brand_color: None,
            unknown_customer: UnknownCustomer::Create,
            claim_days: 30,
            accepted_lateness_days: 7,
            rounding: Rounding::Floor,
            carry_over: false,
            point_value: None,
            default_country: None,
            return_policy: ReturnPolicy::default(),
            expiry: ExpiryPolicy::default(),
            pending_days: 0,
            tiers: TierPolicy::default(),
            cashback_mode: CashbackMode::default(),
            referrals: ReferralPolicy::default(),
            allowed_origins: Vec::new(),
        }
    }

    /// The settings after a change, or everything that is wrong with it.
    ///
    /// Whether the currency may still change depends on whether there are purchases; the engine knows that.
    pub fn with(&self, patch: MerchantPatch) -> Result<Self, Vec<FieldError>> {
        let changed = Self {
            name: patch.name.unwrap_or_else(|| self.name.clone()),
            currency: patch.currency.unwrap_or(self.currency),
            time_zone: patch.time_zone.unwrap_or(self.time_zone),
            points_name: patch.points_name.unwrap_or_else(|| self.points_name.clone()),
            brand_color: patch.brand_color.unwrap_or_else(|| self.brand_color.clone()),
            unknown_customer: patch.unknown_customer.unwrap_or(self.unknown_customer),
            claim_days: patch.claim_days.unwrap_or(self.claim_days),
            accepted_lateness_days: patch.accepted_lateness_days.unwrap_or(self.accepted_lateness_days),
            rounding: patch.rounding.unwrap_or(self.rounding),
            carry_over: patch.carry_over.unwrap_or(self.carry_over),
            point_value: patch.point_value.unwrap_or(self.point_value),
            default_country: patch.default_country.unwrap_or_else(|| self.default_country.clone()),
            return_policy: patch.return_policy.unwrap_or(self.return_policy),
            expiry: patch.expiry.unwrap_or_else(|| self.expiry.clone()),
            pending_days: patch.pending_days.unwrap_or(self.pending_days),
            tiers: self.tiers.with(patch.tiers.unwrap_or_default()),
            cashback_mode: patch.cashback_mode.unwrap_or(self.cashback_mode),
            referrals: self.referrals.with(patch.referrals.unwrap_or_default()),
            allowed_origins: patch.allowed_origins.unwrap_or_else(|| self.allowed_origins.clone()),
        };
        let errors = changed.errors();
        if errors.is_empty() { Ok(changed) } else { Err(errors) }
    }

    /// What the types alone do not rule out.
    fn errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !(1..=3650).contains(&self.claim_days) {
            errors.push(FieldError::new("/claim_days", "out_of_range", "Must be between 1 and 3650"));
        }
        if self.accepted_lateness_days > 3650 {
            errors.push(FieldError::new(
                "/accepted_lateness_days",
                "out_of_range",
                "Must be between 0 and 3650",
            ));
        }
        if let Some(value) = self.point_value {
            if value.points <= Points::ZERO || value.points > Points::MAX {
                errors.push(FieldError::new("/point_value/points", "out_of_range", "Must be above zero"));
            }
            if value.amount.is_zero() {
                errors.push(FieldError::new("/point_value/amount", "out_of_range", "Must be above zero"));
            }
        }
        if self.pending_days > 3650 {
            errors.push(FieldError::new("/pending_days", "out_of_range", "Must be between 0 and 3650"));
        }
        if self.return_policy == ReturnPolicy::PendingUntilReturnWindow && self.pending_days == 0 {
            let detail = "Must be at least 1 while points wait for the return window";
            errors.push(FieldError::new("/pending_days", "required_by_return_policy", detail));
        }
        errors.extend(self.expiry.errors("/expiry"));
        errors.extend(self.tiers.errors("/tiers"));
        errors.extend(self.referrals.errors("/referrals", |target| self.links_may_lead_to(target)));
        errors.extend(self.origin_errors());
        errors
    }

    /// The sites that referral links may lead to: those of the referrals, then those of the merchant's own apps.
    #[must_use]
    pub fn link_sites(&self) -> Vec<&str> {
        let mut sites: Vec<_> = self.referrals.allowed_origins.iter().map(Origin::as_str).collect();
        for app in &self.allowed_origins {
            if !sites.contains(&app.as_str()) {
                sites.push(app.as_str());
            }
        }
        sites
    }

    /// Whether a referral link may lead there.
    #[must_use]
    pub fn links_may_lead_to(&self, target: &Target) -> bool {
        self.link_sites().contains(&target.origin())
    }

    fn origin_errors(&self) -> Vec<FieldError> {
        let origins = &self.allowed_origins;
        if origins.len() > MAX_ALLOWED_ORIGINS {
            let detail = format!("Must be at most {MAX_ALLOWED_ORIGINS}");
            return vec![FieldError::new("/allowed_origins", "too_many", detail)];
        }
        let is_again =
            |place: usize, origin: &AppOrigin| origins.iter().take(place).any(|other| other == origin);
        let again = origins.iter().enumerate().filter(|(place, origin)| is_again(*place, origin));
        again
            .map(|(place, origin)| {
                let pointer = format!("/allowed_origins/{place}");
                FieldError::new(pointer, "duplicate", format!("{origin} is given twice"))
            })
            .collect()
    }
}
