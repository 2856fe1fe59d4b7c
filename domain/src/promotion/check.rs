//! The checks that turn what was written into terms.

use super::time::parse_time;
use super::{
    Budget, CustomerLimit, Effect, Hours, LimitPeriod, ProductFilter, PromotionInput, PromotionTerms,
    Stacking, StackingMode, Weekdays, WhenExhausted,
};
use crate::codes::{CodeError, GroupName, Label, Region, RetailerCode, capitalised, uncover};
use crate::error::{Errors, FieldError, InvalidFields, Problem};
use crate::fields::{
    MAX_ENTRIES, MAX_POINTS, days, list, local_span, positive_points, product_matcher, too_many,
};
use crate::ids::TierId;
use crate::money::{Amount, MAX_SAFE_INTEGER};
use crate::points::{Rate, RateError};

/// The largest multiplier: far above any real one, and a slip of the finger stays below a fortune.
const MAX_MULTIPLIER: u32 = 1_000;

impl From<RateError> for Problem {
    fn from(error: RateError) -> Self {
        let code = match error {
            RateError::Malformed => "malformed",
            RateError::TooPrecise => "too_precise",
            RateError::TooLarge => "out_of_range",
        };
        Self { code: code.into(), detail: capitalised(&error.to_string()) }
    }
}

impl TryFrom<PromotionInput> for PromotionTerms {
    type Error = InvalidFields;

    /// The terms as they are stored.
    fn try_from(mut input: PromotionInput) -> Result<Self, InvalidFields> {
        uncover(&mut input.name);
        input.check().map_err(InvalidFields)
    }
}

impl PromotionInput {
    /// Checks everything that needs no state, and reports everything that is wrong at once.
    ///
    /// Whether its retailers, products and tiers exist, only the engine knows.
    pub fn check(&self) -> Result<PromotionTerms, Vec<FieldError>> {
        let mut errors = Errors::default();
        let name = errors.keep("/name", Label::new(&self.name));
        let effect = self.effect(&mut errors);
        let products = ProductFilter {
            include: list("/products/include", &self.products.include, product_matcher, &mut errors),
            exclude: list("/products/exclude", &self.products.exclude, product_matcher, &mut errors),
        };
        let retailers = list("/retailers", &self.retailers, RetailerCode::new, &mut errors);
        let regions = list("/regions", &self.regions, Region::new, &mut errors);
        let tiers = list("/tiers", &self.tiers, tier, &mut errors);
        let minimum_amount = self.minimum_amount.and_then(|amount| {
            // A minimum of nothing is none.
            errors.keep("/minimum_amount", Amount::new(amount)).filter(|amount| !amount.is_zero())
        });
        let (starts_at, ends_at) = local_span(
            ("/starts_at", self.starts_at.as_deref()),
            ("/ends_at", self.ends_at.as_deref()),
            &mut errors,
        );
        let weekdays = self.weekdays(&mut errors);
        let hours = self.hours(&mut errors);
        let max_points_per_purchase = self
            .max_points_per_purchase
            .and_then(|points| positive_points("/max_points_per_purchase", points, MAX_POINTS, &mut errors));
        let max_points_per_customer = self.customer_limit(&mut errors);
        let budget = self.budget(&mut errors);
        let pending_days = self.pending_days.and_then(|given| days("/pending_days", given, 0, &mut errors));
        let stacking = self.stacking(&mut errors);
        let terms = name.zip(effect).map(|(name, effect)| PromotionTerms {
            name,
            effect,
            products,
            retailers,
            regions,
            tiers,
            first_purchase_only: self.first_purchase_only,
            minimum_amount,
            starts_at,
            ends_at,
            weekdays,
            hours,
            max_points_per_purchase,
            max_points_per_customer,
            budget,
            pending_days,
            stacking,
            priority: self.priority.unwrap_or(0),
        });
        errors.finish(terms)
    }

    fn effect(&self, errors: &mut Errors) -> Option<Effect> {
        match (&self.award_rate, &self.multiplier, self.flat_points) {
            (Some(rate), None, None) => {
                positive_rate("/award_rate", rate, Rate::MAX, errors).map(Effect::AwardRate)
            }
            (None, Some(factor), None) => {
                let max = Rate::whole(MAX_MULTIPLIER).unwrap_or(Rate::MAX);
                positive_rate("/multiplier", factor, max, errors).map(Effect::Multiplier)
            }
            (None, None, Some(points)) => {
                positive_points("/flat_points", points, MAX_POINTS, errors).map(Effect::FlatPoints)
            }
            _ => {
                let detail = "Exactly one of award_rate, multiplier and flat_points is required";
                errors.push(FieldError::new("/award_rate", "exactly_one", detail));
                None
            }
        }
    }

    fn weekdays(&self, errors: &mut Errors) -> Weekdays {
        let mut weekdays = Weekdays::ALL;
        if self.weekdays.len() > MAX_ENTRIES {
            errors.push(too_many("/weekdays"));
            return weekdays;
        }
        for (index, text) in self.weekdays.iter().enumerate() {
            match Weekdays::parse_day(text) {
                Some(day) => weekdays = weekdays.with(day),
                None => errors.push(FieldError::new(
                    format!("/weekdays/{index}"),
                    "malformed",
                    "Must be one of mon, tue, wed, thu, fri, sat, sun",
                )),
            }
        }
        weekdays
    }

    fn hours(&self, errors: &mut Errors) -> Option<Hours> {
        let input = self.hours.as_ref()?;
        let mut time = |pointer: &str, text: &str| {
            let time = parse_time(text);
            if time.is_none() {
                errors.push(FieldError::new(pointer, "malformed", "Must be a time such as 17:00"));
            }
            time
        };
        let (from, to) = time("/hours/from", &input.from).zip(time("/hours/to", &input.to))?;
        let hours = Hours::new(from, to);
        if hours.is_none() {
            errors.push(FieldError::new("/hours/to", "same_as_from", "Must differ from hours.from"));
        }
        hours
    }

    fn customer_limit(&self, errors: &mut Errors) -> Option<CustomerLimit> {
        let input = self.max_points_per_customer.as_ref()?;
        let points = positive_points("/max_points_per_customer/points", input.points, MAX_POINTS, errors);
        let per = LimitPeriod::ALL.into_iter().find(|period| period.as_str() == input.per);
        if per.is_none() {
            let detail = "Must be one of day, month, ever";
            errors.push(FieldError::new("/max_points_per_customer/per", "malformed", detail));
        }
        let (points, per) = points.zip(per)?;
        Some(CustomerLimit { points, per })
    }

    fn budget(&self, errors: &mut Errors) -> Option<Budget> {
        let input = self.budget.as_ref()?;
        let points = positive_points("/budget/points", input.points, MAX_SAFE_INTEGER, errors);
        let when_exhausted = match input.when_exhausted.as_deref() {
            None => Some(WhenExhausted::default()),
            Some(word) => WhenExhausted::ALL.into_iter().find(|candidate| candidate.as_str() == word),
        };
        if when_exhausted.is_none() {
            let detail = "Must be one of stop, partial";
            errors.push(FieldError::new("/budget/when_exhausted", "malformed", detail));
        }
        let (points, when_exhausted) = points.zip(when_exhausted)?;
        Some(Budget { points, when_exhausted })
    }

    fn stacking(&self, errors: &mut Errors) -> Stacking {
        let mut stacking = Stacking::default();
        let Some(input) = &self.stacking else { return stacking };
        if let Some(group) =
            input.group.as_deref().and_then(|group| errors.keep("/stacking/group", GroupName::new(group)))
        {
            stacking.group = group;
        }
        if let Some(mode) = &input.mode {
            match StackingMode::ALL.into_iter().find(|candidate| candidate.as_str() == mode) {
                Some(mode) => stacking.mode = mode,
                None => errors.push(FieldError::new(
                    "/stacking/mode",
                    "malformed",
                    "Must be one of add, best, exclusive",
                )),
            }
        }
        stacking
    }
}

fn tier(text: &str) -> Result<TierId, CodeError> {
    text.trim().parse().map_err(|_| CodeError::Shape { expected: "the id of a tier" })
}

fn positive_rate(pointer: &str, text: &str, max: Rate, errors: &mut Errors) -> Option<Rate> {
    let rate = errors.keep(pointer, text.trim().parse::<Rate>())?;
    if rate.is_zero() || rate > max {
        errors.push(FieldError::new(pointer, "out_of_range", format!("Must be above 0 and at most {max}")));
        return None;
    }
    Some(rate)
}
