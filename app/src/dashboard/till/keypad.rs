//! Large keys for an amount. They appear once the page is alive: without scripts they could do nothing.

use crate::ui::icon::{self, Icon};
use leptos::prelude::*;

/// Digits that are typed at most: more than can be counted exactly is refused anyway.
const LONGEST: usize = 12;

/// Keys from 1 to 9, 00, 0, and one that takes the last digit away.
#[component]
pub fn Keypad(
    /// What they type into.
    amount: RwSignal<String>,
    /// Decimal places of the currency.
    digits: u32,
    /// Told after every key.
    #[prop(into)]
    pressed: Callback<()>,
) -> impl IntoView {
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let key = move |label: &'static str| {
        let press = move |_| {
            amount.update(|typed| *typed = keyed(typed, label, digits));
            pressed.run(());
        };
        view! {
            <button type="button" on:click=press>
                {label}
            </button>
        }
    };
    let back = move |_| {
        amount.update(|typed| *typed = keyed(typed, "", digits));
        pressed.run(());
    };
    let keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "00", "0"].into_iter().map(key).collect_view();
    view! {
        <div class="keypad" role="group" aria-label="Keys" hidden=move || !alive.get()>
            {keys}
            <button type="button" aria-label="Delete last digit" on:click=back>
                <Icon glyph=icon::BACK />
            </button>
        </div>
    }
}

/// An amount with the digits of a key behind it, or without its last one where the key has none: `3.95` and `0` are
/// `39.50`.
fn keyed(typed: &str, key: &str, digits: u32) -> String {
    let mut all: String = typed.chars().filter(char::is_ascii_digit).collect();
    if key.is_empty() {
        all.pop();
    } else {
        all.push_str(key);
    }
    let all = all.trim_start_matches('0');
    if all.len() > LONGEST {
        return typed.to_owned();
    }
    let places = usize::try_from(digits).unwrap_or(0);
    if all.is_empty() || places == 0 {
        return all.to_owned();
    }
    let padded = format!("{all:0>width$}", width = places + 1);
    let (major, minor) = padded.split_at(padded.len() - places);
    format!("{major}.{minor}")
}

#[cfg(test)]
mod tests {
    use super::keyed;

    #[test]
    fn keys_fill_an_amount_from_behind() {
        let mut typed = String::new();
        for (key, shown) in
            [("3", "0.03"), ("9", "0.39"), ("5", "3.95"), ("0", "39.50"), ("00", "3950.00"), ("", "395.00")]
        {
            typed = keyed(&typed, key, 2);
            assert_eq!(typed, shown);
        }
        assert_eq!(keyed("0.03", "", 2), "");
        assert_eq!(keyed("39", "00", 0), "3900");
        assert_eq!(keyed("9999999999.99", "0", 2), "9999999999.99");
        assert_eq!(keyed("", "0", 2), "");
    }
}
