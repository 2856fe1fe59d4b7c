//! What the pages of rewards ask the server for.

use super::dto::{RedeemView, RewardView, RewardsView};
use crate::error::PageError;
use leptos::prelude::*;

/// All rewards of the merchant, as the customer who is signed in can have them.
#[server(prefix = "/rpc/portal", endpoint = "rewards", output = crate::rpc::TextJson)]
pub async fn rewards(slug: String) -> Result<RewardsView, PageError> {
    use super::words;
    use crate::portal::vouchers::words::card;
    use crate::session::{app_state, portal_customer};
    use perennial_engine::PageRequest;

    /// Vouchers in front of the rewards.
    const SHOWN: u32 = 2;

    let cx = portal_customer(&slug).await?;
    let engine = app_state()?.engine;
    let id = cx.require_customer()?;
    let (shelf, offers) = words::offers(&engine, &cx, id).await?;
    let points = engine.customer_points(&cx, &id.into()).await?.points;
    let had = engine.customer_rewards(&cx, id, &PageRequest::new(Some(SHOWN), None)?).await?.data;
    let (ready, closer) = shelf.sorted(&offers);
    let now = engine.now(cx.merchant());
    let vouchers = had.iter().filter(|had| had.is_open).map(|had| card(&shelf, had, now)).collect();
    Ok(RewardsView { points, vouchers, has_had: !had.is_empty(), ready, closer })
}

/// One reward, as the customer who is signed in can have it.
#[server(prefix = "/rpc/portal", endpoint = "reward", output = crate::rpc::TextJson)]
pub async fn reward(slug: String, reward: String) -> Result<RewardView, PageError> {
    use super::{confirm, words};
    use crate::session::{app_state, portal_customer};

    let cx = portal_customer(&slug).await?;
    let engine = app_state()?.engine;
    let id = cx.require_customer()?;
    let (shelf, offers) = words::offers(&engine, &cx, id).await?;
    let offer = confirm::find(&offers, &reward).ok_or(PageError::NotFound)?;
    let points = engine.customer_points(&cx, &id.into()).await?.points;
    Ok(RewardView {
        card: shelf.card(offer, offer.eligibility.is_eligible()),
        worth: offer.reward.terms.check().map(|terms| shelf.worth_of(&terms)).unwrap_or_default(),
        description: offer.reward.terms.description.clone(),
        facts: shelf.facts(offer),
        missing: shelf.missing(&offer.eligibility),
        points,
        choice: confirm::choice(&offer.reward.terms, points),
    })
}

/// What redeeming would do, for as many points as were chosen.
#[server(prefix = "/rpc/portal", endpoint = "redeeming", output = crate::rpc::TextJson)]
pub async fn redeeming(
    slug: String,
    reward: String,
    #[server(default)] points: Option<String>,
) -> Result<RedeemView, PageError> {
    use super::{confirm, words};
    use crate::session::{app_state, portal_customer};

    let cx = portal_customer(&slug).await?;
    let engine = app_state()?.engine;
    let id = cx.require_customer()?;
    let (shelf, offers) = words::offers(&engine, &cx, id).await?;
    let offer = confirm::find(&offers, &reward).ok_or(PageError::NotFound)?;
    let before = engine.customer_points(&cx, &id.into()).await?.points;
    confirm::look(&shelf, offer, points.as_deref(), before, engine.now(cx.merchant()))
}

/// The mark that makes one form redeem once, however often it is sent.
#[server(prefix = "/rpc/portal", endpoint = "redeeming-once", output = crate::rpc::TextJson)]
pub async fn once(slug: String) -> Result<String, PageError> {
    crate::session::portal_customer(&slug).await?;
    Ok(uuid::Uuid::now_v7().to_string())
}
