//! All versions of a promotion, and what each changed.

use super::dto::{Known, VersionRow};
use crate::ui::icon::{self, Icon};
use crate::ui::{Badge, Dot, Tone};
use leptos::prelude::*;

/// Newest first.
#[component]
pub fn Versions(
    /// The promotion.
    known: Known,
) -> impl IntoView {
    let rows = known.versions.into_iter().map(version).collect_view();
    view! {
        <section class="card" id="versions" aria-labelledby="versions-head">
            <div class="card__head">
                <h2 id="versions-head">"Versions"</h2>
                <span class="small muted">"Each purchase is explained by the one of its time"</span>
            </div>
            <ul class="card__rows card__rows--below">{rows}</ul>
        </section>
    }
}

fn version(version: VersionRow) -> impl IntoView {
    let badge = match (version.draft, version.current) {
        (true, _) => view! { <Badge tone=Tone::Plain dot=Dot::Half>"Draft"</Badge> }.into_any(),
        (false, true) => view! { <Badge tone=Tone::Leaf dot=Dot::Full>"In force"</Badge> }.into_any(),
        (false, false) => ().into_any(),
    };
    let first = version.changes.is_empty();
    let changes = version
        .changes
        .into_iter()
        .map(|change| {
            view! {
                <dt>{change.what}</dt>
                <dd>
                    <span class="shift">
                        <s>
                            <span class="visually-hidden">"before: "</span>
                            {change.before}
                        </s>
                        <Icon glyph=icon::ARROW />
                        <b>
                            <span class="visually-hidden">"now: "</span>
                            {change.after}
                        </b>
                    </span>
                </dd>
            }
        })
        .collect_view();
    view! {
        <li class="stack" style="--gap:var(--s-2)">
            <div class="split split--top">
                <div>
                    <b>{format!("Version {}", version.number)}</b>
                    <p class="small muted">{format!("{} {}", version.since, version.by)}</p>
                </div>
                {badge}
            </div>
            <p class="small">{version.summary}</p>
            {(!first).then(|| view! { <dl class="kv kv--start kv--changes">{changes}</dl> })}
        </li>
    }
}
