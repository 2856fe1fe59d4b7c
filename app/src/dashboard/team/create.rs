//! Adding somebody, and the only time that a first password is shown.

use super::super::page::capitalised;
use crate::form::FormState;
use crate::ui::icon::{self, Icon};
use crate::ui::{Banner, BannerTone, Button, ButtonVariant, CodeBlock, Select, SelectOption, TextField};
use leptos::prelude::*;
use perennial_domain::access::Role;

/// The password that this answer brings, if it brings one: whoever works elsewhere was invited instead. It is nowhere else: not in
/// the address, not in a list.
#[component]
pub fn FreshPassword() -> impl IntoView {
    let form = use_context::<FormState>().unwrap_or_default();
    let field = |name: &str| form.value(name).map(str::to_owned);
    let invited = field("invited.email").map(|email| {
        view! {
            <Banner tone=BannerTone::Leaf title=format!("{email} is invited.")>
                "This person works with another program here. They get an e-mail, and are on the team when they accept."
            </Banner>
        }
    });
    let fresh = field("fresh.email").zip(field("fresh.password")).map(|(email, password)| {
        view! {
            <section class="banner banner--petal" role="status" aria-label="The first password">
                <Icon glyph=icon::KEY />
                <div class="grow stack" style="--gap:var(--s-3)">
                    <p>
                        <b>{format!("Give this password to {email} now.")}</b>
                        " It is shown this once. Whoever has it signs in with it, and changes it under “Your account”."
                    </p>
                    <CodeBlock text=password copy_label="Copy the password" />
                </div>
            </section>
        }
    });
    view! {
        {invited}
        {fresh}
    }
}

/// E-mail, name and role.
#[component]
pub fn NewPersonForm(
    /// Makes the form work once, however often it is sent.
    once: String,
) -> impl IntoView {
    let roles = Role::ALL
        .into_iter()
        .rev()
        .map(|role| SelectOption::new(role.as_str(), capitalised(role.as_str())))
        .collect::<Vec<_>>();
    view! {
        <section class="card" aria-labelledby="new-person">
            <div class="card__head"><h2 id="new-person">"Add somebody"</h2></div>
            <form class="card__body stack" method="post" action=super::PATH>
                <input type="hidden" name="once" value=once />
                <TextField name="email" label="E-mail" kind="email" help="They sign in with it." required=true />
                <TextField name="name" label="Name" help="Optional." maxlength=200 />
                <Select name="role" label="Role" options=roles value=Role::Analyst.as_str() />
                <div>
                    <Button variant=ButtonVariant::Primary icon=icon::USERPLUS name="do" value="add">"Add to the team"</Button>
                </div>
            </form>
        </section>
    }
}
