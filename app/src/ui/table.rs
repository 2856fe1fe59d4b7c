//! Tables: the first column is the link, figures right; folded to cards where there is little room.
//!
//! What is folded is no table for some browsers any more, so every part says its role: rows are `<tr role="row">`, and cells
//! `<td role="cell">`.

use leptos::prelude::*;
use std::borrow::Cow;

/// A column head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What it holds. Repeat it as `data-th` on the cells: the folded table shows it there.
    pub label: Cow<'static, str>,
    /// Figures are set right and tabular.
    pub numeric: bool,
}

impl Column {
    /// A column of text.
    pub fn text(label: impl Into<Cow<'static, str>>) -> Self {
        Self { label: label.into(), numeric: false }
    }

    /// A column of figures; give its cells the class `n`.
    pub fn number(label: impl Into<Cow<'static, str>>) -> Self {
        Self { label: label.into(), numeric: true }
    }
}

/// A table with a caption for assistive technology; the children are its rows.
#[component]
pub fn Table(
    /// What the table lists.
    #[prop(into)]
    caption: String,
    /// Its columns.
    columns: Vec<Column>,
    /// The `<tr>` elements.
    children: Children,
) -> impl IntoView {
    let heads = columns
        .into_iter()
        .map(|Column { label, numeric }| {
            if numeric {
                view! { <th scope="col" role="columnheader" class="n">{label}</th> }.into_any()
            } else {
                view! { <th scope="col" role="columnheader">{label}</th> }.into_any()
            }
        })
        .collect_view();
    view! {
        <div class="table-wrap">
            <table class="table table--fold" role="table">
                <caption class="visually-hidden">{caption}</caption>
                <thead role="rowgroup"><tr role="row">{heads}</tr></thead>
                <tbody role="rowgroup">{children()}</tbody>
            </table>
        </div>
    }
}
