//! The reward policies of Hearth & Hops: what regulars get for their friends, and friends for coming.

use perennial_domain::policies::{PolicyInput, Template};
use perennial_engine::{Cx, Engine, PageRequest, policies::PolicyFilter};
use serde_json::{Value, json};

use super::rewards;
use crate::cli::explained;

/// What becomes of a policy after it was drafted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Draft,
    Running,
    Paused,
}

/// Drafts and publishes them, unless there is one. Before the friends come, so that they count.
pub(super) async fn prepare(engine: &Engine, cx: &Cx) -> anyhow::Result<()> {
    let any = PageRequest::new(Some(1), None)?;
    if !engine.policy_list(cx, &PolicyFilter::default(), &any).await.map_err(explained)?.data.is_empty() {
        return Ok(());
    }
    let rewards = rewards::existing(engine, cx).await?;
    let pint = rewards.iter().find(|reward| reward.terms.name == rewards::PINT).map(|reward| reward.id);
    for (input, life) in policies() {
        let mut input: PolicyInput = serde_json::from_value(input)?;
        // A pint on the house, where it is still in the catalogue.
        for effect in input.effects.iter_mut().filter(|effect| effect.give == "reward") {
            effect.reward = pint.map(|pint| pint.to_string());
        }
        begin(engine, cx, input, life).await?;
    }
    begin(engine, cx, Template::BirthdayPoints.draft(None), Life::Running).await?;
    begin(engine, cx, Template::HundredPointsMail.draft(None), Life::Paused).await?;
    begin(engine, cx, Template::EveryHundredth.draft(pint), Life::Draft).await
}

async fn begin(engine: &Engine, cx: &Cx, input: PolicyInput, life: Life) -> anyhow::Result<()> {
    let id = engine.policy_create(cx, input).await.map_err(explained)?.id;
    if life != Life::Draft {
        engine.policy_publish(cx, id).await.map_err(explained)?;
    }
    if life == Life::Paused {
        engine.policy_pause(cx, id).await.map_err(explained)?;
    }
    Ok(())
}

fn policies() -> [(Value, Life); 4] {
    [
        (
            json!({"name": "Bring a friend", "event": {"on": "first_purchase"}, "to": "both", "hold_days": 14,
                   "effects": [{"give": "points", "points": 500}]}),
            Life::Running,
        ),
        (
            json!({"name": "A credit for each tab of a friend", "event": {"on": "friend_purchase"}, "to": "advocate",
                   "effects": [{"give": "credits", "credits": 1}]}),
            Life::Running,
        ),
        (
            json!({"name": "A pint for regulars of regulars", "event": {"on": "friend_count", "at": [10, 100]},
                   "to": "advocate", "effects": [{"give": "reward"}]}),
            Life::Running,
        ),
        (
            json!({"name": "Welcome at the bar", "event": {"on": "first_purchase", "minimum_amount": 2_000},
                   "effects": [{"give": "discount", "value": 200, "valid_days": 30}, {"give": "points", "points": 50}]}),
            Life::Running,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_of_the_demo_is_right() {
        for (mut policy, _) in policies() {
            if policy["effects"][0]["give"] == "reward" {
                policy["effects"][0]["reward"] = json!("019a9fd1-0000-7000-8000-000000000001");
            }
            let input: PolicyInput = serde_json::from_value(policy).unwrap();
            assert!(input.check().is_ok(), "{:?}", input.check());
        }
    }
}
