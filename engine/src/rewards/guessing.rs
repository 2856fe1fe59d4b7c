//! Nobody finds a voucher by trying codes: who names too many that nobody has must wait.
//!
//! Only misses count, so that a till that uses a thousand good vouchers a minute never waits. Somebody who has missed too
//! often hears nothing more of any code, good or bad, until some time has passed. Each key is counted by itself, and all of
//! a merchant together. Per server, like every throttle.

use perennial_domain::ids::MerchantId;

use crate::cx::{Actor, Cx};
use crate::engine::Engine;
use crate::error::Error;

/// What a purchase is refused with that names a voucher which the customer does not have.
pub(crate) const UNKNOWN: &str = "voucher_unknown";

impl Engine {
    /// Refuses whoever has named too many codes that nobody has.
    ///
    /// # Errors
    /// [`Error::Throttled`].
    pub(crate) async fn voucher_may_ask(&self, cx: &Cx) -> Result<(), Error> {
        let Some(who) = who(cx) else { return Ok(()) };
        let (throttles, now) = (&self.inner.throttles, self.clock().now());
        throttles.voucher_guess_merchant.check(&all(cx.merchant()), now).await?;
        throttles.voucher_guess.check(&who, now).await
    }

    /// Counts a code that nobody has.
    pub(crate) async fn voucher_missed(&self, cx: &Cx) {
        let Some(who) = who(cx) else { return };
        let (throttles, now) = (&self.inner.throttles, self.clock().now());
        // Whether this one was still allowed is said already.
        let _ = throttles.voucher_guess_merchant.attempt(&all(cx.merchant()), now).await;
        let _ = throttles.voucher_guess.attempt(&who, now).await;
        metrics::counter!("voucher_misses_total").increment(1);
    }
}

/// Who is counted; the command line and the workers are not.
fn who(cx: &Cx) -> Option<String> {
    let merchant = cx.merchant();
    match cx.actor() {
        Actor::ApiKey { id, .. } => Some(format!("{merchant} key {id}")),
        Actor::Staff { id, .. } => Some(format!("{merchant} staff {id}")),
        Actor::Customer { id } => Some(format!("{merchant} customer {id}")),
        Actor::System => None,
    }
}

fn all(merchant: MerchantId) -> String {
    merchant.to_string()
}
