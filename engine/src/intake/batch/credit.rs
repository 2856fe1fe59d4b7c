//! Step 7: what each purchase earns, in the order of arrival.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::calendar::business_date;
use perennial_domain::codes::ClaimCode;
use perennial_domain::evaluate::{
    Evaluation, EvaluationError, LimitsUsed, LineAward, LineFacts, PurchaseFacts, evaluate as evaluate_facts,
};
use perennial_domain::ids::{CustomerId, ProductId};
use perennial_domain::points::Points;
use perennial_domain::purchase::{CheckedLine, CheckedPurchase, Shape};

use super::Failure;
use super::accounts::Accounts;
use super::checks::{Buyer, Fresh};
use super::groups::{Group, Groups};
use crate::error::Error;
use crate::intake::account::{Account, Credited, TooMuch};
use crate::intake::item::Item;
use crate::purchase_record::{LineRecord, PurchaseRecord, PurchaseStatus};
use crate::snapshot::ProductEntry;

/// A purchase that is ready to be written.
pub(super) struct Credit {
    /// Its group.
    pub group: usize,
    pub record: Arc<PurchaseRecord>,
    /// The number of its entry among the customer's; none when no points moved.
    pub sequence: Option<i64>,
    /// Until when it can be claimed, if it has to be.
    pub claim_expires_at: Option<DateTime<Utc>>,
}

/// Evaluates the new purchases. Several of one customer see each other: only one is the first, and the balance of each
/// is the one after it.
pub(super) fn evaluate(
    groups: &Groups<'_>,
    fresh: &[Fresh<'_>],
    accounts: &mut Accounts,
    received_at: DateTime<Utc>,
) -> Result<Vec<Credit>, Failure> {
    let mut credits = Vec::with_capacity(fresh.len());
    let mut refused = Vec::new();
    for fresh in fresh {
        let Some(group) = groups.get(fresh.group) else { continue };
        let arrival = Arrival { item: fresh.item, group, received_at };
        let credited = match fresh.buyer {
            Buyer::Known(customer) => arrival.credit(customer, accounts.of(fresh.merchant, customer)?),
            Buyer::Nobody | Buyer::New(_) => arrival.hold(),
        };
        match credited {
            Ok(evaluated) => credits.push(evaluated.into_credit(fresh.group)),
            Err(error) => refused.push((fresh.place, error)),
        }
    }
    // Their keys are taken in this transaction already: it is given up and tried again without them.
    if refused.is_empty() { Ok(credits) } else { Err(Failure::Refused(refused)) }
}

/// A new purchase and what it meets.
struct Arrival<'a> {
    item: &'a Item,
    group: &'a Group<'a>,
    received_at: DateTime<Utc>,
}

/// What is known about a purchase and what it earns by that.
struct Assessed {
    facts: PurchaseFacts,
    /// The product of the catalogue that each line means.
    products: Vec<Option<ProductId>>,
    evaluation: Evaluation,
}

struct Evaluated {
    record: PurchaseRecord,
    sequence: Option<i64>,
    claim_expires_at: Option<DateTime<Utc>>,
}

impl Evaluated {
    fn into_credit(self, group: usize) -> Credit {
        let Self { record, sequence, claim_expires_at } = self;
        Credit { group, record: Arc::new(record), sequence, claim_expires_at }
    }
}

impl Arrival<'_> {
    /// Credits the customer.
    fn credit(&self, customer: CustomerId, account: &mut Account) -> Result<Evaluated, Error> {
        let assessed = self.assess(account.is_new())?;
        let (points, occurred_at) = (assessed.evaluation.points, assessed.facts.occurred_at);
        let Credited { balance, sequence } = account
            .credit(points, self.purchase().amount, occurred_at)
            .map_err(|TooMuch| too_much(self.purchase(), None))?;
        let record = PurchaseRecord {
            customer_id: Some(customer),
            status: PurchaseStatus::Credited,
            points_earned: points,
            balance: Some(balance),
            ..self.record(assessed)
        };
        Ok(Evaluated { record, sequence, claim_expires_at: None })
    }

    /// Keeps the purchase for somebody to claim. What a claim will credit is said as for a customer who has bought
    /// before, because nobody knows; the claim itself evaluates with what is true of the customer then.
    fn hold(&self) -> Result<Evaluated, Error> {
        let assessed = self.assess(false)?;
        let claim_days = self.group.snapshot.settings.claim_days;
        let record = PurchaseRecord {
            points_claimable: Some(assessed.evaluation.points),
            claim_code: Some(ClaimCode::from_random(rand::random())),
            ..self.record(assessed)
        };
        let claim_expires_at = Some(self.received_at + TimeDelta::days(claim_days.into()));
        Ok(Evaluated { record, sequence: None, claim_expires_at })
    }

    fn purchase(&self) -> &CheckedPurchase {
        &self.item.purchase
    }

    /// Finds out what the purchase earns, without giving it to anybody.
    fn assess(&self, first_purchase: bool) -> Result<Assessed, Error> {
        let (purchase, snapshot) = (self.purchase(), &self.group.snapshot);
        let products: Vec<_> = purchase
            .lines
            .iter()
            .map(|line| line.product.as_deref().and_then(|text| snapshot.catalogue.named(text)))
            .collect();
        let lines = purchase.lines.iter().zip(&products);
        let facts = PurchaseFacts {
            occurred_at: purchase.occurred_at.map_or(self.received_at, |instant| instant.to_utc()),
            retailer: Arc::clone(&self.group.retailer.facts),
            currency: purchase.currency,
            first_purchase,
            tier: None,
            limits: LimitsUsed::default(),
            lines: lines.map(|(line, product)| line_facts(line, product.map(Arc::as_ref))).collect(),
        };
        let evaluation = evaluate_facts(&facts, &snapshot.rules)
            .map_err(|EvaluationError::Overflow { line }| too_much(purchase, line))?;
        let products = products.into_iter().map(|product| product.map(|product| product.id)).collect();
        Ok(Assessed { facts, products, evaluation })
    }

    /// The record of an unclaimed purchase; a credited one overrides what differs.
    fn record(&self, assessed: Assessed) -> PurchaseRecord {
        let (item, purchase) = (self.item, self.purchase());
        let Assessed { mut facts, products, evaluation } = assessed;
        let known = std::mem::take(&mut facts.lines).into_iter().zip(products);
        let lines = purchase.lines.iter().zip(known).zip(evaluation.lines);
        PurchaseRecord {
            merchant_id: self.group.merchant,
            id: item.id,
            retailer_id: self.group.retailer.id,
            transaction_id: purchase.transaction_id.clone(),
            customer_id: None,
            customer_key: item.customer_key,
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
            received_at: self.received_at,
            points_earned: Points::ZERO,
            points_claimable: None,
            claim_code: None,
            balance: None,
            rules_version: self.group.snapshot.rules_version,
            facts,
            lines: lines
                .map(|((line, (known, product)), award)| line_record(line, known, product, award))
                .collect(),
            applied: evaluation.applied,
            warnings: Vec::new(),
            source: item.submitter.source,
            api_key_id: item.submitter.api_key,
        }
    }
}

fn line_facts(line: &CheckedLine, product: Option<&ProductEntry>) -> LineFacts {
    LineFacts {
        product: product.map(|product| Arc::clone(&product.known)),
        product_text: line.product.clone(),
        paid: line.paid,
    }
}

fn line_record(
    line: &CheckedLine,
    known: LineFacts,
    product: Option<ProductId>,
    award: LineAward,
) -> LineRecord {
    LineRecord {
        product: known.product_text,
        product_id: product,
        known: known.product,
        quantity: line.quantity,
        unit_price: line.unit_price,
        amount: line.amount,
        discount: line.discount,
        points: award.points,
        applied: award.applied,
    }
}

fn too_much(purchase: &CheckedPurchase, line: Option<usize>) -> Error {
    let pointer = match (purchase.shape, line) {
        (Shape::Amount, _) => "/amount".to_owned(),
        (Shape::Lines, Some(line)) => format!("/lines/{line}"),
        (Shape::Lines, None) => "/lines".to_owned(),
    };
    Error::field(pointer, "overflow", "Is worth more points than can be counted")
}
