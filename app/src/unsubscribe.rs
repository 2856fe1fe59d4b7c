//! The page behind the link in every letter that a customer may do without. Nobody has to sign in.
//!
//! Looking at it changes nothing, because mail scanners follow links; its button does, and so does the one POST that mail
//! programs send by themselves (RFC 8058).

use crate::error::PageError;
use crate::shell::plain;
use crate::state::AppState;
use crate::ui::{Banner, BannerTone, Button, ButtonVariant, LinkButton, Rings};
use axum::Form;
use axum::extract::{FromRequest, Path, Request, State};
use axum::response::Response;
use axum::routing::get;
use http::{HeaderMap, StatusCode};
use leptos::prelude::*;
use perennial_domain::messages::MessageKind;
use perennial_engine::Error;
use perennial_engine::messages::Unsubscribing;

/// The one route.
pub(crate) fn routes() -> axum::Router<AppState> {
    axum::Router::new().route("/u/{token}", get(look).post(end))
}

/// `GET /u/{token}`.
async fn look(State(state): State<AppState>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    match state.engine.unsubscribe_look(&token).await {
        Ok(Some(about)) => page(&state, &headers, &token, about, false),
        Ok(None) => nothing(&state, &headers, StatusCode::NOT_FOUND),
        Err(error) => interrupted(&state, &headers, error),
    }
}

/// `POST /u/{token}`, from the page or from a mail program.
async fn end(State(state): State<AppState>, Path(token): Path<String>, request: Request) -> Response {
    let headers = request.headers().clone();
    // Whatever a mail program sends means the same; only our own button says `everything`.
    let sent = Form::<Vec<(String, String)>>::from_request(request, &state).await;
    let everything = sent.is_ok_and(|Form(sent)| sent.iter().any(|(name, _)| name == "everything"));
    match state.engine.unsubscribe(&token, everything).await {
        Ok(Some(about)) => page(&state, &headers, &token, about, true),
        // Nothing comes to whoever is gone: what was asked for is so.
        Ok(None) => nothing(&state, &headers, StatusCode::OK),
        Err(error) => interrupted(&state, &headers, error),
    }
}

fn page(
    state: &AppState,
    headers: &HeaderMap,
    token: &str,
    about: Unsubscribing,
    was_sent: bool,
) -> Response {
    let Unsubscribing { shop, slug, kind, has_ended, has_ended_all } = about;
    let (action, preferences) = (format!("/u/{token}"), format!("/p/{slug}/messages"));
    let which = match kind {
        MessageKind::Welcome => format!("{shop} sends you no more e-mails, but codes to sign in with."),
        kind => format!("{shop} no longer sends you an e-mail when {}.", kind.occasion()),
    };
    let asks = match kind {
        MessageKind::Welcome => format!("No more e-mails from {shop}?"),
        _ => format!("No more e-mails like this from {shop}?"),
    };
    plain(state, headers, StatusCode::OK, "Unsubscribe", move || {
        let done = (has_ended && was_sent).then(|| view! { <Banner tone=BannerTone::Leaf title="Done."/> });
        let first = (!has_ended).then(|| {
            view! {
                <form method="post" action=action.clone()>
                    <Button variant=ButtonVariant::Primary block=true>"Unsubscribe"</Button>
                </form>
            }
        });
        let all = (has_ended && !has_ended_all).then(|| {
            view! {
                <form method="post" action=action>
                    <Button block=true name="everything" value="yes">"No e-mails at all"</Button>
                </form>
            }
        });
        let text = match (has_ended, has_ended_all) {
            (_, true) => format!("{shop} sends you no e-mails any more, but codes to sign in with."),
            (true, false) => which,
            (false, false) => "Your points and everything else stay as they are.".to_owned(),
        };
        view! {
            <main class="plain">
                <div class="empty">
                    <Rings/>
                    <h1>{if has_ended { "You are unsubscribed".to_owned() } else { asks }}</h1>
                    {done}
                    <p>{text}</p>
                    {first}
                    {all}
                    <LinkButton href=preferences>"Choose which e-mails you get"</LinkButton>
                </div>
            </main>
        }
    })
}

/// The link is nobody's, or its customer is gone.
fn nothing(state: &AppState, headers: &HeaderMap, status: StatusCode) -> Response {
    plain(state, headers, status, "Nothing to unsubscribe from", || {
        view! {
            <main class="plain">
                <div class="empty">
                    <Rings/>
                    <h1>"There is nothing to unsubscribe from"</h1>
                    <p>"Nobody gets e-mails by this link: it comes from a test, was cut short, or belongs to somebody who has left the program."</p>
                </div>
            </main>
        }
    })
}

fn interrupted(state: &AppState, headers: &HeaderMap, error: Error) -> Response {
    let error = PageError::from(error);
    plain(state, headers, StatusCode::SERVICE_UNAVAILABLE, "Interrupted", move || {
        view! {
            <main class="plain">
                <div class="empty">
                    <Rings/>
                    <h1>"One moment"</h1>
                    <p>"This did not work just now. Please load the page again in a minute."</p>
                    <Banner tone=BannerTone::Danger title=error.to_string()/>
                </div>
            </main>
        }
    })
}
