//! From a purchase and what is returned of it to everything that follows.

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::evaluate::Applied;
use perennial_domain::events::EventKind;
use perennial_domain::ids::{CustomerId, MerchantId, PurchaseId};
use perennial_domain::money::Amount;
use perennial_domain::points::Points;
use perennial_domain::returns::{
    CheckedReturn, ReturnError, ReturnPlan, ReturnState, ReturnableLine, ReturnablePurchase, ReversalSplit,
    Share, catch_up, plan,
};
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};
use serde_json::json;
use uuid::{Builder, Uuid};

use super::store::{self, Bought, statement};
use super::tenders::{self, Back, BackIds};
use super::{Return, Returned, ReturnedTenders, require};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::events::Happening;
use crate::expiry::{expire_over, lot_day, sliding};
use crate::ledger::{Ledger, PostingKind, Shortfall, Side};
use crate::modules::cashback::{TakeBack, TakenBack, take_back};
use crate::modules::{self, leaderboard, policies, referrals, tiers};
use crate::purchase_record::{Balance, ClaimRecord, LineRecord, PurchaseRecord};
use crate::rewards::{ReturnedVouchers, given_back};
use crate::{carry_over, limits, pending};

impl Engine {
    /// Returns all or a part of a purchase and takes back what it had earned.
    ///
    /// The same `return_id` of the same purchase again gets the first answer. A dry run does everything, tells what
    /// would come of it, and leaves no trace.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a purchase of nobody, of another merchant, or, for a key that is bound to a retailer, of
    /// another one; [`Error::ReturnExceeds`] when more is returned than is left; [`Error::Invalid`] for a line that the
    /// purchase does not have; [`Error::Conflict`] `return_conflict` when the name was used for another return.
    pub async fn return_purchase(
        &self,
        cx: &Cx,
        purchase: PurchaseId,
        checked: &CheckedReturn,
        dry_run: bool,
    ) -> Result<Returned, Error> {
        let txn = self.begin().await?;
        let returned = self.return_purchase_in(&txn, cx, purchase, checked).await?;
        if dry_run {
            txn.rollback().await?;
            return Ok(returned);
        }
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(returned)
    }

    /// Like [`return_purchase`](Self::return_purchase), within a transaction of the caller, who wakes the outbox after
    /// the commit.
    ///
    /// # Errors
    /// The same.
    pub async fn return_purchase_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        purchase: PurchaseId,
        checked: &CheckedReturn,
    ) -> Result<Returned, Error> {
        require(cx)?;
        self.book_return(txn, cx, purchase, checked, cx.actor_name()).await
    }

    /// Books a return in the name of whoever sent it.
    pub(super) async fn book_return(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        purchase: PurchaseId,
        checked: &CheckedReturn,
        by: &str,
    ) -> Result<Returned, Error> {
        let merchant = cx.merchant();
        let bought = Bought::lock(txn, merchant, purchase).await?;
        if cx.retailer().is_some_and(|bound| bound != bought.purchase.retailer_id) {
            return Err(Error::NotFound(What::Purchase));
        }
        let state = store::lock_state(txn, merchant, purchase).await?;
        if let Some((record, returning)) =
            store::find(txn, merchant, purchase, checked.return_id.as_str()).await?
        {
            return if returning == checked.returning {
                Ok(Returned { replayed: true, record })
            } else {
                Err(Error::conflict("return_conflict", "This purchase has another return of the same name"))
            };
        }
        let plan =
            plan(&returnable(&bought), &state, &checked.returning).map_err(|refused| match refused {
                ReturnError::Invalid(errors) => Error::Invalid(errors),
                ReturnError::Exceeds(exceeds) => Error::ReturnExceeds(exceeds.0),
            })?;
        let (now, settings) = (self.now(merchant), self.merchant_settings_in(txn, merchant).await?);
        let id = self.new_posting();
        let ids =
            BackIds { points: self.new_posting(), expiry: self.new_posting(), cashback: self.new_posting() };
        let mut cashback = TakenBack::default();
        let mut came_back = ReturnedTenders::default();
        let (mut rewards, mut rewards_told) = (Vec::new(), Vec::new());
        let reversed = match bought.customer() {
            Some(customer) => {
                let vouchers = given_back(bought.purchase.tenders.as_deref(), &plan);
                let vouchers = if vouchers.is_empty() {
                    None
                } else {
                    Some(self.returned_vouchers(txn, merchant, purchase, &vouchers, now).await?)
                };
                let owners = vouchers.iter().flat_map(ReturnedVouchers::customers);
                let customers: Vec<CustomerId> = std::iter::once(customer).chain(owners).collect();
                let mut ledger = sliding::lock(txn, merchant, &settings, &customers, now).await?;
                expire_over(&mut ledger, customer, &settings, now, self.new_posting())?;
                // What had paid comes back first: what is there then need not be owed.
                let back = Back {
                    merchant,
                    purchase: &bought.purchase,
                    customer,
                    settings: &settings,
                    now,
                    before: &state,
                    now_back: plan.tenders,
                    ids,
                };
                let found = ledger.balance(customer)?.available;
                came_back = back.give(txn, &mut ledger).await?;
                if let Some(vouchers) = vouchers {
                    (rewards, rewards_told) =
                        self.rewards_give_back_in(txn, cx, &mut ledger, vouchers, &settings, now).await?;
                }
                let given = came_back.points.get() + rewards.iter().map(|reward| reward.points).sum::<i64>();
                let kept = ledger.balance(customer)?.available - found;
                came_back.points_expired = Points::new(given - kept);
                let reversal = Reversal { merchant, purchase, customer, id, points: plan.points };
                let own = own_lots(txn, &bought, &settings).await?;
                let split = reversal.post(txn, &mut ledger, &settings, &own).await?;
                let wallet = TakeBack {
                    merchant,
                    purchase,
                    customer,
                    policy: settings.return_policy,
                    now,
                    posting: self.new_posting(),
                    bearing: self.new_posting(),
                };
                cashback = take_back(txn, &mut ledger, wallet, &bought.purchase.lines, &plan.state).await?;
                let holder = ledger.balance(customer)?;
                let balance = Balance { points: holder.available, pending: holder.pending };
                let mut told =
                    told(&bought, &plan, customer, id, ledger.sequence_of(id), cashback.given_up());
                told.append(&mut rewards_told);
                ledger.write_and_announce(txn, self, told).await?;
                store::unspend(txn, merchant, customer, plan.amount).await?;
                carry_over::take_off(txn, merchant, customer, &plan.carried).await?;
                limits::give_back(txn, merchant, purchase, &plan.promotions).await?;
                Some((customer, split, balance))
            }
            None => None,
        };
        store::save_state(txn, merchant, purchase, &plan.state).await?;
        let (customer, split, balance) = match reversed {
            Some((customer, split, balance)) => (Some(customer), split, Some(balance)),
            None => (None, ReversalSplit::default(), None),
        };
        let record = Return {
            id,
            return_id: checked.return_id.to_string(),
            purchase_id: purchase,
            customer_id: customer,
            amount: plan.amount,
            currency: bought.purchase.currency.code().to_owned(),
            lines: plan.lines.clone(),
            points_reversed: plan.points,
            pending_reversed: split.pending,
            debt: split.debt,
            absorbed: split.absorbed,
            cashback_reversed: cashback.reversed,
            cashback_debt: cashback.debt,
            cashback_absorbed: cashback.absorbed,
            tenders: came_back,
            rewards_returned: rewards,
            paid_back: plan.paid_back,
            balance,
            policy: settings.return_policy.as_str().to_owned(),
            complete: plan.complete,
            by: by.to_owned(),
            created_at: now,
        };
        store::insert(txn, merchant, &record, &checked.returning, split.available.get(), ids.points).await?;
        store::count_off(txn, &bought.purchase, plan.amount, plan.points.get()).await?;
        // What it took back of points and cashback is done; tiers follow by the return itself.
        let told = [tiers::NAME, referrals::NAME, leaderboard::NAME];
        let mut news = told.map(|module| (module, json!({ "returns": [id] }))).to_vec();
        news.push((policies::NAME, json!({ "returned": [purchase] })));
        modules::tell(txn, merchant, &news).await?;
        Ok(Returned { replayed: false, record })
    }

    fn new_posting(&self) -> Uuid {
        let (millis, random) = self.id_parts();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// What there is to tell of a return beside its postings.
fn told(
    bought: &Bought,
    plan: &ReturnPlan,
    customer: CustomerId,
    id: Uuid,
    sequence: Option<i64>,
    cashback: Amount,
) -> Vec<Happening> {
    let purchase = bought.purchase.id;
    let currency = bought.purchase.currency.code();
    let data = json!({
        "purchase_id": purchase,
        "return_id": id,
        "amount": plan.amount,
        "currency": currency,
        "points_reversed": plan.points,
    });
    let returned = Happening { customer: Some(customer), kind: EventKind::PurchaseReturned, data, sequence };
    let data = json!({ "purchase_id": purchase, "return_id": id, "amount": cashback, "currency": currency });
    let reversed = (!cashback.is_zero()).then(|| Happening::of(customer, EventKind::CashbackReversed, data));
    std::iter::once(returned).chain(reversed).collect()
}

/// The purchase as a return sees it: with what it has really given, which is nothing while it is unclaimed.
fn returnable(bought: &Bought) -> ReturnablePurchase {
    let purchase = &bought.purchase;
    match &bought.claim {
        Some(claim) => earned(purchase, &claim.lines, &claim.applied),
        None if purchase.customer_id.is_some() => earned(purchase, &purchase.lines, &purchase.applied),
        None => {
            let mut nothing = earned(purchase, &purchase.lines, &[]);
            nothing.lines.iter_mut().for_each(|line| line.applied.clear());
            nothing
        }
    }
}

fn earned(purchase: &PurchaseRecord, lines: &[LineRecord], applied: &[Applied]) -> ReturnablePurchase {
    let line = |line: &LineRecord| ReturnableLine {
        quantity: line.quantity,
        amount: line.due(),
        paid: tenders::line_paid(line),
        applied: line.applied.iter().map(Share::from).collect(),
    };
    ReturnablePurchase {
        currency: purchase.currency,
        lines: lines.iter().map(line).collect(),
        flat: applied.iter().map(Share::from).collect(),
        tenders: tenders::given(purchase.tenders.as_deref()),
    }
}

/// The lots that the purchase's points went into, at once or when they matured. They are taken from first: were the
/// oldest points taken, buying and returning would give those that are left a new life.
async fn own_lots(
    txn: &DatabaseTransaction,
    bought: &Bought,
    settings: &MerchantSettings,
) -> Result<Vec<Option<NaiveDate>>, Error> {
    let purchase = &bought.purchase;
    let credited_at = bought.claim.as_ref().map_or(purchase.received_at, |claim| claim.claimed_at);
    let mut lots = vec![lot_day(settings, credited_at)];
    let select = "SELECT matures_at FROM pending_points WHERE merchant_id = $1 AND purchase_id = $2 ORDER BY matures_at";
    let key = [purchase.merchant_id.uuid().into(), purchase.id.uuid().into()];
    for row in txn.query_all_raw(statement(select, key)).await? {
        let matures_at: DateTime<Utc> = row.try_get("", "matures_at")?;
        lots.push(lot_day(settings, matures_at));
    }
    Ok(lots)
}

/// Points of one purchase that are taken back from one customer.
struct Reversal {
    merchant: MerchantId,
    purchase: PurchaseId,
    customer: CustomerId,
    id: Uuid,
    points: Points,
}

impl Reversal {
    /// Posts it: what waits first, then what can be spent, and by the policy what is missing.
    async fn post(
        &self,
        txn: &DatabaseTransaction,
        ledger: &mut Ledger,
        settings: &MerchantSettings,
        own: &[Option<NaiveDate>],
    ) -> Result<ReversalSplit, Error> {
        let waiting = pending::of_purchase(txn, self.merchant, self.purchase).await?;
        let available = ledger.balance(self.customer)?.available;
        let split = settings.return_policy.split(self.points, Points::new(waiting), Points::new(available));
        let mut posting =
            ledger.posting(PostingKind::Return, self.id, self.customer, Some(self.purchase.uuid()))?;
        if !split.pending.is_zero() {
            posting.shift(Side::Pending, Side::Issued, split.pending.get())?;
        }
        let taken = split.available.get() + split.debt.get();
        if taken > 0 {
            posting.debit_preferring(Side::Issued, taken, own, Shortfall::Debt)?;
        }
        if !split.absorbed.is_zero() {
            posting.shift(Side::Absorbed, Side::Issued, split.absorbed.get())?;
        }
        posting.done();
        pending::cancel(txn, self.merchant, self.purchase, split.pending.get()).await?;
        Ok(split)
    }
}

/// What a claim has to give back at once, because of what was returned while nobody had claimed the purchase. Nothing in
/// the usual case.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn claimed_later(
    txn: &DatabaseTransaction,
    purchase: &PurchaseRecord,
    lines: &[LineRecord],
    applied: &[Applied],
) -> Result<Option<ReturnPlan>, Error> {
    let state = store::find_state(txn, purchase.merchant_id, purchase.id).await?;
    let returned = |state: &ReturnState| *state != ReturnState::default();
    Ok(state.filter(returned).map(|state| catch_up(&earned(purchase, lines, applied), &state)))
}

/// The balance after so much was taken back of what a purchase has just been credited with.
pub(crate) fn after(
    balance: Balance,
    points: Points,
    waiting: Points,
    settings: &MerchantSettings,
) -> Balance {
    let split = settings.return_policy.split(points, waiting, Points::new(balance.points));
    Balance {
        points: balance.points - split.available.get() - split.debt.get(),
        pending: balance.pending - split.pending.get(),
    }
}

/// Takes back, in the transaction of the claim and after it was written, what [`claimed_later`] found.
///
/// # Errors
/// Only when the database fails; then the transaction has to be given up.
pub(crate) async fn book_claim(
    txn: &DatabaseTransaction,
    engine: &Engine,
    purchase: &PurchaseRecord,
    claim: &ClaimRecord,
    posting: Uuid,
    plan: &ReturnPlan,
    settings: &MerchantSettings,
) -> Result<(), Error> {
    let merchant = purchase.merchant_id;
    let (customer, now) = (claim.customer_id, claim.claimed_at);
    let mut ledger = Ledger::lock(txn, merchant, &[customer], now).await?;
    let reversal = Reversal { merchant, purchase: purchase.id, customer, id: posting, points: plan.points };
    reversal.post(txn, &mut ledger, settings, &[lot_day(settings, now)]).await?;
    ledger.write_and_announce(txn, engine, Vec::new()).await?;
    store::unspend(txn, merchant, customer, plan.state.amount()).await?;
    store::save_state(txn, merchant, purchase.id, &plan.state).await?;
    store::count_off(txn, purchase, Amount::default(), plan.points.get()).await?;
    carry_over::take_off(txn, merchant, customer, &plan.carried).await?;
    limits::give_back(txn, merchant, purchase.id, &plan.promotions).await
}
