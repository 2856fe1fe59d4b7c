//! What customers of a batch can pay with: lots of points and of cashback, in memory while their balances are locked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::ids::{CustomerId, MerchantId, OfferId, PurchaseId};
use perennial_domain::lots::{Lot, Short, consume};
use perennial_domain::money::{Amount, Currency};
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::intake::batch::Failure;
use crate::intake::batch::checks::{Buyer, Fresh};
use crate::ledger::{Lots, NEVER};

/// What one customer can pay with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Purse {
    /// Points, by the day after which they are gone.
    lots: BTreeMap<NaiveDate, i64>,
    /// The days of which something was taken.
    touched: BTreeSet<NaiveDate>,
    wallet: Wallet,
}

/// Cashback that can be spent, by what gave it.
type Wallet = BTreeMap<(PurchaseId, OfferId), CashbackLot>;

/// Cashback that one offer gave for one purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CashbackLot {
    pub currency: String,
    pub left: u64,
    pub taken: u64,
    pub expires_at: Option<DateTime<Utc>>,
}

impl Purse {
    /// The lots that so many points would come from: those first that are gone first, none that is over by `over`. Or how
    /// many points there are.
    pub fn points(&self, points: i64, over: NaiveDate) -> Result<Lots, i64> {
        let mut missing = points;
        let mut taken = Lots::new();
        let open = self.lots.iter().filter(|(day, left)| **day > over && **left > 0);
        for (day, left) in open {
            let part = missing.min(*left);
            if part > 0 {
                missing -= part;
                taken.push(((*day != NEVER).then_some(*day), part));
            }
        }
        if missing > 0 { Err(points - missing) } else { Ok(taken) }
    }

    /// The lots that so much cashback would come from; or how much is missing.
    pub fn cashback(
        &self,
        amount: Amount,
        currency: Currency,
        now: DateTime<Utc>,
    ) -> Result<Vec<(PurchaseId, OfferId, i64)>, u64> {
        let lots: Vec<Lot<(PurchaseId, OfferId)>> = self
            .wallet
            .iter()
            .filter(|(_, lot)| lot.currency == currency.code())
            .map(|(id, lot)| Lot { id: *id, left: lot.left, expires_at: lot.expires_at })
            .collect();
        let taken = consume(&lots, amount.get().unsigned_abs(), now).map_err(|Short { missing }| missing)?;
        // Parts of an amount.
        let part = |part: u64| i64::try_from(part).unwrap_or(i64::MAX);
        Ok(taken.into_iter().map(|taken| (taken.id.0, taken.id.1, part(taken.amount))).collect())
    }

    /// Takes points from these lots.
    pub fn take_points(&mut self, lots: &[(Option<NaiveDate>, i64)]) {
        for (day, points) in lots {
            let day = day.unwrap_or(NEVER);
            *self.lots.entry(day).or_default() -= points;
            self.touched.insert(day);
        }
    }

    /// Takes cashback from these lots.
    pub fn take_cashback(&mut self, lots: &[(PurchaseId, OfferId, i64)]) {
        for (purchase, offer, amount) in lots {
            if let Some(lot) = self.wallet.get_mut(&(*purchase, *offer)) {
                lot.left = lot.left.saturating_sub(amount.unsigned_abs());
                lot.taken += amount.unsigned_abs();
            }
        }
    }

    /// Puts in what a purchase has earned. It is written with the balances.
    pub fn fill(&mut self, day: Option<NaiveDate>, points: i64) {
        *self.lots.entry(day.unwrap_or(NEVER)).or_default() += points;
    }

    /// The lots of which something was taken, with what is left in them.
    pub fn changed_lots(&self) -> impl Iterator<Item = (NaiveDate, i64)> + '_ {
        self.touched.iter().map(|day| (*day, self.lots.get(day).copied().unwrap_or(0)))
    }

    /// The cashback of which something was taken.
    pub fn changed_wallet(&self) -> impl Iterator<Item = (&(PurchaseId, OfferId), &CashbackLot)> {
        self.wallet.iter().filter(|(_, lot)| lot.taken > 0)
    }
}

/// What the customers of a batch can pay with. Most batches have nobody who pays with anything but money.
#[derive(Debug, Default)]
pub(in crate::intake::batch) struct Purses(HashMap<(MerchantId, CustomerId), Purse>);

impl Purses {
    /// Reads what those can pay with who want to. Their balances are locked.
    pub async fn read(
        conn: &mut PgConnection,
        fresh: &[Fresh<'_>],
        now: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let mut purses = Self::default();
        let (points, cashback) = (
            payers(fresh, |fresh| !fresh.item.purchase.tenders.points.is_zero()),
            payers(fresh, |fresh| !fresh.item.purchase.tenders.cashback.is_zero()),
        );
        // Who has nothing yet may earn it within the batch.
        purses.0.extend(points.iter().chain(&cashback).map(|payer| (*payer, Purse::default())));
        if !points.is_empty() {
            purses.read_lots(conn, &points).await?;
        }
        if !cashback.is_empty() {
            purses.read_wallets(conn, &cashback, now).await?;
        }
        Ok(purses)
    }

    async fn read_lots(
        &mut self,
        conn: &mut PgConnection,
        payers: &BTreeSet<(MerchantId, CustomerId)>,
    ) -> Result<(), Failure> {
        let (merchants, customers) = columns(payers);
        let rows =
            sqlx::query(include_str!("lots.sql")).bind(merchants).bind(customers).fetch_all(conn).await?;
        for row in rows {
            let purse = self.open(&row)?;
            purse.lots.insert(row.try_get("expires_on")?, row.try_get("remaining")?);
        }
        Ok(())
    }

    async fn read_wallets(
        &mut self,
        conn: &mut PgConnection,
        payers: &BTreeSet<(MerchantId, CustomerId)>,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let (merchants, customers) = columns(payers);
        let rows = sqlx::query(include_str!("wallets.sql"))
            .bind(merchants)
            .bind(customers)
            .bind(now)
            .fetch_all(conn)
            .await?;
        for row in rows {
            let id = (
                PurchaseId::from_uuid(row.try_get("purchase_id")?),
                OfferId::from_uuid(row.try_get("offer_id")?),
            );
            let left: i64 = row.try_get("remaining")?;
            let lot = CashbackLot {
                currency: row.try_get("currency")?,
                left: left.unsigned_abs(),
                taken: 0,
                expires_at: row.try_get("expires_at")?,
            };
            self.open(&row)?.wallet.insert(id, lot);
        }
        Ok(())
    }

    fn open(&mut self, row: &sqlx::postgres::PgRow) -> Result<&mut Purse, sqlx::Error> {
        let merchant = MerchantId::from_uuid(row.try_get("merchant_id")?);
        let customer = CustomerId::from_uuid(row.try_get("customer_id")?);
        Ok(self.0.entry((merchant, customer)).or_default())
    }

    pub(super) fn of(&self, merchant: MerchantId, customer: CustomerId) -> Option<&Purse> {
        self.0.get(&(merchant, customer))
    }

    pub(super) fn of_mut(&mut self, merchant: MerchantId, customer: CustomerId) -> Option<&mut Purse> {
        self.0.get_mut(&(merchant, customer))
    }

    /// Puts in what a purchase of the batch has earned, for those that follow.
    pub fn fill(&mut self, merchant: MerchantId, customer: CustomerId, day: Option<NaiveDate>, points: i64) {
        if points > 0
            && let Some(purse) = self.of_mut(merchant, customer)
        {
            purse.fill(day, points);
        }
    }

    /// All of them, in the order of their keys.
    pub(super) fn sorted(&self) -> Vec<(MerchantId, CustomerId, &Purse)> {
        let mut purses: Vec<_> =
            self.0.iter().map(|((merchant, customer), purse)| (*merchant, *customer, purse)).collect();
        purses.sort_unstable_by_key(|(merchant, customer, _)| (*merchant, *customer));
        purses
    }
}

/// Known customers of purchases of which something holds, each once.
fn payers(fresh: &[Fresh<'_>], holds: impl Fn(&Fresh<'_>) -> bool) -> BTreeSet<(MerchantId, CustomerId)> {
    fresh
        .iter()
        .filter(|fresh| holds(fresh))
        .filter_map(|fresh| match fresh.buyer {
            Buyer::Known(customer) => Some((fresh.merchant, customer)),
            Buyer::Nobody | Buyer::New(_) => None,
        })
        .collect()
}

fn columns(payers: &BTreeSet<(MerchantId, CustomerId)>) -> (Vec<Uuid>, Vec<Uuid>) {
    payers.iter().map(|(merchant, customer)| (merchant.uuid(), customer.uuid())).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, 1, number).unwrap()
    }

    fn purse() -> Purse {
        Purse { lots: [(day(5), 10), (day(10), 20), (NEVER, 30)].into(), ..Purse::default() }
    }

    #[test]
    fn what_goes_first_pays_first_and_what_is_over_does_not_pay() {
        let mut purse = purse();
        let taken = purse.points(15, day(1)).unwrap();
        assert_eq!(taken, [(Some(day(5)), 10), (Some(day(10)), 5)]);
        purse.take_points(&taken);
        assert_eq!(purse.changed_lots().collect::<Vec<_>>(), [(day(5), 0), (day(10), 15)]);
        assert_eq!(purse.points(45, day(5)).unwrap(), [(Some(day(10)), 15), (None, 30)]);
        assert_eq!(purse.points(46, day(5)), Err(45));
        assert_eq!(purse.points(31, day(10)), Err(30));
    }

    #[test]
    fn what_the_batch_earns_can_be_spent_and_is_written_by_others_unless_it_is() {
        let mut purse = purse();
        purse.fill(None, 5);
        purse.fill(Some(day(20)), 7);
        assert_eq!(purse.changed_lots().count(), 0);
        let taken = purse.points(72, day(1)).unwrap();
        purse.take_points(&taken);
        assert_eq!(purse.changed_lots().map(|(_, left)| left).sum::<i64>(), 0);
        assert_eq!(purse.changed_lots().count(), 4);
    }

    #[test]
    fn cashback_of_another_currency_or_that_is_over_does_not_pay() {
        let id = |number| (PurchaseId::from_uuid(Uuid::from_u128(number)), OfferId::from_uuid(Uuid::nil()));
        let now = DateTime::UNIX_EPOCH;
        let lot = |currency: &str, left, expires_at| CashbackLot {
            currency: currency.to_owned(),
            left,
            taken: 0,
            expires_at,
        };
        let mut purse = Purse {
            wallet: [
                (id(1), lot("USD", 10, None)),
                (id(2), lot("EUR", 10, None)),
                (id(3), lot("USD", 10, Some(now))),
                (id(4), lot("USD", 10, Some(now + chrono::TimeDelta::days(1)))),
            ]
            .into(),
            ..Purse::default()
        };
        let usd: Currency = "USD".parse().unwrap();
        let amount = |minor| Amount::new(minor).unwrap();
        assert_eq!(purse.cashback(amount(21), usd, now), Err(1));
        let taken = purse.cashback(amount(15), usd, now).unwrap();
        assert_eq!(taken, [(id(4).0, id(4).1, 10), (id(1).0, id(1).1, 5)]);
        purse.take_cashback(&taken);
        assert_eq!(
            purse.changed_wallet().map(|(_, lot)| (lot.left, lot.taken)).collect::<Vec<_>>(),
            [(5, 5), (0, 10)]
        );
    }
}
