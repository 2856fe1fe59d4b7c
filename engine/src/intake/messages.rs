//! What a transaction tells the modules: one message per merchant and module, however many purchases there were.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use perennial_domain::ids::{CustomerId, MerchantId, RetailerId};
use serde::Serialize;

use crate::outbox::Module;

/// Customers that one message names. Beyond that it says "everybody", which costs less than the list.
const NAMED_CUSTOMERS: usize = 200;

/// A message for the outbox.
pub(crate) struct Message {
    pub module: Module,
    pub merchant: MerchantId,
    /// JSON.
    pub payload: String,
}

#[derive(Serialize)]
struct Statistics {
    days: Vec<Day>,
}

#[derive(Serialize)]
struct Day {
    date: NaiveDate,
    retailer: RetailerId,
    #[serde(flatten)]
    totals: Totals,
}

/// What is added to the figures of a day.
#[derive(Serialize, Default)]
pub(crate) struct Totals {
    pub purchases: i64,
    /// Minor units.
    pub amount: i64,
    pub points: i64,
}

#[derive(Serialize)]
struct Live {
    customers: Option<BTreeSet<CustomerId>>,
}

/// Messages that are being put together.
#[derive(Default)]
pub(crate) struct Messages {
    days: BTreeMap<MerchantId, BTreeMap<(NaiveDate, RetailerId), Totals>>,
    customers: BTreeMap<MerchantId, BTreeSet<CustomerId>>,
}

impl Messages {
    /// Adds to the figures of a retailer's business day.
    ///
    /// A batch of some hundreds of purchases below 2^53 does not reach the largest number; should limits ever allow
    /// more, figures that stop there are better than no purchases.
    pub fn count(&mut self, merchant: MerchantId, date: NaiveDate, retailer: RetailerId, more: Totals) {
        let totals = self.days.entry(merchant).or_default().entry((date, retailer)).or_default();
        totals.purchases = totals.purchases.saturating_add(more.purchases);
        totals.amount = totals.amount.saturating_add(more.amount);
        totals.points = totals.points.saturating_add(more.points);
    }

    /// Notes that something of a customer has changed.
    pub fn touch(&mut self, merchant: MerchantId, customer: CustomerId) {
        self.customers.entry(merchant).or_default().insert(customer);
    }

    pub fn finish(self) -> Result<Vec<Message>, serde_json::Error> {
        let mut messages = Vec::with_capacity(self.days.len() + self.customers.len());
        for (merchant, days) in self.days {
            let days =
                days.into_iter().map(|((date, retailer), totals)| Day { date, retailer, totals }).collect();
            let payload = serde_json::to_string(&Statistics { days })?;
            messages.push(Message { module: Module::Statistics, merchant, payload });
        }
        for (merchant, customers) in self.customers {
            let customers = (customers.len() <= NAMED_CUSTOMERS).then_some(customers);
            let payload = serde_json::to_string(&Live { customers })?;
            messages.push(Message { module: Module::Live, merchant, payload });
        }
        Ok(messages)
    }
}
