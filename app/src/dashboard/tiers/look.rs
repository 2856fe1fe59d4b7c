//! A look at who would move, and that what is done then is what was looked at.

use super::super::edit::LOOKED_AT;
use super::super::look;
use super::super::posted::Posted;
use super::dto::MoveRow;
use super::{NOTE, PREVIEW, PREVIEW_OF, PREVIEW_SAMPLED};
use crate::form::FormState;
use crate::state::AppState;
use axum::extract::Request;
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::money::Currency;
use perennial_domain::tiers::TierBasis;
use perennial_engine::tiers::TierMovement;
use serde::Serialize;

/// The form, without what only the engine may say: who would move.
pub async fn asked(state: AppState, request: Request, action: Action) -> Result<Posted, Response> {
    let mut posted = Posted::allowed(state, request, action).await?;
    posted.values.retain(|name, _| !name.starts_with("preview."));
    Ok(posted)
}

/// What a form asks for, what about, and whether it was looked at before.
pub struct Look {
    /// What it is about: `save`, `delete` or `policy`.
    of: &'static str,
    at: look::Look,
}

/// What a look has found.
pub struct Found {
    /// Who would move.
    pub moves: Vec<MoveRow>,
    /// Whether the numbers were worked out from a sample of the customers.
    pub sampled: bool,
    /// What else is to be known before it is done.
    pub note: Option<String>,
}

impl Look {
    /// Of fields that are saved (`do=save`) as they were shown, and else shown first.
    pub fn at_saving(posted: &Posted, of: &'static str, what: &impl Serialize) -> Self {
        Self { of, at: look::Look::at(posted, "save", what) }
    }

    /// Of deleting, which no field changes.
    pub fn at_deleting(is_due: bool) -> Self {
        Self { of: "delete", at: look::Look { mark: String::new(), is_due, is_other: false } }
    }

    /// Whether nothing is to be done yet.
    pub fn is_due(&self) -> bool {
        self.at.is_due
    }

    /// Shows the form again, with what was found.
    pub async fn show(self, posted: Posted, found: &Found) -> Response {
        let other = self.at.is_other.then(|| {
            "The fields have changed since the last look: this is what saving them now would do.".to_owned()
        });
        let note: Vec<String> = other.into_iter().chain(found.note.clone()).collect();
        let mut form = FormState { values: posted.values.clone(), ..FormState::default() };
        // What can be shown can be written.
        form.values.insert(PREVIEW.to_owned(), serde_json::to_string(&found.moves).unwrap_or_default());
        form.values.insert(PREVIEW_OF.to_owned(), self.of.to_owned());
        if found.sampled {
            form.values.insert(PREVIEW_SAMPLED.to_owned(), "yes".to_owned());
        }
        form.values.insert(NOTE.to_owned(), note.join(" "));
        form.values.insert(LOOKED_AT.to_owned(), self.at.mark);
        posted.show(form).await
    }
}

/// Movements as the card has them.
pub fn rows(moves: Vec<TierMovement>, basis: TierBasis, currency: Currency) -> Vec<MoveRow> {
    moves.into_iter().map(|movement| row(movement, basis, currency)).collect()
}

fn row(movement: TierMovement, basis: TierBasis, currency: Currency) -> MoveRow {
    let examples = movement.examples.into_iter().map(|example| {
        let name = example.name.unwrap_or_else(|| "Without a name".to_owned());
        (example.customer_id.to_string(), name, basis.counted(example.progress, currency))
    });
    MoveRow {
        from: movement.from.map(|tier| tier.name),
        to: movement.to.map(|tier| tier.name),
        customers: i64::try_from(movement.customers).unwrap_or(i64::MAX),
        examples: examples.collect(),
    }
}
