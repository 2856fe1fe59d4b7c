//! How customers move on the ladder: what counts, in which time, and how they fall; always after a look at who would move.

use super::super::parts::Problem;
use super::LIST;
use super::dto::PolicyFields;
use super::impact::Impact;
use crate::ui::{Button, Select, SelectOption, TextField};
use leptos::prelude::*;

/// One form for the fields and what was found out by them.
pub fn card(policy: PolicyFields, impact: Option<Impact>, may_edit: bool) -> impl IntoView {
    let look = if impact.is_some() { "Look again" } else { "See who would move" };
    let impact = impact.filter(|_| may_edit).map(Impact::card);
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
        <form class="stack" style="--gap:var(--s-5)" method="post" action=LIST.path aria-labelledby="policy">
            {impact}
            <div class="card">
                <div class="card__head"><h2 id="policy">"How customers move"</h2></div>
                <Problem />
                <fieldset class="card__body stack bare" disabled=!may_edit>
                    <div class="fieldgrid">
                        <Select
                            name="basis"
                            label="What counts"
                            help="Never the balance: nobody falls by spending points."
                            options=SelectOption::all(&basis)
                            value=policy.basis
                        />
                        <Select
                            name="window"
                            label="In which time"
                            options=SelectOption::all(&window)
                            value=policy.window
                        />
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
                            options=SelectOption::all(&demotion)
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
                                <Button name="do" value="preview">{look}</Button>
                                <span class="small muted">
                                    "Customers move with their next purchase, or within a minute."
                                </span>
                            </div>
                        }
                    })}
            </div>
        </form>
    }
}
