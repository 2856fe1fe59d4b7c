//! Facts about one object.

use leptos::prelude::*;

/// A list of names and values.
#[component]
pub fn KeyValue(
    /// Name and value, in order.
    pairs: Vec<(String, String)>,
) -> impl IntoView {
    view! {
        <dl class="kv">
            {pairs
                .into_iter()
                .map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> })
                .collect_view()}
        </dl>
    }
}
