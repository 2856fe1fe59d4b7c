//! What a customer can have taken off a sale: the vouchers they hold, and rewards for points.

use super::door::Till;
use crate::dashboard::{clock, money};
use crate::error::PageError;
use crate::ui::grouped;
use perennial_domain::codes::VoucherCode;
use perennial_domain::ids::{CustomerId, RewardId};
use perennial_domain::money::{Amount, Currency};
use perennial_domain::points::Points;
use perennial_domain::rewards::{CostInput, Eligibility, PointsCost, RewardInput, RewardKind};
use perennial_domain::settings::PointValue;
use perennial_domain::tender::{MAX_VOUCHERS, PointsTender, UnsettledLine, settle};
use perennial_engine::PageRequest;
use perennial_engine::quotes::QuoteVoucher;
use perennial_engine::rewards::RewardOffer;

/// Rewards that are offered at most: those that can be had first, then those of which the fewest points are missing.
const REWARDS: u32 = 100;

/// A voucher or a reward of a customer.
pub struct Offer {
    /// What its field is called behind `use.`.
    pub key: String,
    /// What it is called, and costs.
    pub name: String,
    /// Until when it can be used, behind what it takes off; empty for ever.
    pub until: String,
    /// What it is and takes off; or why it cannot be had.
    worth: Result<Worth, String>,
    is_voucher: bool,
}

/// What stands behind an offer.
struct Worth {
    kind: RewardKind,
    of: Of,
}

/// Where it comes from.
enum Of {
    /// A voucher of this code.
    Voucher(VoucherCode),
    /// A reward, for so many points; they are told where it leaves a choice.
    Reward { id: RewardId, cost: Points, chosen: Option<i64> },
}

impl Offer {
    /// Whether it is a voucher, and no reward.
    pub fn is_voucher(&self) -> bool {
        self.is_voucher
    }
}

/// What a customer holds and can have, vouchers first; and whether there are more rewards than those.
///
/// # Errors
/// When the engine cannot be asked.
pub async fn offers(
    till: &Till,
    customer: CustomerId,
    vouchers: &[QuoteVoucher],
) -> Result<(Vec<Offer>, bool), PageError> {
    let shelf = PageRequest::new(Some(REWARDS), None)?;
    let shelf = till.engine.reward_shelf(&till.cx, customer, &shelf).await?;
    let (zone, now) = (till.snapshot.settings.time_zone.tz(), till.engine.now(till.cx.merchant()));
    let voucher = |voucher: &QuoteVoucher| {
        let until = voucher.expires_at.map(|end| format!(", until {}", clock::moment(end, zone, now)));
        of_voucher(voucher, until.unwrap_or_default())
    };
    let found = vouchers.iter().filter_map(voucher).chain(shelf.data.into_iter().map(of_reward)).collect();
    Ok((found, shelf.next.is_some()))
}

fn of_voucher(voucher: &QuoteVoucher, until: String) -> Option<Offer> {
    let code = VoucherCode::new(&voucher.code).ok()?;
    // The checks of a reward are those of its worth; the rest of it is as good as any.
    let input = RewardInput {
        name: "voucher".to_owned(),
        kind: voucher.worth.kind.clone(),
        value: voucher.worth.value.clone(),
        points_cost: Some(CostInput::Fixed(1)),
        ..RewardInput::default()
    };
    let worth = match input.check() {
        Ok(terms) => Ok(Worth { kind: terms.kind, of: Of::Voucher(code.clone()) }),
        Err(_) => Err("Its worth cannot be read".to_owned()),
    };
    Some(Offer {
        key: format!("v.{code}"),
        name: format!("{}, voucher", voucher.name),
        until,
        worth,
        is_voucher: true,
    })
}

fn of_reward(offer: RewardOffer) -> Offer {
    let RewardOffer { reward, eligibility, .. } = offer;
    let id = reward.id;
    let name = reward.terms.name.clone();
    let (name, worth) = match reward.terms.check() {
        Err(_) => (name, Err("Its terms cannot be read".to_owned())),
        Ok(terms) => {
            let cost = terms.cost.least();
            let chosen = matches!(terms.cost, PointsCost::Variable(_)).then_some(cost.get());
            let worth = match eligibility {
                Eligibility::Missing { reasons } => {
                    let reasons: Vec<String> = reasons.into_iter().map(|reason| reason.text).collect();
                    Err(reasons.join(". "))
                }
                Eligibility::Eligible => match terms.bought_with(cost) {
                    Ok(kind) => Ok(Worth { kind, of: Of::Reward { id, cost, chosen } }),
                    Err(error) => Err(error.to_string()),
                },
            };
            (format!("{name}, {}", cost.counted()), worth)
        }
    };
    Offer { key: format!("r.{id}"), name, until: String::new(), worth, is_voucher: false }
}

/// What is taken off a sale, step by step.
#[derive(Clone)]
pub struct Taken {
    due: Amount,
    currency: Currency,
    used: Vec<(VoucherCode, RewardKind)>,
    /// Codes of vouchers that the customer holds.
    pub vouchers: Vec<VoucherCode>,
    /// Rewards that are redeemed for it.
    pub rewards: Vec<(RewardId, Option<i64>)>,
    /// Points that those rewards cost.
    pub spent: Points,
    /// Points that pay.
    pub points: PointsTender,
    /// Cashback that pays.
    pub cashback: Amount,
}

impl Taken {
    /// Nothing is taken off what is due.
    pub fn new(due: Amount, currency: Currency) -> Self {
        Self {
            due,
            currency,
            used: Vec::new(),
            vouchers: Vec::new(),
            rewards: Vec::new(),
            spent: Points::ZERO,
            points: PointsTender::default(),
            cashback: Amount::ZERO,
        }
    }

    /// What is left to pay in money.
    pub fn left(&self) -> Amount {
        self.settled(&self.used).unwrap_or(self.due)
    }

    /// What vouchers and rewards take off.
    pub fn off(&self) -> Amount {
        let rest = self.left().unsigned() + self.points.amount.unsigned() + self.cashback.unsigned();
        Amount::saturating(self.due.unsigned().saturating_sub(rest))
    }

    /// All points that it costs, for rewards and as payment.
    pub fn costs(&self) -> i64 {
        self.spent.get().saturating_add(self.points.points.get())
    }

    /// Whether nothing is taken off.
    pub fn is_nothing(&self) -> bool {
        self.left() == self.due
    }

    /// Takes an offer, of a customer with so many points, and tells what it takes off; or why it cannot be used.
    pub fn take(&mut self, offer: &Offer, available: i64) -> Result<Amount, String> {
        let Worth { kind, of } = offer.worth.as_ref().map_err(Clone::clone)?;
        if matches!(kind, RewardKind::VoucherPool | RewardKind::External) {
            return Err("Takes nothing off a sale: the team hands it out".to_owned());
        }
        if self.used.len() >= MAX_VOUCHERS {
            return Err("No more fit on one sale".to_owned());
        }
        let spent = match of {
            Of::Voucher(_) => self.spent,
            Of::Reward { cost, .. } => self.spent.checked_add(*cost).unwrap_or(Points::MAX),
        };
        if spent.get() > available && matches!(of, Of::Reward { .. }) {
            return Err(format!("{} missing", Points::new(spent.get() - available).counted()));
        }
        let code = match of {
            Of::Voucher(code) => code.clone(),
            // The voucher of a reward gets its code when it is redeemed.
            Of::Reward { .. } => VoucherCode::from_random(rand::random()),
        };
        let mut used = self.used.clone();
        used.push((code, kind.clone()));
        let before = self.left();
        let nothing = money::show(0, self.currency);
        let after = self.settled(&used).map_err(|reason| format!("Would take {nothing}: {reason}"))?;
        self.used = used;
        self.spent = spent;
        match of {
            Of::Voucher(code) => self.vouchers.push(code.clone()),
            Of::Reward { id, chosen, .. } => self.rewards.push((*id, *chosen)),
        }
        Ok(before.checked_sub(after).unwrap_or(Amount::ZERO))
    }

    /// Pays with so many points, as they were typed.
    pub fn pay_points(
        &mut self,
        typed: &str,
        available: i64,
        value: Option<PointValue>,
    ) -> Result<(), String> {
        if typed.is_empty() {
            return Ok(());
        }
        let points = typed.replace([',', ' '], "").parse::<i64>();
        let points = points.map_err(|_| "Type a whole number, such as 500".to_owned())?;
        if points < 0 || points > available {
            return Err(format!("Only {} available", grouped(available)));
        }
        let tender = PointsTender::new(Points::new(points), value).map_err(|error| error.to_string())?;
        if tender.amount > self.left() {
            return Err("This is more than is left to pay".to_owned());
        }
        self.points = tender;
        Ok(())
    }

    /// Pays with so much cashback, as it was typed.
    pub fn pay_cashback(&mut self, typed: &str, available: Amount) -> Result<(), String> {
        let currency = self.currency;
        if typed.is_empty() {
            return Ok(());
        }
        let amount = Amount::saturating(money::parse(typed, currency)?.unsigned_abs());
        if amount > available {
            return Err(format!("Only {} available", money::show(available.get(), currency)));
        }
        if amount > self.left() {
            return Err("This is more than is left to pay".to_owned());
        }
        self.cashback = amount;
        Ok(())
    }

    /// What these would leave to pay, or why one of them is of no use.
    fn settled(&self, used: &[(VoucherCode, RewardKind)]) -> Result<Amount, String> {
        let line = UnsettledLine { product: None, quantity: 1, due: self.due };
        match settle(&[line], used, self.points.amount, self.cashback) {
            Ok(settlement) => Ok(settlement.paid),
            Err(error) => Err(lower(&error.to_string())),
        }
    }
}

/// The same inside a sentence.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(kind: RewardKind, cost: i64) -> Offer {
        let of = Of::Reward { id: RewardId::new(1, [1; 10]), cost: Points::new(cost), chosen: None };
        let name = "Pint".to_owned();
        Offer {
            key: "r.1".into(),
            name,
            until: String::new(),
            worth: Ok(Worth { kind, of }),
            is_voucher: false,
        }
    }

    #[test]
    fn what_is_taken_says_how_much_and_what_cannot_be_says_why() {
        let mut taken = Taken::new(Amount::saturating(3_950), Currency::USD);
        let nine = offer(RewardKind::MoneyOff(Amount::saturating(900)), 300);
        assert_eq!(taken.take(&nine, 1_240), Ok(Amount::saturating(900)));
        assert_eq!((taken.left().get(), taken.off().get(), taken.spent.get()), (3_050, 900, 300));
        let dear = offer(RewardKind::MoneyOff(Amount::saturating(2_500)), 2_200);
        assert_eq!(taken.take(&dear, 1_240), Err("1,260 points missing".to_owned()));
        let pint = offer(RewardKind::FreeProduct("pint".parse().expect("a sku")), 1);
        assert!(taken.take(&pint, 1_240).expect_err("no pint").starts_with("Would take $0.00: its product"));
        assert!(taken.take(&offer(RewardKind::External, 1), 1_240).is_err());
        assert_eq!(taken.pay_points("5", 4, None), Err("Only 4 available".to_owned()));
        let value = PointValue { points: Points::new(1), amount: Amount::saturating(10) };
        taken.pay_points("50", 940, Some(value)).expect("they pay");
        assert_eq!((taken.left().get(), taken.off().get(), taken.costs()), (2_550, 900, 350));
        assert!(taken.pay_cashback("30.00", Amount::saturating(9_000)).is_err());
        taken.pay_cashback("25.50", Amount::saturating(9_000)).expect("it pays");
        assert!(taken.left().is_zero() && !taken.is_nothing());
    }
}
