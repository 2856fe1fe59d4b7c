//! What a change of the policy would do, told before it is made.
//!
//! Everything is counted by two statements, whatever the number of customers. Where points without a day are moved, the
//! last activity of each customer decides; beyond a hundred thousand such customers a sample of that size stands for all.
//! Counting has a few seconds: a merchant whose books are too large for that is told the rules without the numbers.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use perennial_domain::access::Action;
use perennial_domain::calendar::local_date;
use perennial_domain::expiry::{PolicyChange, Shift, Until};
use perennial_domain::ids::MerchantId;
use perennial_domain::settings::{MerchantPatch, MerchantSettings};
use sea_orm::{ConnectionTrait as _, EntityTrait as _};
use serde::{Deserialize, Serialize};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::entity::merchant;
use crate::error::{Error, What};
use crate::merchants;
use crate::modules::tiers::{self, TierChange};
use crate::sample::Share;
use crate::statement::statement;

/// The last activity of whoever has points without a day. What counts as one stands in one place.
const BY_ACTIVITY: &str =
    concat!(include_str!("sampled.sql"), include_str!("activity.sql"), include_str!("change.sql"));
/// How long counting may take.
const TIME_TO_COUNT: &str = "SET LOCAL statement_timeout = '5s'";

/// Settings as they would be, and what their change would do to points and tiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsPreview {
    /// As they would be.
    pub settings: MerchantSettings,
    /// What the other expiry policy would do; nothing where it stays.
    pub expiry: Option<ExpiryChange>,
    /// Whom the other policy of tiers would move; nothing where it stays.
    pub tiers: Option<TierChange>,
}

/// What another expiry policy would do. Points keep the day that they were given, so that it is mostly for points that are
/// earned from then on; only points without a day move, by a change to inactivity or from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpiryChange {
    /// The policy as it is, in words.
    pub before: String,
    /// The policy as it would be, in words.
    pub after: String,
    /// The last day of points that are earned today, as it is; null where they never expire.
    pub earned_today_before: Option<NaiveDate>,
    /// The same, as it would be.
    pub earned_today_after: Option<NaiveDate>,
    /// What it would do to points that customers have; null where these are too many to be counted at once.
    pub existing: Option<ExistingPoints>,
}

/// What another expiry policy would do to points that customers have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExistingPoints {
    /// With a day of their own, which they keep.
    pub kept: Held,
    /// Without a day of their own: they would be gone sooner, also those that never would have been.
    pub earlier: Held,
    /// Without a day of their own: they would last longer, or for ever.
    pub later: Held,
    /// Without a day of their own: nothing would change.
    pub same: Held,
    /// Those that would be gone sooner or later, by month, the first first.
    pub moves: Vec<ExpiryMove>,
    /// Whether `earlier`, `later`, `same` and `moves` were worked out from a sample of the customers.
    pub sampled: bool,
}

/// Points of so many customers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Held {
    /// How many customers have them.
    pub customers: i64,
    /// How many there are.
    pub points: i64,
}

/// Points that would be gone in another month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpiryMove {
    /// The first day of the month in which they are gone as it is, when nothing is earned or spent until then; null is
    /// never.
    pub from: Option<NaiveDate>,
    /// The same, as it would be.
    pub to: Option<NaiveDate>,
    /// How many customers have them.
    pub customers: i64,
    /// How many there are.
    pub points: i64,
}

impl Engine {
    /// What a change of settings would give, and what it would do to points and tiers. Changes nothing.
    ///
    /// # Errors
    /// Like [`merchant_update`](Self::merchant_update).
    pub async fn merchant_preview(&self, cx: &Cx, patch: MerchantPatch) -> Result<SettingsPreview, Error> {
        cx.require(Action::SettingsWrite)?;
        let id = cx.merchant();
        let row = merchant::Entity::find_by_id(id.uuid()).one(self.db()).await?;
        let row = row.ok_or(Error::NotFound(What::Merchant))?;
        let before = merchants::settings(&row)?;
        // Everything that the change would be refused for.
        let txn = self.begin().await?;
        let (_, settings) = self.settings_change(&txn, cx, patch).await?;
        txn.rollback().await?;
        let expiry = if settings.expiry == before.expiry {
            None
        } else {
            let change = PolicyChange {
                before: &before.expiry,
                since: row.expiry_since,
                after: &settings.expiry,
                today: local_date(self.now(id), settings.time_zone),
            };
            Some(self.expiry_change(id, &change, &settings).await?)
        };
        let tiers = if settings.tiers == before.tiers {
            None
        } else {
            Some(tiers::change(self, id, &settings).await?)
        };
        Ok(SettingsPreview { settings, expiry, tiers })
    }

    async fn expiry_change(
        &self,
        merchant: MerchantId,
        change: &PolicyChange<'_>,
        settings: &MerchantSettings,
    ) -> Result<ExpiryChange, Error> {
        let existing = match self.existing_points(merchant, change, settings).await {
            Ok(existing) => Some(existing),
            Err(Error::Busy { .. }) => None,
            Err(error) => return Err(error),
        };
        let earned = change.earned_today();
        Ok(ExpiryChange {
            before: change.before.text(),
            after: change.after.text(),
            earned_today_before: earned.before,
            earned_today_after: earned.after,
            existing,
        })
    }

    /// [`Error::Busy`] where they are too many to be counted at once.
    async fn existing_points(
        &self,
        merchant: MerchantId,
        change: &PolicyChange<'_>,
        settings: &MerchantSettings,
    ) -> Result<ExistingPoints, Error> {
        let txn = self.begin().await?;
        txn.execute_unprepared(TIME_TO_COUNT).await?;
        let held = statement(include_str!("held.sql"), [merchant.uuid().into()]);
        let row = txn.query_one_raw(held).await?.ok_or_else(nothing_counted)?;
        let held = |kind: &str| -> Result<Held, Error> {
            Ok(Held {
                customers: row.try_get("", &format!("{kind}_customers"))?,
                points: row.try_get("", &format!("{kind}_points"))?,
            })
        };
        let (kept, undated) = (held("dated")?, held("undated")?);
        let mut existing = ExistingPoints { kept, ..ExistingPoints::default() };
        if !change.moves_existing() {
            existing.same = undated;
            return Ok(existing);
        }
        let share = Share::of(undated.customers);
        existing.sampled = share.is_sample();
        let zone = settings.time_zone.as_str().to_owned();
        let values = [merchant.uuid().into(), zone.into(), share.bytes().into()];
        let mut counted = Vec::new();
        for row in txn.query_all_raw(statement(BY_ACTIVITY, values)).await? {
            let held = Held { customers: row.try_get("", "customers")?, points: row.try_get("", "points")? };
            counted.push((change.undated(row.try_get("", "day")?), held.of_all(share)));
        }
        existing.count(&counted);
        Ok(existing)
    }
}

fn nothing_counted() -> Error {
    Error::Inconsistent("a sum over lots gave no row".to_owned())
}

impl Held {
    /// What a sample stands for.
    fn of_all(self, share: Share) -> Self {
        Self { customers: share.all(self.customers), points: share.all(self.points) }
    }

    fn add(&mut self, other: Self) {
        self.customers = self.customers.saturating_add(other.customers);
        self.points = self.points.saturating_add(other.points);
    }
}

impl ExistingPoints {
    fn count(&mut self, counted: &[(Until, Held)]) {
        let month = |day: Option<NaiveDate>| day.and_then(|day| day.with_day(1));
        // Never comes behind every month.
        let key = |month: Option<NaiveDate>| month.unwrap_or(NaiveDate::MAX);
        let mut moves: BTreeMap<_, ExpiryMove> = BTreeMap::new();
        for (until, held) in counted {
            match until.shift() {
                Shift::Earlier => self.earlier.add(*held),
                Shift::Later => self.later.add(*held),
                Shift::Same => {
                    self.same.add(*held);
                    continue;
                }
            }
            let (from, to) = (month(until.before), month(until.after));
            let moved =
                moves.entry((key(from), key(to))).or_insert(ExpiryMove { from, to, customers: 0, points: 0 });
            moved.customers = moved.customers.saturating_add(held.customers);
            moved.points = moved.points.saturating_add(held.points);
        }
        self.moves = moves.into_values().collect();
    }
}
