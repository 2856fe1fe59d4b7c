//! Changing what a message says, looking at it, sending it for a test, and back to what it said at first.

use super::super::posted::{Posted, same_name};
use super::PATH;
use crate::form::FormState;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::messages::MessageKind;
use perennial_engine::messages::{MessageTemplateChange, TestMessage, TrialTemplate};

/// The buttons of the page of one kind.
pub async fn submit(
    State(state): State<AppState>,
    Path(kind): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::read(state, request).await?;
    // Whoever may only read them may look at what another text would say.
    let action = if posted.text("do") == "preview" { Action::MessagesRead } else { Action::MessagesWrite };
    if let Err(error) = posted.cx.require(action) {
        return Err(axum::response::IntoResponse::into_response(crate::error::PageError::from(error)));
    }
    let Ok(kind) = kind.parse::<MessageKind>() else { return Err(posted.missing()) };
    let here = format!("{PATH}/{kind}");
    let (subject, text) = (posted.text("subject").to_owned(), posted.text("text").to_owned());
    let engine = posted.engine().clone();
    match posted.text("do") {
        "save" => {
            let updated_at = match posted.given("seen").map(str::parse) {
                None => None,
                Some(Ok(seen)) => Some(seen),
                Some(Err(_)) => return Err(posted.missing()),
            };
            let change = MessageTemplateChange { subject, text, updated_at: Some(updated_at) };
            let outcome = engine.message_template_change(&posted.cx, kind, change).await;
            Ok(posted.finish(outcome, &here, "message-saved").await)
        }
        "preview" => {
            let trial = TrialTemplate { subject: Some(subject), text: Some(text) };
            match engine.message_template_preview(&posted.cx, kind, trial).await {
                // The page draws what stands in its form.
                Ok(_) => {
                    let values = posted.values.clone();
                    Ok(posted.show(FormState::sent(values)).await)
                }
                Err(error) => Ok(posted.refuse(error, same_name).await),
            }
        }
        "test" => {
            let to = posted.given("to").map(str::to_owned);
            let test = TestMessage { to, subject: Some(subject), text: Some(text) };
            match engine.message_template_test(&posted.cx, kind, test).await {
                Ok(sent) => {
                    let mut values = posted.values.clone();
                    values.insert("sent.to".to_owned(), sent.to);
                    Ok(posted.show(FormState::sent(values)).await)
                }
                Err(error) => Ok(posted.refuse(error, same_name).await),
            }
        }
        "reset" => {
            let outcome = engine.message_template_reset(&posted.cx, kind).await;
            Ok(posted.finish(outcome, &here, "message-reset").await)
        }
        _ => Err(posted.missing()),
    }
}
