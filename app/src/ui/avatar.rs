//! Initials on a tint; no stock faces.

use leptos::prelude::*;

/// A round badge with somebody's initials, decorative: the name stands beside it or in the label around it.
#[component]
pub fn Avatar(
    /// The name to shorten.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    view! { <span class="avatar" aria-hidden="true">{initials(&name)}</span> }
}

/// The first letters of the first and the last word, in capitals; at most two characters.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).take(2).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn takes_first_and_last_word() {
        assert_eq!(initials("Maya Okafor"), "MO");
        assert_eq!(initials("Maya de la Cruz"), "MC");
        assert_eq!(initials("Sola"), "S");
        assert_eq!(initials("  "), "");
        assert_eq!(initials("élodie – brun"), "ÉB");
    }
}
