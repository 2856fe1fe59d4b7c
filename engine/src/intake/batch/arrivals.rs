//! Step 7: what is known about each new purchase, before it is known what was given to others.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use perennial_domain::evaluate::{
    Limited, LimitsUsed, LineFacts, PurchaseFacts, Remainders, carrying, limited,
};
use perennial_domain::ids::{CustomerId, ProductId, PromotionId};
use perennial_domain::purchase::{CheckedLine, CheckedPurchase};

use super::Failure;
use super::accounts::Accounts;
use super::checks::{Buyer, Fresh};
use super::groups::{Group, Groups};
use super::tenders::{Tendered, Vouchers, settle};
use crate::carry_over;
use crate::intake::item::Item;
use crate::limits::{Asked, Occasion};
use crate::purchase_record::Warning;
use crate::snapshot::{Catalogue, ProductEntry, RetailerEntry};

/// A new purchase and what it meets.
pub(super) struct Arrival<'a> {
    /// Its place in the batch.
    pub place: usize,
    /// The number of its group.
    pub group_number: usize,
    pub group: &'a Group<'a>,
    pub item: &'a Item,
    /// Who is to be credited; nobody when it waits to be claimed.
    pub customer: Option<CustomerId>,
    pub received_at: DateTime<Utc>,
    pub facts: PurchaseFacts,
    /// The product of the catalogue that each line means.
    pub products: Vec<Option<ProductId>>,
    /// The limits and budgets that it meets. Always empty for most merchants, and for what waits to be claimed: the
    /// claim is what counts towards them.
    pub limited: Vec<Limited>,
    /// The promotions of which has to be known what they carry over. Empty in the same cases, and wherever the merchant
    /// does not carry over.
    pub carrying: Vec<PromotionId>,
    /// What vouchers and tenders leave to pay; nothing where money pays for everything.
    pub tendered: Option<Box<Tendered>>,
    /// What the till should know though the purchase is accepted.
    pub warnings: Vec<Warning>,
}

/// Gathers what is known about the new purchases, in the order of arrival. Those that cannot be paid as they say are
/// refused, all at once.
pub(super) fn gather<'a>(
    groups: &'a Groups<'_>,
    fresh: &'a [Fresh<'_>],
    accounts: &Accounts,
    vouchers: &Vouchers,
    received_at: DateTime<Utc>,
) -> Result<Vec<Arrival<'a>>, Failure> {
    let mut arrivals = Vec::with_capacity(fresh.len());
    let mut refused = Vec::new();
    let mut seen = HashSet::new();
    for fresh in fresh {
        let Some(group) = groups.get(fresh.group) else { continue };
        let customer = match fresh.buyer {
            Buyer::Known(customer) => Some(customer),
            Buyer::Nobody | Buyer::New(_) => None,
        };
        let told_at = fresh.item.submitter.accepted_at.unwrap_or(received_at);
        let (mut facts, products) =
            purchase_facts(&fresh.item.purchase, &group.snapshot.catalogue, &group.retailer, told_at);
        let tendered = match settle(fresh.item, group, customer, &mut facts.lines, vouchers) {
            Ok(tendered) => tendered,
            Err(error) => {
                refused.push((fresh.place, error));
                continue;
            }
        };
        let mut arrival = Arrival {
            place: fresh.place,
            group_number: fresh.group,
            group,
            item: fresh.item,
            customer,
            received_at,
            facts,
            products,
            limited: Vec::new(),
            carrying: Vec::new(),
            tendered,
            warnings: Vec::new(),
        };
        if let Some(customer) = customer {
            let stored = accounts.tier(group.merchant, customer);
            arrival.facts.tier = group.snapshot.tiers.facts(stored).cloned();
        }
        let rules = &group.snapshot.rules;
        if let Some(customer) = customer
            && (rules.is_limited() || rules.carries_over())
        {
            // Only the earliest of a batch is the customer's first. Should it be refused later, the whole batch is done
            // again without it.
            arrival.facts.first_purchase =
                accounts.is_new(group.merchant, customer)? && seen.insert((group.merchant, customer));
            arrival.limited = limited(&arrival.facts, rules);
            arrival.carrying = carrying(&arrival.facts, rules);
        }
        arrivals.push(arrival);
    }
    // Their keys are taken in this transaction already: it is given up and tried again without them.
    if refused.is_empty() { Ok(arrivals) } else { Err(Failure::Refused(refused)) }
}

/// The limits and budgets that these purchases meet.
pub(super) fn asked(arrivals: &[Arrival<'_>]) -> Asked {
    let mut asked = Asked::default();
    for arrival in arrivals.iter().filter(|arrival| !arrival.limited.is_empty()) {
        if let Some(customer) = arrival.customer {
            asked.add(&arrival.occasion(customer), &arrival.limited);
        }
    }
    asked
}

/// What these purchases may find carried over.
pub(super) fn asked_to_carry(arrivals: &[Arrival<'_>]) -> carry_over::Asked {
    let mut asked = carry_over::Asked::default();
    for arrival in arrivals.iter().filter(|arrival| !arrival.carrying.is_empty()) {
        if let Some(customer) = arrival.customer {
            asked.add(arrival.group.merchant, customer, &arrival.carrying);
        }
    }
    asked
}

impl<'a> Arrival<'a> {
    pub fn purchase(&self) -> &'a CheckedPurchase {
        &self.item.purchase
    }

    /// Who earns, and when.
    pub fn occasion(&self, customer: CustomerId) -> Occasion {
        Occasion {
            merchant: self.group.merchant,
            customer,
            instant: self.facts.occurred_at,
            zone: self.group.snapshot.settings.time_zone,
        }
    }
}

/// What the till and the catalogue say of a purchase. Of the customer nothing is known yet: that is said in turn, when
/// it is credited.
pub(crate) fn purchase_facts(
    purchase: &CheckedPurchase,
    catalogue: &Catalogue,
    retailer: &RetailerEntry,
    received_at: DateTime<Utc>,
) -> (PurchaseFacts, Vec<Option<ProductId>>) {
    let mut products = Vec::with_capacity(purchase.lines.len());
    let mut lines = Vec::with_capacity(purchase.lines.len());
    for line in &purchase.lines {
        let product = line.product.as_deref().and_then(|text| catalogue.named(text));
        products.push(product.map(|product| product.id));
        lines.push(line_facts(line, product.map(Arc::as_ref)));
    }
    let facts = PurchaseFacts {
        occurred_at: purchase.occurred_at.map_or(received_at, |instant| instant.to_utc()),
        retailer: Arc::clone(&retailer.facts),
        currency: purchase.currency,
        first_purchase: false,
        tier: None,
        limits: LimitsUsed::default(),
        remainders: Remainders::default(),
        lines,
    };
    (facts, products)
}

fn line_facts(line: &CheckedLine, product: Option<&ProductEntry>) -> LineFacts {
    LineFacts {
        product: product.map(|product| Arc::clone(&product.known)),
        product_text: line.product.clone(),
        paid: line.paid,
    }
}
