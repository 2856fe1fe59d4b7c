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
                                "Perennial runs your loyalty program, in one store or a thousand. Tills post purchases,
                                customers see their points before they leave the counter, and every point has a receipt."
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
                    <section class="landing__part" aria-labelledby="parts">
                        <h2 id="parts">"Everything a program needs"</h2>
                        <div class="landing__cells">
                            <Cell glyph=icon::PROMOTIONS title="Points"
                                text="Promotions by product, store, weekday or tier, with limits and budgets that hold."/>
                            <Cell glyph=icon::TIERS title="Tiers"
                                text="Levels with benefits. Customers climb at once and see how far the next one is."/>
                            <Cell glyph=icon::CASHBACK title="Cashback"
                                text="A part of what was paid, back as money to spend at the till."/>
                            <Cell glyph=icon::GIFT title="Rewards"
                                text="Vouchers, codes or things you hand over. The last one goes to exactly one customer."/>
                            <Cell glyph=icon::USERPLUS title="Referrals"
                                text="A code and a link for every customer. What looks odd waits for your review."/>
                            <Cell glyph=icon::CHART title="Leaderboard"
                                text="Who earned most this week, for customers who want to be seen."/>
                        </div>
                    </section>
                    <section class="landing__part" aria-labelledby="reasons">
                        <h2 id="reasons">"Built to stay right"</h2>
                        <div class="landing__cells">
                            <Cell glyph=icon::CHECK title="Credited once"
                                text="A till may post the same purchase ten times, across a power cut. It is credited once, and the answer stays the same."/>
                            <Cell glyph=icon::EDIT title="Rules in a sentence"
                                text="A promotion reads as one sentence. See what it would pay before you publish; old versions go on explaining old purchases."/>
                            <Cell glyph=icon::LOCK title="Yours"
                                text="Open source, on your own machine, on plain Postgres. Your customers’ data stays where you put it."/>
                        </div>
                    </section>
                </main>
                <footer class="landing__foot">
                    <nav class="row" style="--gap:var(--s-5)" aria-label="For developers">
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
fn Cell(glyph: icon::Glyph, title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <div class="landing__cell">
            <Icon glyph=glyph/>
            <h3>{title}</h3>
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
