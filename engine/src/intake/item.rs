//! A purchase on its way through a lane.

use std::mem::size_of;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::{ApiKeyId, MerchantId, PurchaseId, RetailerId};
use perennial_domain::purchase::{CheckedLine, CheckedPurchase};
use tracing::Span;

use super::queue::{Cost, Queued};
use super::reply::Reply;
use super::{Source, SubmitOptions};
use crate::cx::{Actor, By, Cx};
use crate::purchase_record::CustomerKey;

/// Who submitted a purchase, as far as the intake must know.
pub(super) struct Submitter {
    pub merchant: MerchantId,
    pub api_key: Option<ApiKeyId>,
    /// The only retailer that it may submit for.
    pub retailer: Option<RetailerId>,
    pub source: Source,
    /// Whether it may submit purchases of any age.
    pub may_be_late: bool,
    /// When its purchases were durably received, if that was before they got here.
    pub accepted_at: Option<DateTime<Utc>>,
    pub by: By,
    /// In which it submits; the batch is linked with it.
    pub span: Span,
}

impl Submitter {
    pub fn new(cx: &Cx, SubmitOptions { source, accepted_at, .. }: SubmitOptions) -> Self {
        Self {
            merchant: cx.merchant(),
            api_key: match cx.actor() {
                Actor::ApiKey { id, .. } => Some(*id),
                Actor::Staff { .. } | Actor::Customer { .. } | Actor::System => None,
            },
            retailer: cx.retailer(),
            source,
            may_be_late: source == Source::Import || cx.may(Action::PurchasesBackdate),
            accepted_at,
            by: By::from(cx),
            span: Span::current(),
        }
    }
}

/// A purchase that waits for its answer.
pub(super) struct Item {
    /// Given when the purchase is taken into a batch, and kept over all attempts.
    pub id: PurchaseId,
    pub submitter: Arc<Submitter>,
    pub purchase: CheckedPurchase,
    /// Hash of the customer reference as it was sent.
    pub customer_key: Option<CustomerKey>,
    pub queued_at: Instant,
    deadline: Instant,
    cost: Cost,
    pub reply: Reply,
}

impl Item {
    pub fn new(
        submitter: Arc<Submitter>,
        mut purchase: CheckedPurchase,
        queued_at: Instant,
        deadline: Instant,
        reply: Reply,
    ) -> Self {
        // What is stored is what is compared with when the purchase is sent again.
        purchase.occurred_at = purchase.occurred_at.map(|instant| storable(instant.to_utc()).fixed_offset());
        let customer_key =
            purchase.customer.as_ref().map(|customer| CustomerKey::of(submitter.merchant, customer));
        let cost = cost_of(&purchase);
        // Replaced as soon as the purchase is taken into a batch.
        let id = PurchaseId::new(0, [0; 10]);
        Self { id, submitter, purchase, customer_key, queued_at, deadline, cost, reply }
    }

    pub fn merchant(&self) -> MerchantId {
        self.submitter.merchant
    }

    pub fn give_id(&mut self, (millis, random): (u64, [u8; 10])) {
        self.id = PurchaseId::new(millis, random);
    }
}

impl Queued for Item {
    type Merchant = MerchantId;

    fn merchant(&self) -> MerchantId {
        self.submitter.merchant
    }

    fn cost(&self) -> Cost {
        self.cost
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }
}

/// What the purchase takes of memory and of a batch: about as much again is needed to write it.
fn cost_of(purchase: &CheckedPurchase) -> Cost {
    let texts: usize =
        purchase.lines.iter().filter_map(|line| line.product.as_ref()).map(|text| text.len()).sum();
    Cost {
        lines: purchase.lines.len().max(1),
        bytes: size_of::<Item>() + purchase.lines.len() * size_of::<CheckedLine>() + texts,
    }
}

/// Cuts an instant to the microseconds that Postgres keeps. Leap seconds become the second after them.
pub(crate) fn storable(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}
