//! The form of a file. Each part is what the API takes for the same thing, so that what is written here can be sent there; only
//! tiers and rewards are named and not numbered.

use chrono::{DateTime, NaiveTime, Utc};
use perennial_domain::cashback::OfferInput;
use perennial_domain::codes::{CategoryName, Label, Region, RetailerCode, Sku, Tag, Zone};
use perennial_domain::messages::MessageKind;
use perennial_domain::policies::PolicyInput;
use perennial_domain::promotion::PromotionInput;
use perennial_domain::rewards::RewardInput;
use perennial_domain::settings::{MerchantPatch, MerchantSettings};
use perennial_domain::tiers::TierInput;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::stored::stored;
use crate::wire::hour_minute;

/// A program. What is not given stays as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramFile {
    /// What this file is.
    pub format: Format,
    /// The settings; `null` clears what can be absent.
    #[serde(default)]
    pub merchant: MerchantPatch,
    /// The stores, by their codes.
    #[serde(default)]
    pub retailers: Vec<ProgramRetailer>,
    /// What is sold, by sku: here, or in a CSV file with the columns sku, name, category and tags.
    #[serde(default)]
    pub products: ProgramProducts,
    /// The tiers, the lowest first, by their names.
    #[serde(default)]
    pub tiers: Vec<TierInput>,
    /// Promotions, by their names.
    #[serde(default)]
    pub promotions: Vec<ProgramPromotion>,
    /// Cashback offers, by their names.
    #[serde(default)]
    pub cashback_offers: Vec<OfferInput>,
    /// Rewards, by their names. Of one that is there the stock stays: it is counted.
    #[serde(default)]
    pub rewards: Vec<RewardInput>,
    /// Reward policies, by their names.
    #[serde(default)]
    pub reward_policies: Vec<ProgramPolicy>,
    /// What letters say, where that is not what they said when the program came.
    #[serde(default)]
    pub messages: Vec<ProgramMessage>,
}

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// The one that there is.
    #[serde(rename = "perennial-program-1")]
    Version1,
}

/// A store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramRetailer {
    /// The short name, by which it is known.
    pub code: RetailerCode,
    /// The name.
    pub name: Label,
    /// The region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// The time zone.
    pub time_zone: Zone,
    /// When its day begins, local time; midnight when it is not given.
    #[serde(default, with = "hour_minute")]
    pub business_day_start: NaiveTime,
    /// Whether it no longer takes part.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
}

/// Products, or where they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a list of products, or the name of a CSV file")]
pub enum ProgramProducts {
    /// Here.
    Here(Vec<ProgramProduct>),
    /// In this file, beside the one that names it.
    File(String),
}

impl Default for ProgramProducts {
    fn default() -> Self {
        Self::Here(Vec::new())
    }
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramProduct {
    /// What tills call it, by which it is known.
    pub sku: Sku,
    /// The name.
    pub name: Label,
    /// The category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryName>,
    /// The tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Whether it is no longer sold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
}

/// A promotion: what is in force, what will be, and what is drafted. Its name is that of the first of these.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramPromotion {
    /// Published versions: the one in force, then those whose time has not come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<ProgramVersion>,
    /// What counts for nothing before it is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<PromotionInput>,
    /// Whether it rests.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
}

/// A published version of a promotion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramVersion {
    /// From when it is in force; given only where that is still to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<DateTime<Utc>>,
    /// What it says, with the names of tiers.
    pub terms: PromotionInput,
}

/// A reward policy. Its name is that of what was published, else that of the draft.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramPolicy {
    /// What was published last, with the names of tiers and rewards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<PolicyInput>,
    /// What counts for nothing before it is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<PolicyInput>,
    /// Whether it rests.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
}

/// What a kind of letter says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramMessage {
    /// Which letter it is.
    pub kind: MessageKind,
    /// What it is about.
    pub subject: String,
    /// What it says, line by line.
    pub text: Vec<String>,
}

impl ProgramPromotion {
    /// What it is known by.
    #[must_use]
    pub fn name(&self) -> &str {
        let published = self.versions.first().map(|version| &version.terms);
        published.or(self.draft.as_ref()).map_or("", |terms| terms.name.as_str())
    }
}

impl ProgramPolicy {
    /// What it is known by.
    #[must_use]
    pub fn name(&self) -> &str {
        self.published.as_ref().or(self.draft.as_ref()).map_or("", |terms| terms.name.as_str())
    }
}

/// The settings as a file has them: as a change of all of them, but for the name, which says who the merchant is.
pub(super) fn merchant(settings: &MerchantSettings) -> Result<MerchantPatch, Error> {
    let mut fields = stored(serde_json::to_value(settings), "merchants")?;
    if let Some(fields) = fields.as_object_mut() {
        fields.remove("name");
    }
    stored(serde_json::from_value(fields), "merchants")
}
