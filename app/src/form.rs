//! Plain forms that keep what was typed.
//!
//! A form is posted to the address of its own page. When it is refused, the handler renders that page again
//! with a [`FormState`]; the state also travels to the browser, so that both draw the same.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was sent with a refused form, and what was wrong with it, by field name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormState {
    /// What was typed. Never a password.
    pub values: BTreeMap<String, String>,
    /// What is wrong and how to fix it. The empty name stands for the whole form.
    pub errors: BTreeMap<String, String>,
}

impl FormState {
    /// The state of a form that was sent with these values.
    pub fn sent<K: Into<String>, V: Into<String>>(values: impl IntoIterator<Item = (K, V)>) -> Self {
        let values = values.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { values, errors: BTreeMap::new() }
    }

    /// Adds what is wrong with a field; the first finding stays.
    pub fn refuse(mut self, name: impl Into<String>, error: impl Into<String>) -> Self {
        self.errors.entry(name.into()).or_insert_with(|| error.into());
        self
    }

    /// What was typed into a field.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// What is wrong with a field.
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.get(name).map(String::as_str)
    }

    /// What is wrong with the form as a whole.
    pub fn problem(&self) -> Option<&str> {
        self.error("")
    }

    /// This was to be done, by the button that sends `do`, and was refused.
    pub fn is_refused(&self, deed: &str) -> bool {
        self.value("do") == Some(deed) && !self.is_clean()
    }

    /// Nothing was refused.
    pub fn is_clean(&self) -> bool {
        self.errors.is_empty()
    }
}

/// The refused form of this page load, until its page has taken it.
#[derive(Clone, Copy)]
struct Refused(StoredValue<Option<FormState>>);

/// Called once by the root of an application: brings the refused form, if there is one, from the server.
pub fn share_form() {
    let form = SharedValue::new(use_context::<FormState>).into_inner();
    provide_context(Refused(StoredValue::new(form)));
}

/// Takes the refused form and gives it to the fields below. Called once by a page with a form; later visits to
/// the page, without a new load, find a fresh form.
pub fn use_form() -> FormState {
    let taken =
        use_context::<Refused>().and_then(|refused| refused.0.try_update_value(Option::take).flatten());
    let form = taken.unwrap_or_default();
    provide_context(form.clone());
    form
}
