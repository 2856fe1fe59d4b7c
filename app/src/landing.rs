//! The front page: what this is, and the way in. Plain HTML, no script.

use crate::shell::{plain, theme};
use crate::state::AppState;
use crate::ui::{
    ButtonSize, ButtonVariant, Icon, LinkButton, Logo, Receipt, ReceiptLine, ReceiptView, Rings, ThemeForm,
    icon,
};
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use leptos::prelude::*;

/// `GET /`.
pub(crate) async fn page(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let mailbox = state.config.dev_mailbox;
    let current = theme(&headers);
    plain(&state, &headers, StatusCode::OK, "Perennial: points that can say why", move || {
        view! {
            <a class="skip" href="#main">"Skip to content"</a>
            <div class="landing">
                <header class="landing__bar">
                    <Logo href="/"/>
                    <LinkButton href="/dashboard">"Sign in"</LinkButton>
                </header>
                <main id="main">
                    <section class="landing__hero">
                        <Rings/>
                        <div class="landing__promise">
                            <h1>"Points that can say why"</h1>
                            <p>
                                "Perennial runs the loyalty program of a merchant with one store or a thousand. Tills post
                                purchases, customers see their points before they have left the counter, and every point
                                has a receipt."
                            </p>
                            <div class="row">
                                <LinkButton href="/dashboard" variant=ButtonVariant::Primary size=ButtonSize::Large>
                                    "Open the dashboard"
                                </LinkButton>
                                {mailbox.then(|| view! {
                                    <LinkButton href="/dev/mailbox" size=ButtonSize::Large icon=icon::MAIL>"Development mailbox"</LinkButton>
                                })}
                            </div>
                        </div>
                        <figure class="landing__receipt">
                            <Receipt receipt=example()/>
                            <figcaption class="small muted">"An example. Every purchase has one, for the customer, the merchant and the till."</figcaption>
                        </figure>
                    </section>
                    <section class="landing__reasons" aria-label="What it does">
                        <Reason glyph=icon::CHECK title="Credited once"
                            text="A till may post the same purchase ten times, from ten threads, across a power cut. It is credited once, and the answer stays the same."/>
                        <Reason glyph=icon::PROMOTIONS title="Rules in a sentence"
                            text="A promotion reads as one sentence. What it would pay shows while you write it, and old versions go on explaining old purchases."/>
                        <Reason glyph=icon::LOCK title="Yours"
                            text="Open source, on your own machine, on plain Postgres. Customers’ data stays in one place: where you put it."/>
                    </section>
                </main>
                <footer class="landing__foot">
                    <nav class="row" aria-label="For developers">
                        <a href="/api/docs">"API reference"</a>
                        <a href="/api/openapi.json">"OpenAPI description"</a>
                    </nav>
                    <ThemeForm current=RwSignal::new(current) back="/"/>
                </footer>
            </div>
        }
    })
}

#[component]
fn Reason(glyph: icon::Glyph, title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <div class="landing__reason">
            <Icon glyph=glyph/>
            <h2>{title}</h2>
            <p>{text}</p>
        </div>
    }
}

/// A purchase as it might have been; its sums are checked by a test.
fn example() -> ReceiptView {
    let line = |what: &str, figure: &str, why: &str, miss: bool| ReceiptLine {
        what: what.to_owned(),
        figure: figure.to_owned(),
        why: vec![why.to_owned()],
        miss,
    };
    ReceiptView {
        question: "Why 228 points?".to_owned(),
        lines: vec![
            line("Smoked trout toast", "$14.00", "4 points for each $1 = 56", false),
            line("Draft, 2 × $9.00", "$18.00", "4 points for each $1 = 72, doubled on Thursday = 144", false),
            line("Pepper dip", "$7.00", "4 points for each $1 = 28", false),
            line("Spend $50, get 500", "not this time", "$11.00 short", true),
        ],
        total_label: "Earned".to_owned(),
        total: "228 points".to_owned(),
    }
}
