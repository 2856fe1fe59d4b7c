//! The reward in a sentence beside its form; it follows what is typed.

use super::super::typed::Sentences;
use super::fields::{self, Values};
use leptos::prelude::*;
use perennial_domain::money::Currency;
use perennial_domain::rewards::sentence;

/// The card with the sentence.
#[component]
pub fn Preview(
    /// What stands in the form.
    typed: RwSignal<Values>,
    /// The currency of the merchant.
    currency: Currency,
) -> impl IntoView {
    let words = Memo::new(move |_| typed.with(|values| vec![words(values, currency)]));
    view! { <Sentences words=words /> }
}

fn words(values: &Values, currency: Currency) -> String {
    let mut values = values.clone();
    // It is not about the name; one that is missing is told at its field.
    values.insert("name".to_owned(), "Reward".to_owned());
    match fields::terms(&values, currency) {
        Ok(terms) => sentence(&terms, currency),
        Err(_) => {
            "It appears here as soon as the form says what the reward gives and what it costs.".to_owned()
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_is_that_of_what_would_be_saved() {
        let mut values: Values =
            [("kind", "money_off"), ("value", "5"), ("cost", "fixed"), ("points", "500")]
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
        assert_eq!(words(&values, Currency::USD), "$5.00 off for 500 points.");
        values.insert("points".to_owned(), "five".to_owned());
        assert!(words(&values, Currency::USD).starts_with("It appears here"));
    }
}
