//! The offer in a sentence beside its form, with what it would give; it follows what is typed.

use super::super::typed::Sentences;
use super::fields::{self, Values};
use leptos::prelude::*;
use perennial_domain::cashback::{
    CashbackFacts, CashbackMode, CompiledOffers, Offer, OfferTerms, cashback, sentence,
};
use perennial_domain::codes::Zone;
use perennial_domain::evaluate::LineFacts;
use perennial_domain::ids::OfferId;
use perennial_domain::money::{Amount, Currency, format_amount};
use std::collections::BTreeMap;

/// The card with the sentence.
#[component]
pub fn Preview(
    /// What stands in the form.
    typed: RwSignal<Values>,
    /// The currency of the merchant.
    currency: Currency,
) -> impl IntoView {
    let words = Memo::new(move |_| typed.with(|values| words(values, currency)));
    view! { <Sentences words=words /> }
}

fn words(values: &Values, currency: Currency) -> Vec<String> {
    let mut values = values.clone();
    // It is not about the name; one that is missing is told at its field.
    values.insert("name".to_owned(), "Offer".to_owned());
    let Ok(terms) = fields::terms(&values, currency) else {
        return vec!["It appears here as soon as the form says how much comes back.".to_owned()];
    };
    let mut words = vec![sentence(&terms, currency)];
    words.extend(example(&terms, currency));
    if !terms.active {
        words.push("It is switched off and gives nothing.".to_owned());
    }
    words
}

/// What forty of the currency give, by the same arithmetic as a purchase.
fn example(terms: &OfferTerms, currency: Currency) -> Option<String> {
    let paid =
        10_i64.checked_pow(currency.minor_digits()).and_then(|one| Amount::new(one.checked_mul(40)?).ok())?;
    // Of something that it is about, at a time when it runs.
    let terms =
        OfferTerms { products: Vec::new(), active: true, starts_at: None, expires_at: None, ..terms.clone() };
    let offers = CompiledOffers::new([Offer { id: OfferId::new(0, [0; 10]), terms }]);
    let line = LineFacts { product: None, product_text: None, paid };
    let facts = CashbackFacts {
        occurred_at: chrono::DateTime::UNIX_EPOCH,
        zone: Zone::UTC,
        currency,
        lines: &[line],
        used_this_month: &BTreeMap::new(),
    };
    let given = cashback(&facts, &offers, CashbackMode::All).ok()?;
    Some(format!(
        "For {} a customer gets {} back.",
        format_amount(paid, currency),
        format_amount(given.amount, currency)
    ))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_comes_with_an_example() {
        let mut values: Values = [("percentage", "5"), ("products.0", "category:wine"), ("active", "on")]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let expected = ["5% cashback on category “wine”.", "For $40.00 a customer gets $2.00 back."];
        assert_eq!(words(&values, Currency::USD), expected);
        values.insert("cap_per_purchase".to_owned(), "1.50".to_owned());
        values.remove("active");
        let capped = words(&values, Currency::USD);
        assert_eq!(capped[1], "For $40.00 a customer gets $1.50 back.");
        assert_eq!(capped[2], "It is switched off and gives nothing.");
        values.insert("percentage".to_owned(), String::new());
        assert_eq!(words(&values, Currency::USD).len(), 1);
    }
}
