//! What the tables of the engine say.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::program::{Program, number};
use crate::plain::*;

impl Program {
    /// What is stored, as of an instant.
    pub async fn books(&self, setup: &Setup, now: DateTime<Utc>) -> Books {
        Books {
            customers: self.standings().await,
            budgets: self.budgets().await,
            uses: self.uses().await,
            carried: self.carried().await,
            cashback_uses: self.cashback_uses().await,
            stock: self
                .rows("SELECT stock FROM rewards ORDER BY id")
                .await
                .into_iter()
                .map(|(left,)| left)
                .collect(),
            vouchers: self.vouchers(now).await,
            referrals: self.referrals().await,
            awards: self.awards(setup).await,
            board: self.board(now).await,
        }
    }

    async fn standings(&self) -> Vec<Standing> {
        let mut customers = vec![Standing::default(); CUSTOMERS];
        let base: Vec<(Uuid,)> = self.rows("SELECT id FROM tiers WHERE threshold = 0").await;
        let base = base.first().map(|(id,)| self.tier(*id));
        type Row = (String, i64, i64, i64, i64, i64, i64, i64, Option<Uuid>, Option<i32>);
        let rows: Vec<Row> = self
            .rows(
                "SELECT i.value, coalesce(b.available, 0), coalesce(b.pending, 0), coalesce(b.reserved, 0),
                        coalesce(b.debt, 0), coalesce(b.lifetime, 0),
                        coalesce((SELECT sum(w.amount)::bigint FROM cashback_wallets AS w
                                  WHERE w.customer_id = i.customer_id), 0),
                        coalesce((SELECT sum(w.owed)::bigint FROM cashback_wallets AS w
                                  WHERE w.customer_id = i.customer_id), 0),
                        m.tier_id, m.moves
                 FROM customer_identities AS i
                 LEFT JOIN balances AS b USING (customer_id)
                 LEFT JOIN tier_memberships AS m USING (customer_id)",
            )
            .await;
        for (customer, available, pending, reserved, debt, lifetime, wallet, owed, tier, moves) in rows {
            customers[number(&customer)] = Standing {
                available,
                pending,
                reserved,
                debt,
                lifetime,
                lots: Vec::new(),
                wallet: (wallet, owed),
                // Whom nobody has looked at yet stands where everybody begins.
                tier: if moves.is_some() { tier.map(|id| self.tier(id)) } else { base },
                moves: moves.unwrap_or(0),
            };
        }
        let lots: Vec<(String, NaiveDate, i64)> = self
            .rows(
                "SELECT i.value, l.expires_on, l.remaining FROM spendable AS l
                 JOIN customer_identities AS i USING (customer_id)
                 WHERE l.remaining <> 0 ORDER BY l.expires_on",
            )
            .await;
        for (customer, day, left) in lots {
            customers[number(&customer)].lots.push((day, left));
        }
        customers
    }

    async fn budgets(&self) -> Vec<(usize, i64)> {
        let rows: Vec<(Uuid, i64)> =
            self.rows("SELECT promotion_id, used FROM promotion_budgets WHERE used <> 0").await;
        let mut budgets: Vec<_> = rows.into_iter().map(|(id, used)| (self.promotion(id), used)).collect();
        budgets.sort_unstable();
        budgets
    }

    async fn uses(&self) -> Vec<(usize, usize, Period, NaiveDate, i64)> {
        let rows: Vec<(String, Uuid, String, NaiveDate, i64)> = self
            .rows(
                "SELECT i.value, u.promotion_id, u.period, u.begins_on, u.used FROM promotion_uses AS u
                 JOIN customer_identities AS i USING (customer_id) WHERE u.used <> 0",
            )
            .await;
        let used = |(customer, id, word, day, used): (String, Uuid, String, NaiveDate, i64)| {
            (number(&customer), self.promotion(id), period(&word), day, used)
        };
        let mut uses: Vec<_> = rows.into_iter().map(used).collect();
        uses.sort_unstable();
        uses
    }

    async fn carried(&self) -> Vec<(usize, usize, i64)> {
        let rows: Vec<(String, Uuid, i64)> = self
            .rows(
                "SELECT i.value, c.promotion_id, c.remainder FROM carried_remainders AS c
                 JOIN customer_identities AS i USING (customer_id) WHERE c.remainder <> 0",
            )
            .await;
        let mut carried: Vec<_> = rows
            .into_iter()
            .map(|(customer, id, left)| (number(&customer), self.promotion(id), left))
            .collect();
        carried.sort_unstable();
        carried
    }

    async fn cashback_uses(&self) -> Vec<(usize, usize, NaiveDate, i64)> {
        let rows: Vec<(String, Uuid, NaiveDate, i64)> = self
            .rows(
                "SELECT i.value, u.offer_id, u.month, u.used FROM cashback_month_uses AS u
                 JOIN customer_identities AS i USING (customer_id) WHERE u.used <> 0",
            )
            .await;
        let offer = |id: Uuid| self.offers.iter().position(|offer| offer.uuid() == id).unwrap();
        let used = |(customer, id, month, used): (String, Uuid, NaiveDate, i64)| {
            (number(&customer), offer(id), month, used)
        };
        let mut uses: Vec<_> = rows.into_iter().map(used).collect();
        uses.sort_unstable();
        uses
    }

    /// Those that redemptions gave.
    async fn vouchers(&self, now: DateTime<Utc>) -> Vec<(u32, String)> {
        let rows: Vec<(Uuid, String, Option<DateTime<Utc>>)> = self
            .rows("SELECT redemption_id, state, expires_at FROM vouchers WHERE redemption_id IS NOT NULL")
            .await;
        let voucher = |(redemption, state, until): (Uuid, String, Option<DateTime<Utc>>)| {
            let number = self.redemptions.iter().find(|(_, id)| id.uuid() == redemption);
            let over = state == "issued" && until.is_some_and(|until| until <= now);
            (*number.unwrap().0, if over { "expired".to_owned() } else { state })
        };
        let mut vouchers: Vec<_> = rows.into_iter().map(voucher).collect();
        vouchers.sort();
        vouchers
    }

    async fn referrals(&self) -> Vec<Referral> {
        let rows: Vec<(String, String, String, String)> = self
            .rows(
                "SELECT f.value, a.value, r.state, r.review FROM referrals AS r
                 JOIN customer_identities AS f ON f.customer_id = r.friend_id
                 JOIN customer_identities AS a ON a.customer_id = r.advocate_id",
            )
            .await;
        let referral = |(friend, advocate, state, review): (String, String, String, String)| Referral {
            friend: number(&friend),
            advocate: number(&advocate),
            state,
            review,
        };
        let mut referrals: Vec<_> = rows.into_iter().map(referral).collect();
        referrals.sort();
        referrals
    }

    async fn awards(&self, setup: &Setup) -> Vec<(usize, usize, String, i64)> {
        let rows: Vec<(Uuid, String, String, i64)> = self
            .rows(
                "SELECT a.policy_id, i.value, a.state, a.amount FROM policy_awards AS a
                 JOIN customer_identities AS i ON i.customer_id = a.beneficiary_id",
            )
            .await;
        let award = |(policy, to, state, amount): (Uuid, String, String, i64)| {
            (self.promise(policy), number(&to), state, amount)
        };
        let mut awards: Vec<_> = rows.into_iter().map(award).collect();
        awards.retain(|(promise, ..)| !matches!(setup.promises[*promise].when, When::PointsAbove(_)));
        awards.sort();
        awards
    }

    /// Where a promise is about points above a number: that each rise above it, by the entries as they are numbered, has
    /// given one award, and nothing else has. To be asked when nothing waits.
    pub async fn rises(&self, setup: &Setup) -> Result<(), String> {
        for (promise, terms) in setup.promises.iter().enumerate() {
            let When::PointsAbove(above) = terms.when else { continue };
            let entries: Vec<(String, i64, i64)> = self
                .rows(
                    "SELECT i.value, e.sequence, sum(e.amount)::bigint FROM entries AS e
                     JOIN customer_identities AS i USING (customer_id)
                     WHERE e.account = 'available' GROUP BY 1, 2 ORDER BY 1, 2",
                )
                .await;
            let (mut balances, mut rises) = (BTreeMap::<usize, i64>::new(), BTreeMap::<usize, i64>::new());
            for (customer, _, amount) in entries {
                let balance = balances.entry(number(&customer)).or_default();
                if *balance <= above && *balance + amount > above {
                    *rises.entry(number(&customer)).or_default() += 1;
                }
                *balance += amount;
            }
            let awards: Vec<(Uuid, String, i64)> = self
                .rows(
                    "SELECT a.policy_id, i.value, count(*) FROM policy_awards AS a
                     JOIN customer_identities AS i ON i.customer_id = a.beneficiary_id GROUP BY 1, 2",
                )
                .await;
            let of = awards.into_iter().filter(|(policy, ..)| self.promise(*policy) == promise);
            let awards: BTreeMap<usize, i64> = of.map(|(_, to, count)| (number(&to), count)).collect();
            if rises != awards {
                return Err(format!("rises above {above}\n entries: {rises:?}\n  awards: {awards:?}"));
            }
        }
        Ok(())
    }

    /// Scores of the running periods.
    async fn board(&self, now: DateTime<Utc>) -> Vec<(usize, Period, i64)> {
        let rows: Vec<(String, String, NaiveDate, i64)> = self
            .rows(
                "SELECT i.value, s.period, s.starts_on, s.score FROM leaderboard_scores AS s
                 JOIN customer_identities AS i USING (customer_id) WHERE s.score <> 0",
            )
            .await;
        let today = crate::model::calendar::day(now);
        let runs = |word: &str, first: NaiveDate| match word {
            "week" => first == crate::model::calendar::monday(today),
            "month" => first == crate::model::calendar::month(today),
            _ => true,
        };
        let mut board: Vec<_> = rows
            .into_iter()
            .filter(|(_, word, first, _)| runs(word, *first))
            .map(|(customer, word, _, score)| (number(&customer), period(&word), score))
            .collect();
        board.sort_unstable();
        board
    }

    pub fn tier(&self, id: Uuid) -> usize {
        *self.tiers.iter().find(|(_, tier)| tier.uuid() == id).unwrap().0
    }

    fn promotion(&self, id: Uuid) -> usize {
        self.promotions.iter().position(|promotion| promotion.uuid() == id).unwrap()
    }

    fn promise(&self, id: Uuid) -> usize {
        self.promises.iter().position(|promise| promise.uuid() == id).unwrap()
    }
}

fn period(word: &str) -> Period {
    match word {
        "day" => Period::Day,
        "week" => Period::Week,
        "month" => Period::Month,
        _ => Period::Ever,
    }
}
