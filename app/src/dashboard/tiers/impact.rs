//! Who an edit of the ladder would move, before it does.

use super::dto::MoveRow;
use super::{PREVIEW, PREVIEW_OF, PREVIEW_SAMPLED};
use crate::form::FormState;
use crate::ui::icon::{self, Icon};
use crate::ui::{Button, ButtonVariant, Column, Table, grouped};
use leptos::prelude::*;

/// What was asked: whether it is about deleting, and who would move.
pub struct Impact {
    /// The tier would be deleted; else saved.
    pub deletes: bool,
    moves: Vec<MoveRow>,
    /// The numbers were worked out from a sample of the customers.
    sampled: bool,
}

impl Impact {
    /// What the form was answered with, if it was asked.
    pub fn of(form: &FormState) -> Option<Self> {
        let moves = serde_json::from_str(form.value(PREVIEW)?).ok()?;
        let sampled = form.value(PREVIEW_SAMPLED).is_some();
        Some(Self { deletes: form.value(PREVIEW_OF) == Some("delete"), moves, sampled })
    }

    fn customers(&self) -> i64 {
        self.moves.iter().map(|movement| movement.customers).sum()
    }

    /// The words of the button that does it.
    pub fn deed(&self) -> String {
        let verb = if self.deletes { "Delete" } else { "Save" };
        match self.customers() {
            0 => format!("{verb} tier"),
            some if self.sampled => format!("{verb} and move about {}", grouped(some)),
            some => format!("{verb} and move {}", grouped(some)),
        }
    }

    /// The card, with the button that does it: inside the form it belongs to.
    pub fn card(self) -> impl IntoView {
        let (title, value) = match self.deletes {
            true => ("What deleting would change", "delete"),
            false => ("What saving would change", "save"),
        };
        let (deed, all) = (self.deed(), self.customers());
        let variant = if self.deletes { ButtonVariant::Danger } else { ButtonVariant::Primary };
        let told = if all == 0 {
            "Nothing has happened yet."
        } else if self.sampled {
            "Estimates from a sample of the customers. Each of them is told once. Nothing has happened yet."
        } else {
            "Each of them is told once. Nothing has happened yet."
        };
        let body = if self.moves.is_empty() {
            view! { <p class="card__body">"Nobody would move."</p> }.into_any()
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
        <tr>
            <td>
                <span class="shift">
                    <s>{movement.from.unwrap_or_else(none)}</s>
                    <Icon glyph=icon::ARROW />
                    <b>{movement.to.unwrap_or_else(none)}</b>
                </span>
            </td>
            <td class="n" data-th="Customers"><span>{grouped(movement.customers)}</span></td>
            <td data-th="Such as"><ul class="bare small">{examples}</ul></td>
        </tr>
    }
}
