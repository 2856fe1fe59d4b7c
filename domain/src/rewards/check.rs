//! The checks that turn what was written into the terms of a reward.

use super::{
    CostInput, PointsCost, RewardInput, RewardKind, RewardTerms, ValueInput, VariableCost, VariableCostInput,
};
use crate::codes::{CodeError, Description, Label, Sku, uncover};
use crate::error::{Errors, FieldError, InvalidFields};
use crate::fields::{MAX_POINTS, days, fraction, list, local_span, positive_amount, positive_points, whole};
use crate::ids::TierId;
use crate::points::Points;

/// The largest stock and the highest limit for one customer.
const MAX_COUNT: i64 = 1_000_000_000;

impl TryFrom<RewardInput> for RewardTerms {
    type Error = InvalidFields;

    /// The terms as they are stored.
    fn try_from(mut input: RewardInput) -> Result<Self, InvalidFields> {
        uncover(&mut input.name);
        input.description.iter_mut().for_each(uncover);
        input.check().map_err(InvalidFields)
    }
}

impl RewardInput {
    /// Checks everything that needs no state, and reports everything that is wrong at once.
    ///
    /// Whether its tiers and its product exist, only the engine knows.
    pub fn check(&self) -> Result<RewardTerms, Vec<FieldError>> {
        let mut errors = Errors::default();
        let name = errors.keep("/name", Label::new(&self.name));
        let description = self
            .description
            .as_deref()
            .filter(|text| !text.trim().is_empty())
            .and_then(|text| errors.keep("/description", Description::new(text)));
        let kind = self.checked_kind(&mut errors);
        let cost = self.cost(&mut errors);
        if let (Some(PointsCost::Variable(_)), Some(kind)) = (cost, &kind)
            && !matches!(kind, RewardKind::MoneyOff(_))
        {
            let detail = "Only money off can leave the number of points to the customer";
            errors.push(FieldError::new("/points_cost", "not_variable", detail));
        }
        let stock = self.stock.and_then(|stock| {
            let stock = whole("/stock", stock, 0, MAX_COUNT, &mut errors)?;
            if matches!(kind, Some(RewardKind::VoucherPool)) {
                let detail = "A voucher pool has as many as it has codes";
                errors.push(FieldError::new("/stock", "not_for_kind", detail));
            }
            u64::try_from(stock).ok()
        });
        let limit_per_customer = self.limit_per_customer.and_then(|limit| {
            let limit = whole("/limit_per_customer", limit, 1, MAX_COUNT, &mut errors)?;
            u32::try_from(limit).ok()
        });
        let tier = |text: &str| {
            let expected = CodeError::Shape { expected: "the id of a tier" };
            text.trim().parse::<TierId>().map_err(|_| expected)
        };
        let tiers = list("/tiers", &self.tiers, tier, &mut errors);
        let (valid_from, valid_until) = local_span(
            ("/valid_from", self.valid_from.as_deref()),
            ("/valid_until", self.valid_until.as_deref()),
            &mut errors,
        );
        let valid_days = self.valid_days.and_then(|given| days("/valid_days", given, 1, &mut errors));
        let terms = name.zip(kind).zip(cost).map(|((name, kind), cost)| RewardTerms {
            name,
            description,
            kind,
            cost,
            stock,
            limit_per_customer,
            tiers,
            valid_from,
            valid_until,
            valid_days,
        });
        errors.finish(terms)
    }

    fn checked_kind(&self, errors: &mut Errors) -> Option<RewardKind> {
        let wrong = |errors: &mut Errors, detail: &str| {
            errors.push(FieldError::new("/value", "malformed", detail));
            None
        };
        match (self.kind.as_str(), &self.value) {
            ("", _) => {
                errors.push(FieldError::required("/kind"));
                None
            }
            ("money_off", Some(ValueInput::Whole(amount))) => {
                positive_amount("/value", *amount, errors).map(RewardKind::MoneyOff)
            }
            ("money_off", Some(ValueInput::Text(_))) => {
                wrong(errors, "Must be a whole number of minor units")
            }
            ("percent", Some(ValueInput::Text(part))) => {
                fraction("/value", part, true, errors).map(RewardKind::Percent)
            }
            ("percent", Some(ValueInput::Whole(_))) => {
                wrong(errors, "Must be a decimal as a text, such as \"0.1\" for 10%")
            }
            ("free_product", Some(ValueInput::Text(sku))) => {
                errors.keep("/value", Sku::new(sku)).map(RewardKind::FreeProduct)
            }
            ("free_product", Some(ValueInput::Whole(_))) => wrong(errors, "Must be the sku of a product"),
            ("money_off" | "percent" | "free_product", None) => {
                errors.push(FieldError::required("/value"));
                None
            }
            ("voucher_pool", None) => Some(RewardKind::VoucherPool),
            ("external", None) => Some(RewardKind::External),
            ("voucher_pool" | "external", Some(_)) => {
                let detail = "Rewards of this kind have no value of their own";
                errors.push(FieldError::new("/value", "not_for_kind", detail));
                None
            }
            _ => {
                let detail = format!("Must be one of {}", RewardKind::WORDS.join(", "));
                errors.push(FieldError::new("/kind", "malformed", detail));
                None
            }
        }
    }

    fn cost(&self, errors: &mut Errors) -> Option<PointsCost> {
        match &self.points_cost {
            None => {
                errors.push(FieldError::required("/points_cost"));
                None
            }
            Some(CostInput::Fixed(points)) => {
                positive_points("/points_cost", *points, MAX_POINTS, errors).map(PointsCost::Fixed)
            }
            Some(CostInput::Variable(input)) => variable(input, errors).map(PointsCost::Variable),
        }
    }
}

fn variable(input: &VariableCostInput, errors: &mut Errors) -> Option<VariableCost> {
    let step = positive_points("/points_cost/step", input.step, MAX_POINTS, errors);
    let mut bound = |pointer: &str, points: Option<i64>| {
        let points = positive_points(pointer, points?, MAX_POINTS, errors)?;
        if step.is_some_and(|step| points.get().checked_rem(step.get()) != Some(0)) {
            errors.push(FieldError::new(pointer, "not_a_multiple", "Must be a multiple of step"));
            return None;
        }
        Some(points)
    };
    let min = bound("/points_cost/min", input.min);
    let max = bound("/points_cost/max", input.max);
    let step: Points = step?;
    let min = min.unwrap_or(step);
    if max.is_some_and(|max| max < min) {
        errors.push(FieldError::new("/points_cost/max", "below_min", "Must be at least min"));
        return None;
    }
    VariableCost::new(step, min, max)
}
