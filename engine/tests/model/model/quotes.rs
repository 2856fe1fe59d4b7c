//! What a basket would earn and cost; and the purchase of exactly that.

use super::Model;
use super::earn::split;
use super::paying::Paying;
use super::purchases::by_line;
use super::tender::Parts;
use crate::plain::*;

impl Model {
    /// The till asks, takes the discount of the tier off, and sends the purchase.
    pub fn buy_as_quoted(&mut self, basket: &Purchase) -> Answer {
        let mut purchase = basket.clone();
        let tier = purchase.customer.and_then(|customer| self.tier_of(customer));
        if let Some(tier) = tier {
            let due: Vec<i64> = purchase.lines.iter().map(Line::due).collect();
            let part =
                rust_decimal::Decimal::from(due.iter().sum::<i64>()) * self.ladder.terms(tier).discount;
            for (line, off) in purchase.lines.iter_mut().zip(split(part.floor().try_into().unwrap(), &due)) {
                line.discount += off;
            }
        }
        let quoted = self.quote(&purchase);
        let bought = self.buy(&purchase);
        if let Answer::Purchase(bought) = &bought {
            // What was promised is what is given.
            assert_eq!(quoted.points, bought.claimable.unwrap_or(bought.earned));
        }
        Answer::Quoted(quoted, Box::new(bought))
    }

    fn quote(&self, purchase: &Purchase) -> Quoted {
        let lines: Vec<i64> = purchase.lines.iter().map(Line::due).collect();
        let in_money = |money: &i64| Parts { money: *money, ..Parts::default() };
        let paying = Paying { paid: lines.iter().map(in_money).collect(), ..Paying::default() };
        let stored = self.arrived(purchase, self.now, paying);
        let earned = self.evaluate(&stored, purchase.customer, self.now);
        let points =
            by_line(&earned).iter().sum::<i64>() + earned.flat.iter().map(|(_, points)| points).sum::<i64>();
        let rewards = (0..self.setup.rewards.len()).filter(|reward| {
            purchase.customer.is_some_and(|customer| self.misses(customer, *reward).is_none())
        });
        Quoted {
            points,
            cashback: self.wallets.worth(purchase.customer, &stored.paid, self.now),
            lines,
            rewards: rewards.collect(),
        }
    }
}
