//! What the taprooms give for points, and who had some of it.

use perennial_domain::{
    codes::ExternalId,
    customer::CustomerRef,
    ids::{CustomerId, RewardId},
    rewards::RewardInput,
};
use perennial_engine::{
    Cx, Engine, Error, PageRequest,
    customers::CustomerPath,
    rewards::{NewRedemption, Redemption, RedemptionFilter, Reward, Stage},
};
use serde_json::{Value, json};

use super::hearth;
use crate::cli::explained;

pub(super) const TAB: &str = "$5 off the tab";
pub(super) const PINT: &str = "A pint on the house";
const CINEMA: &str = "Cinema ticket";
const TSHIRT: &str = "Hearth & Hops T-shirt";
const TOUR: &str = "Brewery tour for two";
/// Tickets that the cinema next door has sold to the taprooms.
const TICKETS: u32 = 40;

/// What became of a redemption.
#[derive(Clone, Copy)]
enum Then {
    Nothing,
    Used,
    Cancelled,
    Advanced(Stage),
}

/// Which regular had what, by their numbers among the customers.
const REDEEMED: [(usize, &str, Then); 13] = [
    (0, PINT, Then::Nothing),
    (0, TAB, Then::Used),
    (1, TSHIRT, Then::Advanced(Stage::Preparing)),
    (1, PINT, Then::Used),
    (2, TAB, Then::Used),
    (2, CINEMA, Then::Nothing),
    (3, TOUR, Then::Nothing),
    (4, TAB, Then::Used),
    (4, PINT, Then::Used),
    (5, TAB, Then::Cancelled),
    (6, TSHIRT, Then::Advanced(Stage::Shipped)),
    (7, PINT, Then::Used),
    (7, TAB, Then::Nothing),
];

fn rewards() -> [Value; 7] {
    [
        json!({"name": TAB, "kind": "money_off", "value": 500, "points_cost": 1_000, "valid_days": 60,
               "description": "Off any tab, once."}),
        json!({"name": PINT, "kind": "free_product", "value": "draft-ipa", "points_cost": 1_500, "valid_days": 60,
               "limit_per_customer": 6, "description": "One Northbound IPA from the tap."}),
        json!({"name": "15% off an evening", "kind": "percent", "value": "0.15", "points_cost": 2_400, "valid_days": 30,
               "limit_per_customer": 2, "description": "Off everything on one tab."}),
        json!({"name": "Points off the tab", "kind": "money_off", "value": 100, "valid_days": 30,
               "points_cost": {"step": 200, "min": 400, "max": 6_000},
               "description": "As much as you like: a dollar for every 200 points."}),
        json!({"name": CINEMA, "kind": "voucher_pool", "points_cost": 2_000, "limit_per_customer": 2,
               "description": "For any film at the Riverside Picture House. Show the code at the box office."}),
        json!({"name": TSHIRT, "kind": "external", "points_cost": 3_000, "stock": 25,
               "description": "Heavy cotton, printed in Hudson. Ready at the bar after two days."}),
        json!({"name": TOUR, "kind": "external", "points_cost": 4_000, "stock": 12, "limit_per_customer": 1,
               "description": "An hour among the kettles and a flight of four, on a Saturday."}),
    ]
}

/// The rewards, each unless there is one of its name.
pub(super) async fn set_up(engine: &Engine, cx: &Cx) -> anyhow::Result<()> {
    let existing = existing(engine, cx).await?;
    for reward in rewards() {
        let input: RewardInput = serde_json::from_value(reward)?;
        let reward = match existing.iter().find(|reward| reward.terms.name == input.name) {
            Some(reward) => reward.clone(),
            None => engine.reward_create(cx, input).await.map_err(explained)?,
        };
        if reward.terms.name == CINEMA {
            let codes: String =
                (0..TICKETS).map(|number| format!("RPH-{:04}\n", 4_711 + 37 * number)).collect();
            engine.reward_codes_add(cx, reward.id, codes.as_bytes()).await.map_err(explained)?;
        }
    }
    Ok(())
}

/// What the regulars had, each unless they have had it; nothing of what is gone, or too dear for them.
pub(super) async fn redeem(engine: &Engine, cx: &Cx) -> anyhow::Result<()> {
    let rewards = existing(engine, cx).await?;
    for (number, name, then) in REDEEMED {
        let Some(reward) = rewards.iter().find(|reward| reward.terms.name == name) else { continue };
        let customer = customer(engine, cx, number).await?;
        let redemption = match had(engine, cx, customer, reward.id).await? {
            Some(redemption) => redemption,
            None => {
                let new = NewRedemption { reward: reward.id, points: None, hold_seconds: None };
                match engine.redeem(cx, &CustomerRef::Id(customer), new).await {
                    Ok(redeemed) => redeemed.redemption,
                    Err(Error::Conflict { .. }) => continue,
                    Err(error) => return Err(explained(error)),
                }
            }
        };
        // Whoever was interrupted here goes on; what somebody has done since stays.
        if redemption.steps.len() > 1 {
            continue;
        }
        match then {
            Then::Nothing => {}
            Then::Used => {
                if let Some(code) = redemption.voucher.and_then(|voucher| voucher.code) {
                    engine.voucher_use(cx, &code.parse()?).await.map_err(explained)?;
                }
            }
            Then::Cancelled => drop(engine.redemption_cancel(cx, redemption.id).await.map_err(explained)?),
            Then::Advanced(stage) => {
                engine.redemption_advance(cx, redemption.id, stage).await.map_err(explained)?;
            }
        }
    }
    Ok(())
}

/// A regular, by the number among the customers.
pub(super) async fn customer(engine: &Engine, cx: &Cx, number: usize) -> anyhow::Result<CustomerId> {
    let external_id = ExternalId::new(&hearth::external_id(number))?;
    Ok(engine.customer_resolve(cx, &CustomerPath::ExternalId(external_id)).await?)
}

pub(super) async fn existing(engine: &Engine, cx: &Cx) -> anyhow::Result<Vec<Reward>> {
    Ok(engine.reward_list(cx, true, &PageRequest::new(Some(200), None)?).await.map_err(explained)?.data)
}

pub(super) async fn had(
    engine: &Engine,
    cx: &Cx,
    customer: CustomerId,
    reward: RewardId,
) -> anyhow::Result<Option<Redemption>> {
    let filter =
        RedemptionFilter { customer: Some(customer), reward: Some(reward), ..RedemptionFilter::default() };
    let page = PageRequest::new(Some(1), None)?;
    let found = engine.redemption_list(cx, &filter, &page).await.map_err(explained)?;
    Ok(found.data.into_iter().next())
}
