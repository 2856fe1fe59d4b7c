//! The stream behind an open portal page: the balance of one customer, as it moves.
//!
//! Waking is a hint, reading is the truth. A notification only says "look again"; the stream then reads what has been posted since the
//! event that it sent last, by the customer's own counter. A lost hint costs a few seconds, never an event.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::Stream;
use perennial_domain::ids::{CustomerId, MerchantId};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, postgres::PgListener, types::Json};
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Cx, Engine, error::Error, events};

/// The channel of the notifications.
const CHANNEL: &str = "perennial_live";
/// How long a stream waits for a hint before it looks by itself.
const LOOK_AGAIN: Duration = Duration::from_secs(15);
/// Streams that one server keeps open at most.
const STREAMS_MAX: usize = 20_000;
/// Streams of one customer at most, on one server: more than anybody has browsers, those that have gone away and were not
/// missed yet included. Whoever opens more takes no place from others.
const STREAMS_OF_ONE: usize = 32;

/// The balance of a customer after an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LiveEvent {
    /// The customer's event counter; goes into `Last-Event-ID`.
    pub id: i64,
    /// Points that can be spent.
    pub points: i64,
    /// Points that wait.
    pub pending: i64,
    /// How the points have changed since the last event of this stream; 0 in the first one.
    pub change: i64,
    /// What the wallets of cashback hold, what waits included, in minor units: `USD 410`; empty without one.
    pub cashback: String,
    /// What the tier is called; empty without one.
    pub tier: String,
    /// Notifications that were not read, counted up to 100.
    pub unread: i64,
    /// What the customer is told since the last event of this stream, the oldest first; the newest ten when there is more.
    pub told: Vec<String>,
    /// How much more there was before these, counted up to 100.
    pub told_more: i64,
}

/// Who is looking, on this server.
#[derive(Debug, Clone, Default)]
pub struct LiveHub(Arc<Hub>);

#[derive(Debug, Default)]
struct Hub {
    open: AtomicUsize,
    watched: Mutex<HashMap<(MerchantId, CustomerId), Watch>>,
}

#[derive(Debug)]
struct Watch {
    notify: Arc<Notify>,
    streams: usize,
}

impl LiveHub {
    /// Wakes the streams of one customer.
    fn wake(&self, merchant: MerchantId, customer: CustomerId) {
        let watched = self.0.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watch) = watched.get(&(merchant, customer)) {
            watch.notify.notify_waiters();
        }
    }

    /// Wakes the streams of all customers of a merchant, or of everybody.
    fn wake_all(&self, merchant: Option<MerchantId>) {
        let watched = self.0.watched.lock().unwrap_or_else(PoisonError::into_inner);
        for ((of, _), watch) in watched.iter() {
            if merchant.is_none_or(|merchant| merchant == *of) {
                watch.notify.notify_waiters();
            }
        }
    }

    fn watch(&self, merchant: MerchantId, customer: CustomerId) -> Result<Watching, Error> {
        if self.0.open.fetch_add(1, Ordering::Relaxed) >= STREAMS_MAX {
            self.0.open.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::Busy { retry_after: LOOK_AGAIN });
        }
        let mut watched = self.0.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let watch = watched
            .entry((merchant, customer))
            .or_insert_with(|| Watch { notify: Arc::default(), streams: 0 });
        if watch.streams >= STREAMS_OF_ONE {
            self.0.open.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::Throttled { retry_after: LOOK_AGAIN });
        }
        watch.streams += 1;
        Ok(Watching { hub: self.clone(), key: (merchant, customer), notify: watch.notify.clone() })
    }

    /// Streams that are open on this server.
    #[must_use]
    pub fn open(&self) -> usize {
        self.0.open.load(Ordering::Relaxed)
    }

    /// Acts on the payload of a notification: `<merchant> <customer>,<customer>…` or `<merchant> *`.
    fn heard(&self, payload: &str) {
        let Some((merchant, customers)) = payload.split_once(' ') else { return };
        let Ok(merchant) = merchant.parse::<Uuid>().map(MerchantId::from_uuid) else { return };
        if customers == "*" {
            self.wake_all(Some(merchant));
            return;
        }
        for customer in customers.split(',') {
            if let Ok(customer) = customer.parse::<Uuid>() {
                self.wake(merchant, CustomerId::from_uuid(customer));
            }
        }
    }
}

/// One open stream; closes its place in the hub when it is dropped.
struct Watching {
    hub: LiveHub,
    key: (MerchantId, CustomerId),
    notify: Arc<Notify>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.hub.0.open.fetch_sub(1, Ordering::Relaxed);
        let mut watched = self.hub.0.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watch) = watched.get_mut(&self.key) {
            watch.streams -= 1;
            if watch.streams == 0 {
                watched.remove(&self.key);
            }
        }
    }
}

/// Listens for the hints of all servers until `stop`, connecting again whenever the connection is lost.
pub(crate) async fn listen(pool: PgPool, hub: LiveHub, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let heard = tokio::select! {
            () = stop.cancelled() => return,
            heard = listen_once(&pool, &hub) => heard,
        };
        if let Err(error) = heard {
            tracing::debug!(%error, "listening for live events again in a second");
        }
        // As long as nothing can be heard, the streams look by themselves.
        hub.wake_all(None);
        let _ = timeout(Duration::from_secs(1), stop.cancelled()).await;
    }
}

async fn listen_once(pool: &PgPool, hub: &LiveHub) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    // What was said before went unheard: the streams look again, and from here on nothing escapes them.
    hub.wake_all(None);
    loop {
        match listener.try_recv().await? {
            Some(notification) => hub.heard(notification.payload()),
            // The listener has connected again by itself.
            None => hub.wake_all(None),
        }
    }
}

impl Engine {
    /// The balance of the acting customer as it moves: one event at once, then one whenever something was posted.
    ///
    /// With `last_seen`, the id of the last event that the browser has, the first event tells what changed since, if anything did.
    /// An id that is not one of this customer's, from before a database was restored, is answered with the balance of now. Ends only when the reader goes away, the account is closed or the database fails.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless a customer acts; [`Error::Busy`] when too many streams are open on this server,
    /// [`Error::Throttled`] when too many are this customer's.
    pub fn live(
        &self,
        cx: &Cx,
        last_seen: Option<i64>,
    ) -> Result<impl Stream<Item = Result<LiveEvent, Error>> + Send + use<>, Error> {
        let customer = cx.require_customer()?;
        let watching = self.live_hub().watch(cx.merchant(), customer)?;
        let start = Following { pool: self.pool().clone(), watching, last: last_seen, unread: None };
        Ok(futures::stream::unfold(Some(start), |following| async move {
            let mut following = following?;
            match following.next().await {
                Ok(Some(event)) => Some((Ok(event), Some(following))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        }))
    }
}

impl Engine {
    /// Streams that are open on this server.
    #[must_use]
    pub fn live_streams(&self) -> usize {
        self.live_hub().open()
    }
}

/// A stream and how far it has come.
struct Following {
    pool: PgPool,
    watching: Watching,
    last: Option<i64>,
    /// What was unread at the last look; nothing before the first.
    unread: Option<i64>,
}

impl Following {
    /// The next event; none any more of a customer whose account was closed.
    async fn next(&mut self) -> Result<Option<LiveEvent>, Error> {
        loop {
            let notify = self.watching.notify.clone();
            let notified = notify.notified();
            tokio::pin!(notified);
            // Enabled before the read: a hint that arrives between the read and the wait is not lost.
            notified.as_mut().enable();
            let Some(event) = self.read(self.last).await? else { return Ok(None) };
            let is_more = self.unread.is_some_and(|known| event.unread > known);
            self.unread = Some(event.unread);
            // Not “greater”: the counter never falls, so a smaller one means that `last` was not from here.
            if self.last != Some(event.id) {
                self.last = Some(event.id);
                return Ok(Some(event));
            }
            // The welcome is written moments after its customer, as the first of all events: it moves no counter, and may
            // come when the page is open already.
            if is_more {
                let told_since = if self.last == Some(0) { Some(-1) } else { self.last };
                let Some(event) = self.read(told_since).await? else { return Ok(None) };
                // Something may have been posted between the two looks: with this one it is told, and not once more.
                (self.last, self.unread) = (Some(event.id), Some(event.unread));
                return Ok(Some(event));
            }
            let _ = timeout(LOOK_AGAIN, notified).await;
        }
    }

    /// What there is by now, how it has changed since the last event, and what was told since `told_since`.
    async fn read(&self, told_since: Option<i64>) -> Result<Option<LiveEvent>, Error> {
        let (merchant, customer) = self.watching.key;
        let row: Option<Row> = sqlx::query_as(include_str!("sql/live_balance.sql"))
            .bind(merchant.uuid())
            .bind(customer.uuid())
            .bind(self.last)
            .bind(events::told_kinds())
            .bind(told_since)
            .bind(events::shown_kinds())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(Row::event))
    }
}

/// A row of `live_balance.sql`.
#[derive(sqlx::FromRow)]
struct Row {
    sequence: i64,
    available: i64,
    pending: i64,
    change: i64,
    cashback: String,
    tier: String,
    unread: i64,
    program: String,
    points_name: String,
    told: Json<Vec<ToldRow>>,
    more: i64,
}

/// An event that there is to say.
#[derive(Deserialize)]
struct ToldRow {
    kind: String,
    data: serde_json::Value,
}

impl Row {
    fn event(self) -> LiveEvent {
        // A kind that only a newer server knows is told by the list of that server.
        let text = |ToldRow { kind, data }: &ToldRow| {
            let told = events::told(kind.parse().ok()?, data, &self.program, &self.points_name)?;
            Some(told.title)
        };
        let told = self.told.0.iter().filter_map(text).collect();
        LiveEvent {
            id: self.sequence,
            points: self.available,
            pending: self.pending,
            change: self.change,
            cashback: self.cashback,
            tier: self.tier,
            unread: self.unread,
            told,
            told_more: self.more,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_hub_closes_with_its_last_stream() {
        let hub = LiveHub::default();
        let key = (MerchantId::from_uuid(Uuid::from_u128(1)), CustomerId::from_uuid(Uuid::from_u128(2)));
        let first = hub.watch(key.0, key.1).unwrap();
        let second = hub.watch(key.0, key.1).unwrap();
        drop(first);
        assert_eq!(hub.open(), 1);
        assert_eq!(hub.0.watched.lock().unwrap().len(), 1);
        drop(second);
        assert_eq!(hub.open(), 0);
        assert!(hub.0.watched.lock().unwrap().is_empty());
    }

    #[test]
    fn one_customer_cannot_take_the_places_of_all() {
        let hub = LiveHub::default();
        let merchant = MerchantId::from_uuid(Uuid::from_u128(1));
        let [greedy, other] = [2, 3].map(|id| CustomerId::from_uuid(Uuid::from_u128(id)));
        let mut taken: Vec<_> = (0..STREAMS_OF_ONE).map(|_| hub.watch(merchant, greedy).unwrap()).collect();
        assert!(matches!(hub.watch(merchant, greedy), Err(Error::Throttled { .. })));
        assert_eq!(hub.open(), STREAMS_OF_ONE, "one that is refused takes no place");
        drop(hub.watch(merchant, other).unwrap());
        taken.pop();
        taken.push(hub.watch(merchant, greedy).unwrap());
        drop(taken);
        assert_eq!(hub.open(), 0);
    }

    #[tokio::test]
    async fn a_hint_wakes_the_named_customers_only() {
        let hub = LiveHub::default();
        let merchant = MerchantId::from_uuid(Uuid::from_u128(1));
        let [named, other] = [2, 3].map(|id| CustomerId::from_uuid(Uuid::from_u128(id)));
        let (first, second) = (hub.watch(merchant, named).unwrap(), hub.watch(merchant, other).unwrap());
        let (woken, asleep) = (first.notify.notified(), second.notify.notified());
        tokio::pin!(woken, asleep);
        woken.as_mut().enable();
        asleep.as_mut().enable();
        hub.heard(&format!("{} {}", merchant.uuid(), named.uuid()));
        woken.await;
        assert!(timeout(Duration::from_millis(20), asleep).await.is_err());
        hub.heard("nonsense");
        hub.heard("nonsense *");
    }
}
