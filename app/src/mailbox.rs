//! The development mailbox: what would have been sent, while no mail server is configured.
//!
//! It shows sign-in codes to everybody who can reach the server; the router leaves it out as soon as SMTP is set.

use crate::error::PageError;
use crate::files::not_found;
use crate::format::{long_date, time};
use crate::shell::plain;
use crate::state::AppState;
use crate::ui::{Banner, BannerTone, Empty, Logo};
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use chrono_tz::Tz;
use http::{HeaderMap, StatusCode};
use leptos::prelude::*;
use perennial_engine::PageRequest;
use perennial_engine::mail::Letter;

/// Newest messages shown.
const SHOWN: u32 = 50;

/// The routes of the mailbox.
pub(crate) fn routes() -> axum::Router<AppState> {
    axum::Router::new().route("/dev/mailbox", get(page)).route("/dev/mailbox/{id}", get(one))
}

/// `GET /dev/mailbox`.
async fn page(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let newest = PageRequest::new(Some(SHOWN), None);
    let listed = match newest {
        Ok(newest) => state.engine.mailbox_list(None, &newest).await,
        Err(error) => Err(error),
    };
    let (status, mail) = match listed.map_err(PageError::from) {
        Ok(page) => (StatusCode::OK, Ok(page.data)),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, Err(error)),
    };
    plain(&state, &headers, status, "Development mailbox", move || {
        let list = match mail {
            Err(error) => view! { <Banner tone=BannerTone::Danger title=error.to_string()/> }.into_any(),
            Ok(mail) if mail.is_empty() => view! {
                <div class="card"><Empty title="No mail yet" text="Sign-in codes and other mail appear here, newest first."/></div>
            }
            .into_any(),
            Ok(mail) => {
                view! { <ol class="mailbox">{mail.into_iter().map(message).collect_view()}</ol> }.into_any()
            }
        };
        let about = "No mail server is configured, so nothing leaves this machine. Load the page again to see what is new.";
        frame("Development mailbox".to_owned(), about.to_owned(), list)
    })
}

/// `GET /dev/mailbox/{id}`: one letter, as a mail program draws it.
async fn one(State(state): State<AppState>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let Ok(id) = id.parse::<uuid::Uuid>() else { return not_found(&state, &headers) };
    let (status, mail) = match state.engine.mailbox_get(id).await.map_err(PageError::from) {
        Ok(mail) => (StatusCode::OK, Ok(mail)),
        Err(PageError::NotFound) => return not_found(&state, &headers),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, Err(error)),
    };
    plain(&state, &headers, status, "A letter", move || match mail {
        Err(error) => {
            let problem = view! { <Banner tone=BannerTone::Danger title=error.to_string()/> }.into_any();
            frame("A letter".to_owned(), String::new(), problem)
        }
        Ok(mail) => {
            let about = format!("To {}, {}", mail.recipient, written(&mail));
            let drawn = match mail.html {
                // It was written from what people typed: it may open a link in a tab of its own, and nothing else.
                Some(html) => view! {
                    <iframe
                        class="letter__sheet"
                        title="The letter"
                        sandbox="allow-popups allow-popups-to-escape-sandbox"
                        srcdoc=html
                    ></iframe>
                }
                .into_any(),
                None => view! { <pre class="mailbox__text">{mail.body}</pre> }.into_any(),
            };
            let letter = view! {
                <div class="mailbox">
                    <div class="card card--flush">{drawn}</div>
                    <p><a href="/dev/mailbox">"All mail"</a></p>
                </div>
            };
            frame(mail.subject, about, letter.into_any())
        }
    })
}

/// A page of the mailbox.
fn frame(title: String, about: String, inside: AnyView) -> impl IntoView {
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <div class="landing landing--narrow">
            <header class="landing__bar"><Logo href="/"/></header>
            <main id="main" class="page">
                <div class="page__head">
                    <div>
                        <h1>{title}</h1>
                        <p>{about}</p>
                    </div>
                </div>
                {inside}
            </main>
        </div>
    }
}

fn written(mail: &Letter) -> String {
    format!("{}, {} UTC", long_date(mail.created_at, Tz::UTC), time(mail.created_at, Tz::UTC))
}

fn message(mail: Letter) -> impl IntoView {
    let when = written(&mail);
    let as_html = mail.html.is_some().then(|| {
        view! { <p><a href=format!("/dev/mailbox/{}", mail.id)>"As HTML"</a></p> }
    });
    view! {
        <li class="card">
            <div class="card__head"><h2>{mail.subject}</h2><span class="small muted">{when}</span></div>
            <div class="card__body">
                <p class="small muted">"To "{mail.recipient}</p>
                <pre class="mailbox__text">{mail.body}</pre>
                {as_html}
            </div>
        </li>
    }
}
