//! Counts as columns of array binds, which the intake and the claims send by different drivers.

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Asked, EVER, Given, Period};

/// The columns of [`lock.sql`](super), in the order of its placeholders.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    pub use_merchant: Vec<Uuid>,
    pub use_customer: Vec<Uuid>,
    pub use_promotion: Vec<Uuid>,
    pub use_period: Vec<String>,
    pub use_begins_on: Vec<NaiveDate>,
    pub budget_merchant: Vec<Uuid>,
    pub budget_promotion: Vec<Uuid>,
}

impl Asked {
    pub fn questions(&self) -> Questions {
        let mut columns = Questions::default();
        for (merchant, customer, promotion, Period { kind, begins_on }) in &self.uses {
            columns.use_merchant.push(merchant.uuid());
            columns.use_customer.push(customer.uuid());
            columns.use_promotion.push(promotion.uuid());
            columns.use_period.push(kind.as_str().to_owned());
            columns.use_begins_on.push(*begins_on);
        }
        for (merchant, promotion) in &self.budgets {
            columns.budget_merchant.push(merchant.uuid());
            columns.budget_promotion.push(promotion.uuid());
        }
        columns
    }

    /// Takes the answers: whether of a budget, the place of its question counted from one, and what was given.
    pub fn answered(self, answers: impl IntoIterator<Item = (bool, i64, i64)>) -> Given {
        let uses: Vec<_> = self.uses.into_iter().collect();
        let budgets: Vec<_> = self.budgets.into_iter().collect();
        // A customer who has had nothing has no row; a budget always has one.
        let mut given = Given { uses: uses.iter().map(|key| (*key, 0)).collect(), ..Given::default() };
        for (is_budget, place, used) in answers {
            let place = usize::try_from(place - 1).ok();
            if is_budget {
                given.budgets.extend(place.and_then(|place| budgets.get(place)).map(|key| (*key, used)));
            } else {
                given.uses.extend(place.and_then(|place| uses.get(place)).map(|key| (*key, used)));
            }
        }
        given
    }
}

/// The columns of [`write.sql`](super), in the order of its placeholders. Where a booking has no period, the period is
/// empty.
#[derive(Debug, Default)]
pub(crate) struct Bookings {
    pub merchant: Vec<Uuid>,
    pub purchase: Vec<Uuid>,
    pub promotion: Vec<Uuid>,
    pub customer: Vec<Uuid>,
    pub period: Vec<String>,
    pub begins_on: Vec<NaiveDate>,
    pub budget: Vec<bool>,
    pub points: Vec<i64>,
    pub uses: Questions,
    pub used: Vec<i64>,
    pub budget_used: Vec<i64>,
}

impl Given {
    pub fn columns(&self) -> Bookings {
        let mut columns = Bookings::default();
        let mut changed = Asked::default();
        for booking in &self.bookings {
            let (merchant, customer) = booking.occasion;
            columns.merchant.push(merchant.uuid());
            columns.purchase.push(booking.purchase.uuid());
            columns.promotion.push(booking.promotion.uuid());
            columns.customer.push(customer.uuid());
            columns.period.push(booking.period.map_or("", |period| period.kind.as_str()).to_owned());
            columns.begins_on.push(booking.period.map_or(EVER, |period| period.begins_on));
            columns.budget.push(booking.budget);
            columns.points.push(booking.points);
            if let Some(period) = booking.period {
                changed.uses.insert((merchant, customer, booking.promotion, period));
            }
            if booking.budget {
                changed.budgets.insert((merchant, booking.promotion));
            }
        }
        // What was booked is in both maps.
        columns.used = changed.uses.iter().map(|key| self.uses.get(key).copied().unwrap_or(0)).collect();
        columns.budget_used =
            changed.budgets.iter().map(|key| self.budgets.get(key).copied().unwrap_or(0)).collect();
        columns.uses = changed.questions();
        columns
    }
}
