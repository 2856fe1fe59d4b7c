//! What a policy would have given, had it run lately.
//!
//! Stored purchases and movements are read and counted from nothing, as if the policy had been published at the beginning of
//! the time that is looked at. Nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::access::Action;
use perennial_domain::birthday::celebrating;
use perennial_domain::calendar::{local_date, start_of_date};
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::policies::{Movement, PolicyEvent, PolicyInput, PolicyTerms, crossings, sentence};
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use super::award::{Times, amount, grant};
use super::follow::bought;
use super::friends::{self, Pays, Referral};
use super::statement;
use super::view::Names;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;

/// Days that are looked at, at most.
const DAYS_MAX: u32 = 366;
/// Purchases, or movements of points, that are looked at, at most.
const MOST: usize = 20_000;
/// Purchases of one statement.
const PAGE: i64 = 1_000;

/// What a policy would have given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trial {
    /// The policy in a sentence.
    pub summary: String,
    /// Since when what happened was looked at.
    pub since: DateTime<Utc>,
    /// How many purchases, movements or events that were.
    pub looked_at: u64,
    /// Whether there was more, which was not looked at any more.
    pub is_cut: bool,
    /// How often something would have been given.
    pub times: u64,
    /// To how many customers.
    pub customers: u64,
    /// How often a cap or a rest would have prevented it.
    pub refused: u64,
    /// What that would have been, effect by effect.
    pub gives: Vec<TrialEffect>,
}

/// What an effect would have given in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrialEffect {
    /// `points`, `cashback`, `credits`, `reward`, `discount` or `email`.
    pub kind: String,
    /// Points, minor units or credits; how many of all else.
    pub amount: i64,
}

/// What moved the points of somebody.
#[derive(Default)]
struct History {
    before: i64,
    movements: Vec<Movement>,
    /// When each was posted.
    posted: Vec<DateTime<Utc>>,
}

struct Trying<'t> {
    engine: &'t Engine,
    terms: &'t PolicyTerms,
    settings: &'t MerchantSettings,
    had: BTreeMap<CustomerId, Times>,
    customers: BTreeSet<CustomerId>,
    trial: Trial,
}

impl Engine {
    /// Finds out what a policy would have given in the last days, at most a year and 20,000 purchases. It need not be stored.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is wrong.
    pub async fn policy_try(&self, cx: &Cx, input: PolicyInput, days: u32) -> Result<Trial, Error> {
        cx.require(Action::PromotionsRead)?;
        let terms = input.check().map_err(Error::Invalid)?;
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        let settings = self.merchant_settings_in(self.db(), merchant).await?;
        let names = Names::read(self.db(), merchant).await?;
        let since = now - TimeDelta::days(i64::from(days.clamp(1, DAYS_MAX)));
        let gives = terms.effects.iter();
        let gives = gives.map(|effect| TrialEffect { kind: effect.word().to_owned(), amount: 0 }).collect();
        let summary = sentence(&terms, settings.currency, &names);
        let trial = Trial { summary, since, gives, ..Trial::default() };
        let mut trying = Trying {
            engine: self,
            terms: &terms,
            settings: &settings,
            had: BTreeMap::new(),
            customers: BTreeSet::new(),
            trial,
        };
        match &terms.event {
            PolicyEvent::PointsAbove(threshold) => {
                trying.points(self.db(), merchant, threshold.get()).await?;
            }
            PolicyEvent::Enrolment => {
                let sql = "SELECT id AS customer_id, created_at AS at FROM customers
                           WHERE merchant_id = $1 AND created_at >= $2 AND merged_into IS NULL
                           ORDER BY created_at LIMIT $3";
                trying.events(self.db(), merchant, sql, &[]).await?;
            }
            PolicyEvent::TierReached(tier) => {
                let sql = "SELECT customer_id, happened_at AS at FROM tier_moves
                           WHERE merchant_id = $1 AND happened_at >= $2 AND moved = 'up' AND to_tier = $4
                             AND reason ->> 'code' <> 'merged'
                           ORDER BY happened_at LIMIT $3";
                trying.events(self.db(), merchant, sql, &[tier.uuid()]).await?;
            }
            PolicyEvent::Registration => {
                let sql = "SELECT friend_id AS customer_id, registered_at AS at FROM referrals
                           WHERE merchant_id = $1 AND registered_at >= $2 ORDER BY registered_at LIMIT $3";
                trying.events(self.db(), merchant, sql, &[]).await?;
            }
            PolicyEvent::Birthday => trying.birthdays(self.db(), merchant, now).await?,
            PolicyEvent::FirstPurchase(_)
            | PolicyEvent::FriendPurchase(_)
            | PolicyEvent::FriendCount(..)
            | PolicyEvent::FriendsCount(..)
            | PolicyEvent::OwnCount(..) => trying.purchases(self.db(), merchant).await?,
        }
        trying.trial.customers = trying.customers.len() as u64;
        Ok(trying.trial)
    }
}

impl Trying<'_> {
    /// Gives for something that happened.
    fn give(&mut self, customer: CustomerId, referral: Option<&Referral>, at: DateTime<Utc>, times: u64) {
        let referral = referral.filter(|referral| referral.pays != Pays::Never);
        let advocate = referral.map(|referral| referral.advocate);
        for beneficiary in self.terms.to.resolve(customer, advocate) {
            let had = self.had.entry(beneficiary).or_default();
            let Ok(times) = grant(had, self.terms, self.settings.time_zone, at, times) else {
                self.trial.refused += 1;
                continue;
            };
            self.customers.insert(beneficiary);
            self.trial.times += 1;
            for (effect, gives) in self.terms.effects.iter().zip(&mut self.trial.gives) {
                gives.amount = gives.amount.saturating_add(amount(effect, times));
            }
        }
    }

    async fn purchases(&mut self, db: &impl ConnectionTrait, merchant: MerchantId) -> Result<(), Error> {
        let (terms, mut counters) = (self.terms, BTreeMap::<CustomerId, u64>::new());
        let Some(counting) = terms.event.counting() else { return Ok(()) };
        let mut after = first_id_of(self.trial.since);
        loop {
            let sql = "SELECT id FROM purchases WHERE merchant_id = $1 AND id > $2 ORDER BY id LIMIT $3";
            let values = [merchant.uuid().into(), after.into(), PAGE.into()];
            let rows = db.query_all_raw(statement(sql, values)).await?;
            let ids = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<Vec<Uuid>, _>>()?;
            let Some(last) = ids.last().copied() else { return Ok(()) };
            if self.trial.looked_at >= MOST as u64 {
                self.trial.is_cut = true;
                return Ok(());
            }
            after = last;
            self.trial.looked_at += ids.len() as u64;
            let all = bought(db, merchant, &ids.into_iter().collect()).await?;
            let buyers: BTreeSet<CustomerId> = all.iter().map(|bought| bought.customer).collect();
            let buyers: Vec<CustomerId> = buyers.into_iter().collect();
            let referrals = friends::of(db, self.engine, merchant, &buyers).await?;
            for bought in &all {
                let count = bought.count(counting).unsigned_abs();
                let referral = referrals.get(&bought.customer);
                let subject = match (&terms.event, referral) {
                    _ if count == 0 => continue,
                    (PolicyEvent::FirstPurchase(_), _) if !bought.is_first => continue,
                    (PolicyEvent::FirstPurchase(_) | PolicyEvent::OwnCount(..), _) => bought.customer,
                    (_, None) => continue,
                    (PolicyEvent::FriendsCount(..), Some(referral)) => referral.advocate,
                    (_, Some(_)) => bought.customer,
                };
                match terms.event.milestones() {
                    Some(milestones) => {
                        let counter = counters.entry(subject).or_default();
                        let before = *counter;
                        *counter = before.saturating_add(count);
                        for _ in milestones.passed(before, *counter) {
                            self.give(bought.customer, referral, bought.since, 1);
                        }
                    }
                    None if matches!(terms.event, PolicyEvent::FirstPurchase(_)) => {
                        self.give(bought.customer, referral, bought.since, 1);
                    }
                    None => self.give(bought.customer, referral, bought.since, count),
                }
            }
        }
    }

    async fn events(
        &mut self,
        db: &impl ConnectionTrait,
        merchant: MerchantId,
        sql: &'static str,
        more: &[Uuid],
    ) -> Result<(), Error> {
        let mut values = vec![merchant.uuid().into(), self.trial.since.into(), (MOST as i64 + 1).into()];
        values.extend(more.iter().map(|id| (*id).into()));
        let rows = db.query_all_raw(statement(sql, values)).await?;
        self.happened(db, merchant, &rows).await
    }

    /// The birthdays of everybody who is a customer now, whenever that began: a merchant who has just imported them wants to
    /// know what a year of them costs.
    async fn birthdays(
        &mut self,
        db: &impl ConnectionTrait,
        merchant: MerchantId,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let zone = self.settings.time_zone;
        let (mut keys, mut begins) = (Vec::new(), Vec::new());
        let (first, last) = (local_date(self.trial.since, zone), local_date(now, zone));
        // Whole local days, the one that is under way included.
        for day in first.iter_days().skip(1).take_while(|day| *day <= last) {
            for key in celebrating(day) {
                keys.push(key);
                begins.push(start_of_date(day, zone));
            }
        }
        let most = MOST as i64 + 1;
        let values = [merchant.uuid().into(), keys.into(), begins.into(), most.into()];
        let rows = db.query_all_raw(statement(include_str!("sql/trial_birthdays.sql"), values)).await?;
        self.happened(db, merchant, &rows).await
    }

    /// Gives for what these rows say, each with a customer and an instant.
    async fn happened(
        &mut self,
        db: &impl ConnectionTrait,
        merchant: MerchantId,
        rows: &[QueryResult],
    ) -> Result<(), Error> {
        self.trial.is_cut = rows.len() > MOST;
        for rows in rows.get(..rows.len().min(MOST)).unwrap_or_default().chunks(PAGE as usize) {
            let mut happened = Vec::with_capacity(rows.len());
            for row in rows {
                let at: DateTime<Utc> = row.try_get("", "at")?;
                happened.push((CustomerId::from_uuid(row.try_get("", "customer_id")?), at));
            }
            let customers: Vec<CustomerId> = happened.iter().map(|(customer, _)| *customer).collect();
            let referrals = friends::of(db, self.engine, merchant, &customers).await?;
            for (customer, at) in happened {
                self.trial.looked_at += 1;
                self.give(customer, referrals.get(&customer), at, 1);
            }
        }
        Ok(())
    }

    async fn points(
        &mut self,
        db: &impl ConnectionTrait,
        merchant: MerchantId,
        threshold: i64,
    ) -> Result<(), Error> {
        let values = [merchant.uuid().into(), self.trial.since.into(), (MOST as i64 + 1).into()];
        let rows = db.query_all_raw(statement(include_str!("sql/trial_points.sql"), values)).await?;
        self.trial.is_cut = rows.len() > MOST;
        let mut moved: BTreeMap<CustomerId, History> = BTreeMap::new();
        for row in rows.iter().take(MOST) {
            self.trial.looked_at += 1;
            let customer = CustomerId::from_uuid(row.try_get("", "customer_id")?);
            let of = moved.entry(customer).or_default();
            of.before = row.try_get("", "before")?;
            let (sequence, amount) = (row.try_get("", "sequence")?, row.try_get("", "amount")?);
            of.movements.push(Movement { sequence, amount });
            of.posted.push(row.try_get("", "posted_at")?);
        }
        for (customer, History { before, movements, posted }) in moved {
            for sequence in crossings(threshold, before, &movements) {
                let place = movements.iter().position(|movement| movement.sequence == sequence);
                let Some(at) = place.and_then(|place| posted.get(place)) else { continue };
                self.give(customer, None, *at, 1);
            }
        }
        Ok(())
    }
}

/// The lowest id that something could have that was made at this instant.
fn first_id_of(instant: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(instant.timestamp_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}
