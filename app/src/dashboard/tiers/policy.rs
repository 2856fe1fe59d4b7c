//! How customers move on the ladder: what counts, in which time, and how they fall.

use super::super::parts::Problem;
use super::LIST;
use super::dto::PolicyFields;
use crate::ui::{Button, Select, SelectOption, TextField};
use leptos::prelude::*;

fn choices(of: &[(&str, &str)]) -> Vec<SelectOption> {
    of.iter().map(|(value, label)| SelectOption::new(*value, *label)).collect()
}

/// The form.
pub fn card(policy: PolicyFields, may_edit: bool) -> impl IntoView {
    let basis = [
        ("points_earned", "Points they earned"),
        ("spend", "What they spent"),
        ("purchases", "Number of purchases"),
        ("referral_credits", "Friends they brought"),
    ];
    let window = [
        ("rolling_months", "In the last months"),
        ("calendar_year", "In the calendar year"),
        ("membership_year", "In the year of their membership"),
        ("ever", "Since the beginning"),
    ];
    let demotion = [("one_step", "One step down"), ("straight", "Straight to where they belong")];
    view! {
        <form class="card" method="post" action=LIST.path aria-labelledby="policy">
            <div class="card__head"><h2 id="policy">"How customers move"</h2></div>
            <Problem />
            <fieldset class="card__body stack bare" disabled=!may_edit>
                <div class="fieldgrid">
                    <Select
                        name="basis"
                        label="What counts"
                        help="Never the balance: nobody falls by spending points."
                        options=choices(&basis)
                        value=policy.basis
                    />
                    <Select name="window" label="In which time" options=choices(&window) value=policy.window />
                    <TextField
                        name="months"
                        label="Months"
                        help="Of the last months only, 1 to 60. A tier is kept as long from the day it was reached."
                        value=policy.months
                        inputmode="numeric"
                        maxlength=2
                    />
                    <Select
                        name="demotion"
                        label="When the period ends below the threshold"
                        options=choices(&demotion)
                        value=policy.demotion
                    />
                    <TextField
                        name="grace_days"
                        label="Days of grace"
                        help="After the period, to make up for what is missing. 0 to 365."
                        value=policy.grace_days
                        inputmode="numeric"
                        maxlength=3
                    />
                </div>
            </fieldset>
            {may_edit
                .then(|| {
                    view! {
                        <div class="card__foot">
                            <Button name="do" value="policy">"Save how customers move"</Button>
                            <span class="small muted">
                                "Customers move by it with their next purchase, or within a minute."
                            </span>
                        </div>
                    }
                })}
        </form>
    }
}
