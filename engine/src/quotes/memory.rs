//! The last that was read of customers, in a bounded memory: what quotes are answered from while the database is away.
//!
//! One customer takes an entry, and one more for each reference by which the customer was asked for. The one that was
//! not used for the longest falls out. What is not used for a day is forgotten, so that nobody who was erased stays.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, MerchantId};
use tokio::time::timeout;

use super::known::{Found, Known, Program};
use crate::customers::CustomerPath;
use crate::error::Error;
use crate::points::PointsSummary;

/// Customers and references together. With the keys that are [remembered](crate::api_keys), 100,000 entries.
const ENTRIES_MAX: u64 = 90_000;
/// As many merchants as have a snapshot in memory.
const MERCHANTS_MAX: u64 = 1_000;
/// How long an entry is kept that nobody uses.
const UNUSED: Duration = Duration::from_secs(24 * 60 * 60);
/// How long the database is waited for when what it last said could do.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often a database that is away is tried again, by one request.
const PROBE: Duration = Duration::from_secs(1);

/// What is known without asking the database.
pub(crate) struct Memory {
    entries: Cache<(MerchantId, CustomerRef), Entry>,
    programs: Cache<MerchantId, Arc<Program>>,
    away: Mutex<Option<Instant>>,
}

#[derive(Clone)]
enum Entry {
    /// By id: what was read.
    Known(Arc<Known>),
    /// By anything else: who it is.
    Is(CustomerId),
}

impl Memory {
    pub fn new() -> Self {
        Self {
            entries: Cache::builder()
                .max_capacity(ENTRIES_MAX)
                .eviction_policy(EvictionPolicy::lru())
                .time_to_idle(UNUSED)
                .build(),
            programs: Cache::new(MERCHANTS_MAX),
            away: Mutex::default(),
        }
    }

    /// Keeps what was just read.
    pub(super) fn remember(&self, merchant: MerchantId, reference: Option<&CustomerRef>, found: &Found) {
        self.programs.insert(merchant, Arc::clone(&found.program));
        if let (Some(reference), Some(known)) = (reference, &found.customer) {
            self.insert(merchant, reference, known);
        }
    }

    /// Keeps what a read of points says. Limits and months that nobody has read yet are taken for unused, and lots for open.
    pub fn remember_points(
        &self,
        merchant: MerchantId,
        path: &CustomerPath,
        points: &PointsSummary,
        purchases: i64,
    ) {
        let id = CustomerRef::Id(points.customer_id);
        let fresh = (points.points, purchases, points.tier.as_ref().map(|tier| tier.id));
        let known = match self.entries.get(&(merchant, id)) {
            Some(Entry::Known(known)) if (known.available, known.purchases, known.tier) == fresh => known,
            Some(Entry::Known(known)) => Arc::new(Known {
                available: fresh.0,
                purchases: fresh.1,
                tier: fresh.2,
                lots: Vec::new(),
                ..Known::clone(&known)
            }),
            _ => Arc::new(Known {
                customer_id: points.customer_id,
                available: fresh.0,
                purchases: fresh.1,
                tier: fresh.2,
                lots: Vec::new(),
                vouchers: Vec::new(),
                uses: Vec::new(),
                remainders: Default::default(),
                months: Vec::new(),
                redeemed: Default::default(),
                promised: Default::default(),
            }),
        };
        let reference = match path {
            CustomerPath::Id(id) => CustomerRef::Id(*id),
            CustomerPath::ExternalId(external) => CustomerRef::ExternalId(external.clone()),
        };
        self.insert(merchant, &reference, &known);
    }

    fn insert(&self, merchant: MerchantId, reference: &CustomerRef, known: &Arc<Known>) {
        let id = CustomerRef::Id(known.customer_id);
        if *reference != id {
            self.entries.insert((merchant, reference.clone()), Entry::Is(known.customer_id));
        }
        self.entries.insert((merchant, id), Entry::Known(Arc::clone(known)));
    }

    /// What was last read; `None` when it is not known. Of nobody only the program has to be known.
    pub(super) fn recall(&self, merchant: MerchantId, reference: Option<&CustomerRef>) -> Option<Found> {
        let program = self.programs.get(&merchant)?;
        let Some(reference) = reference else { return Some(Found { program, customer: None }) };
        let entry = match self.entries.get(&(merchant, reference.clone()))? {
            Entry::Is(id) => self.entries.get(&(merchant, CustomerRef::Id(id)))?,
            known @ Entry::Known(_) => known,
        };
        match entry {
            Entry::Known(known) => Some(Found { program, customer: Some(known) }),
            Entry::Is(_) => None,
        }
    }

    /// What the database answers to this; nothing while it is away, and then nobody waits for it long.
    pub async fn ask<T>(&self, question: impl Future<Output = Result<T, Error>>) -> Option<Result<T, Error>> {
        if !self.may_ask() {
            return None;
        }
        match timeout(PATIENCE, question).await {
            Ok(Err(Error::Busy { .. })) | Err(_) => {
                self.is_away();
                None
            }
            Ok(answered) => {
                self.is_back();
                Some(answered)
            }
        }
    }

    /// Whether this request should ask the database. While it is away only one a second does, so that the others need
    /// not wait for what does not come.
    fn may_ask(&self) -> bool {
        let mut away = self.away();
        match *away {
            None => true,
            Some(since) if since.elapsed() < PROBE => false,
            Some(_) => {
                *away = Some(Instant::now());
                true
            }
        }
    }

    /// The database has not answered, or was busy.
    fn is_away(&self) {
        *self.away() = Some(Instant::now());
    }

    /// The database has answered.
    fn is_back(&self) {
        *self.away() = None;
    }

    fn away(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        // An instant cannot be left half written by a holder that panicked.
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use perennial_domain::codes::{Email, ExternalId};
    use serde_json::json;

    use super::*;

    const MERCHANT: u64 = 1;

    fn merchant(number: u64) -> MerchantId {
        MerchantId::new(number, [1; 10])
    }

    fn found(number: u64, available: i64) -> Found {
        let program =
            json!({"rules": 1, "catalogue": 0, "budgets": {}, "offers": [], "rewards": [], "policies": []});
        let promotion = perennial_domain::ids::PromotionId::new(1, [2; 10]);
        let known = json!({
            "customer_id": CustomerId::new(number, [7; 10]), "available": available, "purchases": 1, "tier": null, "lots": [],
            "uses": [{"promotion": promotion, "period": "ever", "begins_on": "0001-01-01", "points": 5}], "remainders": {},
            "months": [], "redeemed": {}, "promised": {"counted": {}, "had": [], "brought": null},
        });
        Found {
            program: Arc::new(serde_json::from_value(program).unwrap()),
            customer: Some(Arc::new(serde_json::from_value(known).unwrap())),
        }
    }

    fn available(memory: &Memory, merchant: MerchantId, reference: &CustomerRef) -> Option<i64> {
        Some(memory.recall(merchant, Some(reference))?.customer?.available)
    }

    #[test]
    fn a_customer_is_found_by_every_reference_that_was_asked_by_and_within_the_merchant() {
        let memory = Memory::new();
        let (own, other) = (merchant(MERCHANT), merchant(2));
        let email = CustomerRef::Email(Email::new("ada@example.com").unwrap());
        let id = CustomerRef::Id(CustomerId::new(1, [7; 10]));
        assert!(memory.recall(own, None).is_none(), "not even the program is known");
        memory.remember(own, Some(&email), &found(1, 10));
        assert_eq!(available(&memory, own, &email), Some(10));
        assert_eq!(available(&memory, own, &id), Some(10));
        assert_eq!(available(&memory, own, &CustomerRef::Email(Email::new("bo@example.com").unwrap())), None);
        assert!(memory.recall(own, None).unwrap().customer.is_none());
        assert_eq!(available(&memory, other, &email), None);
        // What was read by one reference is known by the others.
        memory.remember(own, Some(&id), &found(1, 25));
        assert_eq!(available(&memory, own, &email), Some(25));
    }

    #[test]
    fn points_that_are_read_renew_what_is_known_and_keep_the_rest() {
        let memory = Memory::new();
        let own = merchant(MERCHANT);
        let customer = CustomerId::new(1, [7; 10]);
        memory.remember(own, Some(&CustomerRef::Id(customer)), &found(1, 10));
        let mut summary = PointsSummary {
            customer_id: customer,
            points: 60,
            pending: 0,
            reserved: 0,
            debt: 0,
            lifetime: 60,
            tier: None,
            cashback: Vec::new(),
            expiring: Vec::new(),
            maturing: Vec::new(),
            as_of: chrono::DateTime::UNIX_EPOCH,
        };
        let crm = ExternalId::new("crm-1").unwrap();
        memory.remember_points(own, &CustomerPath::ExternalId(crm.clone()), &summary, 3);
        let known = memory.recall(own, Some(&CustomerRef::ExternalId(crm))).unwrap().customer.unwrap();
        assert_eq!((known.available, known.purchases, known.uses.len()), (60, 3, 1));
        summary.customer_id = CustomerId::new(2, [7; 10]);
        memory.remember_points(own, &CustomerPath::Id(summary.customer_id), &summary, 0);
        assert_eq!(available(&memory, own, &CustomerRef::Id(summary.customer_id)), Some(60));
    }

    #[test]
    fn it_is_bounded() {
        let memory = Memory::new();
        let own = merchant(MERCHANT);
        let reference = |number| CustomerRef::Id(CustomerId::new(number, [7; 10]));
        for number in 0..ENTRIES_MAX + 500 {
            memory.remember(own, Some(&reference(number)), &found(number, 1));
        }
        memory.entries.run_pending_tasks();
        assert!(memory.entries.entry_count() <= ENTRIES_MAX, "{}", memory.entries.entry_count());
        assert_eq!(available(&memory, own, &reference(ENTRIES_MAX + 499)), Some(1), "the newest stay");
        assert_eq!(available(&memory, own, &reference(0)), None, "the oldest went");
    }

    #[test]
    fn one_request_a_second_asks_a_database_that_is_away() {
        let memory = Memory::new();
        assert!(memory.may_ask() && memory.may_ask());
        *memory.away() = Instant::now().checked_sub(PROBE);
        assert!(memory.may_ask(), "the second is over");
        assert!(!memory.may_ask(), "and this one has asked");
        memory.is_back();
        assert!(memory.may_ask());
        memory.is_away();
        assert!(!memory.may_ask());
    }
}
