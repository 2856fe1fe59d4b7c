//! Who a customer is: the name, the birthday, and what the customer is found by.

use super::super::page::{loaded, param};
use super::super::parts::{Crumbs, Problem};
use super::api::read_customer_form;
use super::dto::CustomerForm;
use crate::form::use_form;
use crate::ui::{Button, ButtonVariant, LinkButton, TextField};
use leptos::prelude::*;
use leptos_meta::Title;

/// The form. Needs no script.
#[component]
pub fn CustomerEditPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_customer_form);
    loaded(data, page)
}

fn page(data: CustomerForm) -> impl IntoView {
    let CustomerForm { id, called, name, email, phone, card, external_id, birthday, may_edit } = data;
    let customer = super::LIST.row(&id);
    let foot = may_edit.then(|| {
        view! {
            <div class="card__foot">
                <Button variant=ButtonVariant::Primary>"Save customer"</Button>
                <LinkButton href=customer.clone() variant=ButtonVariant::Quiet>"Cancel"</LinkButton>
            </div>
        }
    });
    view! {
        <Title text=format!("Change {called}") />
        <div class="page__head">
            <div>
                <Crumbs href="/dashboard/customers" up="Customers" of=(customer.clone(), called.clone()) here="Edit" />
                <h1>"Edit customer"</h1>
                <p>
                    {called}
                    " keeps all points, whatever you change here. One of e-mail, phone, card and external id has to stay."
                </p>
            </div>
        </div>
        <form class="card" method="post" action=format!("{customer}/edit")>
            <Problem />
            <fieldset class="card__body stack bare" disabled=!may_edit>
                <div class="fields">
                    <TextField name="name" label="Name" value=name maxlength=200 />
                    <TextField
                        name="birthday"
                        label="Birthday"
                        help="Month and day such as 05-17, or with the year 1990-05-17. The customer cannot change it."
                        value=birthday
                        maxlength=10
                    />
                    <TextField
                        name="email"
                        label="E-mail"
                        help="The customer signs in to the portal with this."
                        value=email
                        kind="email"
                        inputmode="email"
                        maxlength=254
                    />
                    <TextField name="phone" label="Phone" value=phone kind="tel" inputmode="tel" maxlength=32 />
                    <TextField name="card" label="Loyalty card" value=card maxlength=64 />
                    <TextField
                        name="external_id"
                        label="External id"
                        help="What your other systems call this customer."
                        value=external_id
                        maxlength=128
                    />
                </div>
            </fieldset>
            {foot}
        </form>
    }
}
