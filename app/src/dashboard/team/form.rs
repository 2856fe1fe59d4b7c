//! Adding people, inviting those who work elsewhere, changing what they may do, removing them, and giving them a new password.

use super::super::flash::done;
use super::super::posted::{Posted, one, same_name};
use super::super::reading::Reading;
use super::super::slot::Slot;
use super::PATH;
use crate::form::FormState;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use perennial_domain::access::{Action, Role};
use perennial_domain::codes::{Email, PersonName};
use perennial_domain::ids::StaffId;
use perennial_engine::Error;
use perennial_engine::staff::Newcomer;
use std::collections::BTreeMap;

/// What is said when a form that shows a password is sent a second time.
const SENT_BEFORE: &str =
    "This form was sent before. A password that it made was shown then: if nobody copied it, make a new one.";

/// One address for the forms of the page.
pub async fn submit(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::StaffWrite).await?;
    if posted.text("do") == "add" {
        return Ok(add(posted).await);
    }
    let Ok(id) = posted.text("id").parse::<StaffId>() else { return Err(posted.missing()) };
    Ok(match posted.text("do") {
        "role" => role(posted, id).await,
        "password" => password(posted, id).await,
        "remove" => {
            let outcome = posted.engine().staff_remove(&posted.cx, id).await;
            end(posted, outcome, "person-removed").await
        }
        "send" => {
            let outcome = posted.engine().staff_invitation_send(&posted.cx, id).await;
            end(posted, outcome, "invitation-sent").await
        }
        "withdraw" => {
            let outcome = posted.engine().staff_invitation_withdraw(&posted.cx, id).await;
            end(posted, outcome, "invitation-withdrawn").await
        }
        _ => posted.missing(),
    })
}

async fn add(posted: Posted) -> Response {
    let newcomer = match newcomer(&posted) {
        Ok(newcomer) => newcomer,
        Err(errors) => return posted.again(errors).await,
    };
    let first = match posted.engine().staff_first_password().await {
        Ok(first) => first,
        Err(error) => return posted.refuse(error, same_name).await,
    };
    let (slot, given) = (Slot::default(), first.clone());
    let filled = slot.share();
    let made = posted.engine().make(&posted.cx, posted.once("staff"), move |engine, txn, cx| {
        Box::pin(async move {
            let appointed = engine.staff_appoint_in(txn, cx, newcomer, &given).await?;
            let id = appointed.member.id;
            filled.fill(appointed);
            Ok(id)
        })
    });
    match (made.await, slot.take()) {
        (Ok(_), Some(appointed)) if appointed.keeps_password => {
            posted.show(FormState::sent([("invited.email", appointed.member.email)])).await
        }
        (Ok(_), Some(appointed)) => show(posted, &appointed.member.email, first.expose()).await,
        (Ok(_), None) => posted.again(one("", SENT_BEFORE)).await,
        (Err(Error::Conflict { code: "already_staff", .. }), _) => {
            posted.again(one("email", "This person is on your team already")).await
        }
        (Err(error), _) => posted.refuse(error, same_name).await,
    }
}

/// Reads the form of somebody new.
fn newcomer(posted: &Posted) -> Result<Newcomer, BTreeMap<String, String>> {
    let mut reading = Reading::new(posted);
    let email = reading.required("email", Email::new);
    let name = reading.optional("name", PersonName::new);
    let role = reading.required("role", |text| text.parse::<Role>().map_err(|_| "Choose one of the roles"));
    match (email, name, role) {
        (Some(email), Some(name), Some(role)) => Ok(Newcomer { email, name, role }),
        _ => Err(reading.into_errors()),
    }
}

async fn role(posted: Posted, id: StaffId) -> Response {
    let Ok(role) = posted.text("role").parse::<Role>() else { return posted.missing() };
    let outcome = posted.engine().staff_role_change(&posted.cx, id, role).await;
    end(posted, outcome, "role-changed").await
}

async fn password(posted: Posted, id: StaffId) -> Response {
    let first = match posted.engine().staff_first_password().await {
        Ok(first) => first,
        Err(error) => return posted.refuse_with(error, BTreeMap::new(), same_name).await,
    };
    let (slot, given) = (Slot::default(), first.clone());
    let filled = slot.share();
    let once = posted.once(&format!("staff-password:{id}"));
    let made = posted.engine().make(&posted.cx, once, move |engine, txn, cx| {
        Box::pin(async move {
            let member = engine.staff_password_reset_in(txn, cx, id, &given).await?;
            filled.fill(member.email);
            Ok(id)
        })
    });
    match (made.await, slot.take()) {
        (Ok(_), Some(email)) => show(posted, &email, first.expose()).await,
        (Ok(_), None) => posted.show(FormState::default().refuse("", SENT_BEFORE)).await,
        (Err(error), _) => posted.refuse_with(error, BTreeMap::new(), same_name).await,
    }
}

/// The page with the password, in the answer to the form and nowhere else.
async fn show(posted: Posted, email: &str, password: &str) -> Response {
    posted.show(FormState::sent([("fresh.email", email), ("fresh.password", password)])).await
}

/// Ends the form of a row. Its fields are not those of the form for somebody new, and do not come back in it.
async fn end<T>(posted: Posted, outcome: Result<T, Error>, word: &'static str) -> Response {
    match outcome {
        Ok(_) => done(PATH, word).into_response(),
        Err(error) => posted.refuse_with(error, BTreeMap::new(), same_name).await,
    }
}
