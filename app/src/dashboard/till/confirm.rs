//! A sale, confirmed.
//!
//! The button says which sale it is and what it was when it was drawn. Whoever presses it twice, or loads the answer again,
//! finds the sale that is there; whoever has changed something since is told that it is there. Rewards are redeemed first,
//! each once for this sale; when the sale is then refused, they are given back.

use super::door::{self, Till};
use super::dto::SaleAsked;
use super::load::paid;
use super::reckon::{Sale, reckon};
use super::who::find;
use super::{CONFIRM, RECEIPT, SOLD_BEFORE, UNSURE};
use crate::dashboard::money;
use crate::dashboard::posted::{Posted, one};
use crate::error::PageError;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use perennial_domain::codes::{TillNumber, VoucherCode};
use perennial_domain::customer::{CustomerInput, CustomerRef};
use perennial_domain::ids::{CustomerId, PurchaseId, RedemptionId, RetailerId, RewardId};
use perennial_domain::purchase::{LineInput, PurchaseInput};
use perennial_engine::intake::{Source, SubmitOptions};
use perennial_engine::rewards::NewRedemption;
use perennial_engine::{Error, Remember};
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use tokio::sync::Mutex;
use tracing::Instrument as _;

/// Somebody stands there and waits: rather a moment longer than to begin again.
const PATIENT: SubmitOptions =
    SubmitOptions { source: Source::Api, deadline: Some(Duration::from_secs(10)), accepted_at: None };

/// What is said when it is not known whether the sale was made.
const NO_ANSWER: &str = "There was no answer. Confirm it once more, or load this page again: a sale that was made already is \
     not made twice.";

/// Sells, and shows the receipt.
pub async fn confirm(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let (posted, till) = door::posted(state, request).await?;
    // A page that stood open while the program was replaced has another button.
    let Some(pressed) = Pressed::read(posted.text(CONFIRM)) else {
        return Ok(again(posted, Refusal::Changed("Look once more, then confirm it.".to_owned())).await);
    };
    let asked = SaleAsked::of(&posted.values);
    // By itself, to its end: a browser in which somebody presses twice hangs up on the first request, and by then rewards may
    // be redeemed.
    let selling = async move { sell_once(&till, &pressed, &asked).await };
    match tokio::spawn(selling.in_current_span()).await {
        Ok(Ok(purchase)) => Ok(to_receipt(purchase)),
        Ok(Err(refusal)) => Ok(again(posted, refusal).await),
        Err(error) => {
            tracing::error!(?error, "a sale came to no end");
            Ok(again(posted, Refusal::Page(PageError::Unavailable)).await)
        }
    }
}

fn to_receipt(purchase: PurchaseId) -> Response {
    Redirect::to(&format!("{RECEIPT}/{purchase}")).into_response()
}

/// What the button says: which sale, and what it was when it was drawn.
#[derive(Debug, PartialEq, Eq)]
struct Pressed {
    number: TillNumber,
    /// What was left to pay, in minor units.
    to_pay: i64,
    /// The points that it was to cost.
    spent: i64,
    store: RetailerId,
}

impl Pressed {
    fn read(value: &str) -> Option<Self> {
        let words: Vec<&str> = value.split(' ').collect();
        let &[number, to_pay, spent, store] = words.as_slice() else { return None };
        Some(Self {
            number: TillNumber::new(number).ok()?,
            to_pay: to_pay.parse().ok()?,
            spent: spent.parse().ok()?,
            store: store.parse().ok()?,
        })
    }
}

/// Why there was no sale.
enum Refusal {
    /// Nobody knows whether it was made. These rewards are redeemed, as vouchers with these codes.
    Unsure(Vec<(RewardId, VoucherCode)>),
    /// Its number has another sale, so that this is one of its own, if it is one.
    Another(String),
    /// It is not what was shown, or something in it is wrong: the page shows what it is now.
    Changed(String),
    /// This member was named, and not shown yet.
    Found(CustomerId),
    /// The engine has refused it.
    Engine(Error),
    /// It could not be worked out.
    Page(PageError),
}

impl From<PageError> for Refusal {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

/// Presses of one number wait for each other: between the rewards and the purchase of the first, a second would see neither, and
/// say that nothing was sold. On other servers they do not; there the number alone keeps the sale from being made twice.
static TURNS: [Mutex<()>; 64] = [const { Mutex::const_new(()) }; 64];

/// Whose turn a press of this number is.
fn turn(number: &TillNumber) -> Option<&'static Mutex<()>> {
    let sum =
        number.as_str().bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    TURNS.get(sum % TURNS.len())
}

/// Sells, or finds what was sold: somebody may have pressed twice, and have sold it meanwhile.
async fn sell_once(till: &Till, pressed: &Pressed, asked: &SaleAsked) -> Result<PurchaseId, Refusal> {
    let _turn = match turn(&pressed.number) {
        Some(turn) => Some(turn.lock().await),
        None => None,
    };
    let refusal = match sell(till, pressed, asked).await {
        Ok(purchase) => return Ok(purchase),
        Err(refusal) => refusal,
    };
    match made(till, pressed, asked).await {
        Ok(Some(purchase)) => Ok(purchase),
        Err(another @ Refusal::Another(_)) => Err(another),
        _ => Err(refusal),
    }
}

/// The sale that has this number, if it was made and is the one that is confirmed.
async fn made(till: &Till, pressed: &Pressed, asked: &SaleAsked) -> Result<Option<PurchaseId>, Refusal> {
    let Some(record) = till.sold(&pressed.number).await? else { return Ok(None) };
    let paid = paid(&record);
    if paid.get() == pressed.to_pay && record.customer_id == asked.customer.parse::<CustomerId>().ok() {
        return Ok(Some(record.id));
    }
    let paid = money::show(paid.get(), record.currency);
    Err(Refusal::Another(format!(
        "Sale {} is made already, for {paid}; you find it under Shift. What stands here would be another sale: confirm it only \
         if it is one.",
        pressed.number
    )))
}

async fn sell(till: &Till, pressed: &Pressed, asked: &SaleAsked) -> Result<PurchaseId, Refusal> {
    let number = &pressed.number;
    if pressed.store != till.store.id {
        let now = &till.store.name;
        let there = Till { cx: till.cx.at_till(Some(pressed.store))?, ..till.clone() };
        if there.sold(number).await?.is_some() {
            return Err(Refusal::Another(format!(
                "Sale {number} is made already, in the store where this till was. It is in {now} now: what stands here would be \
                 another sale."
            )));
        }
        return Err(Refusal::Changed(format!(
            "This till is in {now} now. Look once more, then confirm it there."
        )));
    }
    if let Some(purchase) = made(till, pressed, asked).await? {
        return Ok(purchase);
    }
    // Somebody was named whom nobody has looked at. A name that is nobody's changes nothing.
    if !asked.who.is_empty()
        && let Some(found) = find(till, &asked.who).await?
    {
        return Err(Refusal::Found(found.id));
    }
    let asked = &SaleAsked { who: String::new(), ..asked.clone() };
    let (_, sale) = reckon(till, asked).await?;
    let Some(sale) = sale else {
        return Err(Refusal::Changed("Look at the fields once more.".to_owned()));
    };
    // A member who is gone would make it a sale of nobody.
    if sale.customer.is_none() && !asked.customer.is_empty() {
        return Err(Refusal::Changed("This member is not there any more. Look them up again.".to_owned()));
    }
    if sale.to_pay.get() != pressed.to_pay {
        let now = money::show(sale.to_pay.get(), till.snapshot.settings.currency);
        return Err(Refusal::Changed(format!("It comes to {now} now. Look once more, then confirm that.")));
    }
    if sale.spent.get() != pressed.spent {
        let now = sale.spent.counted();
        return Err(Refusal::Changed(format!("It costs {now} now. Look once more, then confirm that.")));
    }
    let redeemed = redeem(till, number, &sale).await?;
    match submit(till, number, &sale, &redeemed).await {
        Err(error @ Error::Busy { .. }) => Err(match codes(till, &sale, &redeemed).await {
            Ok(redeemed) => Refusal::Unsure(redeemed),
            Err(_) => error.into(),
        }),
        Err(error) => {
            give_back(till, &redeemed).await;
            Err(error.into())
        }
        Ok(purchase) => Ok(purchase),
    }
}

/// The rewards that were redeemed for a sale, with the codes of the vouchers that they are by now.
async fn codes(
    till: &Till,
    sale: &Sale,
    redeemed: &[RedemptionId],
) -> Result<Vec<(RewardId, VoucherCode)>, Error> {
    let mut codes = Vec::new();
    for ((reward, _), id) in sale.rewards.iter().zip(redeemed) {
        let redemption = till.engine.redemption_get(&till.cx, *id).await?;
        let code = redemption.voucher.and_then(|voucher| VoucherCode::new(&voucher.code?).ok());
        codes.extend(code.map(|code| (*reward, code)));
    }
    Ok(codes)
}

/// Redeems the rewards of a sale, each once however often the sale is confirmed. When one is refused, none stays.
async fn redeem(till: &Till, number: &TillNumber, sale: &Sale) -> Result<Vec<RedemptionId>, Error> {
    let mut redeemed = Vec::new();
    let Some(customer) = sale.customer else { return Ok(redeemed) };
    for (reward, points) in &sale.rewards {
        match redeem_one(till, number, customer, *reward, *points).await {
            Ok(id) => redeemed.push(id),
            Err(error) => {
                if !matches!(error, Error::Busy { .. }) {
                    give_back(till, &redeemed).await;
                }
                return Err(error);
            }
        }
    }
    Ok(redeemed)
}

async fn redeem_one(
    till: &Till,
    number: &TillNumber,
    customer: CustomerId,
    reward: RewardId,
    points: Option<i64>,
) -> Result<RedemptionId, Error> {
    let key = format!("till:{number}:{reward}");
    let request_hash = Sha256::digest(format!("{key}:{customer}:{points:?}")).into();
    // The form was let in by who may stand at the till.
    let once = Remember { key, request_hash, needs: None };
    let input = NewRedemption { reward, points, hold_seconds: None };
    let made = till.engine.make(&till.cx, Some(once), move |engine, txn, cx| {
        Box::pin(async move {
            let redeemed = engine.redeem_in(txn, cx, &CustomerRef::Id(customer), input).await?;
            Ok(redeemed.redemption.id)
        })
    });
    made.await
}

/// Gives the points of rewards back whose sale was refused. What cannot be given back now stays with the customer as a
/// voucher.
async fn give_back(till: &Till, redeemed: &[RedemptionId]) {
    for id in redeemed {
        if let Err(error) = till.engine.redemption_cancel(&till.cx, *id).await {
            tracing::warn!(?error, %id, "a reward of a sale that was refused was not given back");
        }
    }
}

/// Posts the purchase, as every till does.
async fn submit(
    till: &Till,
    number: &TillNumber,
    sale: &Sale,
    redeemed: &[RedemptionId],
) -> Result<PurchaseId, Error> {
    let mut vouchers: Vec<String> = sale.vouchers.iter().map(ToString::to_string).collect();
    for id in redeemed {
        let redemption = till.engine.redemption_get(&till.cx, *id).await?;
        vouchers.extend(redemption.voucher.and_then(|voucher| voucher.code));
    }
    let has_discount = !sale.discount.is_zero();
    let line = LineInput {
        amount: Some(sale.price.get()),
        discount: Some(sale.discount.get()),
        ..LineInput::default()
    };
    let by_id = |id: CustomerId| CustomerInput { id: Some(id.to_string()), ..CustomerInput::default() };
    let input = PurchaseInput {
        transaction_id: number.to_string(),
        customer: sale.customer.map(by_id),
        amount: (!has_discount).then(|| sale.price.get()),
        lines: has_discount.then(|| vec![line]),
        currency: till.snapshot.settings.currency.code().to_owned(),
        vouchers,
        pay_with_points: Some(sale.points.get()).filter(|points| *points > 0),
        pay_with_cashback: Some(sale.cashback.get()).filter(|amount| *amount > 0),
        ..PurchaseInput::default()
    };
    let checked = input.check(None).map_err(Error::Invalid)?;
    let mut answers = till.engine.purchases_submit(&till.cx, vec![checked], PATIENT).await;
    match answers.pop() {
        Some(answer) => Ok(answer?.record.id),
        // One purchase, one answer; without one its outcome is not known, and asking again will tell.
        None => Err(Error::Busy { retry_after: Duration::from_secs(1) }),
    }
}

/// The page again, with why there was no sale. It stays the same sale as long as it may be made by another request, or
/// nobody knows whether it was: its number keeps it from being made twice.
async fn again(mut posted: Posted, refusal: Refusal) -> Response {
    match refusal {
        Refusal::Unsure(redeemed) => {
            // What is confirmed once more is the same sale: it takes the vouchers.
            for (reward, code) in redeemed {
                posted.values.remove(&format!("use.r.{reward}"));
                posted.values.insert(format!("use.v.{code}"), "on".to_owned());
            }
            posted.values.insert(UNSURE.to_owned(), "perhaps".to_owned());
            posted.again(one("", NO_ANSWER)).await
        }
        Refusal::Engine(Error::Busy { .. }) | Refusal::Page(PageError::Unavailable) => {
            posted.values.insert(UNSURE.to_owned(), "perhaps".to_owned());
            posted.again(one("", NO_ANSWER)).await
        }
        Refusal::Changed(text) => posted.again(one("", &text)).await,
        Refusal::Another(text) => {
            posted.values.remove(CONFIRM);
            posted.values.insert(UNSURE.to_owned(), SOLD_BEFORE.to_owned());
            posted.again(one("", &text)).await
        }
        Refusal::Found(customer) => {
            posted.values.remove("who");
            posted.values.insert("customer".to_owned(), customer.to_string());
            posted.again(one("", "Is this the member? Then confirm it.")).await
        }
        Refusal::Engine(error) => {
            // What was redeemed under its number was given back, and is not redeemed under it again.
            posted.values.remove(CONFIRM);
            posted.refuse(error, |_| String::new()).await
        }
        Refusal::Page(PageError::Invalid(text)) => posted.again(one("", &text)).await,
        Refusal::Page(error) => error.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_says_which_sale_and_how_much() {
        let (number, store) = (TillNumber::from_random([7; 8]), RetailerId::new(1, [1; 10]));
        let value = format!("{number} 3050 20 {store}");
        assert_eq!(Pressed::read(&value), Some(Pressed { number, to_pay: 3_050, spent: 20, store }));
        for other in ["", "3050", "till-1 3050 0 x", &value.replace(" 20 ", " "), &format!("{value} 1")] {
            assert_eq!(Pressed::read(other), None, "{other}");
        }
    }
}
