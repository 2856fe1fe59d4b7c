//! What the tills send: baskets of three lines for random customers, never the same transaction twice.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::{client, stage::Stage};

/// Customers whose balances are asked for.
const ASKED_FOR: u64 = 2_000;

/// Makes requests. Cheap to clone and to share between connections.
#[derive(Clone)]
pub struct Workload(Arc<Inner>);

struct Inner {
    address: String,
    keys: Vec<String>,
    customers: u32,
    next: AtomicU64,
    run: u32,
}

impl Workload {
    /// Purchases of `customers` customers at the merchants of the stage.
    pub fn new(stage: &Stage, customers: u32) -> Self {
        Self(Arc::new(Inner {
            address: stage.address.clone(),
            keys: stage.keys.clone(),
            customers,
            next: AtomicU64::new(1),
            run: std::process::id(),
        }))
    }

    /// `POST /purchases` of one purchase.
    pub fn purchase(&self) -> Vec<u8> {
        let number = self.take(1);
        client::post(&self.0.address, "/api/v1/purchases", self.key(number), &self.body(number))
    }

    /// `POST /purchases/batch` of `size` purchases.
    pub fn batch(&self, size: usize) -> Vec<u8> {
        let first = self.take(size as u64);
        let mut body = String::with_capacity(size * 320);
        body.push('[');
        for number in first..first + size as u64 {
            if number > first {
                body.push(',');
            }
            body.push_str(&self.body(number));
        }
        body.push(']');
        client::post(&self.0.address, "/api/v1/purchases/batch", self.key(first), &body)
    }

    /// Batches in which every customer that [`Self::points`] asks for buys once.
    pub fn introductions(&self) -> Vec<Vec<u8>> {
        (0..ASKED_FOR)
            .collect::<Vec<_>>()
            .chunks(500)
            .map(|customers| {
                let purchases: Vec<String> =
                    customers.iter().map(|customer| self.body_of(self.take(1), *customer)).collect();
                let body = format!("[{}]", purchases.join(","));
                client::post(&self.0.address, "/api/v1/purchases/batch", &self.0.keys[0], &body)
            })
            .collect()
    }

    /// `GET /customers/{id}/points` of a customer who has bought already.
    pub fn points(&self, turn: u64) -> Vec<u8> {
        let customer = scatter(turn) % ASKED_FOR;
        client::get(&self.0.address, &format!("/api/v1/customers/ext:c{customer}/points"), &self.0.keys[0])
    }

    /// `POST /quotes` of a basket for a customer who has bought already.
    pub fn quote(&self, turn: u64) -> Vec<u8> {
        let chance = scatter(turn);
        let body = format!(
            concat!(
                r#"{{"retailer":"s{}","customer":{{"external_id":"c{}"}},"#,
                r#""lines":[{{"product":"p{}","quantity":1,"unit_price":{}}},{{"product":"p{}","quantity":2,"unit_price":{}}}]}}"#
            ),
            chance % 10,
            chance % ASKED_FOR,
            chance % 200,
            199 + chance % 900,
            (chance >> 7) % 200,
            99 + chance % 400,
        );
        client::post(&self.0.address, "/api/v1/quotes", &self.0.keys[0], &body)
    }

    /// How many purchases were made so far.
    pub fn sent(&self) -> u64 {
        self.0.next.load(Ordering::Relaxed) - 1
    }

    fn take(&self, count: u64) -> u64 {
        self.0.next.fetch_add(count, Ordering::Relaxed)
    }

    fn key(&self, number: u64) -> &str {
        &self.0.keys[(number % self.0.keys.len() as u64) as usize]
    }

    fn body(&self, number: u64) -> String {
        self.body_of(number, (scatter(number) >> 8) % u64::from(self.0.customers))
    }

    fn body_of(&self, number: u64, customer: u64) -> String {
        let chance = scatter(number);
        format!(
            concat!(
                r#"{{"transaction_id":"b{}-{}","retailer":"s{}","customer":{{"external_id":"c{}"}},"currency":"USD","#,
                r#""lines":[{{"product":"p{}","quantity":1,"unit_price":{}}},{{"product":"p{}","quantity":2,"unit_price":{}}},"#,
                r#"{{"product":"p{}","quantity":1,"amount":{}}}]}}"#
            ),
            self.0.run,
            number,
            chance % 10,
            customer,
            chance % 200,
            199 + chance % 900,
            (chance >> 7) % 200,
            99 + chance % 400,
            (chance >> 15) % 200,
            150 + chance % 2_000,
        )
    }
}

/// SplitMix64: spreads a counter over all values, the same in every run.
fn scatter(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
