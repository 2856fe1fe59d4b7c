//! The settings of referrals.

use super::super::parts::Problem;
use super::PATH;
use super::dto::PolicyFields;
use crate::ui::{Button, Check, Select, SelectOption, TextArea, TextField};
use leptos::prelude::*;

/// The form.
pub fn card(policy: PolicyFields, may_edit: bool) -> impl IntoView {
    let touch = [("last", "The last one"), ("first", "The first one")];
    let same_person = [("review", "Somebody looks at it first"), ("refuse", "It does not count")];
    view! {
        <form class="card" method="post" action=PATH aria-labelledby="policy">
            <div class="card__head"><h2 id="policy">"How friends come"</h2></div>
            <Problem />
            <fieldset class="card__body stack bare" disabled=!may_edit>
                <Check name="enabled" checked=policy.enabled>"Customers can invite friends"</Check>
                <div class="fieldgrid">
                    <TextField
                        name="attribution_days"
                        label="Days that a link counts"
                        help="From the click to the sign-up. 1 to 365."
                        value=policy.attribution_days
                        inputmode="numeric"
                        maxlength=3
                    />
                    <Select
                        name="touch"
                        label="Of several links, what counts"
                        options=SelectOption::all(&touch)
                        value=policy.touch
                    />
                    <TextField
                        name="hold_days"
                        label="Days before anything is given"
                        help="After the first purchase, as long as it can be returned. 0 to 365."
                        value=policy.hold_days
                        inputmode="numeric"
                        maxlength=3
                    />
                    <Select
                        name="same_person"
                        label="Friend and advocate look like one person"
                        help="One mailbox, or one means of payment."
                        options=SelectOption::all(&same_person)
                        value=policy.same_person
                    />
                    <TextField
                        name="max_per_hour"
                        label="Friends an hour"
                        help="More, and somebody looks at it."
                        value=policy.max_per_hour
                        inputmode="numeric"
                        maxlength=5
                    />
                    <TextField
                        name="max_per_day"
                        label="Friends a day"
                        help="More, and somebody looks at it."
                        value=policy.max_per_day
                        inputmode="numeric"
                        maxlength=6
                    />
                </div>
                <TextArea
                    name="allowed_origins"
                    label="Sites that links may lead to"
                    help="One a line, such as https://shop.example. The code goes along as ?ref=."
                    value=policy.allowed_origins
                />
                <TextArea
                    name="targets"
                    label="What customers can share"
                    help="One a line: a name, a bar and the address, such as Plan 7 | https://shop.example/plans/7."
                    value=policy.targets
                />
            </fieldset>
            {may_edit
                .then(|| {
                    view! {
                        <div class="card__foot">
                            <Button name="do" value="policy">"Save"</Button>
                        </div>
                    }
                })}
        </form>
    }
}
