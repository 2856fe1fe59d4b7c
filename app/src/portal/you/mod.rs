//! About the customer: what the program knows, the birthday, which is told once, and where else somebody is signed in.

pub(super) mod form;

use super::drawn::{Ask, Sheet};
use super::merchant::use_merchant;
use super::parts::PageTitle;
use crate::error::PageError;
use crate::format::birthday;
use crate::ui::{Banner, BannerTone, Button, ButtonVariant, KeyValue, Select, SelectOption, TextField};
use leptos::prelude::*;
use perennial_domain::birthday::Birthday;
use perennial_domain::policies::PolicyEvent;
use perennial_engine::customers::Customer;

/// The months, in order.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `you`: the customer's own data.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let (engine, cx, customer) = (ask.engine(), &ask.cx, ask.customer()?);
    let known = engine.customer_get(cx, customer).await?;
    // What there is for it, by the names that the merchant has given its policies for customers to read.
    let promised = engine.customer_progress(cx, customer).await?.into_iter();
    let promised: Vec<String> = promised
        .filter(|policy| policy.on == PolicyEvent::Birthday.word())
        .map(|policy| policy.name)
        .collect();
    let problem = ask.form.problem().map(str::to_owned);
    let done = match ask.query("done") {
        Some("birthday") => Some("Thank you. Your birthday is noted."),
        Some("signed-out") => Some("Done. You are signed in here and nowhere else."),
        _ => None,
    };
    let told = known.birthday;
    let body = view! {
        <PageTitle title="About you" back=(ask.merchant.path("card"), "Your card")/>
        <div class="portal__body">
            {problem.map(|problem| view! { <Banner tone=BannerTone::Danger title=problem/> })}
            {done.map(|done| view! { <Banner tone=BannerTone::Leaf title=done/> })}
            <Known customer=known/>
            <section class="portal__section" aria-labelledby="birthday">
                <h2 id="birthday">"Your birthday"</h2>
                {promises(&promised)}
                {match told {
                    Some(told) => view! { <Told birthday=told/> }.into_any(),
                    None => view! { <Tell/> }.into_any(),
                }}
            </section>
            <Elsewhere/>
        </div>
    };
    Ok(Sheet::new("About you", body).still())
}

/// By what the program knows the customer.
#[component]
fn Known(customer: Customer) -> impl IntoView {
    let Customer { name, email, phone, card, .. } = customer;
    let known = [("Name", name), ("E-mail", email), ("Phone", phone), ("Card", card)];
    let pairs = known.into_iter().filter_map(|(kind, value)| Some((kind.to_owned(), value?))).collect();
    let merchant = use_merchant().name;
    view! {
        <section class="card" aria-label="What we know">
            <div class="card__body stack stack--tight">
                <KeyValue pairs=pairs/>
                <p class="small muted">{format!("Something wrong? {merchant} can correct it.")}</p>
            </div>
        </section>
    }
}

fn promises(names: &[String]) -> impl IntoView + use<> {
    let text = format!("A present for you every year: {}.", names.join(", "));
    (!names.is_empty()).then(|| view! { <p class="muted">{text}</p> })
}

/// It is known, and stays.
#[component]
fn Told(birthday: Birthday) -> impl IntoView {
    let merchant = use_merchant().name;
    view! {
        <div class="card">
            <div class="card__body stack stack--tight">
                <p class="num"><b>{self::birthday(birthday)}</b></p>
                <p class="small muted">
                    {format!("It cannot be changed, because it earns something once a year. If it is wrong, ask {merchant}.")}
                </p>
            </div>
        </div>
    }
}

/// The form that asks for it.
#[component]
fn Tell() -> impl IntoView {
    let months = MONTHS.iter().enumerate();
    let months = months.map(|(place, name)| SelectOption::new((place + 1).to_string(), *name));
    let months = std::iter::once(SelectOption::new("", "Choose")).chain(months).collect();
    view! {
        <form method="post" action=use_merchant().path("you") class="stack">
            <div class="fields">
                <TextField name="day" label="Day" inputmode="numeric" autocomplete="bday-day" maxlength=2 required=true/>
                <Select name="month" label="Month" options=months/>
                <TextField
                    name="year"
                    label="Year"
                    help="Optional."
                    inputmode="numeric"
                    autocomplete="bday-year"
                    maxlength=4
                />
            </div>
            <p class="small muted">"Please check it: you cannot change it later."</p>
            <Button variant=ButtonVariant::Primary block=true>"Save my birthday"</Button>
        </form>
    }
}

/// The form that ends every other session.
#[component]
fn Elsewhere() -> impl IntoView {
    view! {
        <section class="portal__section" aria-labelledby="elsewhere">
            <h2 id="elsewhere">"Other devices"</h2>
            <p class="muted">"Lost a phone, or still signed in somewhere? This signs you out everywhere but here, apps included."</p>
            <form method="post" action=use_merchant().path("you")>
                <Button block=true name="do" value=form::SIGN_OUT>"Sign out everywhere else"</Button>
            </form>
        </section>
    }
}
