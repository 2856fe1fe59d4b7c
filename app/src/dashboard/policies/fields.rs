//! A policy as form fields, and back.
//!
//! The browser reads the fields for the sentence beside them, the server for saving; both go through here, so that the
//! sentence is that of what would be saved. Fields that do not go with what was chosen are left aside: whoever changes
//! the event need not empty the fields of the one before.

use crate::dashboard::cashback::fraction;
use crate::dashboard::fields::{self, amount, given, text};
pub use crate::dashboard::fields::{Problems, Values};
#[cfg(feature = "ssr")]
use crate::dashboard::money;
use perennial_domain::error::FieldError;
use perennial_domain::money::Currency;
use perennial_domain::policies::{CapInput, EffectInput, EventInput, PolicyEvent, PolicyInput, PolicyTerms};
use perennial_domain::promotion::ProductsInput;
use perennial_domain::rewards::ValueInput;

/// Effects of one policy at most.
pub const EFFECTS: usize = 5;

/// The numbers of the effects that are filled in, in their order.
pub fn effects(values: &Values) -> Vec<usize> {
    (0..EFFECTS).filter(|number| !text(values, &format!("effects.{number}.give")).is_empty()).collect()
}

/// Reads the fields. Everything that is wrong is told at once, by field.
///
/// # Errors
/// The fields that cannot stand as they are.
pub fn terms(values: &Values, currency: Currency) -> Result<PolicyTerms, Problems> {
    let mut problems = Problems::new();
    let checked = input(values, currency, &mut problems).check();
    fields::checked(checked, problems, |error| {
        let field = field_of(error, values);
        let words = words_for(error, &field);
        (field, words)
    })
}

fn input(values: &Values, currency: Currency, problems: &mut Problems) -> PolicyInput {
    let mut effects_read = Vec::new();
    for number in effects(values) {
        effects_read.push(effect(values, number, currency, problems));
    }
    let cap = number(values, "cap_times", problems)
        .map(|times| CapInput { times, per: given(values, "cap_per").unwrap_or_else(|| "ever".to_owned()) });
    PolicyInput {
        name: text(values, "name").to_owned(),
        event: event(values, currency, problems),
        effects: effects_read,
        // Of whom else it is about there is only one who can be given something.
        to: given(values, "to").filter(|_| PolicyEvent::may_be_of_friends(text(values, "on"))),
        cap,
        cool_down_days: number(values, "cool_down_days", problems),
        hold_days: number(values, "hold_days", problems),
    }
}

fn event(values: &Values, currency: Currency, problems: &mut Problems) -> EventInput {
    let on = text(values, "on").to_owned();
    let counted = on.ends_with("_count");
    let bought = counted || on.ends_with("_purchase");
    let mut event = EventInput { on, ..EventInput::default() };
    if counted {
        match numbers(text(values, "numbers")) {
            Ok(Numbers::At(at)) => event.at = at,
            Ok(Numbers::Every(every)) => event.every = Some(every),
            Err(problem) => {
                problems.insert("numbers".to_owned(), problem);
            }
        }
    }
    if bought {
        event.count = given(values, "count");
        event.products =
            ProductsInput { include: words(values, "include"), exclude: words(values, "exclude") };
        event.minimum_amount = amount(values, "minimum_amount", currency, problems);
    }
    match event.on.as_str() {
        "points" => event.above = number(values, "above", problems),
        "tier" => event.tier = given(values, "tier"),
        _ => {}
    }
    event
}

fn effect(values: &Values, index: usize, currency: Currency, problems: &mut Problems) -> EffectInput {
    let field = |name: &str| format!("effects.{index}.{name}");
    let give = text(values, &field("give")).to_owned();
    let amount_field = field("amount");
    let mut effect = EffectInput { give, ..EffectInput::default() };
    match effect.give.as_str() {
        "points" => effect.points = number(values, &amount_field, problems),
        "credits" => effect.credits = number(values, &amount_field, problems),
        "cashback" => effect.amount = amount(values, &amount_field, currency, problems),
        "reward" => effect.reward = given(values, &field("reward")),
        "discount" => {
            let typed = text(values, &amount_field);
            effect.value = if typed.ends_with('%') {
                let part = fraction(typed);
                if part.is_none() {
                    problems.insert(amount_field, "Type percents, such as 10%".to_owned());
                }
                part.map(ValueInput::Text)
            } else {
                amount(values, &amount_field, currency, problems).map(ValueInput::Whole)
            };
            effect.valid_days = number(values, &field("valid_days"), problems);
        }
        "email" => {
            effect.subject = given(values, &field("subject"));
            effect.text = given(values, &field("text"));
        }
        _ => {}
    }
    effect
}

enum Numbers {
    At(Vec<i64>),
    Every(i64),
}

/// `1, 100, 1000`, or `every 100`.
fn numbers(text: &str) -> Result<Numbers, String> {
    let problem = || "Type numbers such as 1, 100, 1000, or every 100".to_owned();
    let lower = text.to_lowercase();
    if let Some(every) = lower.strip_prefix("every") {
        return every.trim().parse().map(Numbers::Every).map_err(|_| problem());
    }
    let parts = lower.split([',', ';', ' ']).filter(|part| !part.is_empty());
    let parsed: Result<Vec<i64>, _> = parts.map(str::parse).collect();
    parsed.ok().filter(|numbers| !numbers.is_empty()).map(Numbers::At).ok_or_else(problem)
}

/// Skus, categories and tags behind commas.
fn words(values: &Values, name: &str) -> Vec<String> {
    let words = text(values, name).split(',').map(str::trim);
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn number(values: &Values, name: &str, problems: &mut Problems) -> Option<i64> {
    fields::whole(values, name, "Type a whole number, such as 14", problems)
}

/// The field that an error of the domain is about.
#[must_use]
pub fn field_of(error: &FieldError, values: &Values) -> String {
    let parts: Vec<&str> = error.pointer.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["event"] | ["event", "on", ..] => "on".to_owned(),
        ["event", "at" | "every", ..] => "numbers".to_owned(),
        ["event", "products", which, ..] => (*which).to_owned(),
        ["event", field, ..] => (*field).to_owned(),
        ["effects"] => "effects.0.give".to_owned(),
        ["effects", index, rest @ ..] => {
            let index = index.parse::<usize>().ok().and_then(|index| effects(values).get(index).copied());
            let field = match rest.first().copied().unwrap_or("give") {
                "points" | "amount" | "credits" | "value" => "amount",
                other => other,
            };
            format!("effects.{}.{field}", index.unwrap_or(0))
        }
        ["cap", "per"] => "cap_per".to_owned(),
        ["cap", ..] => "cap_times".to_owned(),
        [field, ..] => (*field).to_owned(),
        [] => String::new(),
    }
}

/// The error in the words of the form; the domain speaks to programs, too.
fn words_for(error: &FieldError, field: &str) -> String {
    match (field, error.code.as_ref()) {
        ("name", "required") => "Give the policy a name".to_owned(),
        ("on", "required") => "Choose what has to happen".to_owned(),
        ("numbers", "exactly_one") => "Type numbers such as 1, 100, 1000, or every 100".to_owned(),
        ("effects.0.give", "required") => "Choose what is given".to_owned(),
        _ => error.detail.clone(),
    }
}

/// The fields of a policy, for the form.
#[cfg(feature = "ssr")]
#[must_use]
pub fn values(input: PolicyInput, currency: Currency) -> Values {
    let mut values = Values::new();
    let mut set = |name: &str, value: Option<String>| fields::set(&mut values, name, value);
    let whole = |number: Option<i64>| number.map(|number| number.to_string());
    let event = input.event;
    set("name", Some(input.name));
    set("on", Some(event.on));
    let at = event.at.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    set("numbers", Some(event.every.map_or(at, |every| format!("every {every}"))));
    set("count", event.count);
    set("include", Some(event.products.include.join(", ")));
    set("exclude", Some(event.products.exclude.join(", ")));
    set("minimum_amount", event.minimum_amount.map(|amount| money::plain(amount, currency)));
    set("above", whole(event.above));
    set("tier", event.tier);
    for (number, effect) in input.effects.into_iter().enumerate() {
        let field = |name: &str| format!("effects.{number}.{name}");
        let worth = effect.value.map(|value| match value {
            ValueInput::Whole(amount) => money::plain(amount, currency),
            ValueInput::Text(part) => format!("{}%", crate::dashboard::cashback::percents(&part)),
        });
        let cashback = effect.amount.map(|amount| money::plain(amount, currency));
        set(&field("give"), Some(effect.give));
        set(&field("amount"), whole(effect.points).or(whole(effect.credits)).or(cashback).or(worth));
        set(&field("reward"), effect.reward);
        set(&field("valid_days"), whole(effect.valid_days));
        set(&field("subject"), effect.subject);
        set(&field("text"), effect.text);
    }
    set("to", input.to);
    set("cap_times", input.cap.as_ref().map(|cap| cap.times.to_string()));
    set("cap_per", input.cap.map(|cap| cap.per));
    set("cool_down_days", whole(input.cool_down_days));
    set("hold_days", whole(input.hold_days));
    values
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use perennial_domain::policies::{Beneficiary, Template};

    #[test]
    fn every_template_survives_the_way_there_and_back() {
        for template in Template::ALL {
            let wanted = template.draft(None).check().expect("a template is right");
            let values = values(wanted.clone().into(), Currency::USD);
            assert_eq!(terms(&values, Currency::USD), Ok(wanted), "{template:?}");
        }
    }

    #[test]
    fn fields_of_another_choice_are_left_aside() {
        let form = [
            ("name", "Mail"),
            ("on", "points"),
            ("above", "100"),
            ("numbers", "every 100"),
            ("tier", "x"),
            ("to", "advocate"),
            ("effects.1.give", "email"),
            ("effects.1.amount", "5"),
            ("effects.1.subject", "Hi"),
            ("effects.1.text", "Hello {name}"),
        ];
        let values = form.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert!(terms(&values, Currency::USD).is_ok());
    }

    #[test]
    fn who_is_given_something_is_asked_wherever_there_may_be_a_friend() {
        let form = |on: &str| {
            let form = [
                ("name", "x"),
                ("on", on),
                ("numbers", "1"),
                ("above", "1"),
                ("tier", "0190a1b2-0000-7000-8000-000000000001"),
                ("to", "both"),
                ("effects.0.give", "points"),
                ("effects.0.amount", "5"),
            ];
            let form = form.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            terms(&form, Currency::USD).map(|terms| terms.to)
        };
        for on in PolicyEvent::WORDS {
            let both = PolicyEvent::may_be_of_friends(on);
            assert_eq!(form(on), Ok(if both { Beneficiary::Both } else { Beneficiary::Customer }), "{on}");
        }
    }

    #[test]
    fn each_problem_is_told_at_its_own_field() {
        let form = [
            ("on", "friend_count"),
            ("numbers", "often"),
            ("minimum_amount", "1.234"),
            ("effects.2.give", "discount"),
            ("effects.2.amount", "x%"),
            ("effects.2.valid_days", "0"),
            ("cap_times", "0"),
            ("hold_days", "soon"),
        ];
        let values = form.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let problems = terms(&values, Currency::USD).expect_err("much is wrong");
        let fields: Vec<&str> = problems.keys().map(String::as_str).collect();
        let expected = [
            "cap_times",
            "effects.2.amount",
            "effects.2.valid_days",
            "hold_days",
            "minimum_amount",
            "name",
            "numbers",
        ];
        assert_eq!(fields, expected);
    }
}
