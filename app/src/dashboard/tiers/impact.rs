//! Who an edit of the ladder would move, before it does.

use super::super::edit::LOOKED_AT;
use super::dto::MoveRow;
use super::{NOTE, PREVIEW, PREVIEW_OF, PREVIEW_SAMPLED};
use crate::form::FormState;
use crate::ui::icon::{self, Icon};
use crate::ui::{Button, ButtonVariant, Column, Table, grouped};
use leptos::prelude::*;

/// What was asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// A tier as the fields have it.
    Saving,
    /// That a tier is not there any more.
    Deleting,
    /// Another way to reach, keep and lose tiers.
    Policy,
}

/// What was asked, and who would move.
pub struct Impact {
    /// What was asked about.
    pub of: Of,
    moves: Vec<MoveRow>,
    /// The numbers were worked out from a sample of the customers.
    sampled: bool,
    /// What else is to be known before it is done.
    note: String,
    /// What to know by that just this was looked at.
    looked_at: String,
}

impl Impact {
    /// What the form was answered with, if it was asked.
    pub fn of(form: &FormState) -> Option<Self> {
        let moves = serde_json::from_str(form.value(PREVIEW)?).ok()?;
        let of = match form.value(PREVIEW_OF) {
            Some("delete") => Of::Deleting,
            Some("policy") => Of::Policy,
            _ => Of::Saving,
        };
        let sampled = form.value(PREVIEW_SAMPLED).is_some();
        let text = |name| form.value(name).unwrap_or_default().to_owned();
        Some(Self { of, moves, sampled, note: text(NOTE), looked_at: text(LOOKED_AT) })
    }

    fn customers(&self) -> i64 {
        self.moves.iter().map(|movement| movement.customers).sum()
    }

    /// The words of the button that does it.
    pub fn deed(&self) -> String {
        let (verb, what) = match self.of {
            Of::Saving => ("Save", "tier"),
            Of::Deleting => ("Delete", "tier"),
            Of::Policy => ("Save", "how customers move"),
        };
        match self.customers() {
            0 => format!("{verb} {what}"),
            some if self.sampled => format!("{verb} and move about {}", grouped(some)),
            some => format!("{verb} and move {}", grouped(some)),
        }
    }

    /// What the card says of its list.
    fn told(&self) -> String {
        let nothing = "Nothing has happened yet.";
        if self.customers() == 0 {
            return nothing.to_owned();
        }
        let estimated = if self.sampled { "Estimates from a sample of the customers. " } else { "" };
        let how = match self.of {
            Of::Policy => "They move with their next purchase, or within a minute, and are told.",
            Of::Saving | Of::Deleting => "Each of them is told once.",
        };
        format!("{estimated}{how} {nothing}")
    }

    /// The card, with the button that does it: inside the form it belongs to.
    pub fn card(self) -> impl IntoView {
        let (title, value, variant) = match self.of {
            Of::Saving | Of::Policy => ("What saving would change", "save", ButtonVariant::Primary),
            Of::Deleting => ("What deleting would change", "delete", ButtonVariant::Danger),
        };
        let nobody = match self.of {
            Of::Policy => "Nobody would move now. Whoever falls does so at the end of a period.",
            Of::Saving | Of::Deleting => "Nobody would move.",
        };
        let (deed, told) = (self.deed(), self.told());
        let note = (!self.note.is_empty()).then(|| view! { <p class="card__body">{self.note}</p> });
        let body = if self.moves.is_empty() {
            view! { <p class="card__body">{nobody}</p> }.into_any()
        } else {
            let columns =
                vec![Column::text("Would move"), Column::number("Customers"), Column::text("Such as")];
            let rows = self.moves.into_iter().map(row).collect_view();
            view! { <Table caption="Who would move where" columns=columns>{rows}</Table> }.into_any()
        };
        view! {
            <section class="card impact" aria-labelledby="impact">
                <div class="card__head">
                    <h2 id="impact" tabindex="-1">{title}</h2>
                    <span class="small muted">{told}</span>
                </div>
                <input type="hidden" name=LOOKED_AT value=self.looked_at />
                {note}
                {body}
                <div class="card__foot">
                    <Button variant=variant name="do" value=value>{deed}</Button>
                </div>
            </section>
        }
    }
}

fn row(movement: MoveRow) -> impl IntoView {
    let none = || "No tier".to_owned();
    let examples = movement
        .examples
        .into_iter()
        .map(|(id, name, progress)| {
            let href = format!("/dashboard/customers/{id}");
            view! { <li><a href=href>{name}</a> <span class="muted">{format!(" {progress}")}</span></li> }
        })
        .collect_view();
    view! {
        <tr role="row">
            <td role="cell">
                <span class="shift">
                    <s>{movement.from.unwrap_or_else(none)}</s>
                    <Icon glyph=icon::ARROW />
                    <b>{movement.to.unwrap_or_else(none)}</b>
                </span>
            </td>
            <td role="cell" class="n" data-th="Customers"><span>{grouped(movement.customers)}</span></td>
            <td role="cell" data-th="Such as"><ul class="bare small">{examples}</ul></td>
        </tr>
    }
}
