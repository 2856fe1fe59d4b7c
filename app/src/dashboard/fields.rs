//! Fields of forms that are read twice: by the browser for what it shows beside them, by the server for saving.
//!
//! What cannot be read is told at its field, everything at once; so is what the domain refuses, in the words of the form.

use super::money;
use perennial_domain::error::FieldError;
use perennial_domain::money::Currency;
use std::collections::BTreeMap;

/// The fields of a form by name.
pub type Values = BTreeMap<String, String>;

/// What is wrong, by field.
pub type Problems = BTreeMap<String, String>;

/// A field without the spaces around it; empty when it is not there.
#[must_use]
pub fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).map_or("", |value| value.trim())
}

/// A field, unless it was left empty.
#[must_use]
pub fn given(values: &Values, name: &str) -> Option<String> {
    Some(text(values, name)).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// A whole number, thousands may be set apart. `wrong` says how to write it.
pub fn whole(values: &Values, name: &str, wrong: &str, problems: &mut Problems) -> Option<i64> {
    let plain = given(values, name)?.replace([',', ' ', '\u{a0}', '_'], "");
    plain.parse().map_err(|_| problems.insert(name.to_owned(), wrong.to_owned())).ok()
}

/// An amount in major units, as minor ones.
pub fn amount(values: &Values, name: &str, currency: Currency, problems: &mut Problems) -> Option<i64> {
    let read = money::parse(&given(values, name)?, currency);
    read.map_err(|problem| problems.insert(name.to_owned(), problem)).ok()
}

/// Gives a field what it begins with; one with nothing in it is left out.
#[cfg(feature = "ssr")]
pub fn set(values: &mut Values, name: &str, value: Option<String>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        values.insert(name.to_owned(), value);
    }
}

/// Letters of a local time to the minute: `2026-05-14T09:30`.
#[cfg(feature = "ssr")]
const MINUTE: usize = 16;

/// A local time to the minute: browsers write it without seconds, and show it only so.
#[cfg(feature = "ssr")]
#[must_use]
pub fn to_the_minute(local: String) -> String {
    match (local.get(..MINUTE), local.get(MINUTE..)) {
        (Some(minute), Some(":00")) => minute.to_owned(),
        _ => local,
    }
}

/// What the domain makes of the fields, unless something was wrong with them before. `told` names the field that an error
/// of the domain is about, and says it in the words of the form; what was told of a field before stays.
///
/// # Errors
/// The fields that cannot stand as they are.
pub fn checked<T>(
    checked: Result<T, Vec<FieldError>>,
    mut problems: Problems,
    told: impl Fn(&FieldError) -> (String, String),
) -> Result<T, Problems> {
    match checked {
        Ok(value) if problems.is_empty() => Ok(value),
        Ok(_) => Err(problems),
        Err(errors) => {
            for (field, words) in errors.iter().map(told) {
                problems.entry(field).or_insert(words);
            }
            Err(problems)
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_of_a_field_first_stays() {
        let mut problems = Problems::new();
        let form = [("days", "soon"), ("price", "1.234"), ("left", " 1\u{a0}500,000 ")];
        let values = form.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(whole(&values, "days", "Type a number", &mut problems), None);
        assert_eq!(whole(&values, "left", "Type a number", &mut problems), Some(1_500_000));
        assert_eq!(whole(&values, "missing", "Type a number", &mut problems), None);
        assert_eq!(amount(&values, "price", Currency::USD, &mut problems), None);
        let refused = ["/days", "/name"].map(FieldError::required).to_vec();
        let told = |error: &FieldError| (error.pointer.replace('/', ""), "Missing".to_owned());
        let told = checked::<()>(Err(refused), problems, told).unwrap_err();
        assert_eq!(told.keys().collect::<Vec<_>>(), ["days", "name", "price"]);
        assert_eq!((told["days"].as_str(), told["name"].as_str()), ("Type a number", "Missing"));
        assert_eq!(checked(Ok(1), Problems::new(), |_| Default::default()), Ok(1));
    }

    #[test]
    fn a_field_begins_with_what_its_input_can_show() {
        let mut values = Values::new();
        set(&mut values, "begins", Some(to_the_minute("2026-05-14T09:30:00".to_owned())));
        set(&mut values, "ends", Some(to_the_minute("2026-05-14T09:00".to_owned())));
        set(&mut values, "cap", None);
        set(&mut values, "name", Some(String::new()));
        let shown: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(shown, [("begins", "2026-05-14T09:30"), ("ends", "2026-05-14T09:00")]);
    }
}
