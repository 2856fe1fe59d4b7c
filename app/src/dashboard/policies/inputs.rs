//! The fields of the form of a policy.

use super::super::edit::EditForm;
use super::LIST;
use super::dto::{PolicyForm, State};
use super::fields::{self, EFFECTS, Values};
use crate::ui::{Button, Select, SelectOption, TextArea, TextField};
use leptos::prelude::*;

/// None of what is there, or one of it.
fn none_or(names: &[(String, String)]) -> Vec<SelectOption> {
    let mut options = vec![SelectOption::new("", "None")];
    options.extend(SelectOption::all(names));
    options
}

const EVENTS: [(&str, &str); 11] = [
    ("", "Choose what has to happen"),
    ("enrolment", "Somebody joins"),
    ("registration", "A friend joins by referral"),
    ("first_purchase", "The first purchase"),
    ("friend_purchase", "Every purchase of a friend"),
    ("friend_count", "A friend reaches a number"),
    ("friends_count", "All friends together reach a number"),
    ("own_count", "The customer reaches a number"),
    ("points", "The balance rises above a number"),
    ("tier", "A tier is reached"),
    ("birthday", "It is the customer’s birthday"),
];
const COUNTS: [(&str, &str); 2] = [("purchases", "Purchases"), ("units", "Units of products")];
const EFFECT_KINDS: [(&str, &str); 7] = [
    ("", "Nothing more"),
    ("points", "Points"),
    ("cashback", "Cashback"),
    ("credits", "Referral credits"),
    ("reward", "A reward, free"),
    ("discount", "A discount voucher"),
    ("email", "An e-mail"),
];
const TO: [(&str, &str); 5] = [
    ("", "Whoever it fits"),
    ("customer", "The customer who did it"),
    ("advocate", "The advocate"),
    ("friend", "The friend"),
    ("both", "Friend and advocate"),
];
const PERIODS: [(&str, &str); 4] =
    [("ever", "Ever"), ("day", "A day"), ("month", "A month"), ("year", "A year")];

/// All of them, with the buttons below.
pub fn form_fields(data: PolicyForm, values: Values) -> impl IntoView {
    let PolicyForm { known, rewards, tiers, currency, may_edit, once, .. } = data;
    let is_fixed = known.as_ref().is_some_and(|known| known.state != State::Draft);
    let (id, seen) = known.map(|known| (known.id, known.seen)).unzip();
    let is_new = id.is_none();
    let filled = fields::effects(&values);
    let value = move |name: &str| values.get(name).cloned().unwrap_or_default();
    let spare = (0..EFFECTS).find(|number| !filled.contains(number));
    let shown = filled.iter().copied().chain(spare.filter(|_| filled.len() < EFFECTS));
    let effects = shown.map(|number| effect(number, &value, &rewards)).collect_view();
    let note = is_fixed.then(|| {
        view! {
            <p class="field__help">
                "The event of a published policy cannot be changed, because it was counted for it. Make another policy instead."
            </p>
        }
    });
    let try_out = view! { <Button name="do" value="try">"Try over the last 90 days"</Button> }.into_any();
    view! {
        <EditForm list=LIST id=id may_edit=may_edit seen=seen other=try_out>
            {is_new.then(|| view! { <input type="hidden" name="once" value=once /> })}
            <TextField
                name="name"
                label="Name"
                help="Customers see it where they read what they get."
                value=value("name")
                maxlength=200
                required=true
            />
            <fieldset class="bare stack section">
                <legend>"When"</legend>
                {note}
                <div class="fields">
                    <Select name="on" label="What has to happen" options=SelectOption::all(&EVENTS) value=value("on") />
                    <div class="fold fold--counted">
                        <TextField
                            name="numbers"
                            label="Which numbers"
                            help="Such as 1, 100, 1000, or every 100."
                            value=value("numbers")
                        />
                    </div>
                    <div class="fold fold--bought">
                        <Select name="count" label="What is counted" options=SelectOption::all(&COUNTS) value=value("count") />
                    </div>
                    <div class="fold fold--bought">
                        <TextField
                            name="minimum_amount"
                            label="For at least"
                            help=format!("In {currency}, what the counted lines come to. Empty: any amount.")
                            value=value("minimum_amount")
                            inputmode="decimal"
                        />
                    </div>
                    <div class="fold fold--bought">
                        <TextField
                            name="include"
                            label="Only these products"
                            help="Skus, category:… and tag:…, with commas between. Empty: all."
                            value=value("include")
                        />
                    </div>
                    <div class="fold fold--bought">
                        <TextField
                            name="exclude"
                            label="Not these products"
                            help="The same way."
                            value=value("exclude")
                        />
                    </div>
                    <div class="fold fold--points">
                        <TextField
                            name="above"
                            label="More than so many points"
                            help="It counts again after falling back."
                            value=value("above")
                            inputmode="numeric"
                        />
                    </div>
                    <div class="fold fold--tier">
                        <Select name="tier" label="Which tier" options=none_or(&tiers) value=value("tier") />
                    </div>
                    <div class="fold fold--birthday">
                        <p class="field__help">
                            "Once a year, from midnight in your time zone. A birthday on 29 February counts on the 28th in other years. A birthday that was told too late counts next year."
                        </p>
                    </div>
                </div>
            </fieldset>
            <div class="fold fold--friends">
                <Select name="to" label="Who is given something" options=SelectOption::all(&TO) value=value("to") />
            </div>
            {effects}
            <fieldset class="bare stack section">
                <legend>"Limits"</legend>
                <div class="fields">
                    <TextField
                        name="hold_days"
                        label="Days until it is given"
                        help="Nothing is given for what is returned in that time. Empty: at once."
                        value=value("hold_days")
                        inputmode="numeric"
                    />
                    <TextField
                        name="cap_times"
                        label="At most, per customer"
                        help="Empty: any number of times."
                        value=value("cap_times")
                        inputmode="numeric"
                    />
                    <Select name="cap_per" label="In which time" options=SelectOption::all(&PERIODS) value=value("cap_per") />
                    <TextField
                        name="cool_down_days"
                        label="Days until it can be given again"
                        help="For the same customer."
                        value=value("cool_down_days")
                        inputmode="numeric"
                    />
                </div>
            </fieldset>
        </EditForm>
    }
}

/// One thing that is given.
fn effect(
    number: usize,
    value: &dyn Fn(&str) -> String,
    rewards: &[(String, String)],
) -> impl IntoView + use<> {
    let field = |name: &str| format!("effects.{number}.{name}");
    let title = if number == 0 { "What is given" } else { "And what else" };
    let read = |name: &str| value(&field(name));
    view! {
        <fieldset class="bare stack section gives">
            <legend>{title}</legend>
            <div class="fields">
                <Select name=field("give") label="Give" options=SelectOption::all(&EFFECT_KINDS) value=read("give") />
                <div class="fold fold--amount">
                    <TextField
                        name=field("amount")
                        label="How much"
                        help="Points, credits or money; for a discount, money or percent, such as 10%."
                        value=read("amount")
                    />
                </div>
                <div class="fold fold--reward">
                    <Select
                        name=field("reward")
                        label="Which reward"
                        help="It takes from its stock."
                        options=none_or(rewards)
                        value=read("reward")
                    />
                </div>
                <div class="fold fold--discount">
                    <TextField
                        name=field("valid_days")
                        label="Days that it is valid"
                        help="Empty: for ever."
                        value=read("valid_days")
                        inputmode="numeric"
                    />
                </div>
            </div>
            <div class="fold fold--email stack">
                <TextField
                    name=field("subject")
                    label="Subject"
                    help="{name}, {points} and {shop} stand for the customer, the balance and you."
                    value=read("subject")
                    maxlength=200
                />
                <TextArea name=field("text") label="Text" value=read("text") />
            </div>
        </fieldset>
    }
}
