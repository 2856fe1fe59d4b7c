//! Step 9: what each purchase earns, in the order of arrival.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::calendar::business_date;
use perennial_domain::codes::ClaimCode;
use perennial_domain::evaluate::{
    Evaluation, EvaluationError, LineAward, LineFacts, evaluate as evaluate_facts,
};
use perennial_domain::ids::{CustomerId, ProductId};
use perennial_domain::points::Points;
use perennial_domain::purchase::{CheckedLine, CheckedPurchase, Shape};

use super::Failure;
use super::accounts::Accounts;
use super::arrivals::Arrival;
use super::tenders::{Payer, Tenders};
use crate::carry_over::Kept;
use crate::error::Error;
use crate::expiry::lot_day;
use crate::intake::account::{Account, Credited, Earned, Spent, TooMuch};
use crate::limits::Given;
use crate::pending::{self, Waiting};
use crate::purchase_record::{LineRecord, LineTenders, PurchaseRecord, PurchaseStatus};

/// A purchase that is ready to be written.
pub(super) struct Credit {
    /// Its group.
    pub group: usize,
    pub record: Arc<PurchaseRecord>,
    /// The number of its entry among the customer's; none when no points moved.
    pub sequence: Option<i64>,
    /// Until when it can be claimed, if it has to be.
    pub claim_expires_at: Option<DateTime<Utc>>,
    /// Which of its points wait, and until when.
    pub waiting: Vec<Waiting>,
    /// The numbers of the entries of what paid for it besides money.
    pub spent: Spent,
}

/// What purchases find that were made before, and leave to those that follow.
pub(super) struct Before {
    /// What limits and budgets have given.
    pub given: Given,
    /// What is carried over.
    pub kept: Kept,
}

/// Evaluates the new purchases. Several of one customer see each other: only one is the first, what one takes of a limit
/// or budget is gone for the next, which begins with what the one before it carries on, what one pays with the next
/// cannot spend, and the balance of each is the one after it.
pub(super) fn evaluate(
    arrivals: Vec<Arrival<'_>>,
    accounts: &mut Accounts,
    before: &mut Before,
    tenders: &mut Tenders,
) -> Result<Vec<Credit>, Failure> {
    let mut credits = Vec::with_capacity(arrivals.len());
    let mut refused = Vec::new();
    for arrival in arrivals {
        let place = arrival.place;
        let credited = match arrival.customer {
            Some(customer) => {
                let account = accounts.of(arrival.group.merchant, customer)?;
                arrival.credit(customer, account, before, tenders)
            }
            None => arrival.hold(),
        };
        match credited {
            Ok(credit) => credits.push(credit),
            // A defect of what is stored is nobody's refusal.
            Err(error @ Error::Inconsistent(_)) => return Err(Failure::Poisoned(error)),
            Err(error) => refused.push((place, error)),
        }
    }
    // Their keys are taken in this transaction already: it is given up and tried again without them.
    if refused.is_empty() { Ok(credits) } else { Err(Failure::Refused(refused)) }
}

impl<'a> Arrival<'a> {
    /// Credits the customer.
    fn credit(
        mut self,
        customer: CustomerId,
        account: &mut Account,
        before: &mut Before,
        tenders: &mut Tenders,
    ) -> Result<Credit, Error> {
        let Before { given, kept } = before;
        let occasion = self.occasion(customer);
        let payer = self.payer(customer);
        // What pays is taken last, when nothing can refuse the purchase any more; what it earns cannot pay for it.
        let spending = match &self.tendered {
            Some(tendered) => Some(tenders.look(payer, self.purchase(), tendered)?),
            None => None,
        };
        self.facts.first_purchase = account.is_new();
        if !self.limited.is_empty() {
            self.facts.limits = given.facts(&occasion, &self.limited)?;
        }
        if !self.carrying.is_empty() {
            self.facts.remainders = kept.facts(occasion.merchant, customer, &self.carrying)?;
        }
        let evaluation = self.evaluate()?;
        if !evaluation.consumed.is_empty() {
            given.book(&occasion, self.item.id, &evaluation.consumed)?;
        }
        kept.book(occasion.merchant, customer, &evaluation.carried)?;
        let (points, occurred_at) = (evaluation.points, self.facts.occurred_at);
        let waiting = pending::waiting(&evaluation.pending, occurred_at, self.received_at, occasion.zone);
        let pending = pending::total(&waiting);
        let expires_on = lot_day(&self.group.snapshot.settings, self.received_at);
        let earned = Earned { points, pending, expires_on };
        // Paid first, then earned: the balance in the answer is the one after the last entry.
        let unpaid = spending.as_ref().map(|_| account.clone());
        let spent = spending
            .as_ref()
            .map_or_else(Spent::default, |spending| account.pay(spending.points(), spending.has_cashback()));
        let in_lot = account.change().lot_points;
        let credited = account.credit(earned, self.purchase().amount, occurred_at);
        let Credited { balance, sequence } = match credited {
            Ok(credited) => credited,
            Err(TooMuch) => {
                if let Some(unpaid) = unpaid {
                    *account = unpaid;
                }
                return Err(too_much(self.purchase(), None));
            }
        };
        let paid_with = spending.map(|spending| tenders.take(payer, self.item, spending));
        let (merchant, filled) = (payer.merchant, account.change().lot_points - in_lot);
        tenders.purses.fill(merchant, customer, expires_on, filled);
        let group = self.group_number;
        let record = PurchaseRecord {
            customer_id: Some(customer),
            status: PurchaseStatus::Credited,
            points_earned: points,
            points_pending: pending,
            balance: Some(balance),
            tenders: paid_with,
            ..self.record(evaluation)
        };
        Ok(Credit { group, record: Arc::new(record), sequence, claim_expires_at: None, waiting, spent })
    }

    /// Keeps the purchase for somebody to claim. What a claim will credit is said as for a customer who has bought
    /// before and has used nothing, because nobody knows; the claim itself evaluates with what is true of the customer
    /// then.
    fn hold(self) -> Result<Credit, Error> {
        let evaluation = self.evaluate()?;
        let claim_days = self.group.snapshot.settings.claim_days;
        let claim_expires_at = Some(self.received_at + TimeDelta::days(claim_days.into()));
        let group = self.group_number;
        let record = PurchaseRecord {
            points_claimable: Some(evaluation.points),
            claim_code: Some(ClaimCode::from_random(rand::random())),
            ..self.record(evaluation)
        };
        Ok(Credit {
            group,
            record: Arc::new(record),
            sequence: None,
            claim_expires_at,
            waiting: Vec::new(),
            spent: Spent::default(),
        })
    }

    fn payer(&self, customer: CustomerId) -> Payer<'a> {
        Payer {
            merchant: self.group.merchant,
            customer,
            settings: &self.group.snapshot.settings,
            now: self.received_at,
        }
    }

    /// Finds out what the purchase earns, without giving it to anybody.
    fn evaluate(&self) -> Result<Evaluation, Error> {
        evaluate_facts(&self.facts, &self.group.snapshot.rules)
            .map_err(|EvaluationError::Overflow { line }| too_much(self.purchase(), line))
    }

    /// The record of an unclaimed purchase; a credited one overrides what differs.
    fn record(self, evaluation: Evaluation) -> PurchaseRecord {
        let purchase = self.purchase();
        let Self { item, group, received_at, mut facts, products, tendered, warnings, .. } = self;
        let known = std::mem::take(&mut facts.lines).into_iter().zip(products);
        let settled = tendered.map(|tendered| tendered.settlement.lines).unwrap_or_default();
        let nothing = std::iter::repeat_with(LineTenders::default);
        let tendered = settled.iter().map(LineTenders::from).chain(nothing);
        let lines = purchase.lines.iter().zip(known).zip(evaluation.lines).zip(tendered);
        PurchaseRecord {
            merchant_id: group.merchant,
            id: item.id,
            retailer_id: group.retailer.id,
            transaction_id: purchase.transaction_id.clone(),
            customer_id: None,
            customer_key: item.customer_key,
            is_forgotten: false,
            status: PurchaseStatus::Unclaimed,
            currency: purchase.currency,
            amount: purchase.amount,
            occurred_at: facts.occurred_at,
            occurred_at_sent: purchase.occurred_at.is_some(),
            business_date: business_date(
                facts.occurred_at,
                facts.retailer.zone,
                facts.retailer.business_day_start,
            ),
            received_at,
            points_earned: Points::ZERO,
            points_pending: Points::ZERO,
            points_claimable: None,
            claim_code: None,
            balance: None,
            rules_version: group.snapshot.rules_version,
            facts,
            lines: lines
                .map(|(((line, (known, product)), award), tendered)| {
                    line_record(line, known, product, award, tendered)
                })
                .collect(),
            applied: evaluation.applied,
            referral_code: purchase.referral_code.clone(),
            tenders: None,
            warnings,
            source: item.submitter.source,
            api_key_id: item.submitter.api_key,
        }
    }
}

fn line_record(
    line: &CheckedLine,
    known: LineFacts,
    product: Option<ProductId>,
    award: LineAward,
    tendered: LineTenders,
) -> LineRecord {
    LineRecord {
        product: known.product_text,
        product_id: product,
        known: known.product,
        quantity: line.quantity,
        unit_price: line.unit_price,
        amount: line.amount,
        discount: line.discount,
        tendered,
        points: award.points,
        applied: award.applied,
    }
}

/// The refusal of a purchase that earns more than can be counted, on this line or altogether.
pub(crate) fn too_much(purchase: &CheckedPurchase, line: Option<usize>) -> Error {
    let pointer = match (purchase.shape, line) {
        (Shape::Amount, _) => "/amount".to_owned(),
        (Shape::Lines, Some(line)) => format!("/lines/{line}"),
        (Shape::Lines, None) => "/lines".to_owned(),
    };
    Error::field(pointer, "overflow", "Is worth more points than can be counted")
}
