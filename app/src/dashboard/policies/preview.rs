//! The policy in a sentence beside its form; it follows what is typed.

use super::super::typed::Sentences;
use super::fields::{self, Values};
use leptos::prelude::*;
use perennial_domain::ids::{RewardId, TierId};
use perennial_domain::money::Currency;
use perennial_domain::policies::{PolicyNames, sentence};

/// Names of rewards and tiers, by id.
#[derive(Debug, Clone)]
pub struct Names {
    /// The rewards.
    pub rewards: Vec<(String, String)>,
    /// The tiers.
    pub tiers: Vec<(String, String)>,
}

impl PolicyNames for Names {
    fn reward(&self, id: RewardId) -> Option<String> {
        named(&self.rewards, &id.to_string())
    }

    fn tier(&self, id: TierId) -> Option<String> {
        named(&self.tiers, &id.to_string())
    }
}

fn named(names: &[(String, String)], id: &str) -> Option<String> {
    names.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone())
}

/// The card with the sentence.
#[component]
pub fn Preview(
    /// What stands in the form.
    typed: RwSignal<Values>,
    /// The currency of the merchant.
    currency: Currency,
    /// What rewards and tiers are called.
    names: Names,
) -> impl IntoView {
    let words = Memo::new(move |_| typed.with(|values| vec![words(values, currency, &names)]));
    view! { <Sentences words=words /> }
}

fn words(values: &Values, currency: Currency, names: &Names) -> String {
    let mut values = values.clone();
    // It is not about the name; one that is missing is told at its field.
    values.insert("name".to_owned(), "Policy".to_owned());
    match fields::terms(&values, currency) {
        Ok(terms) => sentence(&terms, currency, names),
        Err(_) => "It appears here as soon as the form says what has to happen and what is given.".to_owned(),
    }
}
