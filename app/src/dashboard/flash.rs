//! A short word after something was done: it comes with the redirect, stays six seconds, needs no script.

use super::page::query_param;
use crate::ui::icon::{self, Icon};
use leptos::prelude::*;

/// What a redirect may say with `?done=…`. Only these words: an address cannot put text on the page.
const WORDS: &[(&str, &str)] = &[
    ("draft-saved", "Draft saved"),
    ("published", "Published"),
    ("draft-discarded", "Draft discarded. What was published stays as it is"),
    ("paused", "Paused. Purchases from now on earn nothing from it"),
    ("resumed", "Running again"),
    ("policy-paused", "Paused. What happens from now on counts for nothing"),
    ("ended", "Ended. Purchases from now on earn nothing from it"),
    ("archived", "Archived"),
    ("opened", "Open again"),
    ("offer-added", "Offer added"),
    ("offer-saved", "Offer saved. It counts for purchases from now on"),
    ("offer-paused", "Paused. Purchases from now on get nothing of it"),
    ("retailer-added", "Retailer added"),
    ("retailer-saved", "Retailer saved"),
    ("product-added", "Product added"),
    ("product-saved", "Product saved"),
    ("returned", "The return is booked"),
    ("undone", "Undone. Nothing of the sale is left"),
    ("return-discarded", "Discarded. It will not be booked"),
    ("customer-erased", "Erased. Nothing personal is left"),
    ("customers-merged", "Merged. There is one customer now"),
    ("customer-saved", "Saved"),
    ("points-adjusted", "Done. It is in the customer's timeline"),
    ("letter-retried", "It waits in its queue again"),
    ("letters-retried", "They wait in their queue again"),
    ("letter-discarded", "Discarded"),
    ("event-retried", "It is tried again. Load the page again to see what became of it"),
    ("event-discarded", "Discarded. What it should have caused will not happen"),
    ("tier-added", "Tier added. Whoever had reached it has it"),
    ("tiers-saved", "Saved"),
    ("tier-promoted", "Promoted. The customer has been told"),
    ("tier-demoted", "Demoted. The customer has been told"),
    ("tier-pinned", "Pinned"),
    ("tier-let-go", "Let go. The rules move the customer again"),
    ("tier-deleted", "Deleted. Its customers have been told"),
    ("reward-added", "Reward added"),
    ("reward-saved", "Reward saved"),
    ("redeemed", "Redeemed"),
    ("redemption-captured", "The points are spent"),
    ("redemption-advanced", "Noted. It is in its history"),
    ("redemption-cancelled", "Done. The points are back"),
    ("voucher-used", "Used. It cannot be used again"),
    ("referral-approved", "Approved. What waited for it goes on"),
    ("referral-rejected", "Rejected. Nothing is given for it"),
    ("advocate-banned", "Banned. The code brings nobody any more"),
    ("advocate-unbanned", "The code brings friends again"),
    ("leaderboard-opened", "Open. Everything bought so far counts"),
    ("leaderboard-closed", "Closed. Nobody sees it any more"),
    ("message-saved", "Saved. E-mails from now on say so"),
    ("message-reset", "It says again what it said at first"),
    ("settings-saved", "Settings saved"),
    ("check-asked", "The check has begun"),
    ("webhook-saved", "Saved. It counts for events from now on"),
    ("webhook-on", "Switched on. What waited for it is sent now"),
    ("webhook-off", "Switched off. Nothing is sent to it"),
    ("webhook-deleted", "Deleted"),
    ("webhook-tested", "The test event is on its way. What became of it stands in the log"),
    (
        "webhook-resent-failed",
        "On their way, a thousand at a time. Load the page again to see what they were answered",
    ),
    ("webhook-resent", "On its way. Load the page again to see what it was answered"),
    ("role-changed", "Saved. It counts from the next click of this person"),
    ("person-removed", "Removed. Whoever it was is signed out"),
    ("invitation-sent", "Sent again. The e-mail before it opens nothing any more"),
    ("invitation-withdrawn", "Withdrawn. The link in the e-mail opens nothing any more"),
    ("password-changed", "Password changed. You are signed out everywhere else"),
    ("key-revoked", "Key revoked. It stops working within two seconds"),
];

/// The word for `?done=…`, if there is one.
#[component]
pub fn FlashBanner() -> impl IntoView {
    let done = query_param("done");
    move || {
        let code = done.get();
        WORDS.iter().find(|(known, _)| *known == code).map(|(_, text)| {
            view! {
                <div class="flash">
                    <div class="toast" role="status">
                        <Icon glyph=icon::CHECK />
                        {*text}
                    </div>
                </div>
            }
        })
    }
}

/// The address to go to after something was done.
#[cfg(feature = "ssr")]
pub fn done(path: &str, code: &'static str) -> axum::response::Redirect {
    done_at(path, &[], code)
}

/// The same on a page of which these `fields` choose a part.
#[cfg(feature = "ssr")]
pub fn done_at(path: &str, fields: &[(&str, &str)], code: &'static str) -> axum::response::Redirect {
    debug_assert!(WORDS.iter().any(|(known, _)| *known == code), "the flash {code} has no text");
    let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("done", code)]).collect();
    axum::response::Redirect::to(&crate::address::address(path, &fields, None))
}
