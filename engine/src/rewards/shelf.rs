//! The rewards as a customer looks for one: what can be had now, then what is nearest.

use perennial_domain::ids::CustomerId;
use uuid::Uuid;

use super::offers::RewardOffer;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::page::{LIMIT_MAX, Page, PageRequest};

/// Rewards that are sorted at most, the newest. A merchant has tens of them, not thousands.
const SORTED_MAX: usize = 2_000;

/// The place of an offer on the shelf: what can be had, what only points are missing for, the nearest first, the rest; the
/// older one first where that is the same.
type Place = (u8, i64, Uuid);

impl Engine {
    /// [`reward_offers`](Self::reward_offers) with those first that the customer can have now, then those that only points
    /// are missing for, the fewest first.
    ///
    /// # Errors
    /// The same.
    pub async fn reward_shelf(
        &self,
        cx: &Cx,
        customer: CustomerId,
        page: &PageRequest,
    ) -> Result<Page<RewardOffer>, Error> {
        let mut offers: Vec<RewardOffer> = Vec::new();
        let mut after = None;
        loop {
            // The rights are asked for by every one of these reads, the first one included.
            let read = PageRequest::new(Some(LIMIT_MAX.into()), after)?;
            let read = self.reward_offers(cx, customer, &read).await?;
            offers.extend(read.data);
            after = read.next;
            if after.is_none() || offers.len() >= SORTED_MAX {
                break;
            }
        }
        if let Some(seen) = page.after::<Place>()? {
            offers.retain(|offer| place(offer) > seen);
        }
        offers.sort_unstable_by_key(place);
        offers.truncate(page.limit() + 1);
        Ok(page.page(offers, place))
    }
}

fn place(offer: &RewardOffer) -> Place {
    let id = offer.reward.id.uuid();
    match (offer.eligibility.is_eligible(), offer.eligibility.only_points()) {
        (true, _) => (0, 0, id),
        (false, Some(missing)) => (1, missing.get(), id),
        (false, None) => (2, 0, id),
    }
}
