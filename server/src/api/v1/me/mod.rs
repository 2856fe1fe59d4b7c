//! `/me`: what an app shows and does for the customer whose token it has.
//!
//! The same operations of the engine as everywhere else, in the context of a customer, which sees nothing but the
//! customer's own.

mod claims;
mod earning;
mod events;
mod leaderboards;
mod messages;
mod notifications;
mod points;
mod privacy;
mod profile;
mod redemptions;
mod referrals;
mod rewards;

use utoipa_axum::router::OpenApiRouter;

use crate::api::ApiState;

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(profile::routes())
        .merge(points::routes())
        .merge(rewards::routes())
        .merge(redemptions::routes())
        .merge(claims::routes())
        .merge(earning::routes())
        .merge(referrals::routes())
        .merge(notifications::routes())
        .merge(messages::routes())
        .merge(leaderboards::routes())
        .merge(events::routes())
        .merge(privacy::routes())
}
