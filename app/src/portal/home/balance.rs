//! The largest number on the screen. When it changes, it counts to the new figure and says so.

use crate::portal::live::Live;
use crate::ui::{grouped, signed};
use leptos::prelude::*;

/// The balance. `shown` keeps the last figure across reloads of the data, `said` is read out.
#[component]
pub(super) fn Balance(
    points: i64,
    unit: String,
    shown: RwSignal<Option<i64>>,
    said: RwSignal<String>,
) -> impl IntoView {
    let live = Live::of_page();
    let before = shown.get_untracked().unwrap_or(points);
    let figure = RwSignal::new(before);
    Effect::new(move |_| {
        live.showing(points);
        shown.set(Some(points));
        if before != points {
            said.set(format!("{} {unit}. You have {} {unit}.", signed(points - before), grouped(points)));
            count(figure, before, points);
        }
    });
    // A long figure is set smaller, so that a narrow phone shows all of it.
    let room = format!("--n:{}", grouped(points).chars().count());
    view! { <p class="hero__num num" style=room>{move || grouped(figure.get())}</p> }
}

/// How long the figure counts, in milliseconds: `--dur-3`.
#[cfg(feature = "hydrate")]
const DURATION: f64 = 480.0;

/// Lets `figure` run to `to`, at once where the person asked for less motion.
#[cfg(feature = "hydrate")]
fn count(figure: RwSignal<i64>, from: i64, to: i64) {
    let still = window()
        .match_media("(prefers-reduced-motion: reduce)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches());
    if still {
        figure.set(to);
    } else {
        step(figure, from, to, js_sys::Date::now());
    }
}

#[cfg(feature = "hydrate")]
fn step(figure: RwSignal<i64>, from: i64, to: i64, start: f64) {
    let passed = ((js_sys::Date::now() - start) / DURATION).clamp(0.0, 1.0);
    // Fast at first, slow at the end. A figure on its way may be rounded; the last one is exact.
    let eased = 1.0 - (1.0 - passed).powi(3);
    let now = if passed < 1.0 { from + ((to - from) as f64 * eased) as i64 } else { to };
    // The page may be gone by now.
    if figure.try_set(now).is_none() && passed < 1.0 {
        request_animation_frame(move || step(figure, from, to, start));
    }
}

#[cfg(not(feature = "hydrate"))]
fn count(figure: RwSignal<i64>, _from: i64, to: i64) {
    figure.set(to);
}
