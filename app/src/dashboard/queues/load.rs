//! Queues from the engine, in words.

use super::super::clock;
use super::super::format::plural;
use super::super::load::searched;
use super::super::page::capitalised;
use super::super::session::{self, Staff};
use super::dto::{LetterRow, ModuleRow, QueuesData};
use crate::error::PageError;
use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_engine::PageRequest;
use perennial_engine::queue::{DeadLetter, QueueState, RETRIED_AT_ONCE};

/// Dead letters on a page: each is tall.
const LETTERS: u32 = 20;

/// The page, with the dead letters of a module or, when it is empty, of all.
pub async fn page(module: &str, after: String) -> Result<QueuesData, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let states = engine.queue_list(&cx).await?;
    let page = PageRequest::new(Some(LETTERS), Some(after))?;
    let letters = engine.dead_letter_list(&cx, searched(module).as_deref(), &page).await?;
    let now = engine.clock().now();
    Ok(QueuesData {
        modules: states.into_iter().map(|state| row(state, now)).collect(),
        letters: letters.data.into_iter().map(|dead| letter(dead, now)).collect(),
        next: letters.next,
        may_settle: cx.may(Action::SettingsWrite),
    })
}

fn row(state: QueueState, now: DateTime<Utc>) -> ModuleRow {
    ModuleRow {
        name: capitalised(&state.module.replace('_', " ")),
        module: state.module,
        waiting: state.waiting,
        failing: state.failing,
        oldest: state.oldest.map(|at| clock::ago(now, at)),
        dead: state.dead,
        at_once: state.dead.min(RETRIED_AT_ONCE),
    }
}

fn letter(letter: DeadLetter, now: DateTime<Utc>) -> LetterRow {
    LetterRow {
        name: capitalised(&letter.module.replace('_', " ")),
        module: letter.module,
        id: letter.id.to_string(),
        error: letter.error,
        tried: plural(letter.attempts.into(), "attempt", "attempts"),
        died: clock::ago(now, letter.died_at),
        // A JSON value that was read can be written.
        payload: serde_json::to_string_pretty(&letter.payload).unwrap_or_default(),
    }
}
