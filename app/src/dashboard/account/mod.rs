//! One's own account: who one is here, and the password.

pub mod api;
#[cfg(feature = "ssr")]
pub mod form;

use super::flash::FlashBanner;
use super::page::{capitalised, loaded};
use super::parts::{PageHead, Refusal};
use super::password::NewPassword;
use crate::form::use_form;
use crate::ui::icon;
use crate::ui::{Button, ButtonVariant, TextField};
use api::{AccountData, read_account};
use leptos::prelude::*;

/// Where it is.
pub const PATH: &str = "/dashboard/account";

/// Who is signed in, and a form for a new password.
#[component]
pub fn AccountPage() -> impl IntoView {
    let _form = use_form();
    let data = Resource::new(|| (), |()| read_account());
    view! {
        <FlashBanner />
        <PageHead title="Your account" about="Yours alone: everybody who works with you has their own." />
        <Refusal title="That did not work." />
        {loaded(data, page)}
    }
}

fn page(data: AccountData) -> impl IntoView {
    let AccountData { name, email, roles } = data;
    let roles = roles
        .into_iter()
        .map(|(merchant, role)| {
            view! {
                <div>
                    <dt class="small muted">{format!("Role at {merchant}")}</dt>
                    <dd>{capitalised(&role)}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <div class="cols" style="--main:1fr;--aside:1fr">
            <section class="card" aria-labelledby="password-head">
                <div class="card__head"><h2 id="password-head">"Change your password"</h2></div>
                <form class="card__body stack" method="post" action=PATH>
                    <TextField
                        name="current"
                        label="Current password"
                        kind="password"
                        autocomplete="current-password"
                        required=true
                    />
                    <NewPassword />
                    <p class="small muted">"You stay signed in here and are signed out everywhere else."</p>
                    <div>
                        <Button variant=ButtonVariant::Primary icon=icon::LOCK>"Change the password"</Button>
                    </div>
                </form>
            </section>
            <section class="card" aria-labelledby="who">
                <div class="card__head"><h2 id="who">"Who you are here"</h2></div>
                <dl class="card__body stack" style="--gap:var(--s-3)">
                    <div>
                        <dt class="small muted">"Name"</dt>
                        <dd>{name}</dd>
                    </div>
                    <div>
                        <dt class="small muted">"E-mail to sign in with"</dt>
                        <dd>{email}</dd>
                    </div>
                    {roles}
                </dl>
            </section>
        </div>
    }
}
