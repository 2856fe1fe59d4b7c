//! Counting requests in memory, and holding those that are worth a row until they are written.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use perennial_domain::ids::MerchantId;
use tokio::sync::Notify;
use uuid::Uuid;

use super::asker::{Asker, RequestsOf};
use super::{EndedRequest, redact};
use crate::cx::Cx;
use crate::engine::Engine;

/// Requests of a merchant's keys in a minute and process that went well and are written down one by one: the first ones. Those
/// of apps have a share of their own, so that what many customers tap leaves room for the tills.
pub(super) const ANSWERED_A_MINUTE: u32 = 20;
/// Refusals of a key, or of all apps together, in a minute and process that are written down one by one.
pub(super) const REFUSED_A_MINUTE: u32 = 60;
/// The same of a merchant, whatever the number of its keys.
const REFUSED_OF_ALL_A_MINUTE: u32 = 300;

/// What a process has of the log in memory.
pub(crate) struct RequestLog {
    state: Mutex<State>,
    /// Rows that wait at most.
    capacity: usize,
    /// Woken when a row waits.
    pub(super) filled: Notify,
    /// Woken when something was counted and nothing had been.
    pub(super) counted: Notify,
}

#[derive(Default)]
struct State {
    rows: Vec<Row>,
    /// One entry a merchant that has asked lately; they are let go with every flush of a quiet minute.
    tenants: HashMap<MerchantId, Tenant>,
    has_counts: bool,
}

/// A request that was answered, as it is counted.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'r> {
    /// `POST`.
    pub method: &'r str,
    /// The pattern of its address; one of few.
    pub route: &'r str,
    /// The status of the answer.
    pub status: u16,
    /// Whether it, or an item of it, was refused.
    pub is_refusal: bool,
    /// From its first byte to the answer.
    pub took: Duration,
}

/// A row to write.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) merchant: MerchantId,
    pub(super) id: Uuid,
    pub(super) by: Asker,
    pub(super) ended_at: DateTime<Utc>,
    pub(super) request: EndedRequest,
}

/// What a merchant's keys and apps have asked in this minute and since the last flush.
#[derive(Default)]
struct Tenant {
    /// Minutes since 1970.
    minute: i64,
    answered: u32,
    answered_to_apps: u32,
    refused: u32,
    askers: HashMap<RequestsOf, Counted>,
}

#[derive(Default)]
struct Counted {
    refused: u32,
    /// Few, because routes and statuses are: a look through them is quicker than a hash of their names.
    counts: Vec<Count>,
}

/// Requests of one kind in one hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) hour: DateTime<Utc>,
    pub(super) method: String,
    pub(super) route: String,
    pub(super) status: u16,
    pub(super) requests: i64,
    pub(super) duration_us: i64,
    pub(super) slowest_us: i32,
}

/// A duration in whole microseconds, half an hour at most.
pub(super) fn micros(took: Duration) -> i32 {
    i32::try_from(took.as_micros()).unwrap_or(i32::MAX)
}

impl RequestLog {
    /// A log that holds so many rows until they are written. With 0 there is no log.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { state: Mutex::default(), capacity, filled: Notify::new(), counted: Notify::new() }
    }

    /// Every change is complete before the lock is given back, so that a panic elsewhere leaves nothing half done.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request, and tells whether it is to be written down by itself.
    fn count(
        &self,
        merchant: MerchantId,
        asked: RequestsOf,
        answered: Answered<'_>,
        now: DateTime<Utc>,
    ) -> bool {
        let Answered { method, route, status, is_refusal, took } = answered;
        if self.capacity == 0 {
            return false;
        }
        let hour = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
        let minute = now.timestamp().div_euclid(60);
        let slowest_us = micros(took);
        let mut state = self.state();
        let is_first = !std::mem::replace(&mut state.has_counts, true);
        let tenant = state.tenants.entry(merchant).or_default();
        if tenant.minute != minute {
            (tenant.minute, tenant.refused) = (minute, 0);
            (tenant.answered, tenant.answered_to_apps) = (0, 0);
            tenant.askers.values_mut().for_each(|counted| counted.refused = 0);
        }
        let of = tenant.askers.entry(asked).or_default();
        let known = of.counts.iter_mut().find(|count| {
            count.status == status && count.hour == hour && count.route == route && count.method == method
        });
        match known {
            Some(count) => {
                count.requests += 1;
                count.duration_us = count.duration_us.saturating_add(slowest_us.into());
                count.slowest_us = count.slowest_us.max(slowest_us);
            }
            None => of.counts.push(Count {
                hour,
                method: method.to_owned(),
                route: route.to_owned(),
                status,
                requests: 1,
                duration_us: slowest_us.into(),
                slowest_us,
            }),
        }
        let is_worth_a_row = if is_refusal {
            of.refused = of.refused.saturating_add(1);
            // What goes beyond the share of its key takes nothing from that of the others.
            of.refused <= REFUSED_A_MINUTE && {
                tenant.refused = tenant.refused.saturating_add(1);
                tenant.refused <= REFUSED_OF_ALL_A_MINUTE
            }
        } else {
            let answered = match asked {
                RequestsOf::Key(_) => &mut tenant.answered,
                RequestsOf::Apps => &mut tenant.answered_to_apps,
            };
            *answered = answered.saturating_add(1);
            *answered <= ANSWERED_A_MINUTE
        };
        drop(state);
        if is_first {
            self.counted.notify_one();
        }
        is_worth_a_row
    }

    /// Holds rows until they are written, as far as there is room.
    fn hold(&self, rows: Vec<Row>) {
        let mut state = self.state();
        let room = self.capacity.saturating_sub(state.rows.len());
        let dropped = rows.len().saturating_sub(room);
        state.rows.extend(rows.into_iter().take(room));
        drop(state);
        self.filled.notify_one();
        count_dropped(dropped);
    }

    /// Takes the rows that wait.
    pub(super) fn take_rows(&self) -> Vec<Row> {
        std::mem::take(&mut self.state().rows)
    }

    /// Brings back rows that could not be written, in front of those that came meanwhile.
    pub(super) fn bring_back(&self, mut rows: Vec<Row>) {
        let mut state = self.state();
        rows.append(&mut state.rows);
        let dropped = rows.len().saturating_sub(self.capacity);
        rows.truncate(self.capacity);
        state.rows = rows;
        drop(state);
        count_dropped(dropped);
    }

    /// Takes what was counted, and forgets merchants that have asked nothing in this minute.
    pub(super) fn take_counts(&self, now: DateTime<Utc>) -> Vec<(MerchantId, RequestsOf, Count)> {
        let minute = now.timestamp().div_euclid(60);
        let mut state = self.state();
        state.has_counts = false;
        let mut taken = Vec::new();
        for (merchant, tenant) in &mut state.tenants {
            for (asked, of) in &mut tenant.askers {
                taken.extend(of.counts.drain(..).map(|count| (*merchant, *asked, count)));
            }
        }
        state.tenants.retain(|_, tenant| tenant.minute == minute);
        taken
    }

    /// Counts again what could not be written.
    pub(super) fn count_again(&self, counts: Vec<(MerchantId, RequestsOf, Count)>) {
        let mut state = self.state();
        state.has_counts = true;
        for (merchant, asked, count) in counts {
            let of = state.tenants.entry(merchant).or_default().askers.entry(asked).or_default();
            let known = of.counts.iter_mut().find(|known| {
                (known.status, known.hour) == (count.status, count.hour)
                    && (&known.route, &known.method) == (&count.route, &count.method)
            });
            match known {
                Some(known) => {
                    known.requests += count.requests;
                    known.duration_us = known.duration_us.saturating_add(count.duration_us);
                    known.slowest_us = known.slowest_us.max(count.slowest_us);
                }
                None => of.counts.push(count),
            }
        }
        drop(state);
        self.counted.notify_one();
    }
}

/// Tells that rows were lost.
pub(super) fn count_dropped(rows: usize) {
    if rows > 0 {
        metrics::counter!("request_log_dropped_total").increment(rows as u64);
    }
}

impl Engine {
    /// Counts a request that was answered, for the log, and tells whether [`request_ended`](Self::request_ended) is to be
    /// told more of it. Waits for nothing. Only what a key or the app of a customer asked is counted.
    #[must_use]
    pub fn request_counted(&self, cx: &Cx, answered: Answered<'_>) -> bool {
        let Some(asker) = Asker::of(cx) else { return false };
        self.inner.requests.count(cx.merchant(), asker.counted(), answered, self.clock().now())
    }

    /// Hands requests to the log, without what they quote of their bodies. Waits for nothing: they are written soon, or
    /// dropped when too many wait.
    pub fn request_ended(&self, cx: &Cx, requests: Vec<EndedRequest>) {
        let Some(by) = Asker::of(cx) else { return };
        let ended_at = self.clock().now();
        let row = |request: EndedRequest| {
            let (millis, random) = self.id_parts();
            let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
            let request = redact::request(request);
            Row { merchant: cx.merchant(), id, by, ended_at, request }
        };
        self.inner.requests.hold(requests.into_iter().map(row).collect());
    }
}

#[cfg(test)]
mod tests {
    use perennial_domain::ids::ApiKeyId;

    use super::*;

    fn answered(status: u16) -> Answered<'static> {
        let took = Duration::from_millis(1);
        Answered { method: "POST", route: "/api/v1/purchases", status, is_refusal: status >= 400, took }
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(1_000_000 * 3_600 + second)
    }

    fn key(number: u64) -> RequestsOf {
        RequestsOf::Key(ApiKeyId::new(number, [0; 10]))
    }

    fn merchant(number: u64) -> MerchantId {
        MerchantId::new(number, [0; 10])
    }

    fn rows(log: &RequestLog, tries: u32, number: u64, status: u16, second: i64) -> u32 {
        let count = |_: &u32| log.count(merchant(1), key(number), answered(status), at(second));
        u32::try_from((0..tries).filter(count).count()).unwrap()
    }

    #[test]
    fn all_are_counted_and_the_first_of_a_minute_are_worth_a_row() {
        let log = RequestLog::new(10);
        assert_eq!(rows(&log, 100, 1, 201, 0), ANSWERED_A_MINUTE);
        assert_eq!(rows(&log, 100, 1, 422, 59), REFUSED_A_MINUTE, "refusals have a share of their own");
        assert_eq!(rows(&log, 100, 1, 201, 59), 0, "of the same minute");
        assert_eq!(rows(&log, 100, 1, 201, 60), ANSWERED_A_MINUTE, "the next minute begins anew");
        let slow = Answered { took: Duration::from_millis(3), ..answered(201) };
        assert!(log.count(merchant(2), key(2), slow, at(59)), "each merchant for itself");
        let mut counts = log.take_counts(at(60));
        counts.sort_by_key(|(merchant, _, count)| (*merchant, count.status));
        let told: Vec<_> = counts
            .iter()
            .map(|(_, _, count)| (count.status, count.requests, count.duration_us, count.slowest_us))
            .collect();
        assert_eq!(told, [(201, 300, 300_000, 1_000), (422, 100, 100_000, 1_000), (201, 1, 3_000, 3_000)]);
        assert!(log.take_counts(at(60)).is_empty(), "they are taken once");
        log.count_again(counts.clone());
        log.count_again(counts);
        let again: i64 = log.take_counts(at(60)).iter().map(|(_, _, count)| count.requests).sum();
        assert_eq!(again, 802, "what could not be written is counted again");
    }

    #[test]
    fn one_key_that_fails_without_end_leaves_room_for_the_others() {
        let log = RequestLog::new(10);
        let each: Vec<_> = (1..=6).map(|number| rows(&log, 1_000, number, 422, 0)).collect();
        assert_eq!(each, [60, 60, 60, 60, 60, 0], "until all of them together have used their share");
    }

    #[test]
    fn apps_are_counted_together_and_leave_the_tills_their_share() {
        let log = RequestLog::new(10);
        let of_apps = |status: u16| {
            (0..100).filter(|_| log.count(merchant(1), RequestsOf::Apps, answered(status), at(0))).count()
        };
        assert_eq!(of_apps(201), ANSWERED_A_MINUTE as usize);
        assert_eq!(of_apps(422), REFUSED_A_MINUTE as usize);
        assert_eq!(rows(&log, 100, 1, 201, 0), ANSWERED_A_MINUTE);
        assert_eq!(rows(&log, 100, 1, 422, 0), REFUSED_A_MINUTE);
        let counts = log.take_counts(at(0));
        let requests = |of: RequestsOf| -> i64 {
            counts.iter().filter(|(_, by, _)| *by == of).map(|(.., count)| count.requests).sum()
        };
        assert_eq!((requests(RequestsOf::Apps), requests(key(1))), (200, 200));
    }

    #[test]
    fn a_batch_with_a_refused_item_counts_as_answered_and_is_kept_as_refused() {
        let log = RequestLog::new(10);
        assert_eq!(rows(&log, 100, 1, 200, 0), ANSWERED_A_MINUTE);
        let batch = Answered { is_refusal: true, ..answered(200) };
        assert!(log.count(merchant(1), key(1), batch, at(0)));
        assert_eq!(log.take_counts(at(0)).len(), 1);
    }

    #[test]
    fn a_log_that_is_off_keeps_nothing() {
        let log = RequestLog::new(0);
        assert_eq!(rows(&log, 1, 1, 422, 0), 0);
        assert!(log.take_counts(at(0)).is_empty());
    }

    #[test]
    fn what_finds_no_room_is_dropped_and_what_comes_back_stays_in_front() {
        let row = |number: u64| Row {
            merchant: merchant(1),
            id: Uuid::nil(),
            by: Asker::Key(ApiKeyId::new(number, [0; 10])),
            ended_at: at(0),
            request: EndedRequest {
                method: "POST".to_owned(),
                route: "/".to_owned(),
                status: 422,
                took: Duration::ZERO,
                request_id: number.to_string(),
                item: None,
                idempotency_key: None,
                reference: None,
                purchase: None,
                problem: None,
            },
        };
        let log = RequestLog::new(3);
        log.hold(vec![row(1), row(2)]);
        let taken = log.take_rows();
        log.hold(vec![row(3), row(4)]);
        log.bring_back(taken);
        log.hold(vec![row(5)]);
        let ids: Vec<_> = log.take_rows().into_iter().map(|row| row.request.request_id).collect();
        assert_eq!(ids, ["1", "2", "3"]);
    }
}
