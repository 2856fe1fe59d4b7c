//! Giving points to a customer, or taking them: a form that first shows what would become of the balance.

use super::super::page::{loaded, param};
use super::super::parts::{Crumbs, Problem};
use super::api::read_adjust;
use super::dto::AdjustForm;
use crate::form::{FormState, use_form};
use crate::ui::{Banner, BannerTone, Button, ButtonVariant, LinkButton, TextField, grouped, signed};
use leptos::prelude::*;
use leptos_meta::Title;

/// The form, its preview and, in the end, the button that does it. Needs no script.
#[component]
pub fn AdjustPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_adjust);
    loaded(data, page)
}

fn page(data: AdjustForm) -> impl IntoView {
    let AdjustForm { id, name, points, points_name, lasts, once, may_adjust } = data;
    let customer = super::LIST.row(&id);
    let action = format!("{customer}/adjust");
    let form = use_context::<FormState>().unwrap_or_default();
    let preview = preview(&form, &points_name);
    let seen = preview.is_some();
    view! {
        <Title text=format!("Adjust {points_name} of {name}") />
        <div class="page__head">
            <div>
                <Crumbs href="/dashboard/customers" up="Customers" of=(customer.clone(), name.clone()) here="Adjust" />
                <h1>{format!("Adjust {points_name}")}</h1>
                <p>
                    "For what no purchase explains. The reason and your name stay with the entry. "
                    {name}
                    {format!(" has {} {points_name} to spend.", grouped(points))}
                </p>
            </div>
        </div>
        <form class="card narrow" method="post" action=action>
            <Problem />
            <fieldset class="card__body stack bare" disabled=!may_adjust>
                <input type="hidden" name="once" value=once />
                {preview}
                <TextField
                    name="points"
                    label=format!("How many {points_name}")
                    help="A whole number: 150 gives, -150 takes. No more can be taken than can be spent."
                    inputmode="text"
                    maxlength=20
                    required=true
                />
                <TextField
                    name="reason"
                    label="Reason"
                    help="For colleagues who ask later, such as: the card was not scanned on May 3. Customers do not see it."
                    maxlength=500
                    required=true
                />
                <TextField
                    name="expires_on"
                    label="Can be spent until"
                    help=format!("Only for what is given. Empty: {lasts}.")
                    kind="date"
                />
            </fieldset>
            {may_adjust
                .then(|| {
                    let (look, act) = if seen {
                        (ButtonVariant::Default, Some(ButtonVariant::Primary))
                    } else {
                        (ButtonVariant::Primary, None)
                    };
                    view! {
                        <div class="card__foot">
                            {act
                                .map(|variant| {
                                    view! { <Button variant=variant name="do" value="adjust">{format!("Adjust {points_name}")}</Button> }
                                })}
                            <Button variant=look name="do" value="preview">
                                {if seen { "Look again" } else { "See what it does" }}
                            </Button>
                            <LinkButton href=customer variant=ButtonVariant::Quiet>"Cancel"</LinkButton>
                        </div>
                    }
                })}
        </form>
    }
}

/// What the form would do, when it was asked.
fn preview(form: &FormState, points_name: &str) -> Option<impl IntoView + use<>> {
    let number = |name: &str| form.value(name)?.parse::<i64>().ok();
    let (before, after) = (number("preview.before")?, number("preview.after")?);
    let until = form.value("preview.until").unwrap_or_default();
    let until =
        if until.is_empty() { String::new() } else { format!(" What is given can be spent until {until}.") };
    let text = format!(
        "{} {points_name}: {} before, {} after.{until} Nothing has happened yet.",
        signed(after - before),
        grouped(before),
        grouped(after),
    );
    Some(view! { <Banner tone=BannerTone::Info title="This is what it does.">{text}</Banner> })
}
