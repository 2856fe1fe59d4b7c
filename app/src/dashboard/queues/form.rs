//! Trying dead letters again, and throwing one away.

use super::super::posted::{Posted, one};
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_engine::Error;

/// The two buttons of a dead letter, and the one of all of a module.
pub async fn settle(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::SettingsWrite).await?;
    if posted.text("do") == "retry-all" {
        let outcome = posted.engine().dead_letters_retry(&posted.cx, posted.text("module")).await;
        return Ok(posted.finish(outcome, super::PATH, "letters-retried").await);
    }
    let Ok(id) = posted.text("id").parse::<i64>() else { return Err(posted.missing()) };
    let (engine, module) = (posted.engine(), posted.text("module"));
    let (outcome, word) = match posted.text("do") {
        "retry" => (engine.dead_letter_retry(&posted.cx, module, id).await, "letter-retried"),
        "discard" => (engine.dead_letter_discard(&posted.cx, module, id).await, "letter-discarded"),
        _ => return Err(posted.missing()),
    };
    Ok(match outcome {
        // The list shows what is left; a whole page about what is gone would help nobody.
        Err(Error::NotFound(_)) => {
            posted.again(one("", "Somebody else has tried it again or discarded it meanwhile.")).await
        }
        outcome => posted.finish(outcome, super::PATH, word).await,
    })
}
