//! Quotes: what a basket would earn and cost, and what the customer could have.
//!
//! ```text
//! rules in memory + one read of the customer ─▶ the same evaluation as a purchase ─▶ answer; nothing is written
//! ```
//! The read says how new the rules must be, so that no quote goes by older ones than are in force ([`known`]). What was
//! read is kept in a bounded [`memory`]. While Postgres is away or does not answer in time, quotes for those who are in
//! there go on, marked as stale; all others are told to come back later.

mod known;
mod memory;
mod reckon;

use std::sync::Arc;
use std::time::Duration;

use perennial_domain::access::Action;
use perennial_domain::purchase::CheckedPurchase;
use perennial_domain::quote::{Quote, QuoteInput};
use serde::{Deserialize, Serialize};

use crate::coalesce::Loader;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::snapshot::Snapshot;
use known::{Found, Question, Read};

pub use known::QuoteVoucher;
pub(crate) use memory::Memory;

/// Reads what quotes have to know, of many at once.
pub(crate) type QuoteLoader = Loader<Read>;

/// How long to wait when nothing is known of the customer.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// A quote, and how it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuoteAnswer {
    /// The quote.
    #[serde(flatten)]
    pub quote: Quote,
    /// Vouchers that the customer could use for it, the one that ends first at the front, twenty at most; for keys that may
    /// redeem. Whether one fits the basket is said when it is used.
    #[serde(default)]
    pub vouchers: Vec<QuoteVoucher>,
    /// Whether it was made from what was known before, because the database is away for the moment: points, limits and
    /// rules may have changed since.
    pub stale: bool,
}

impl Engine {
    /// What a basket would earn and cost, and what the customer could have. Writes nothing.
    ///
    /// A customer whom nobody knows is quoted as the new customer that a purchase would create, or as nobody, by the
    /// merchant's policy. Without a customer it is what could be claimed. While the database is away the answer is made
    /// from memory and says so.
    ///
    /// # Errors
    /// Those of a purchase: [`Error::Invalid`], [`Error::UnknownRetailer`], [`Error::CustomerNotFound`],
    /// [`Error::Forbidden`]. [`Error::Busy`] when the database is away and the customer is not in memory.
    pub async fn quote(&self, cx: &Cx, input: QuoteInput) -> Result<QuoteAnswer, Error> {
        cx.require(Action::QuotesRead)?;
        match self.quote_memory().ask(self.quote_read(cx, &input)).await {
            Some(answered) => answered,
            None => self.quote_from_memory(cx, input),
        }
    }

    /// [`quote`](Self::quote) of what is in memory, for who was not [authenticated](Self::authenticate_or_believe) by the
    /// database.
    ///
    /// # Errors
    /// The same.
    pub fn quote_from_memory(&self, cx: &Cx, input: QuoteInput) -> Result<QuoteAnswer, Error> {
        cx.require(Action::QuotesRead)?;
        let busy = || Error::Busy { retry_after: RETRY_AFTER };
        let merchant = cx.merchant();
        let snapshot = self.snapshots().known(merchant).ok_or_else(busy)?;
        let purchase = check(input, &snapshot)?;
        let found = self.quote_memory().recall(merchant, purchase.customer.as_ref()).ok_or_else(busy)?;
        metrics::counter!("quotes_stale_total").increment(1);
        self.answer(cx, &snapshot, &found, &purchase, true)
    }

    async fn quote_read(&self, cx: &Cx, input: &QuoteInput) -> Result<QuoteAnswer, Error> {
        let merchant = cx.merchant();
        let mut snapshot = match self.snapshots().known(merchant) {
            Some(snapshot) => snapshot,
            None => self.snapshots().current(merchant).await?,
        };
        let mut purchase = match check(input.clone(), &snapshot) {
            Ok(purchase) => purchase,
            Err(_) => {
                // What is wrong by the settings in memory may be right by those in force.
                snapshot = self.snapshots().current(merchant).await?;
                check(input.clone(), &snapshot)?
            }
        };
        let mut found = self.quote_find(cx, &purchase).await?;
        if !snapshot.revisions().covers(found.program.revisions()) {
            let mut conn = self.pool().acquire().await?;
            snapshot = self.snapshots().at_least(merchant, found.program.revisions(), &mut conn).await?;
            drop(conn);
            let again = check(input.clone(), &snapshot)?;
            if again.customer != purchase.customer {
                // The country in which telephone numbers are read has changed.
                found = self.quote_find(cx, &again).await?;
            }
            purchase = again;
        }
        self.quote_memory().remember(merchant, purchase.customer.as_ref(), &found);
        self.answer(cx, &snapshot, &found, &purchase, false)
    }

    async fn quote_find(&self, cx: &Cx, purchase: &CheckedPurchase) -> Result<Found, Error> {
        let occurred_at = purchase.occurred_at.map_or_else(|| self.now(cx.merchant()), |at| at.to_utc());
        let question = Question { merchant: cx.merchant(), customer: purchase.customer.clone(), occurred_at };
        self.quote_loader().load(question).await?.ok_or(Error::NotFound(What::Merchant))
    }

    fn answer(
        &self,
        cx: &Cx,
        snapshot: &Snapshot,
        found: &Found,
        purchase: &CheckedPurchase,
        stale: bool,
    ) -> Result<QuoteAnswer, Error> {
        let (now, customer) = (self.now(cx.merchant()), found.customer.as_deref());
        let quote = reckon::reckon(cx, snapshot, &found.program, customer, purchase, now)?;
        // Whoever has a code can use it.
        let shown = customer.filter(|_| cx.may(Action::RedemptionsWrite));
        let open = |voucher: &&QuoteVoucher| voucher.expires_at.is_none_or(|end| now < end);
        let vouchers = shown.map(|known| known.vouchers.iter().filter(open).cloned().collect());
        Ok(QuoteAnswer { quote, vouchers: vouchers.unwrap_or_default(), stale })
    }
}

/// The basket by the checks that need no more than the merchant's settings.
fn check(input: QuoteInput, snapshot: &Arc<Snapshot>) -> Result<CheckedPurchase, Error> {
    let settings = &snapshot.settings;
    input.check(settings.default_country.as_ref(), settings.currency).map_err(Error::Invalid)
}
