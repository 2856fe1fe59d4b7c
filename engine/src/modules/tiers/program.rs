//! What is to be known to decide about customers, and the decision.

use chrono::{DateTime, Days, NaiveDate, Utc};
use perennial_domain::calendar::local_date;
use perennial_domain::ids::{CustomerId, MerchantId, TierId};
use perennial_domain::settings::MerchantSettings;
use perennial_domain::tiers::{
    Assessment, DateSpan, Ladder, Membership, Move, MoveReason, Progress, Situation, TierPolicy, assess,
    spans,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::{ladder, statement};
use crate::engine::Engine;
use crate::error::Error;
use crate::stored::stored;

/// Stands for "since ever" in the database.
const EVER: NaiveDate = match NaiveDate::from_ymd_opt(1, 1, 1) {
    Some(ever) => ever,
    None => NaiveDate::MIN,
};

/// Periods that a customer is walked through at most in one go. They last a month at least: more would be a defect.
const PERIODS_MAX: usize = 1_000;

/// The tiers of one merchant at one moment.
pub(super) struct Program<'e> {
    pub engine: &'e Engine,
    pub merchant: MerchantId,
    pub settings: MerchantSettings,
    pub ladder: Ladder,
    pub now: DateTime<Utc>,
    /// The merchant's local day.
    pub today: NaiveDate,
}

/// A customer and where the customer stands.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub customer: CustomerId,
    pub name: Option<String>,
    pub enrolled_on: NaiveDate,
    /// As it is stored, or where one begins.
    pub membership: Membership,
    /// When time is to look at it again, as it is stored.
    pub due_on: Option<NaiveDate>,
    /// The number of the newest move.
    pub moves: i32,
    /// Whether it is stored.
    pub is_stored: bool,
}

/// A change of a tier that is to be written down.
#[derive(Debug, Clone)]
pub(super) struct Moved {
    pub moved: Move,
    pub why: MoveReason,
    /// Who did it, where it was not the program itself.
    pub actor: Option<String>,
}

/// A customer after a decision, with everything that led there.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub member: Member,
    pub moves: Vec<Moved>,
    /// Whether the place differs from what is stored.
    pub has_changed: bool,
}

/// Progress in two spans of dates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums {
    pub running: i64,
    pub other: Option<i64>,
}

impl<'e> Program<'e> {
    /// Reads settings and ladder. Whoever is going to move somebody shares or holds the ladder already.
    pub async fn read(
        engine: &'e Engine,
        db: &impl ConnectionTrait,
        merchant: MerchantId,
    ) -> Result<Self, Error> {
        let now = engine.now(merchant);
        let settings = engine.merchant_settings_in(db, merchant).await?;
        let ladder = ladder::read(db, merchant).await?;
        let today = local_date(now, settings.time_zone);
        Ok(Self { engine, merchant, settings, ladder, now, today })
    }

    pub fn situation(&self, member: &Member) -> Situation<'_> {
        self.situation_on(&self.ladder, member)
    }

    /// The same with another ladder.
    pub fn situation_on<'a>(&'a self, ladder: &'a Ladder, member: &Member) -> Situation<'a> {
        let enrolled_on = member.enrolled_on;
        Situation { ladder, policy: &self.settings.tiers, today: self.today, enrolled_on }
    }

    /// A customer, from a row with its columns and those of the membership.
    pub fn member(&self, ladder: &Ladder, row: &QueryResult) -> Result<Member, Error> {
        let created_at: DateTime<Utc> = row.try_get("", "created_at")?;
        let enrolled_on = local_date(created_at, self.settings.time_zone);
        let since: Option<NaiveDate> = row.try_get("", "since")?;
        let membership = match since {
            Some(since) => stored_membership(row, since)?,
            // Whom nobody has looked at yet stands where everybody begins, since the enrolment.
            None => Membership::begin(&Situation {
                ladder,
                policy: &self.settings.tiers,
                today: enrolled_on,
                enrolled_on,
            }),
        };
        Ok(Member {
            customer: CustomerId::from_uuid(row.try_get("", "customer_id")?),
            name: row.try_get("", "name")?,
            enrolled_on,
            membership,
            due_on: row.try_get("", "due_on")?,
            moves: row.try_get::<Option<i32>>("", "moves")?.unwrap_or(0),
            is_stored: since.is_some(),
        })
    }

    /// These customers, in the order of their ids.
    pub async fn members(
        &self,
        db: &impl ConnectionTrait,
        customers: &[CustomerId],
    ) -> Result<Vec<Member>, Error> {
        let ids: Vec<Uuid> = customers.iter().map(|customer| customer.uuid()).collect();
        let values = [self.merchant.uuid().into(), ids.into()];
        let rows = db.query_all_raw(statement(include_str!("members.sql"), values)).await?;
        rows.iter().map(|row| self.member(&self.ladder, row)).collect()
    }

    /// What time and progress make of these customers, period by period.
    pub async fn assess(
        &self,
        db: &impl ConnectionTrait,
        members: Vec<Member>,
    ) -> Result<Vec<Outcome>, Error> {
        let mut outcomes: Vec<Outcome> = members.into_iter().map(Outcome::of).collect();
        let mut open: Vec<usize> = (0..outcomes.len()).collect();
        for _ in 0..PERIODS_MAX {
            if open.is_empty() {
                return Ok(outcomes);
            }
            let members = open.iter().filter_map(|place| outcomes.get(*place)).map(|outcome| &outcome.member);
            let asked = members.map(|member| {
                let spans = spans(&self.situation(member), &member.membership);
                (member.customer, spans.running, spans.keeping)
            });
            let asked = asked.collect();
            let sums = self.sums(db, asked).await?;
            let mut still_open = Vec::new();
            for (place, sums) in std::mem::take(&mut open).into_iter().zip(sums) {
                let Some(outcome) = outcomes.get_mut(place) else { continue };
                let progress = Progress { running: sums.running, keeping: sums.other };
                let before = outcome.member.membership;
                let assessment = assess(&self.situation(&outcome.member), &before, progress);
                outcome.apply(assessment, None);
                if outcome.member.membership != before {
                    still_open.push(place);
                }
            }
            open = still_open;
        }
        Err(Error::Inconsistent(format!("tiers of merchant {} come to no rest", self.merchant)))
    }

    /// Moves whom time and progress move, of customers who cannot change meanwhile. Tells how many moves that were.
    pub async fn follow(&self, txn: &DatabaseTransaction, customers: &[CustomerId]) -> Result<usize, Error> {
        let members = self.members(txn, customers).await?;
        let mut outcomes = self.assess(txn, members).await?;
        outcomes.retain(|outcome| outcome.is_news(self));
        self.write(txn, &outcomes).await?;
        Ok(outcomes.iter().map(|outcome| outcome.moves.len()).sum())
    }

    /// The progress of customers in two spans each, in the order asked for.
    pub async fn sums(
        &self,
        db: &impl ConnectionTrait,
        asked: Vec<(CustomerId, DateSpan, Option<DateSpan>)>,
    ) -> Result<Vec<Sums>, Error> {
        // What is not asked for is an empty span.
        let other = |span: Option<DateSpan>| span.map_or((EVER, EVER), bounds);
        let values = [
            self.merchant.uuid().into(),
            self.settings.tiers.basis.as_str().into(),
            asked.iter().map(|(customer, ..)| customer.uuid()).collect::<Vec<_>>().into(),
            asked.iter().map(|(_, running, _)| bounds(*running).0).collect::<Vec<_>>().into(),
            asked.iter().map(|(_, running, _)| bounds(*running).1).collect::<Vec<_>>().into(),
            asked.iter().map(|(.., span)| other(*span).0).collect::<Vec<_>>().into(),
            asked.iter().map(|(.., span)| other(*span).1).collect::<Vec<_>>().into(),
        ];
        let rows = db.query_all_raw(statement(include_str!("progress.sql"), values)).await?;
        let sums = asked.iter().zip(rows).map(|((.., span), row)| {
            let other: i64 = row.try_get("", "other")?;
            Ok(Sums { running: row.try_get("", "running")?, other: span.map(|_| other) })
        });
        sums.collect()
    }
}

impl Outcome {
    /// Nothing has happened yet.
    pub fn of(member: Member) -> Self {
        Self { member, moves: Vec::new(), has_changed: false }
    }

    /// Whether there is something to write down, be it only when to look again.
    fn is_news(&self, program: &Program<'_>) -> bool {
        let Member { membership, due_on: known, is_stored, .. } = &self.member;
        let due_on = due_on(membership, &program.settings.tiers, program.today);
        self.has_changed || !is_stored || *known != due_on
    }

    /// Puts the customer where a decision says.
    pub fn apply(&mut self, assessment: Assessment, actor: Option<&str>) {
        let Assessment { moved, why, after } = assessment;
        self.has_changed |= after != self.member.membership;
        self.member.membership = after;
        if moved != Move::Stay {
            self.moves.push(Moved { moved, why, actor: actor.map(ToOwned::to_owned) });
        }
    }
}

/// The first day on which time alone may change something; in the days of grace, the one after the last of them.
pub(super) fn due_on(membership: &Membership, policy: &TierPolicy, today: NaiveDate) -> Option<NaiveDate> {
    let after = |date: NaiveDate, days: u16| {
        date.checked_add_days(Days::new(u64::from(days) + 1)).unwrap_or(NaiveDate::MAX)
    };
    let due = match (membership.pinned_until, membership.kept_until) {
        (Some(pinned_until), _) => after(pinned_until, 0),
        (None, Some(kept_until)) if kept_until >= today => after(kept_until, 0),
        (None, Some(kept_until)) => after(kept_until, policy.grace_days),
        (None, None) => return None,
    };
    // Whoever was looked at today has nothing to expect of the same day.
    Some(due.max(after(today, 0)))
}

fn stored_membership(row: &QueryResult, since: NaiveDate) -> Result<Membership, Error> {
    let tier: Option<Uuid> = row.try_get("", "tier_id")?;
    let manual: Option<String> = row.try_get("", "manual")?;
    let manual = manual.map(|word| stored(word.parse(), "tier_memberships.manual")).transpose()?;
    Ok(Membership {
        tier: tier.map(TierId::from_uuid),
        since,
        kept_until: row.try_get("", "kept_until")?,
        pinned_until: row.try_get("", "pinned_until")?,
        manual,
    })
}

/// A span as two dates, the end exclusive.
fn bounds(span: DateSpan) -> (NaiveDate, NaiveDate) {
    (span.from.unwrap_or(EVER), span.to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_customer_is_due_after_the_pin_the_period_or_the_grace_and_never_today() {
        let today = date("2026-05-14");
        let policy = TierPolicy { grace_days: 30, ..TierPolicy::default() };
        let due = |kept_until: Option<&str>, pinned_until: Option<&str>| {
            let membership = Membership {
                tier: None,
                since: today,
                kept_until: kept_until.map(date),
                pinned_until: pinned_until.map(date),
                manual: None,
            };
            due_on(&membership, &policy, today).map(|day| day.to_string())
        };
        assert_eq!(due(None, None), None);
        assert_eq!(due(Some("2026-05-14"), None).as_deref(), Some("2026-05-15"));
        assert_eq!(
            due(Some("2026-05-13"), None).as_deref(),
            Some("2026-06-13"),
            "the last day of grace is 12 June"
        );
        assert_eq!(due(Some("2026-12-31"), Some("2026-07-01")).as_deref(), Some("2026-07-02"));
        assert_eq!(due(Some("2020-12-31"), None).as_deref(), Some("2026-05-15"));
    }
}
