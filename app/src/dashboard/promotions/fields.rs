//! The words of the sentence: the promotion as form fields and back.
//!
//! The browser reads the fields for the preview, the server for saving; both go through here, so that the
//! preview shows what would be saved. A field that was left empty is a clause that does not exist.

use crate::dashboard::fields::{self, amount, given, text};
pub use crate::dashboard::fields::{Problems, Values};
#[cfg(feature = "ssr")]
use crate::dashboard::money;
use perennial_domain::error::FieldError;
use perennial_domain::money::Currency;
use perennial_domain::promotion::{
    BudgetInput, CustomerLimitInput, HoursInput, ProductsInput, PromotionInput, PromotionTerms,
    StackingInput, StackingMode,
};

/// The days of a week: field, short name.
pub const DAYS: [(&str, &str); 7] = [
    ("mon", "Mon"),
    ("tue", "Tue"),
    ("wed", "Wed"),
    ("thu", "Thu"),
    ("fri", "Fri"),
    ("sat", "Sat"),
    ("sun", "Sun"),
];

/// The words of a list that are not empty, with the names of their fields, in the order of their numbers.
pub fn words<'a>(values: &'a Values, list: &str) -> Vec<(&'a str, &'a str)> {
    let mut words: Vec<(usize, &str, &str)> = values
        .iter()
        .filter_map(|(name, value)| {
            let number = name.strip_prefix(list)?.strip_prefix('.')?.parse().ok()?;
            let value = value.trim();
            (!value.is_empty()).then_some((number, name.as_str(), value))
        })
        .collect();
    words.sort_unstable();
    words.into_iter().map(|(_, name, value)| (name, value)).collect()
}

fn list(values: &Values, name: &str) -> Vec<String> {
    words(values, name).into_iter().map(|(_, value)| value.to_owned()).collect()
}

fn whole(values: &Values, name: &str, problems: &mut Problems) -> Option<i64> {
    fields::whole(values, name, "Type a whole number, such as 500", problems)
}

/// Reads the sentence. Everything that is wrong is told at once, by field.
///
/// # Errors
/// The fields that cannot stand as they are.
pub fn terms(values: &Values, currency: Currency) -> Result<PromotionTerms, Problems> {
    let mut problems = Problems::new();
    let input = input(values, currency, &mut problems);
    fields::checked(input.check(), problems, |error| {
        let field = field_of(error, values);
        let words = words_for(error, &field);
        (field, words)
    })
}

fn input(values: &Values, currency: Currency, problems: &mut Problems) -> PromotionInput {
    let value = given(values, "effect_value");
    let kind = text(values, "effect");
    let hours = match (given(values, "hours_from"), given(values, "hours_to")) {
        (None, None) => None,
        // An end that is missing is midnight, as a clock shows it.
        (from, to) => Some(HoursInput {
            from: from.unwrap_or_else(|| "00:00".to_owned()),
            to: to.unwrap_or_else(|| "00:00".to_owned()),
        }),
    };
    let minimum_amount = amount(values, "minimum", currency, problems);
    let priority = whole(values, "priority", problems).and_then(|number| {
        i32::try_from(number)
            .map_err(|_| problems.insert("priority".to_owned(), "Type a smaller number".to_owned()))
            .ok()
    });
    let max_points_per_customer = whole(values, "customer_points", problems).map(|points| {
        CustomerLimitInput { points, per: given(values, "customer_per").unwrap_or_else(|| "day".to_owned()) }
    });
    let budget = whole(values, "budget", problems)
        .map(|points| BudgetInput { points, when_exhausted: given(values, "budget_end") });
    PromotionInput {
        name: text(values, "name").to_owned(),
        award_rate: value.clone().filter(|_| kind == "rate").map(decimal),
        multiplier: value.clone().filter(|_| kind == "multiplier").map(decimal),
        flat_points: if kind == "flat" { whole(values, "effect_value", problems) } else { None },
        products: ProductsInput { include: list(values, "include"), exclude: list(values, "exclude") },
        retailers: list(values, "retailer"),
        regions: list(values, "region"),
        tiers: list(values, "tier"),
        first_purchase_only: text(values, "who") == "first",
        minimum_amount,
        starts_at: given(values, "starts_at"),
        ends_at: given(values, "ends_at"),
        weekdays: DAYS
            .iter()
            .filter(|(day, _)| !text(values, &format!("weekday.{day}")).is_empty())
            .map(|(day, _)| (*day).to_owned())
            .collect(),
        hours,
        max_points_per_purchase: whole(values, "max_points", problems),
        max_points_per_customer,
        budget,
        pending_days: whole(values, "pending_days", problems),
        stacking: Some(StackingInput { group: given(values, "group"), mode: given(values, "mode") }),
        priority,
    }
}

/// Half the world writes a decimal comma.
fn decimal(text: String) -> String {
    if text.contains('.') { text } else { text.replace(',', ".") }
}

/// The field that an error of the domain is about.
#[must_use]
pub fn field_of(error: &FieldError, values: &Values) -> String {
    let mut parts = error.pointer.trim_start_matches('/').split('/');
    let word = |list: &str, index: Option<&str>| {
        let index: usize = index.and_then(|index| index.parse().ok()).unwrap_or(0);
        words(values, list).get(index).map_or_else(|| format!("{list}.0"), |(name, _)| (*name).to_owned())
    };
    match (parts.next().unwrap_or_default(), parts.next(), parts.next()) {
        ("award_rate" | "multiplier" | "flat_points", ..) => "effect_value".to_owned(),
        ("products", Some("include"), index) => word("include", index),
        ("products", Some("exclude"), index) => word("exclude", index),
        ("retailers", index, _) => word("retailer", index),
        ("regions", index, _) => word("region", index),
        ("hours", Some("from"), _) => "hours_from".to_owned(),
        ("hours", ..) => "hours_to".to_owned(),
        ("minimum_amount", ..) => "minimum".to_owned(),
        ("tiers", index, _) => word("tier", index),
        ("max_points_per_customer", Some("per"), _) => "customer_per".to_owned(),
        ("max_points_per_customer", ..) => "customer_points".to_owned(),
        ("budget", Some("when_exhausted"), _) => "budget_end".to_owned(),
        ("max_points_per_purchase", ..) => "max_points".to_owned(),
        ("stacking", Some("mode"), _) => "mode".to_owned(),
        ("stacking", ..) => "group".to_owned(),
        ("weekdays", Some(_), _) => "weekday.mon".to_owned(),
        (field, ..) => field.to_owned(),
    }
}

/// The error in the words of the editor; the domain speaks to programs, too.
fn words_for(error: &FieldError, field: &str) -> String {
    match (field, error.code.as_ref()) {
        ("name", "required") => "Give the promotion a name".to_owned(),
        ("effect_value", "exactly_one") => "Say how much it gives".to_owned(),
        ("ends_at", "not_after_start") => "The end must be after the beginning".to_owned(),
        ("hours_to", "same_as_from") => "The hours must end at another time than they begin".to_owned(),
        _ => error.detail.clone(),
    }
}

/// How it meets the others of its group, in a few words.
#[must_use]
pub const fn mode(mode: StackingMode) -> &'static str {
    match mode {
        StackingMode::Add => "it counts beside the others",
        StackingMode::Best => "the best of the group counts",
        StackingMode::Exclusive => "it counts instead of the others",
    }
}

/// The fields of a promotion, for the form.
#[cfg(feature = "ssr")]
#[must_use]
pub fn values(terms: &PromotionTerms, currency: Currency) -> Values {
    let input = PromotionInput::from(terms.clone());
    let mut values = Values::new();
    let mut set = |name: &str, value: String| {
        values.insert(name.to_owned(), value);
    };
    set("name", input.name);
    let (kind, value) = match (input.award_rate, input.multiplier, input.flat_points) {
        (Some(rate), ..) => ("rate", rate),
        (_, Some(factor), _) => ("multiplier", factor),
        (_, _, points) => ("flat", points.map(|points| points.to_string()).unwrap_or_default()),
    };
    set("effect", kind.to_owned());
    set("effect_value", value);
    let lists = [
        ("include", input.products.include),
        ("exclude", input.products.exclude),
        ("retailer", input.retailers),
        ("region", input.regions),
        ("tier", input.tiers),
    ];
    for (list, words) in lists {
        for (index, word) in words.into_iter().enumerate() {
            set(&format!("{list}.{index}"), word);
        }
    }
    if input.first_purchase_only {
        set("who", "first".to_owned());
    }
    if let Some(amount) = input.minimum_amount {
        set("minimum", money::plain(amount, currency));
    }
    for (name, local) in [("starts_at", input.starts_at), ("ends_at", input.ends_at)] {
        if let Some(local) = local {
            set(name, fields::to_the_minute(local));
        }
    }
    for day in input.weekdays {
        set(&format!("weekday.{day}"), "on".to_owned());
    }
    if let Some(hours) = input.hours {
        set("hours_from", hours.from);
        set("hours_to", hours.to);
    }
    if let Some(points) = input.max_points_per_purchase {
        set("max_points", points.to_string());
    }
    if let Some(limit) = input.max_points_per_customer {
        set("customer_points", limit.points.to_string());
        set("customer_per", limit.per);
    }
    if let Some(budget) = input.budget {
        set("budget", budget.points.to_string());
        set("budget_end", budget.when_exhausted.unwrap_or_default());
    }
    if let Some(days) = input.pending_days {
        set("pending_days", days.to_string());
    }
    if let Some(stacking) = input.stacking {
        set("group", stacking.group.unwrap_or_default());
        set("mode", stacking.mode.unwrap_or_default());
    }
    set("priority", input.priority.unwrap_or(0).to_string());
    values
}

/// The fields of a promotion that begins as a copy of another one: everything but when it begins and ends.
#[cfg(feature = "ssr")]
#[must_use]
pub fn copy(terms: &PromotionTerms, currency: Currency) -> Values {
    let mut values = values(terms, currency);
    values.retain(|name, _| name != "starts_at" && name != "ends_at");
    let name = format!("Copy of {}", terms.name);
    // A name that is too long for that stays as it is.
    if name.chars().count() <= 200 {
        values.insert("name".to_owned(), name);
    }
    values
}

/// The fields of a promotion that does not exist yet: points per unit of money, the commonest of all.
#[cfg(feature = "ssr")]
#[must_use]
pub fn blank() -> Values {
    [("effect", "rate"), ("group", "default"), ("mode", "add"), ("priority", "0")]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Values {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_full_sentence_survives_the_way_there_and_back() {
        let full = form(&[
            ("name", "Double points on draft"),
            ("effect", "multiplier"),
            ("effect_value", "2.5"),
            ("include.0", "tag:draft"),
            ("include.1", "category:Beer"),
            ("exclude.0", "4011"),
            ("retailer.0", "riverside"),
            ("region.0", "Coast"),
            ("who", "first"),
            ("minimum", "10.50"),
            ("starts_at", "2026-04-02T17:00"),
            ("ends_at", "2026-05-28T23:59"),
            ("weekday.thu", "on"),
            ("hours_from", "17:00"),
            ("hours_to", "02:00"),
            ("tier.0", "01900000-0000-7000-8000-000000000001"),
            ("max_points", "500"),
            ("customer_points", "1000"),
            ("customer_per", "month"),
            ("budget", "50000"),
            ("budget_end", "partial"),
            ("pending_days", "14"),
            ("group", "Multipliers"),
            ("mode", "best"),
            ("priority", "20"),
        ]);
        let terms = terms(&full, Currency::USD).expect("the sentence is right");
        assert_eq!(values(&terms, Currency::USD), full);
    }

    #[test]
    fn each_problem_is_told_at_its_own_word() {
        let wrong = form(&[
            ("name", " "),
            ("effect", "rate"),
            ("effect_value", "ten"),
            ("include.0", ""),
            ("include.3", "category:"),
            ("minimum", "1.234"),
            ("starts_at", "2026-04-02T17:00"),
            ("ends_at", "2026-04-02T17:00"),
            ("max_points", "many"),
            ("customer_points", "0"),
            ("budget", "-1"),
            ("pending_days", "4000"),
        ]);
        let problems = terms(&wrong, Currency::USD).expect_err("much is wrong");
        let fields: Vec<&str> = problems.keys().map(String::as_str).collect();
        assert_eq!(
            fields,
            [
                "budget",
                "customer_points",
                "effect_value",
                "ends_at",
                "include.3",
                "max_points",
                "minimum",
                "name",
                "pending_days"
            ]
        );
        assert_eq!(problems["name"], "Give the promotion a name");
    }

    #[test]
    fn an_empty_effect_is_asked_for() {
        let problems =
            terms(&form(&[("name", "x"), ("effect", "flat")]), Currency::USD).expect_err("no effect");
        assert_eq!(problems["effect_value"], "Say how much it gives");
    }

    #[test]
    fn words_keep_the_order_of_their_numbers() {
        let values = form(&[("include.10", "c"), ("include.2", "b"), ("include.0", "a"), ("include.3", " ")]);
        assert_eq!(words(&values, "include"), [("include.0", "a"), ("include.2", "b"), ("include.10", "c")]);
    }
}
