//! Sign in: the e-mail, then the code that was sent to it. No password.
//!
//! The forms have no address of their own: they are posted to the one that is open, with its `?next=`.

#[cfg(feature = "ssr")]
pub(super) mod form;

use super::merchant::use_merchant;
use crate::form::use_form;
use crate::ui::{Banner, BannerTone, Button, ButtonSize, ButtonVariant, Field, Rings, TextField};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

/// How far somebody has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInStep {
    /// The address that a code was sent to.
    pub email: Option<String>,
    /// No mail server is configured: the code is in the development mailbox.
    pub mailbox: bool,
    /// The code of a friend, whose link led here or who was named.
    pub friend: Option<String>,
}

/// The page.
#[component]
pub(super) fn SignIn() -> impl IntoView {
    let merchant = use_merchant();
    let form = use_form();
    let step = SharedValue::new(|| use_context::<SignInStep>().unwrap_or_default()).into_inner();
    let problem = form.problem().map(|problem| {
        view! { <Banner tone=BannerTone::Danger title=problem.to_owned()/> }
    });
    let mailbox = (step.mailbox && step.email.is_some()).then(|| {
        view! {
            <Banner title="No mail server is configured.">
                "The code is in the "<a href="/dev/mailbox" rel="external" target="_blank">"development mailbox"</a>"."
            </Banner>
        }
    });
    let invited = step.friend.is_some().then(|| {
        let title = format!("A friend invites you to {}.", merchant.name);
        view! { <Banner tone=BannerTone::Leaf title=title>"Sign in for the first time and it counts for both of you."</Banner> }
    });
    let fields = match step.email {
        None => view! { <EmailForm friend=step.friend/> }.into_any(),
        Some(email) => view! { <CodeForm email=email/> }.into_any(),
    };
    view! {
        <Title text=format!("Sign in · {}", merchant.name)/>
        <a class="skip" href="#main">"Skip to content"</a>
        <div class="portal portal--plain">
            <header class="hero hero--door">
                <Rings/>
                <div class="hero__bar"><span class="hero__name">{merchant.name.clone()}</span></div>
                <h1>"Good to see you"</h1>
            </header>
            <main id="main" class="portal__body">{problem} {invited} {fields} {mailbox}</main>
        </div>
    }
}

#[component]
fn EmailForm(friend: Option<String>) -> impl IntoView {
    let refused = use_context::<crate::form::FormState>().is_some_and(|form| form.error("friend").is_some());
    let friend = use_merchant().has_referrals.then(|| {
        view! {
            <details class="undo" open=refused>
                <summary>"A friend’s code"</summary>
                <TextField
                    name="friend"
                    label="Your friend’s code"
                    help="It counts when you sign in for the first time."
                    value=friend.unwrap_or_default()
                    maxlength=20
                />
            </details>
        }
    });
    view! {
        <div class="stack stack--tight">
            <h2>"Sign in with your e-mail"</h2>
            <p class="muted">"We send you a code. There is no password to remember."</p>
        </div>
        <form method="post" class="stack">
            <TextField name="email" label="E-mail" kind="email" autocomplete="email" inputmode="email" maxlength=254 required=true/>
            {friend}
            <Button variant=ButtonVariant::Primary size=ButtonSize::Large block=true>"Send the code"</Button>
        </form>
        <p class="faint note">
            "New here? The code opens your account, too. Your address is used for your points and nothing else."
        </p>
    }
}

#[component]
fn CodeForm(email: String) -> impl IntoView {
    let form = use_context::<crate::form::FormState>().unwrap_or_default();
    let invalid = form.error("code").is_some().then_some("true");
    view! {
        <div class="stack stack--tight">
            <h2>"Type the code we sent"</h2>
            <form method="post" class="muted">
                "Six digits, by e-mail to "<b class="ink">{email.clone()}</b>". "
                <button type="submit" class="linklike" name="change" value="1">"Change"</button>
            </form>
        </div>
        <form method="post" class="stack">
            <Field name="code" label="Code">
                <div class="otp">
                    <div aria-hidden="true"><i></i><i></i><i></i><i></i><i></i><i></i></div>
                    <span><input
                        id="code"
                        name="code"
                        inputmode="numeric"
                        autocomplete="one-time-code"
                        pattern="[0-9 ]*"
                        maxlength="7"
                        required=true
                        autofocus=true
                        on:input=digits_only
                        aria-invalid=invalid
                        aria-describedby=invalid.map(|_| "code-note")
                    /></span>
                </div>
            </Field>
            <Button variant=ButtonVariant::Primary size=ButtonSize::Large block=true>"Continue"</Button>
        </form>
        <form method="post" class="muted note">
            <input type="hidden" name="email" value=email/>
            "Nothing there? Check your spam folder, or "
            <button type="submit" class="linklike">"send a new code"</button>"."
        </form>
    }
}

/// The code may be pasted as the letter shows it, with a gap in the middle; the cells have no room for one.
fn digits_only(event: leptos::ev::Event) {
    let typed = event_target_value(&event);
    let digits: String = typed.chars().filter(char::is_ascii_digit).take(6).collect();
    if digits != typed {
        set_value(&event, &digits);
    }
}

#[cfg(feature = "hydrate")]
fn set_value(event: &leptos::ev::Event, value: &str) {
    event_target::<web_sys::HtmlInputElement>(event).set_value(value);
}

#[cfg(not(feature = "hydrate"))]
fn set_value(_event: &leptos::ev::Event, _value: &str) {}
