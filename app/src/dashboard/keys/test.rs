//! A test purchase: a real one, posted as the key, answered as a till would be answered.

use super::dto::KeyPage;
use crate::form::FormState;
use crate::ui::icon;
use crate::ui::{Banner, BannerTone, Button, CodeBlock, Select, SelectOption, TextField};
use leptos::prelude::*;

/// The form and, after it was sent, the answer.
#[component]
pub fn TestPurchase(
    /// Retailers to choose from, and the id of the next test.
    data: KeyPage,
) -> impl IntoView {
    let form = use_context::<FormState>().unwrap_or_default();
    let field = |name: &str| form.value(name).map(str::to_owned);
    let fresh: Vec<_> = ["fresh.name", "fresh.secret", "fresh.curl"]
        .into_iter()
        .filter_map(|name| field(name).map(|value| view! { <input type="hidden" name=name value=value /> }))
        .collect();
    let has_fresh = !fresh.is_empty();
    let about = if has_fresh {
        "Posts a real purchase as the key above. It earns real points."
    } else {
        "Posts a real purchase as a key of yours. It earns real points."
    };
    let retailers = SelectOption::all(&data.retailers);
    let key = (!has_fresh).then(|| {
        view! {
            <TextField
                name="key"
                label="Key"
                kind="password"
                help="Keys are stored nowhere, so paste the one to try. It is not kept."
                required=true
            />
        }
    });
    view! {
        <section class="card" aria-labelledby="test">
            <div class="card__head"><h2 id="test">"Send a test purchase"</h2></div>
            <form class="card__body stack" method="post" action=format!("{}#test", super::PATH)>
                <p class="small muted">{about}</p>
                {outcome(&form)}
                {fresh}
                <input type="hidden" name="transaction" value=data.transaction />
                {key}
                <Select name="test_retailer" label="Retailer" options=retailers />
                <TextField name="test_amount" label="Amount" value=data.amount inputmode="decimal" required=true />
                <TextField
                    name="test_email"
                    label="Customer’s e-mail"
                    help="Leave empty for a purchase without a customer: it waits to be claimed."
                    kind="email"
                />
                <div>
                    <Button icon=icon::SEND name="do" value="test">"Send a test purchase"</Button>
                </div>
            </form>
        </section>
    }
}

/// What the till would have seen.
fn outcome(form: &FormState) -> Option<impl IntoView + use<>> {
    let status = form.value("outcome.status")?.to_owned();
    let text = form.value("outcome.text").unwrap_or_default().to_owned();
    let answer = form.value("outcome.answer").unwrap_or_default().to_owned();
    let link = form.value("outcome.purchase").map(|id| {
        view! {
            " "
            <a href=format!("/dashboard/purchases/{id}")>"See why"</a>
        }
    });
    let tone = if status.starts_with('2') { BannerTone::Leaf } else { BannerTone::Danger };
    Some(view! {
        <Banner tone=tone title=format!("{status}.")>
            {text} {link}
        </Banner>
        <CodeBlock text=answer copy_label="Copy the answer" />
    })
}
