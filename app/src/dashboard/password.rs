//! A new password: the fields it is typed into, and what was typed.

use crate::ui::TextField;
use leptos::prelude::*;

/// The two fields, one for the password and one for the same again.
#[component]
pub fn NewPassword() -> impl IntoView {
    view! {
        <TextField
            name="password"
            label="New password"
            kind="password"
            autocomplete="new-password"
            help="At least 8 characters. A few words in a row are easy to remember and hard to guess."
            required=true
        />
        <TextField
            name="repeat"
            label="New password, again"
            kind="password"
            autocomplete="new-password"
            required=true
        />
    }
}

#[cfg(feature = "ssr")]
pub use server::chosen;

#[cfg(feature = "ssr")]
mod server {
    use super::super::fields::{Problems, Values};
    use super::super::posted::one;

    /// Takes it out of what was sent, as it was typed, spaces included.
    ///
    /// # Errors
    /// What to say at its fields when the two differ.
    pub fn chosen(sent: &mut Values) -> Result<String, Problems> {
        let mut take = |name: &str| sent.remove(name).unwrap_or_default();
        let (password, repeated) = (take("password"), take("repeat"));
        if password != repeated {
            return Err(one("repeat", "The two are not the same. Type the new password again"));
        }
        Ok(password)
    }
}
