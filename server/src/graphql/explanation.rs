//! Why a purchase earned what it earned, as a graph.

use std::sync::Arc;

use async_graphql::{Description, ID, Object, SimpleObject};
use chrono::NaiveDate;
use perennial_domain::evaluate::{self, Applied, LineExplanation, Miss, Outcome, PromotionExplanation};
use perennial_domain::promotion::Effect;

use super::{
    errors::word,
    limits::few,
    scalars::{Amount, Points},
};

/// Why a purchase earned what it earned: the promotions that were tried, and what became of each.
#[derive(Description)]
pub struct Explanation(pub Arc<evaluate::Explanation>);

#[Object(use_type_description)]
impl Explanation {
    /// All that it earned.
    async fn points(&self) -> Points {
        self.0.points.into()
    }

    /// How the worth of each line became whole points: `floor`, `half_up`, `half_even`, `ceil`.
    async fn rounding(&self) -> String {
        word(self.0.rounding)
    }

    /// Whether each promotion kept what rounding left, for the customer's next line or purchase.
    async fn carry_over(&self) -> bool {
        self.0.carry_over
    }

    /// The business day, at the retailer, that its weekday was taken from.
    async fn business_date(&self) -> NaiveDate {
        self.0.business_date
    }

    /// The lines in their order.
    #[graphql(complexity = "few(child_complexity)")]
    async fn lines(&self) -> Vec<ExplainedLine<'_>> {
        self.0.lines.iter().map(ExplainedLine).collect()
    }

    /// All promotions that were tried: those that applied, then the others, the nearest misses first.
    #[graphql(complexity = "few(child_complexity)")]
    async fn promotions(&self) -> Vec<TriedPromotion<'_>> {
        self.0.promotions.iter().map(TriedPromotion).collect()
    }
}

/// Why a line earned what it earned.
#[derive(Description)]
pub struct ExplainedLine<'e>(&'e LineExplanation);

#[Object(name = "ExplainedLine", use_type_description)]
impl ExplainedLine<'_> {
    /// The product as the till sent it.
    async fn product(&self) -> Option<&str> {
        self.0.product.as_deref()
    }

    /// What was paid for it.
    async fn paid(&self) -> Amount {
        self.0.paid.into()
    }

    /// What it is exactly worth in points, as a decimal, before rounding and caps.
    async fn exact(&self) -> &str {
        &self.0.exact
    }

    /// What it earned.
    async fn points(&self) -> Points {
        self.0.points.into()
    }

    /// By which promotions.
    #[graphql(complexity = "few(child_complexity)")]
    async fn applied(&self) -> Vec<AppliedPromotion> {
        self.0.applied.iter().map(Into::into).collect()
    }

    /// The whole of it in words.
    async fn text(&self) -> &str {
        &self.0.text
    }
}

/// What became of a promotion that was tried.
#[derive(Description)]
pub struct TriedPromotion<'e>(pub &'e PromotionExplanation);

#[Object(name = "TriedPromotion", use_type_description)]
impl TriedPromotion<'_> {
    /// Which promotion.
    async fn id(&self) -> ID {
        self.0.promotion_id.to_string().into()
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The version in force, when there was one.
    async fn version(&self) -> Option<u32> {
        self.0.version
    }

    /// What it promises, in a sentence.
    async fn summary(&self) -> &str {
        &self.0.summary
    }

    /// Whether it applied.
    async fn applied(&self) -> bool {
        matches!(self.0.outcome, Outcome::Applied { .. })
    }

    /// What it gave; nothing when it did not apply.
    async fn points(&self) -> Option<Points> {
        match &self.0.outcome {
            Outcome::Applied { points, .. } => Some((*points).into()),
            Outcome::Missed { .. } => None,
        }
    }

    /// What its cap, limit and budget took away; nothing when it did not apply.
    async fn cut(&self) -> Option<Points> {
        match &self.0.outcome {
            Outcome::Applied { cut, .. } => Some((*cut).into()),
            Outcome::Missed { .. } => None,
        }
    }

    /// What it had kept for the customer of what rounding left, and what it keeps; nothing where it keeps nothing.
    async fn carried(&self) -> Option<CarriedOver> {
        match &self.0.outcome {
            Outcome::Applied { carried, .. } => carried.as_ref().map(Into::into),
            Outcome::Missed { .. } => None,
        }
    }

    /// Everything that was missing, when it did not apply.
    async fn missing(&self) -> Vec<Missing> {
        match &self.0.outcome {
            Outcome::Applied { .. } => Vec::new(),
            Outcome::Missed { reasons } => reasons.iter().map(Missing::from).collect(),
        }
    }
}

/// What a promotion had kept for the customer of what rounding left, and what it keeps.
#[derive(Debug, Clone, SimpleObject)]
pub struct CarriedOver {
    /// What came from before, in points, as a decimal; below zero it was owed.
    pub before: String,
    /// What is carried on, in points, as a decimal.
    pub after: String,
    /// Both, for people.
    pub text: String,
}

impl From<&evaluate::CarriedOver> for CarriedOver {
    fn from(carried: &evaluate::CarriedOver) -> Self {
        Self {
            before: carried.before.to_string(),
            after: carried.after.to_string(),
            text: carried.text.clone(),
        }
    }
}

/// One thing that was missing.
#[derive(Debug, Clone, SimpleObject)]
pub struct Missing {
    /// A stable word for programs: `over`, `not_started`, `region`, `minimum_amount`, …
    pub code: String,
    /// The same for people.
    pub text: String,
}

impl From<&Miss> for Missing {
    fn from(miss: &Miss) -> Self {
        let json = serde_json::to_value(miss).unwrap_or_default();
        let code = json.get("code").and_then(serde_json::Value::as_str).unwrap_or_default();
        Self { code: code.to_owned(), text: miss.text.clone() }
    }
}

/// A promotion that gave points.
#[derive(Debug, Clone, SimpleObject)]
pub struct AppliedPromotion {
    /// Which promotion.
    pub id: ID,
    /// Which version of it.
    pub version: u32,
    /// What the version is called.
    pub name: String,
    /// Points per major unit of what was paid, as a decimal, if that is what it gives.
    pub award_rate: Option<String>,
    /// The factor of what other promotions give, as a decimal, if that is what it gives.
    pub multiplier: Option<String>,
    /// Points once for a purchase, if that is what it gives.
    pub flat_points: Option<Points>,
    /// How many points of the line or purchase are its own.
    pub points: Points,
}

impl From<&Applied> for AppliedPromotion {
    fn from(applied: &Applied) -> Self {
        let (award_rate, multiplier, flat_points) = parts(&applied.effect);
        Self {
            id: applied.promotion_id.to_string().into(),
            version: applied.version,
            name: applied.name.to_string(),
            award_rate,
            multiplier,
            flat_points,
            points: applied.points.into(),
        }
    }
}

/// An effect as rate, multiplier and flat points, one of which is there.
pub fn parts(effect: &Effect) -> (Option<String>, Option<String>, Option<Points>) {
    match effect {
        Effect::AwardRate(rate) => (Some(rate.to_string()), None, None),
        Effect::Multiplier(factor) => (None, Some(factor.to_string()), None),
        Effect::FlatPoints(points) => (None, None, Some((*points).into())),
    }
}
