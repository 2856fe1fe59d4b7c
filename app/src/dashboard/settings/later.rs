//! The fields about what happens to points later: when they expire, how long they wait, what a return does; and how cashback
//! offers meet.

use super::api::SettingsPageData;
use super::fields::group;
use crate::form::FormState;
use crate::ui::{Select, SelectOption, TextField};
use leptos::prelude::*;

/// When points expire.
pub fn expiry(data: &SettingsPageData) -> impl IntoView + use<> {
    let form = use_context::<FormState>().unwrap_or_default();
    let known = data.expiry.clone();
    let sent = form.value("expiry.kind").is_some();
    let month_end = if sent { form.value("expiry.month_end").is_some() } else { known.month_end };
    let kinds = SelectOption::all(&[
        ("never", "Never"),
        ("after_months", "Some months after they were earned"),
        ("calendar", "On fixed days of every year"),
        ("inactivity", "All at once, after some months without earning or spending"),
    ]);
    let fields = view! {
        <Select
            name="expiry.kind"
            label="Points expire"
            help="Always at the end of the day in your time zone. Customers with an e-mail are told 30, 7 and 1 days before."
            options=kinds
            value=known.kind
        />
        <TextField
            name="expiry.months"
            label="Months"
            help="1 to 120. Months without activity count from today at the earliest."
            value=known.months
            inputmode="numeric"
        />
        <label class="check">
            <input type="checkbox" name="expiry.month_end" value="on" checked=month_end />
            <span>"Let them last to the end of that month"</span>
        </label>
        <TextField
            name="expiry.dates"
            label="Days of every year"
            help="Month and day, such as 06-30, 12-31. 02-29 is the last day of February."
            value=known.dates
        />
        <TextField
            name="expiry.held_months"
            label="Months held before they expire"
            help="0 to 120. With 12 and 12-31, points of a year expire at the end of the next."
            value=known.held_months
            inputmode="numeric"
        />
        <p class="small muted fields__note">
            {format!("Now: {}. Points that were earned keep their last day; a change holds for those earned later.", known.text)}
        </p>
    };
    group("expiry", "Expiry", fields.into_any())
}

/// How long points wait, and what a return does.
pub fn returns(data: &SettingsPageData) -> impl IntoView + use<> {
    let policies = SelectOption::all(&[
        ("allow_negative", "The balance goes below zero, and later points repay it"),
        ("floor_zero", "The balance stops at zero, and you bear the rest"),
        ("pending_until_return_window", "Points wait until things can no longer be returned"),
    ]);
    let fields = view! {
        <TextField
            name="pending_days"
            label="Days before points can be spent"
            help="0 to 3,650; 0 lets them be spent at once. A promotion can say otherwise."
            value=data.pending_days.to_string()
            inputmode="numeric"
            required=true
        />
        <Select
            name="return_policy"
            label="A return takes back points that were spent"
            help="Waiting for the return window needs at least one day above."
            options=policies
            value=data.return_policy.clone()
        />
    };
    group("returns", "Waiting and returns", fields.into_any())
}

/// How cashback offers meet on one purchase.
pub fn cashback(data: &SettingsPageData) -> impl IntoView + use<> {
    let modes = SelectOption::all(&[
        ("all", "All of them give cashback"),
        ("best", "Only the one that gives most for the purchase"),
    ]);
    let fields = view! {
        <Select
            name="cashback_mode"
            label="Several cashback offers match a purchase"
            help="An offer that does not match never hides another. What was given stays."
            options=modes
            value=data.cashback_mode.clone()
        />
        <p class="small muted fields__note">
            "The offers themselves are under " <a href="/dashboard/cashback">"Cashback"</a> "."
        </p>
    };
    group("cashback", "Cashback", fields.into_any())
}
