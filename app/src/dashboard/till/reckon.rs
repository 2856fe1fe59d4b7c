//! A sale worked out: what it costs, what is taken off, what it earns. The page shows it and its form does it.

use super::door::Till;
use super::dto::{OfferRow, PayField, SaleAsked, SaleData, Sums};
use super::offers::{Offer, Taken, offers};
use super::who::{find, member};
use crate::dashboard::fields::Problems;
use crate::dashboard::money;
use crate::error::PageError;
use crate::format::percent;
use crate::ui::grouped;
use perennial_domain::codes::{TillNumber, VoucherCode};
use perennial_domain::customer::CustomerInput;
use perennial_domain::ids::{CustomerId, RewardId};
use perennial_domain::money::{Amount, Currency};
use perennial_domain::points::{Points, Rate};
use perennial_domain::quote::{Quote, QuoteDiscount, QuoteInput};
use perennial_domain::tender::PointsTender;
use perennial_engine::customers::{Customer, CustomerPath};
use perennial_engine::points::PointsSummary;
use perennial_engine::quotes::QuoteAnswer;
use std::collections::BTreeMap;

/// A sale that can be confirmed.
pub struct Sale {
    /// Whose it is.
    pub customer: Option<CustomerId>,
    /// What it costs before everything.
    pub price: Amount,
    /// What the tier takes off.
    pub discount: Amount,
    /// Vouchers that the customer has and that are used.
    pub vouchers: Vec<VoucherCode>,
    /// Rewards that are redeemed for it, with the points where they leave a choice.
    pub rewards: Vec<(RewardId, Option<i64>)>,
    /// Points that pay.
    pub points: Points,
    /// Cashback that pays.
    pub cashback: Amount,
    /// What is left to pay in money.
    pub to_pay: Amount,
    /// All points that it costs.
    pub spent: Points,
}

/// The customer of a sale, and what they have.
struct Buyer {
    customer: Customer,
    points: PointsSummary,
}

/// Works out what was asked: what the page shows, and the sale, if there is one that could be confirmed.
///
/// # Errors
/// When the engine cannot be asked.
pub async fn reckon(till: &Till, asked: &SaleAsked) -> Result<(SaleData, Option<Sale>), PageError> {
    // Whoever is looked for anew begins anew.
    let anew = SaleAsked { amount: asked.amount.clone(), who: asked.who.clone(), ..SaleAsked::default() };
    let asked = if asked.who.is_empty() { asked } else { &anew };
    let settings = &till.snapshot.settings;
    let currency = settings.currency;
    let mut problems = Problems::new();
    let price = price(&asked.amount, currency, &mut problems);
    let customer = match asked.who.as_str() {
        "" => till.customer(&asked.customer).await?,
        who => find(till, who).await?,
    };
    let unknown = (customer.is_none() && !asked.who.is_empty()).then(|| asked.who.clone());
    let buyer = match customer {
        None => None,
        Some(customer) => {
            let points = till.engine.customer_points(&till.cx, &CustomerPath::Id(customer.id)).await?;
            Some(Buyer { customer, points })
        }
    };
    let member = match &buyer {
        None => None,
        Some(buyer) => Some(member(till, &buyer.customer, &buyer.points).await?),
    };
    let id = buyer.as_ref().map(|buyer| buyer.customer.id);
    let mut data = SaleData {
        transaction: TillNumber::from_random(rand::random()).to_string(),
        store: till.store.id.to_string(),
        digits: currency.minor_digits(),
        points_name: settings.points_name.to_string(),
        member,
        unknown,
        problems: Problems::new(),
        offers: Vec::new(),
        more_rewards: false,
        pay_points: None,
        pay_cashback: None,
        sums: None,
    };
    let Some(price) = price else {
        data.problems = problems;
        return Ok((data, None));
    };
    let answer = quote(till, price, id).await?;
    let due = answer.quote.price_after;
    let discount = price.checked_sub(due).unwrap_or(Amount::ZERO);
    let mut taken = Taken::new(due, currency);
    if let Some(buyer) = &buyer {
        let (found, more) = offers(till, buyer.customer.id, &answer.vouchers).await?;
        data.more_rewards = more;
        data.offers = choose(found, asked, &mut taken, buyer.points.points, currency);
        pay(till, asked, buyer, &mut taken, &mut problems, &mut data);
    }
    let to_pay = taken.left();
    let earned = if taken.is_nothing() {
        answer.quote.clone()
    } else {
        // What was taken off earns nothing: the same basket at the price of which the tier leaves what is left.
        quote(till, before_discount(to_pay, part(&answer.quote)), id).await?.quote
    };
    data.sums = Some(sums(&answer.quote, &earned, &taken, buyer.as_ref(), currency));
    let sale = problems.is_empty().then(|| Sale {
        customer: id,
        price,
        discount,
        vouchers: taken.vouchers.clone(),
        rewards: taken.rewards.clone(),
        points: taken.points.points,
        cashback: taken.cashback,
        to_pay,
        spent: Points::new(taken.costs()),
    });
    data.problems = problems;
    Ok((data, sale))
}

/// What was typed as the amount; nothing where nothing was, and where it cannot be sold for that.
fn price(typed: &str, currency: Currency, problems: &mut Problems) -> Option<Amount> {
    if typed.is_empty() {
        return None;
    }
    let read = money::parse(typed, currency)
        .and_then(|minor| Amount::new(minor).map_err(|_| "This is more than can be counted".to_owned()));
    match read {
        Ok(amount) if amount.is_zero() => {
            problems.insert("amount".to_owned(), "Type what is to be paid, above zero".to_owned());
            None
        }
        Ok(amount) => Some(amount),
        Err(problem) => {
            problems.insert("amount".to_owned(), problem);
            None
        }
    }
}

async fn quote(till: &Till, price: Amount, customer: Option<CustomerId>) -> Result<QuoteAnswer, PageError> {
    let input = QuoteInput {
        customer: customer.map(|id| CustomerInput { id: Some(id.to_string()), ..CustomerInput::default() }),
        amount: Some(price.get()),
        ..QuoteInput::default()
    };
    Ok(till.engine.quote(&till.cx, input).await?)
}

/// The part that the tier takes off.
fn part(quote: &Quote) -> Rate {
    quote.discounts.first().map_or(Rate::ZERO, |discount| discount.percentage)
}

/// A price of which a discount of this part, rounded down, leaves exactly so much.
fn before_discount(left: Amount, part: Rate) -> Amount {
    let kept = Rate::SCALE.saturating_sub(part.millionths());
    if kept == 0 {
        return left;
    }
    let price = u128::from(left.unsigned()) * u128::from(Rate::SCALE) / u128::from(kept);
    Amount::saturating(u64::try_from(price).unwrap_or(u64::MAX))
}

/// Takes off what was chosen, as far as it can be, and says of the rest what it would take.
fn choose(
    found: Vec<Offer>,
    asked: &SaleAsked,
    taken: &mut Taken,
    available: i64,
    currency: Currency,
) -> Vec<OfferRow> {
    let mut chosen: BTreeMap<String, Result<Amount, String>> = BTreeMap::new();
    for offer in found.iter().filter(|offer| asked.has_chosen(&offer.key)) {
        chosen.insert(offer.key.clone(), taken.take(offer, available));
    }
    found
        .into_iter()
        .map(|offer| {
            let was_chosen = chosen.remove(&offer.key);
            // What was taken is told as it is, the others as if they came on top of it.
            let outcome = was_chosen.clone().unwrap_or_else(|| taken.clone().take(&offer, available));
            let text = match &outcome {
                Ok(amount) => format!("Takes {} off", money::show(amount.get(), currency)),
                Err(reason) => reason.clone(),
            };
            OfferRow {
                possible: outcome.is_ok(),
                chosen: matches!(was_chosen, Some(Ok(_))),
                voucher: offer.is_voucher(),
                text: if outcome.is_ok() { format!("{text}{}", offer.until) } else { text },
                name: offer.name,
                key: offer.key,
            }
        })
        .collect()
}

/// Pays with points and cashback, and says what could be paid so.
fn pay(
    till: &Till,
    asked: &SaleAsked,
    buyer: &Buyer,
    taken: &mut Taken,
    problems: &mut Problems,
    data: &mut SaleData,
) {
    let settings = &till.snapshot.settings;
    let currency = settings.currency;
    let available = buyer.points.points - taken.spent.get();
    if let Some(value) = settings.point_value.filter(|_| available > 0) {
        let help = format!(
            "{} available; {} are worth {}.",
            grouped(available),
            grouped(value.points.get()),
            money::show(value.amount.get(), currency)
        );
        data.pay_points = Some(PayField { help, typed: asked.points.clone() });
        if let Err(problem) = taken.pay_points(&asked.points, available, settings.point_value) {
            problems.insert("pay_points".to_owned(), problem);
        }
    }
    let wallet = buyer.points.cashback.iter().find(|wallet| wallet.currency == currency.code());
    if let Some(wallet) = wallet.filter(|wallet| !wallet.available.is_zero()) {
        let help = format!("{} available.", money::show(wallet.available.get(), currency));
        data.pay_cashback = Some(PayField { help, typed: asked.cashback.clone() });
        if let Err(problem) = taken.pay_cashback(&asked.cashback, wallet.available) {
            problems.insert("pay_cashback".to_owned(), problem);
        }
    }
}

fn sums(quoted: &Quote, earned: &Quote, taken: &Taken, buyer: Option<&Buyer>, currency: Currency) -> Sums {
    let show = |amount: Amount| money::show(amount.get(), currency);
    // The amount stands at the end of the row: the words say what it is.
    let off = |tier: &QuoteDiscount| {
        let what = format!("{} off for {}", percent(tier.percentage), tier.name);
        (what, format!("−{}", show(tier.amount)))
    };
    let mut rows: Vec<(String, String)> = quoted.discounts.iter().map(off).collect();
    if !taken.off().is_zero() {
        rows.push(("Vouchers and rewards".to_owned(), format!("−{}", show(taken.off()))));
    }
    let PointsTender { points, amount } = taken.points;
    if !points.is_zero() {
        rows.push((format!("Paid with {}", points.counted()), format!("−{}", show(amount))));
    }
    if !taken.cashback.is_zero() {
        rows.push(("Paid with cashback".to_owned(), format!("−{}", show(taken.cashback))));
    }
    let earns = earned.points.get();
    let balance = buyer.map(|buyer| {
        let before = buyer.points.points;
        (before, before - taken.costs() + earns)
    });
    Sums {
        taken: rows,
        to_pay: show(taken.left()),
        minor: taken.left().get(),
        spent: taken.costs(),
        earns,
        why: earned.lines.first().map(|line| line.why.clone()).unwrap_or_default(),
        cashback: (!earned.cashback.is_zero()).then(|| show(earned.cashback)),
        balance,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The price that is found leaves what was asked for, to the last minor unit.
    #[test]
    fn a_discount_is_undone_exactly() {
        for part in ["0", "0.05", "0.1", "0.333333", "0.999"] {
            let part: Rate = part.parse().expect("a part");
            for left in 0..2_000 {
                let price = before_discount(Amount::saturating(left), part).unsigned();
                let off = u128::from(price) * u128::from(part.millionths()) / u128::from(Rate::SCALE);
                assert_eq!(u128::from(price) - off, u128::from(left), "{part:?} of {price}");
            }
        }
    }
}
