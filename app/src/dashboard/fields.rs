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
    let plain = given(values, name)?.replace([',', ' '], "");
    plain.parse().map_err(|_| problems.insert(name.to_owned(), wrong.to_owned())).ok()
}

/// An amount in major units, as minor ones.
pub fn amount(values: &Values, name: &str, currency: Currency, problems: &mut Problems) -> Option<i64> {
    let read = money::parse(&given(values, name)?, currency);
    read.map_err(|problem| problems.insert(name.to_owned(), problem)).ok()
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
        let form = [("days", "soon"), ("price", "1.234"), ("left", " 1,500 ")];
        let values = form.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(whole(&values, "days", "Type a number", &mut problems), None);
        assert_eq!(whole(&values, "left", "Type a number", &mut problems), Some(1_500));
        assert_eq!(whole(&values, "missing", "Type a number", &mut problems), None);
        assert_eq!(amount(&values, "price", Currency::USD, &mut problems), None);
        let refused = ["/days", "/name"].map(FieldError::required).to_vec();
        let told = |error: &FieldError| (error.pointer.replace('/', ""), "Missing".to_owned());
        let told = checked::<()>(Err(refused), problems, told).unwrap_err();
        assert_eq!(told.keys().collect::<Vec<_>>(), ["days", "name", "price"]);
        assert_eq!((told["days"].as_str(), told["name"].as_str()), ("Type a number", "Missing"));
        assert_eq!(checked(Ok(1), Problems::new(), |_| Default::default()), Ok(1));
    }
}
