//! What a promotion would have given over stored purchases.
//!
//! The counting is the domain's ([`perennial_domain::replay`]); here purchases are read, page by page and customer by customer.
//! A page is a read-only transaction of its own, and its connection goes back before it is evaluated: so a replay neither
//! keeps Postgres from cleaning up behind the intake, nor holds a connection while nobody listens to it, and ends where its
//! caller drops it. What is in memory is a page, the rule sets of the window within bounds, and the sums.
//!
//! What a million purchases cost: the order is that of an index which is there for the pages of customers
//! (`purchases_merchant_id_customer_id_idx`), so that nothing is sorted, and each row is one step in the index and one look
//! at the table. Those looks jump about, since the table is in the order of arrival: from memory they are microseconds, from
//! a disk a read each, hence minutes where the table is much larger than the memory. An index that also held the instant of
//! the purchase would spare looks at rows outside the window and cost every purchase a write; the id, which is in this one,
//! says as much: nothing is older than its purchase. Reading the JSON of facts and lines costs more than both evaluations.
//!
//! It does not see one moment: what is returned or claimed while it runs may be in it or not.

mod pages;
mod seats;
mod shelf;

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures::future::ready;
use futures::{Stream, StreamExt as _, stream};
use perennial_domain::access::Action;
use perennial_domain::calendar::local_date;
use perennial_domain::ids::{MerchantId, PromotionId};
use perennial_domain::promotion::PromotionTerms;
use perennial_domain::replay::{Draft, Ending, LeftOutReason, Replay, ReplayWindow, Tally};
use serde::{Deserialize, Serialize};

use super::read::load;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::limits;
use pages::{Place, Portion, Reach};
pub(crate) use seats::Seats;
use shelf::Shelf;

/// No replay runs longer than this; what it has found by then is told.
const LONGEST: Duration = Duration::from_secs(600);
/// How often somebody who listens is told how far it is.
const PACE: Duration = Duration::from_millis(250);
/// After so many purchases and lines of purchases others get a turn on the processor.
const TURN: usize = 64;

/// What is tried.
#[derive(Debug, Clone)]
pub enum Tried {
    /// A version of a promotion: the newest, which is the draft where there is one, unless it is named.
    Version {
        /// Of which promotion.
        id: PromotionId,
        /// Which one.
        version: Option<u32>,
    },
    /// Terms that need not be stored.
    Terms {
        /// The promotion in whose place they stand, if it is there already.
        id: Option<PromotionId>,
        /// What they say.
        terms: Box<PromotionTerms>,
    },
}

/// The time that is looked at: up to now and 30 days long unless it says otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplaySpan {
    /// When it begins.
    pub from: Option<DateTime<Utc>>,
    /// When it is over.
    pub to: Option<DateTime<Utc>>,
}

/// How far a replay has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplayProgress {
    /// How many purchases it has looked at.
    pub looked_at: u64,
    /// About how many there are.
    pub expected: u64,
}

/// What somebody hears who listens to a replay.
#[derive(Debug, Clone)]
pub enum ReplayEvent {
    /// How far it is.
    Progress(ReplayProgress),
    /// What came out; the last event.
    Done(Box<Replay>),
}

/// A replay on its way, which goes on as long as somebody asks for the next step.
pub struct PromotionReplay {
    engine: Engine,
    draft: Draft,
    reach: Reach,
    place: Place,
    portion: Portion,
    shelf: Shelf,
    tally: Tally,
    expected: u64,
    began: Instant,
    _seat: seats::Seat,
}

impl Engine {
    /// Begins to find out what a promotion would have given, had it been in force in a time that is over. Nothing is written.
    ///
    /// A key that is bound to a retailer learns of that one's purchases alone.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] at `/version`, `/from` and `/to`; [`Error::Throttled`] when two replays of the
    /// merchant are running, [`Error::Busy`] when the server has enough of them.
    pub async fn promotion_replay(
        &self,
        cx: &Cx,
        tried: Tried,
        span: ReplaySpan,
    ) -> Result<PromotionReplay, Error> {
        cx.require(Action::PromotionsReplay)?;
        let merchant = cx.merchant();
        let now = self.now(merchant);
        let mut draft = self.draft_of(merchant, tried).await?;
        if cx.retailer().is_none() {
            // Whoever learns of the purchases of one retailer alone does not learn of what those of others have taken.
            let given = limits::given_of_budget(self.db(), merchant, draft.id()).await?;
            draft = draft.having_given(given);
        }
        let window = ReplayWindow::new(span.from, span.to, now).map_err(Error::Invalid)?;
        let settings = self.merchant_settings_in(self.db(), merchant).await?;
        let seat = self.inner.replays.take(merchant)?;
        let reach = Reach::new(merchant, cx.retailer(), window, self.clock().ahead_of(merchant));
        let expected: i64 = sqlx::query_scalar(include_str!("replay/expected.sql"))
            .bind(merchant.uuid())
            .bind(local_date(window.from(), settings.time_zone))
            .bind(local_date(window.last(), settings.time_zone))
            .bind(cx.retailer().map(|retailer| retailer.uuid()))
            .fetch_one(self.pool())
            .await?;
        Ok(PromotionReplay {
            engine: self.clone(),
            tally: Tally::new(draft.clone(), window, &settings),
            draft,
            reach,
            place: Place::BEGINNING,
            portion: Portion::FIRST,
            shelf: Shelf::new(merchant, window),
            expected: expected.max(0).unsigned_abs(),
            began: Instant::now(),
            _seat: seat,
        })
    }

    async fn draft_of(&self, merchant: MerchantId, tried: Tried) -> Result<Draft, Error> {
        match tried {
            Tried::Version { id, version } => {
                let loaded = load(self.db(), merchant, id).await?;
                let found = match version {
                    None => Some(loaded.newest()?),
                    Some(number) => loaded.versions.iter().find(|version| version.number == number),
                };
                let found = found.ok_or_else(|| {
                    Error::field("/version", "unknown_version", "The promotion has no such version")
                })?;
                Ok(Draft::new(id, found.number, found.terms.clone()))
            }
            Tried::Terms { id: Some(id), terms } => {
                let loaded = load(self.db(), merchant, id).await?;
                let newest = loaded.newest()?.number;
                let number = if loaded.draft().is_some() { newest } else { newest.saturating_add(1) };
                Ok(Draft::new(id, number, *terms))
            }
            Tried::Terms { id: None, terms } => {
                let (millis, random) = self.id_parts();
                Ok(Draft::new(PromotionId::new(millis, random), 1, *terms))
            }
        }
    }
}

impl PromotionReplay {
    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> ReplayProgress {
        let looked_at = self.tally.met();
        ReplayProgress { looked_at, expected: self.expected.max(looked_at) }
    }

    /// Looks at the next page of purchases. Gives whether there may be more.
    ///
    /// # Errors
    /// When the database fails; nothing is to be had of the replay then.
    pub async fn step(&mut self) -> Result<bool, Error> {
        let pool = self.engine.pool().clone();
        let (rows, next) = pages::page(&pool, &self.reach, self.place, &mut self.portion).await?;
        let mut done = 0;
        for row in rows {
            done += 1;
            match pages::read(&row)? {
                Err(id) => self.tally.leave_out(LeftOutReason::Unreadable, id),
                Ok((past, version)) => {
                    done += past.goods.lines.len();
                    match self.shelf.rules(&pool, &self.draft, version).await? {
                        Some(rules) => self.tally.add(past, &rules),
                        None => self.tally.leave_out(LeftOutReason::RulesMissing, past.id),
                    }
                }
            }
            if done >= TURN {
                done = 0;
                tokio::task::yield_now().await;
            }
        }
        self.place = next;
        Ok(!matches!(next, Place::End))
    }

    /// Goes on to the end, or until its time is over, and tells after each page how far it is.
    ///
    /// # Errors
    /// Like [`step`](Self::step).
    pub async fn run(
        mut self,
        within: Option<Duration>,
        told: impl Fn(ReplayProgress),
    ) -> Result<Replay, Error> {
        while self.step().await? {
            told(self.progress());
            if within.is_some_and(|within| self.began.elapsed() >= within) {
                break;
            }
        }
        Ok(self.finish())
    }

    /// The same for somebody who listens: how far it is, at once and a few times a second, and what came out at the end.
    /// Whoever stops listening ends it.
    pub fn events(self) -> impl Stream<Item = Result<ReplayEvent, Error>> + Send + 'static {
        let first = Ok(ReplayEvent::Progress(self.progress()));
        let rest = stream::unfold(Some(Box::new(self)), |replay| async move {
            let mut replay = replay?;
            let told_at = Instant::now();
            loop {
                let goes_on = match replay.step().await {
                    Ok(more) => more && replay.began.elapsed() < LONGEST,
                    Err(error) => return Some((Err(error), None)),
                };
                if !goes_on {
                    return Some((Ok(ReplayEvent::Done(Box::new(replay.finish()))), None));
                }
                if told_at.elapsed() >= PACE {
                    return Some((Ok(ReplayEvent::Progress(replay.progress())), Some(replay)));
                }
            }
        });
        stream::once(ready(first)).chain(rest)
    }

    /// What came out so far; of everything once there is no next step.
    #[must_use]
    pub fn finish(self) -> Replay {
        let now = self.engine.now(self.reach.merchant);
        self.tally.finish(Ending { complete: matches!(self.place, Place::End), now })
    }
}

impl std::fmt::Debug for PromotionReplay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PromotionReplay").field("progress", &self.progress()).finish_non_exhaustive()
    }
}
