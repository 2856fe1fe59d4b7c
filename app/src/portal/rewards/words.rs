//! What the portal says about rewards, written on the server: what they are worth, cost, and what is missing.

use super::dto::{Closer, Missing, RewardCard};
use crate::format::{money, percent};
use crate::ui::grouped;
use chrono::{NaiveDateTime, Timelike};
use perennial_domain::ids::{CustomerId, TierId};
use perennial_domain::promotion::parse_local;
use perennial_domain::rewards::{
    CostInput, Eligibility, PointsCost, RewardInput, RewardKind, RewardMissReason, RewardTerms, ValueInput,
};
use perennial_domain::settings::MerchantSettings;
use perennial_domain::written;
use perennial_engine::rewards::{Reward, RewardOffer};
use perennial_engine::snapshot::Snapshot;
use perennial_engine::{Cx, Engine, Error, LIMIT_MAX, PageRequest};
use std::sync::Arc;

/// What is needed to speak of a merchant's rewards.
pub(in crate::portal) struct Shelf {
    /// Address, settings and products of the merchant.
    program: Arc<Snapshot>,
    /// The tiers, the lowest first.
    tiers: Vec<(TierId, String)>,
}

/// The rewards of a merchant, with what one customer can have, and the words for them. A merchant has tens of rewards,
/// not thousands: all of them are read, because what can be had comes first, wherever it stands in the catalogue.
pub(in crate::portal) async fn offers(
    engine: &Engine,
    cx: &Cx,
    customer: CustomerId,
) -> Result<(Shelf, Vec<RewardOffer>), Error> {
    let shelf = shelf(engine, cx).await?;
    let mut offers: Vec<RewardOffer> = Vec::new();
    let mut after = None;
    loop {
        let page = PageRequest::new(Some(LIMIT_MAX.into()), after)?;
        let read = engine.reward_offers(cx, customer, &page).await?;
        offers.extend(read.data);
        after = read.next;
        if after.is_none() {
            return Ok((shelf, offers));
        }
    }
}

/// The words for one reward.
pub(in crate::portal) async fn shelf(engine: &Engine, cx: &Cx) -> Result<Shelf, Error> {
    let tiers = engine.tier_list(cx).await?.into_iter().map(|tier| (tier.id, tier.terms.name)).collect();
    Ok(Shelf { program: engine.snapshot(cx).await?, tiers })
}

impl Shelf {
    /// The settings of the merchant.
    pub(in crate::portal) fn settings(&self) -> &MerchantSettings {
        &self.program.settings
    }

    /// The address of a page of the portal.
    pub(in crate::portal) fn path(&self, tail: &str) -> String {
        format!("/p/{}/{tail}", self.program.slug)
    }

    /// `500 leaves`.
    pub(in crate::portal) fn points(&self, points: i64) -> String {
        format!("{} {}", grouped(points), self.settings().points_name)
    }

    /// What something takes off: `$5.00 off a purchase`.
    pub(in crate::portal) fn worth(&self, kind: &RewardKind) -> String {
        match kind {
            RewardKind::MoneyOff(amount) => {
                format!("{} off a purchase", money(amount.get(), self.settings().currency.code()))
            }
            RewardKind::Percent(part) => format!("{} off a purchase", percent(*part)),
            RewardKind::FreeProduct(sku) => {
                let known = self.program.catalogue.by_sku(sku.as_str());
                let name = known.map_or_else(|| sku.to_string(), |product| product.name.clone());
                format!("{name}, free")
            }
            RewardKind::VoucherPool => "A code of your own".to_owned(),
            RewardKind::External => "Made ready for you".to_owned(),
        }
    }

    /// What a reward is worth, before points were chosen.
    pub(super) fn worth_of(&self, terms: &RewardTerms) -> String {
        match (&terms.kind, terms.cost) {
            (RewardKind::MoneyOff(amount), PointsCost::Variable(cost)) => {
                let each = money(amount.get(), self.settings().currency.code());
                format!("{each} off for each {}", self.points(cost.step().get()))
            }
            (kind, _) => self.worth(kind),
        }
    }

    /// What a reward is in a line: what it is worth, or what the merchant says of it where that is nothing to reckon with.
    fn blurb(&self, terms: &RewardTerms) -> String {
        let said = terms.description.as_ref().map(ToString::to_string);
        match terms.kind {
            RewardKind::VoucherPool | RewardKind::External => said.unwrap_or_else(|| self.worth_of(terms)),
            _ => self.worth_of(terms),
        }
    }

    /// A reward in a list.
    pub(super) fn card(&self, offer: &RewardOffer, is_quick: bool) -> RewardCard {
        let Reward { id, terms, .. } = &offer.reward;
        let checked = terms.check().ok();
        let href = self.path(&format!("rewards/{id}"));
        let is_choice = matches!(terms.points_cost, Some(CostInput::Variable(_)));
        RewardCard {
            // Who chooses a number of points does so on the reward's own page.
            redeem: (is_quick && !is_choice).then(|| format!("{href}/redeem")),
            href,
            name: terms.name.clone(),
            kind: terms.kind.clone(),
            blurb: checked.as_ref().map(|terms| self.blurb(terms)).unwrap_or_default(),
            cost: checked.as_ref().map_or(0, |terms| terms.cost.least().get()),
            is_choice,
        }
    }

    /// What can be had now, the best first, and then the rest: what only points are missing for, the nearest first, before
    /// what something else keeps. What is over for everybody is left out.
    pub(super) fn sorted(&self, offers: &[RewardOffer]) -> (Vec<RewardCard>, Vec<Closer>) {
        let mut ready = Vec::new();
        let mut closer = Vec::new();
        for offer in offers {
            match &offer.eligibility {
                Eligibility::Eligible => ready.push(self.card(offer, true)),
                Eligibility::Missing { reasons } => {
                    let is_over =
                        reasons.iter().any(|miss| matches!(miss.reason, RewardMissReason::Over { .. }));
                    if !is_over {
                        closer.push(Closer {
                            card: self.card(offer, false),
                            missing: self.missing(&offer.eligibility),
                        });
                    }
                }
            }
        }
        ready.sort_by_key(|card| std::cmp::Reverse(card.cost));
        closer.sort_by_key(|closer| {
            let points = closer.missing.points.map_or(0, |(missing, _)| missing);
            (!closer.missing.texts.is_empty(), points, closer.card.cost)
        });
        (ready, closer)
    }

    /// What keeps a reward from a customer, in words.
    pub(super) fn missing(&self, eligibility: &Eligibility) -> Missing {
        let mut missing = Missing::default();
        let Eligibility::Missing { reasons } = eligibility else { return missing };
        for miss in reasons {
            let text = match &miss.reason {
                RewardMissReason::InsufficientPoints { cost, available, missing: points } => {
                    missing.points = Some((points.get(), part(available.get(), cost.get())));
                    continue;
                }
                RewardMissReason::NotStarted { valid_from } => format!("Starts on {}", start(*valid_from)),
                RewardMissReason::Over { valid_until } => format!("Was over on {}", end(*valid_until)),
                RewardMissReason::Tier { tiers } => self.tiers(tiers),
                RewardMissReason::OutOfStock => "All gone for now".to_owned(),
                RewardMissReason::LimitReached { limit: 1 } => "You have had yours".to_owned(),
                RewardMissReason::LimitReached { limit } => format!("You have had all {limit} of yours"),
            };
            missing.texts.push(text);
        }
        missing
    }

    /// `Opens with Silver` for a tier and all above it, else `For Silver and Gold`.
    fn tiers(&self, tiers: &[TierId]) -> String {
        let ladder = || self.tiers.iter().skip_while(|(id, _)| !tiers.contains(id));
        let names: Vec<&str> =
            ladder().filter(|(id, _)| tiers.contains(id)).map(|(_, name)| name.as_str()).collect();
        match names.as_slice() {
            [] => "For customers of another tier".to_owned(),
            [lowest, ..] if names.len() == ladder().count() => format!("Opens with {lowest}"),
            [only] => format!("For {only}"),
            [others @ .., last] => format!("For {} and {last}", others.join(", ")),
        }
    }

    /// The small print of a reward.
    pub(super) fn facts(&self, offer: &RewardOffer) -> Vec<(String, String)> {
        let RewardInput {
            points_cost, limit_per_customer, tiers, valid_from, valid_until, valid_days, ..
        } = &offer.reward.terms;
        let mut facts = Vec::new();
        let mut fact = |name: &str, value: String| facts.push((name.to_owned(), value));
        match points_cost {
            Some(CostInput::Fixed(points)) => fact("Costs", self.points(*points)),
            Some(CostInput::Variable(cost)) => {
                let from = grouped(cost.min.unwrap_or(cost.step));
                let to = cost.max.map(|max| format!(" to {}", grouped(max))).unwrap_or_default();
                let unit = &self.settings().points_name;
                fact("Costs", format!("From {from}{to} {unit}, in steps of {}", grouped(cost.step)));
            }
            None => {}
        }
        if !tiers.is_empty() {
            let tiers: Vec<TierId> = tiers.iter().filter_map(|tier| tier.parse().ok()).collect();
            fact("For whom", self.tiers(&tiers));
        }
        let local = |text: &Option<String>| text.as_deref().and_then(parse_local);
        match (local(valid_from).map(start), local(valid_until).map(end)) {
            (Some(from), Some(until)) => fact("To be had", format!("From {from} until {until}")),
            (Some(from), None) => fact("To be had", format!("From {from}")),
            (None, Some(until)) => fact("To be had", format!("Until {until}")),
            (None, None) => {}
        }
        match valid_days {
            Some(1) => fact("To be used", "By the end of the next day".to_owned()),
            Some(days) => fact("To be used", format!("Within {} days", grouped(*days))),
            None => {}
        }
        match (limit_per_customer, offer.redeemed) {
            (Some(1), 0) => fact("How many", "One for each customer".to_owned()),
            (Some(limit), had) => {
                fact("How many", format!("{} for each customer, you have had {had}", grouped(*limit)));
            }
            (None, 0) => {}
            (None, had) => fact("How many", format!("As many as you like, you have had {had}")),
        }
        if let Some(left) = offer.reward.left.filter(|left| *left > 0) {
            fact("Left", grouped(left));
        }
        facts
    }
}

/// What a stored worth is, with the checks of a reward; nothing where it is not one.
pub(in crate::portal) fn kind_of(kind: &str, value: Option<ValueInput>) -> Option<RewardKind> {
    let input = RewardInput {
        name: "worth".to_owned(),
        kind: kind.to_owned(),
        value,
        points_cost: Some(CostInput::Fixed(1)),
        ..RewardInput::default()
    };
    input.check().ok().map(|terms| terms.kind)
}

/// How much of what it costs somebody has, in whole percent below 100.
pub(in crate::portal) fn part(available: i64, cost: i64) -> u8 {
    let percent = i128::from(available.max(0)) * 100 / i128::from(cost.max(1));
    u8::try_from(percent.min(99)).unwrap_or(0)
}

/// A local date, with the time unless it is the day's first minute.
fn start(local: NaiveDateTime) -> String {
    written::moment(local)
}

/// A local date, with the time unless it is the day's last minute.
fn end(local: NaiveDateTime) -> String {
    let is_last = local.hour() == 23 && local.minute() == 59;
    if is_last { written::date(local.date()) } else { written::date_and_time(local) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stay_below_the_whole() {
        assert_eq!(part(0, 500), 0);
        assert_eq!(part(-20, 500), 0);
        assert_eq!(part(250, 500), 50);
        assert_eq!(part(i64::MAX, 1), 99);
    }

    #[test]
    fn the_first_and_the_last_minute_of_a_day_need_no_time() {
        let at = |text: &str| parse_local(text).unwrap();
        assert_eq!(start(at("2026-05-01T00:00")), "May 1, 2026");
        assert_eq!(start(at("2026-05-01T09:30")), "May 1, 2026, 9:30 am");
        assert_eq!(end(at("2026-05-31T23:59")), "May 31, 2026");
        assert_eq!(end(at("2026-06-01T00:00")), "Jun 1, 2026, 12:00 am");
    }
}
