//! A reward as form fields, and back.
//!
//! The browser reads the fields for the sentence beside them, the server for saving; both go through here, so that the
//! sentence is that of what would be saved. People type percents, amounts in major units and days.

use super::super::cashback::fraction;
use crate::dashboard::fields::{self, given, text};
pub use crate::dashboard::fields::{Problems, Values};
use crate::dashboard::money;
use perennial_domain::error::FieldError;
use perennial_domain::money::Currency;
use perennial_domain::rewards::{CostInput, RewardInput, RewardTerms, ValueInput, VariableCostInput};

/// Before the id of a tier that is ticked.
pub const TIER: &str = "tier.";

/// Whether the customer chooses how many points to spend.
#[must_use]
pub fn is_variable(values: &Values) -> bool {
    text(values, "kind") == "money_off" && text(values, "cost") == "variable"
}

/// Reads the fields. Everything that is wrong is told at once, by field.
///
/// # Errors
/// The fields that cannot stand as they are.
pub fn terms(values: &Values, currency: Currency) -> Result<RewardTerms, Problems> {
    let mut problems = Problems::new();
    let checked = input(values, currency, &mut problems).check();
    fields::checked(checked, problems, |error| {
        let field = field_of(error, values);
        let words = words_for(error, &field, values);
        (field, words)
    })
}

fn input(values: &Values, currency: Currency, problems: &mut Problems) -> RewardInput {
    let value = value(values, currency, problems);
    let mut whole = |name: &str| fields::whole(values, name, "Type a whole number, such as 500", problems);
    let points_cost = if is_variable(values) {
        let (step, min, max) = (whole("step"), whole("min"), whole("max"));
        // A step that cannot be read is told; one that is missing is refused as a step of nothing.
        Some(CostInput::Variable(VariableCostInput { step: step.unwrap_or_default(), min, max }))
    } else {
        whole("points").map(CostInput::Fixed)
    };
    let has_stock = text(values, "kind") != "voucher_pool";
    let has_voucher = text(values, "kind") != "external";
    RewardInput {
        name: text(values, "name").to_owned(),
        description: given(values, "description"),
        kind: text(values, "kind").to_owned(),
        value,
        points_cost,
        stock: has_stock.then(|| whole("stock")).flatten(),
        limit_per_customer: whole("limit_per_customer"),
        tiers: values.keys().filter_map(|name| name.strip_prefix(TIER)).map(str::to_owned).collect(),
        valid_from: given(values, "valid_from"),
        valid_until: given(values, "valid_until"),
        valid_days: has_voucher.then(|| whole("valid_days")).flatten(),
    }
}

/// What it is worth, in the form that its kind asks for.
fn value(values: &Values, currency: Currency, problems: &mut Problems) -> Option<ValueInput> {
    let typed = given(values, "value");
    let wrong = match text(values, "kind") {
        "money_off" => match money::parse(&typed?, currency) {
            Ok(amount) => return Some(ValueInput::Whole(amount)),
            Err(problem) => problem,
        },
        "percent" => match fraction(&typed?) {
            Some(part) => return Some(ValueInput::Text(part)),
            None => "Type a number, such as 10 or 2.5".to_owned(),
        },
        "free_product" => return typed.map(ValueInput::Text),
        _ => return None,
    };
    problems.insert("value".to_owned(), wrong);
    None
}

/// The field that an error of the domain is about.
#[must_use]
pub fn field_of(error: &FieldError, values: &Values) -> String {
    let mut parts = error.pointer.trim_start_matches('/').split('/');
    match (parts.next().unwrap_or_default(), parts.next()) {
        ("points_cost", Some(part)) => part.to_owned(),
        ("points_cost", None) if is_variable(values) => "step".to_owned(),
        ("points_cost", None) => "points".to_owned(),
        // The kind was chosen before, and is no field of the form.
        ("kind", _) => String::new(),
        (field, _) => field.to_owned(),
    }
}

/// The error in the words of the form; the domain speaks to programs, too.
fn words_for(error: &FieldError, field: &str, values: &Values) -> String {
    match (field, error.code.as_ref(), text(values, "kind")) {
        ("name", "required", _) => "Give the reward a name".to_owned(),
        ("value", "required", "free_product") => "Name the product by its SKU".to_owned(),
        ("value", "required", _) => "Say what it takes off".to_owned(),
        ("value", "out_of_range", "percent") => "More than 0 and at most 100 percent".to_owned(),
        ("points", "required", _) => "Say what it costs".to_owned(),
        ("step", _, _) if text(values, "step").is_empty() => "Say in what steps".to_owned(),
        ("min" | "max", "not_a_multiple", _) => "A multiple of the step".to_owned(),
        ("max", "below_min", _) => "Not less than the least".to_owned(),
        ("valid_until", "not_after_start", _) => "The end must be after the beginning".to_owned(),
        _ => error.detail.clone(),
    }
}

/// The fields of a reward, for the form.
#[cfg(feature = "ssr")]
#[must_use]
pub fn values(input: RewardInput, currency: Currency) -> Values {
    use super::super::cashback::percents;
    let mut values = Values::new();
    let mut set = |name: &str, value: Option<String>| fields::set(&mut values, name, value);
    set(
        "value",
        input.value.map(|value| match value {
            ValueInput::Whole(amount) => money::plain(amount, currency),
            ValueInput::Text(text) if input.kind == "percent" => percents(&text),
            ValueInput::Text(text) => text,
        }),
    );
    set("kind", Some(input.kind));
    set("name", Some(input.name));
    set("description", input.description);
    let number = |number: i64| number.to_string();
    match input.points_cost {
        Some(CostInput::Fixed(points)) => {
            set("cost", Some("fixed".to_owned()));
            set("points", Some(number(points)));
        }
        Some(CostInput::Variable(cost)) => {
            set("cost", Some("variable".to_owned()));
            set("step", Some(number(cost.step)));
            set("min", cost.min.map(number));
            set("max", cost.max.map(number));
        }
        None => {}
    }
    set("stock", input.stock.map(number));
    set("limit_per_customer", input.limit_per_customer.map(number));
    for tier in input.tiers {
        set(&format!("{TIER}{tier}"), Some("on".to_owned()));
    }
    set("valid_from", input.valid_from.map(fields::to_the_minute));
    set("valid_until", input.valid_until.map(fields::to_the_minute));
    set("valid_days", input.valid_days.map(number));
    values
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Values {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_kind_survives_the_way_there_and_back() {
        let tier = format!("{TIER}01900000-0000-7000-8000-000000000001");
        let kinds = [
            form(&[
                ("kind", "money_off"),
                ("value", "5.00"),
                ("cost", "variable"),
                ("step", "100"),
                ("min", "200"),
                ("max", "1000"),
                ("stock", "40"),
                ("valid_days", "30"),
            ]),
            form(&[
                ("kind", "percent"),
                ("value", "12.5"),
                ("cost", "fixed"),
                ("points", "300"),
                (&tier, "on"),
            ]),
            form(&[("kind", "free_product"), ("value", "4011"), ("cost", "fixed"), ("points", "300")]),
            form(&[
                ("kind", "voucher_pool"),
                ("cost", "fixed"),
                ("points", "300"),
                ("limit_per_customer", "1"),
                ("valid_from", "2026-04-02T17:00"),
                ("valid_until", "2026-05-28T23:59"),
            ]),
            form(&[("kind", "external"), ("cost", "fixed"), ("points", "9000"), ("description", "A tour.")]),
        ];
        for mut fields in kinds {
            fields.insert("name".to_owned(), "Reward".to_owned());
            let terms = terms(&fields, Currency::USD).expect("the reward is right");
            assert_eq!(values(terms.into(), Currency::USD), fields);
        }
    }

    #[test]
    fn each_problem_is_told_at_its_own_field() {
        let wrong = form(&[
            ("kind", "money_off"),
            ("name", " "),
            ("value", "five"),
            ("cost", "variable"),
            ("step", ""),
            ("min", "some"),
            ("stock", "-1"),
            ("limit_per_customer", "0"),
            ("valid_from", "2026-04-02T17:00"),
            ("valid_until", "2026-04-02T17:00"),
            ("valid_days", "4000"),
        ]);
        let problems = terms(&wrong, Currency::USD).expect_err("much is wrong");
        let fields: Vec<&str> = problems.keys().map(String::as_str).collect();
        assert_eq!(
            fields,
            ["limit_per_customer", "min", "name", "step", "stock", "valid_days", "valid_until", "value"]
        );
        assert_eq!(problems["step"], "Say in what steps");
        assert_eq!(problems["value"], "Type an amount such as 10.50");
    }

    #[test]
    fn what_a_kind_does_not_have_is_not_asked_of_it() {
        let pool = form(&[
            ("kind", "voucher_pool"),
            ("name", "Cinema"),
            ("points", "5"),
            ("stock", "3"),
            ("value", "5"),
        ]);
        let terms = terms(&pool, Currency::USD).expect("a pool has neither");
        assert_eq!(terms.stock, None);
        let fixed = form(&[("kind", "percent"), ("name", "Tenth"), ("value", "10"), ("cost", "variable")]);
        let problems = super::terms(&fixed, Currency::USD).expect_err("no cost");
        assert_eq!(
            problems.into_iter().collect::<Vec<_>>(),
            [("points".to_owned(), "Say what it costs".to_owned())]
        );
    }
}
