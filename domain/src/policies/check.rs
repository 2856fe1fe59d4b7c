//! The checks that turn what was written into the terms of a policy.

use super::{
    Beneficiary, CapInput, CapPeriod, CountUnit, Counting, DiscountWorth, EffectInput, EventInput,
    LetterText, Milestones, PolicyCap, PolicyEffect, PolicyEvent, PolicyInput, PolicyTerms,
};
use crate::codes::{Label, uncover};
use crate::error::{Errors, FieldError, InvalidFields};
use crate::fields::{
    MAX_POINTS, days, fraction, list, positive_amount, positive_points, product_matcher, whole,
};
use crate::ids::{RewardId, TierId};
use crate::promotion::ProductFilter;
use crate::rewards::ValueInput;

/// Effects of one policy at most.
pub(super) const MAX_EFFECTS: usize = 5;
/// Numbers of one policy at most.
pub(super) const MAX_MILESTONES: usize = 50;
/// The largest number that can be passed, and the most credits and times.
const MAX_COUNT: i64 = 1_000_000;

impl TryFrom<PolicyInput> for PolicyTerms {
    type Error = InvalidFields;

    /// The terms as they are stored.
    fn try_from(mut input: PolicyInput) -> Result<Self, InvalidFields> {
        uncover(&mut input.name);
        let letters = input.effects.iter_mut();
        letters.flat_map(|effect| effect.subject.iter_mut().chain(&mut effect.text)).for_each(uncover);
        input.check().map_err(InvalidFields)
    }
}

impl PolicyInput {
    /// Checks everything that needs no state, and reports everything that is wrong at once.
    ///
    /// Whether its products, its tier and its rewards exist, only the engine knows.
    pub fn check(&self) -> Result<PolicyTerms, Vec<FieldError>> {
        let mut errors = Errors::default();
        let name = errors.keep("/name", Label::new(&self.name));
        let event = self.event.check(&mut errors);
        let effects = self.effects(&mut errors);
        let to = self.beneficiary(event.as_ref(), &mut errors);
        let cap = self.cap.as_ref().and_then(|cap| cap.check(&mut errors));
        let cool_down_days =
            self.cool_down_days.and_then(|given| days("/cool_down_days", given, 1, &mut errors));
        let hold_days = days("/hold_days", self.hold_days.unwrap_or(0), 0, &mut errors).unwrap_or(0);
        let terms = name.zip(event).zip(to).map(|((name, event), to)| PolicyTerms {
            name,
            event,
            effects,
            to,
            cap,
            cool_down_days,
            hold_days,
        });
        errors.finish(terms)
    }

    fn effects(&self, errors: &mut Errors) -> Vec<PolicyEffect> {
        if self.effects.is_empty() {
            errors.push(FieldError::required("/effects"));
        }
        if self.effects.len() > MAX_EFFECTS {
            let detail = format!("Must have at most {MAX_EFFECTS} entries");
            errors.push(FieldError::new("/effects", "too_many", detail));
            return Vec::new();
        }
        let effects = self.effects.iter().enumerate();
        effects.filter_map(|(index, effect)| effect.check(&format!("/effects/{index}"), errors)).collect()
    }

    fn beneficiary(&self, event: Option<&PolicyEvent>, errors: &mut Errors) -> Option<Beneficiary> {
        let Some(text) = self.to.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
            let of_friends = event.is_some_and(PolicyEvent::is_of_friends);
            return Some(if of_friends { Beneficiary::Advocate } else { Beneficiary::Customer });
        };
        let to = one_of("/to", text, &Beneficiary::ALL, Beneficiary::as_str, errors)?;
        let Some(event) = event else { return Some(to) };
        let fits = match event {
            PolicyEvent::FirstPurchase(_) => true,
            event => event.is_of_friends() == to.needs_referral(),
        };
        if !fits {
            let detail = if event.is_of_friends() {
                "What friends do can be given to friend, advocate or both"
            } else {
                "What is not about friends can only be given to customer"
            };
            errors.push(FieldError::new("/to", "not_for_event", detail));
            return None;
        }
        Some(to)
    }
}

impl EventInput {
    fn check(&self, errors: &mut Errors) -> Option<PolicyEvent> {
        let on = self.on.trim();
        if on.is_empty() {
            errors.push(FieldError::required("/event/on"));
            return None;
        }
        if !PolicyEvent::WORDS.contains(&on) {
            let detail = format!("Must be one of {}", PolicyEvent::WORDS.join(", "));
            errors.push(FieldError::new("/event/on", "malformed", detail));
            return None;
        }
        let counted = on.ends_with("_count");
        let bought = counted || on.ends_with("_purchase");
        let given = [
            ("at", !self.at.is_empty(), counted),
            ("every", self.every.is_some(), counted),
            ("count", self.count.is_some(), bought),
            ("products", !self.products.include.is_empty() || !self.products.exclude.is_empty(), bought),
            ("minimum_amount", self.minimum_amount.is_some(), bought),
            ("above", self.above.is_some(), on == "points"),
            ("tier", self.tier.is_some(), on == "tier"),
        ];
        refuse_others("/event", on, &given, errors);
        match on {
            "enrolment" => Some(PolicyEvent::Enrolment),
            "registration" => Some(PolicyEvent::Registration),
            "birthday" => Some(PolicyEvent::Birthday),
            "first_purchase" => self.counting(errors).map(PolicyEvent::FirstPurchase),
            "friend_purchase" => self.counting(errors).map(PolicyEvent::FriendPurchase),
            "points" => {
                let Some(above) = self.above else {
                    errors.push(FieldError::required("/event/above"));
                    return None;
                };
                let above = whole("/event/above", above, 0, MAX_POINTS, errors)?;
                Some(PolicyEvent::PointsAbove(crate::points::Points::new(above)))
            }
            "tier" => {
                let tier = self.tier.as_deref().map(str::trim).filter(|tier| !tier.is_empty());
                let Some(tier) = tier else {
                    errors.push(FieldError::required("/event/tier"));
                    return None;
                };
                id::<TierId>("/event/tier", tier, "Must be the id of a tier", errors)
                    .map(PolicyEvent::TierReached)
            }
            _ => {
                let (counting, milestones) = (self.counting(errors), self.milestones(errors));
                let (counting, milestones) = counting.zip(milestones)?;
                Some(match on {
                    "friend_count" => PolicyEvent::FriendCount(counting, milestones),
                    "friends_count" => PolicyEvent::FriendsCount(counting, milestones),
                    _ => PolicyEvent::OwnCount(counting, milestones),
                })
            }
        }
    }

    fn counting(&self, errors: &mut Errors) -> Option<Counting> {
        let unit = match self.count.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            None => Some(CountUnit::default()),
            Some(text) => one_of("/event/count", text, &CountUnit::ALL, CountUnit::as_str, errors),
        };
        let products = ProductFilter {
            include: list("/event/products/include", &self.products.include, product_matcher, errors),
            exclude: list("/event/products/exclude", &self.products.exclude, product_matcher, errors),
        };
        let minimum_amount =
            self.minimum_amount.and_then(|amount| positive_amount("/event/minimum_amount", amount, errors));
        Some(Counting { unit: unit?, products, minimum_amount })
    }

    fn milestones(&self, errors: &mut Errors) -> Option<Milestones> {
        match (self.at.as_slice(), self.every) {
            ([], Some(every)) => {
                let every = whole("/event/every", every, 1, MAX_COUNT, errors)?;
                Some(Milestones::Every(every.unsigned_abs()))
            }
            ([_, ..], None) => {
                if self.at.len() > MAX_MILESTONES {
                    let detail = format!("Must have at most {MAX_MILESTONES} entries");
                    errors.push(FieldError::new("/event/at", "too_many", detail));
                    return None;
                }
                let mut numbers = Vec::with_capacity(self.at.len());
                for (index, number) in self.at.iter().enumerate() {
                    let number = whole(&format!("/event/at/{index}"), *number, 1, MAX_COUNT, errors);
                    numbers.extend(number.map(i64::unsigned_abs));
                }
                numbers.sort_unstable();
                numbers.dedup();
                Some(Milestones::At(numbers))
            }
            _ => {
                let detail = "Exactly one of at and every is required";
                errors.push(FieldError::new("/event/at", "exactly_one", detail));
                None
            }
        }
    }
}

impl EffectInput {
    fn check(&self, pointer: &str, errors: &mut Errors) -> Option<PolicyEffect> {
        let give = self.give.trim();
        if give.is_empty() {
            errors.push(FieldError::required(format!("{pointer}/give")));
            return None;
        }
        let given = [
            ("points", self.points.is_some(), give == "points"),
            ("amount", self.amount.is_some(), give == "cashback"),
            ("credits", self.credits.is_some(), give == "credits"),
            ("reward", self.reward.is_some(), give == "reward"),
            ("value", self.value.is_some(), give == "discount"),
            ("valid_days", self.valid_days.is_some(), give == "discount"),
            ("subject", self.subject.is_some(), give == "email"),
            ("text", self.text.is_some(), give == "email"),
        ];
        if PolicyEffect::WORDS.contains(&give) {
            refuse_others(pointer, give, &given, errors);
        }
        let at = |field: &str| format!("{pointer}/{field}");
        match give {
            "points" => {
                let points = required(self.points, &at("points"), errors)?;
                positive_points(&at("points"), points, MAX_POINTS, errors).map(PolicyEffect::Points)
            }
            "cashback" => {
                let amount = required(self.amount, &at("amount"), errors)?;
                positive_amount(&at("amount"), amount, errors).map(PolicyEffect::Cashback)
            }
            "credits" => {
                let credits = required(self.credits, &at("credits"), errors)?;
                let credits = whole(&at("credits"), credits, 1, MAX_COUNT, errors)?;
                u32::try_from(credits).ok().map(PolicyEffect::Credits)
            }
            "reward" => {
                let reward = required(self.reward.as_deref(), &at("reward"), errors)?;
                id::<RewardId>(&at("reward"), reward.trim(), "Must be the id of a reward", errors)
                    .map(PolicyEffect::Reward)
            }
            "discount" => self.discount(pointer, errors),
            "email" => {
                let subject = errors.keep(&at("subject"), Label::new(self.subject.as_deref().unwrap_or("")));
                let subject = subject.filter(|subject| {
                    let fillable = LetterText::fillable(subject.as_str());
                    errors.keep(&at("subject"), fillable).is_some()
                });
                let text = errors.keep(&at("text"), LetterText::new(self.text.as_deref().unwrap_or("")));
                subject.zip(text).map(|(subject, text)| PolicyEffect::Email { subject, text })
            }
            _ => {
                let detail = format!("Must be one of {}", PolicyEffect::WORDS.join(", "));
                errors.push(FieldError::new(at("give"), "malformed", detail));
                None
            }
        }
    }

    fn discount(&self, pointer: &str, errors: &mut Errors) -> Option<PolicyEffect> {
        let value = format!("{pointer}/value");
        // Whatever is wrong with the value, the days are looked at, too: all problems are told together.
        let worth = required(self.value.as_ref(), &value, errors).and_then(|given| match given {
            ValueInput::Whole(amount) => {
                positive_amount(&value, *amount, errors).map(DiscountWorth::MoneyOff)
            }
            ValueInput::Text(part) => fraction(&value, part, true, errors).map(DiscountWorth::Percent),
        });
        let pointer = format!("{pointer}/valid_days");
        let valid_days = self.valid_days.and_then(|given| days(&pointer, given, 1, errors));
        worth.map(|worth| PolicyEffect::Discount { worth, valid_days })
    }
}

impl CapInput {
    fn check(&self, errors: &mut Errors) -> Option<PolicyCap> {
        let times = whole("/cap/times", self.times, 1, MAX_COUNT, errors);
        let per = one_of("/cap/per", self.per.trim(), &CapPeriod::ALL, CapPeriod::as_str, errors)?;
        let times = u32::try_from(times?).ok()?;
        Some(PolicyCap { times, per })
    }
}

/// Refuses fields that go with another word: of each its name, whether it was given, whether it may be.
fn refuse_others(pointer: &str, word: &str, given: &[(&str, bool, bool)], errors: &mut Errors) {
    for (field, _, _) in given.iter().filter(|(_, given, may_be)| *given && !may_be) {
        let detail = format!("Does not go with “{word}”");
        errors.push(FieldError::new(format!("{pointer}/{field}"), "not_for_kind", detail));
    }
}

fn required<T>(value: Option<T>, pointer: &str, errors: &mut Errors) -> Option<T> {
    if value.is_none() {
        errors.push(FieldError::required(pointer));
    }
    value
}

fn id<T: std::str::FromStr>(pointer: &str, text: &str, detail: &str, errors: &mut Errors) -> Option<T> {
    let parsed = text.parse().ok();
    if parsed.is_none() {
        errors.push(FieldError::new(pointer, "malformed", detail));
    }
    parsed
}

fn one_of<T: Copy>(
    pointer: &str,
    text: &str,
    all: &[T],
    word: impl Fn(T) -> &'static str,
    errors: &mut Errors,
) -> Option<T> {
    let found = all.iter().copied().find(|one| word(*one) == text);
    if found.is_none() {
        let words: Vec<&str> = all.iter().copied().map(word).collect();
        errors.push(FieldError::new(pointer, "malformed", format!("Must be one of {}", words.join(", "))));
    }
    found
}
