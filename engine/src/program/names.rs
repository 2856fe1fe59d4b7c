//! Tiers and rewards by what people call them: an id means nothing to another merchant.

use std::collections::{BTreeMap, BTreeSet};

use perennial_domain::error::FieldError;
use perennial_domain::ids::{RewardId, TierId};
use perennial_domain::policies::PolicyInput;
use perennial_domain::promotion::PromotionInput;
use perennial_domain::rewards::RewardInput;
use perennial_domain::tiers::TierInput;

/// What tiers and rewards are called in a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    tiers: Vec<(TierId, String)>,
    rewards: Vec<(RewardId, String)>,
}

/// Which way names are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// From ids to names.
    Out,
    /// From names to ids.
    In,
}

/// The names of rewards in a file, in their order: one whose name came before is counted, `Coffee`, `Coffee #2`, and passes over
/// what another one is really called.
pub(super) fn labels<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let names: Vec<&str> = names.collect();
    let real: BTreeSet<&str> = names.iter().copied().collect();
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    let mut labels: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let Some(number) = last.get_mut(name) else {
            last.insert(name, 1);
            labels.push(name.to_owned());
            continue;
        };
        let label = loop {
            *number += 1;
            let label = format!("{name} #{number}");
            if !real.contains(label.as_str()) {
                break label;
            }
        };
        labels.push(label);
    }
    labels
}

impl Names {
    pub fn of_tiers(tiers: &[(TierId, TierInput)]) -> Self {
        let tiers = tiers.iter().map(|(id, tier)| (*id, tier.name.clone())).collect();
        Self { tiers, rewards: Vec::new() }
    }

    /// Adds rewards as they are called in a file of just these, unless they are known, or something else is called so.
    pub fn add_rewards(&mut self, rewards: &[(RewardId, RewardInput)]) {
        let labels = labels(rewards.iter().map(|(_, reward)| reward.name.as_str()));
        for ((id, _), label) in rewards.iter().zip(labels) {
            self.add_reward(*id, label);
        }
    }

    pub fn add_reward(&mut self, id: RewardId, label: String) {
        if !self.rewards.iter().any(|(known, name)| *known == id || *name == label) {
            self.rewards.push((id, label));
        }
    }

    pub fn name_promotion(&self, terms: &mut PromotionInput) {
        // Out of here, every id stays that is not known.
        let _ = self.tiers(Way::Out, "/tiers", &mut terms.tiers);
    }

    pub fn name_reward(&self, terms: &mut RewardInput) {
        let _ = self.tiers(Way::Out, "/tiers", &mut terms.tiers);
    }

    pub fn name_policy(&self, terms: &mut PolicyInput) {
        let _ = self.policy(Way::Out, terms);
    }

    /// # Errors
    /// Names that no tier has.
    pub fn number_promotion(&self, terms: &mut PromotionInput) -> Result<(), Vec<FieldError>> {
        self.tiers(Way::In, "/tiers", &mut terms.tiers)
    }

    /// # Errors
    /// Names that no tier has.
    pub fn number_reward(&self, terms: &mut RewardInput) -> Result<(), Vec<FieldError>> {
        self.tiers(Way::In, "/tiers", &mut terms.tiers)
    }

    /// # Errors
    /// Names that no tier or no reward has.
    pub fn number_policy(&self, terms: &mut PolicyInput) -> Result<(), Vec<FieldError>> {
        self.policy(Way::In, terms)
    }

    fn policy(&self, way: Way, terms: &mut PolicyInput) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        if let Some(tier) = &mut terms.event.tier {
            let found = self.tier(way, tier);
            replace(tier, found, "/event/tier", "unknown_tier", "tier", &mut errors);
        }
        for (index, effect) in terms.effects.iter_mut().enumerate() {
            if let Some(reward) = &mut effect.reward {
                let (pointer, found) = (format!("/effects/{index}/reward"), self.reward(way, reward));
                replace(reward, found, &pointer, "unknown_reward", "reward", &mut errors);
            }
        }
        if errors.is_empty() || way == Way::Out { Ok(()) } else { Err(errors) }
    }

    fn tiers(&self, way: Way, pointer: &str, tiers: &mut [String]) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        for (index, tier) in tiers.iter_mut().enumerate() {
            let (pointer, found) = (format!("{pointer}/{index}"), self.tier(way, tier));
            replace(tier, found, &pointer, "unknown_tier", "tier", &mut errors);
        }
        if errors.is_empty() || way == Way::Out { Ok(()) } else { Err(errors) }
    }

    fn tier(&self, way: Way, text: &str) -> Option<String> {
        // No two tiers of a merchant have one name, however it is written.
        let has_name = |name: &str| name.to_lowercase() == text.trim().to_lowercase();
        match way {
            Way::Out => {
                self.tiers.iter().find(|(id, _)| id.to_string() == text).map(|(_, name)| name.clone())
            }
            Way::In => self.tiers.iter().find(|(_, name)| has_name(name)).map(|(id, _)| id.to_string()),
        }
    }

    fn reward(&self, way: Way, text: &str) -> Option<String> {
        let mut rewards = self.rewards.iter();
        match way {
            Way::Out => rewards.find(|(id, _)| id.to_string() == text).map(|(_, name)| name.clone()),
            Way::In => rewards.find(|(_, name)| name == text).map(|(id, _)| id.to_string()),
        }
    }
}

/// Puts what was found into the place of a text, or notes that nothing was.
fn replace(
    text: &mut String,
    found: Option<String>,
    pointer: &str,
    code: &'static str,
    noun: &str,
    errors: &mut Vec<FieldError>,
) {
    match found {
        Some(found) => *text = found,
        None => errors.push(FieldError::new(pointer, code, format!("There is no {noun} “{text}”"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewards_of_one_name_are_counted() {
        assert_eq!(
            labels(["Tea", "Coffee", "Tea", "Tea"].into_iter()),
            ["Tea", "Coffee", "Tea #2", "Tea #3"]
        );
        let really = ["Tea", "Tea", "Tea #2", "Tea"];
        assert_eq!(
            labels(really.into_iter()),
            ["Tea", "Tea #3", "Tea #2", "Tea #4"],
            "each has one of its own"
        );
    }

    #[test]
    fn names_and_ids_are_gone_to_and_fro() {
        let (gold, tea) = (TierId::new(1, [1; 10]), RewardId::new(2, [2; 10]));
        let tier = TierInput { name: "Gold".to_owned(), ..TierInput::default() };
        let mut names = Names::of_tiers(&[(gold, tier)]);
        names.add_rewards(&[(tea, RewardInput { name: "Tea".to_owned(), ..RewardInput::default() })]);
        let written: PolicyInput = serde_json::from_value(serde_json::json!({
            "name": "Up", "event": {"on": "tier", "tier": "gold"}, "effects": [{"give": "reward", "reward": "Tea"}],
        }))
        .unwrap();
        let mut policy = written.clone();
        names.number_policy(&mut policy).unwrap();
        assert_eq!(policy.event.tier, Some(gold.to_string()));
        assert_eq!(policy.effects[0].reward, Some(tea.to_string()));
        names.name_policy(&mut policy);
        assert_eq!(
            (policy.event.tier.as_deref(), policy.effects[0].reward.as_deref()),
            (Some("Gold"), Some("Tea"))
        );

        let unknown = Names::default().number_policy(&mut written.clone()).unwrap_err();
        let pointers: Vec<&str> = unknown.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/event/tier", "/effects/0/reward"]);
    }
}
