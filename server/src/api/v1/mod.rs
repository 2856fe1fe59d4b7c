//! Version 1 of the API: one file a noun.

mod api_keys;
mod cashback;
mod claims;
mod customer_tokens;
mod customers;
mod events;
mod leaderboards;
mod me;
mod merchant;
mod merge;
mod messages;
mod points;
mod policies;
mod privacy;
mod products;
mod promotions;
mod purchases;
mod queues;
mod quotes;
mod reconciliation;
mod redemptions;
mod referrals;
mod requests;
mod retailers;
mod rewards;
mod sign_in;
mod tiers;
mod vouchers;
mod webhooks;

use utoipa_axum::router::OpenApiRouter;

pub(crate) use purchases::submit;

use super::ApiState;

/// All routes, below `/api/v1`.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(purchases::routes())
        .merge(claims::routes())
        .merge(quotes::routes())
        .merge(customers::routes())
        .merge(merge::routes())
        .merge(privacy::routes())
        .merge(events::routes())
        .merge(points::routes())
        .merge(retailers::routes())
        .merge(products::routes())
        .merge(promotions::routes())
        .merge(policies::routes())
        .merge(cashback::routes())
        .merge(tiers::routes())
        .merge(leaderboards::routes())
        .merge(referrals::routes())
        .merge(rewards::routes())
        .merge(redemptions::routes())
        .merge(vouchers::routes())
        .merge(webhooks::routes())
        .merge(messages::routes())
        .merge(customer_tokens::routes())
        .merge(sign_in::routes())
        .merge(me::routes())
        .merge(api_keys::routes())
        .merge(merchant::routes())
        .merge(requests::routes())
        .merge(queues::routes())
        .merge(reconciliation::routes())
}
