//! The page behind the link in the letter that invites somebody to a team.
//!
//! Whoever opens it is signed in as the account that was invited; who only knows its password has no link. Looking
//! changes nothing; its button does.

use super::entrance::{after, sign_in};
use super::password::{self, NewPassword};
use super::posted::{fields, same_name};
use super::team::with_article;
use crate::error::PageError;
use crate::form::FormState;
use crate::session::StaffSession;
use crate::shell::plain;
use crate::state::AppState;
use crate::ui::{Button, ButtonVariant, LinkButton, Logo};
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use http::request::Parts;
use leptos::prelude::*;
use perennial_domain::access::Role;
use perennial_domain::ids::{MerchantId, StaffId};
use perennial_engine::Error;
use perennial_engine::staff::Invitation;
use std::collections::BTreeMap;

/// What the address begins with; merchant and secret follow.
const BELOW: &str = "/dashboard/join/";

/// Whether somebody goes there who may have a role nowhere yet.
pub fn is_page(path: &str) -> bool {
    path.starts_with(BELOW)
}

/// A link that works, in the hands of the account that it was sent to.
struct Door {
    staff: StaffId,
    merchant: MerchantId,
    secret: String,
    invitation: Invitation,
}

/// `GET /dashboard/join/{merchant}/{secret}`.
pub async fn look(
    State(state): State<AppState>,
    Path((merchant, secret)): Path<(String, String)>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    match open(&state, &parts, &merchant, secret).await {
        Ok(door) => page(&state, &parts, door.invitation, BTreeMap::new()),
        Err(answer) => answer,
    }
}

/// `POST /dashboard/join/{merchant}/{secret}`: accepts, with a new password. All sessions of the person end; this browser
/// gets a new one.
pub async fn accept(
    State(state): State<AppState>,
    Path((merchant, secret)): Path<(String, String)>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let door = match open(&state, &parts, &merchant, secret).await {
        Ok(door) => door,
        Err(answer) => return answer,
    };
    let mut sent = match fields(Request::from_parts(parts.clone(), body)).await {
        Ok(sent) => sent,
        Err(answer) => return answer,
    };
    let password = match password::chosen(&mut sent) {
        Ok(password) => password,
        Err(problems) => return page(&state, &parts, door.invitation, problems),
    };
    let Door { staff, merchant, secret, invitation } = door;
    match state.engine.staff_invitation_accept(staff, merchant, &secret, password).await {
        Ok(role) => enter(&state, &parts, StaffSession { staff, merchant: Some(merchant) }, role).await,
        Err(Error::Invalid(errors)) => {
            let problems = errors.iter().map(|error| (same_name(error), error.detail.clone())).collect();
            page(&state, &parts, invitation, problems)
        }
        Err(error) => refused(&state, &parts, error),
    }
}

/// Finds what the link opens for who is signed in; sends whoever is not to the sign-in, which comes back here.
async fn open(state: &AppState, parts: &Parts, merchant: &str, secret: String) -> Result<Door, Response> {
    let staff = match state.sessions.staff(&parts.headers).await {
        Ok(Some(session)) => session.staff,
        Ok(None) => return Err(Redirect::to(&sign_in(Some(parts.uri.path()))).into_response()),
        Err(error) => return Err(error.into_response()),
    };
    let Ok(merchant) = merchant.parse::<MerchantId>() else { return Err(nothing(state, parts)) };
    match state.engine.staff_invitation_look(staff, merchant, &secret).await {
        Ok(invitation) => Ok(Door { staff, merchant, secret, invitation }),
        Err(error) => Err(refused(state, parts, error)),
    }
}

async fn enter(state: &AppState, parts: &Parts, session: StaffSession, role: Role) -> Response {
    let Ok(cookie) = state.sessions.start_staff(&parts.headers, &session).await else {
        // The role is there all the same, and the password is the new one.
        return Redirect::to(&sign_in(None)).into_response();
    };
    if let Some(merchant) = session.merchant {
        state.engine.staff_entered(session.staff, merchant).await;
    }
    let mut answer = Redirect::to(&after(&parts.uri, role)).into_response();
    answer.headers_mut().append(SET_COOKIE, cookie);
    answer
}

fn refused(state: &AppState, parts: &Parts, error: Error) -> Response {
    match PageError::from(error) {
        PageError::NotFound => nothing(state, parts),
        error => error.into_response(),
    }
}

/// What is asked for, and the form; again with what is wrong, if anything.
fn page(
    state: &AppState,
    parts: &Parts,
    invitation: Invitation,
    errors: BTreeMap<String, String>,
) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let action = parts.uri.path().to_owned();
    let form = FormState { values: BTreeMap::new(), errors };
    plain(state, &parts.headers, status, "Join a team", move || {
        provide_context(form);
        let Invitation { merchant, role, email, invited_by, .. } = invitation;
        let asked = format!("{invited_by} would like you to work there as {}.", with_article(role));
        view! {
            <main class="entrance" id="main">
                <Logo href="/"/>
                <div class="card">
                    <div class="card__body stack">
                        <h1>{format!("Join {merchant}")}</h1>
                        <p>{asked}</p>
                        <form class="stack" method="post" action=action>
                            <p class="small muted">
                                {format!("You join as {email}. Choose a password that only you know: whoever made the first one for you may still know it.")}
                            </p>
                            <NewPassword />
                            <p class="small muted">"You sign in with it everywhere you work, and are signed out everywhere else."</p>
                            <Button variant=ButtonVariant::Primary block=true>"Join the team"</Button>
                        </form>
                    </div>
                </div>
            </main>
        }
    })
}

/// The link opens nothing for who is signed in. Why is not told: it may be somebody else's.
fn nothing(state: &AppState, parts: &Parts) -> Response {
    let other = sign_in(Some(parts.uri.path()));
    plain(state, &parts.headers, StatusCode::NOT_FOUND, "Nothing to join", move || {
        view! {
            <main class="entrance" id="main">
                <Logo href="/"/>
                <div class="card">
                    <div class="card__body stack">
                        <h1>"This link opens nothing"</h1>
                        <p>
                            "It was used, taken back or replaced by a newer one, or a week is over; or it was sent to another e-mail than the one you are signed in with."
                        </p>
                        <LinkButton href=other block=true>"Sign in as somebody else"</LinkButton>
                        <LinkButton href="/dashboard" block=true>"To the dashboard"</LinkButton>
                    </div>
                </div>
            </main>
        }
    })
}
