//! What pages share: loading, addresses, and what is shown when something is missing.

use super::entrance::use_sign_in;
use crate::error::PageError;
use crate::ui::{Banner, BannerTone, Empty, LinkButton};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Shows what a resource brings, or why it did not. The status of the answer follows on the server.
pub fn loaded<T, V, F>(resource: Resource<Result<T, PageError>>, view: F) -> impl IntoView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    V: IntoView + 'static,
    F: Fn(T) -> V + Clone + Send + Sync + 'static,
{
    view! {
        <Transition>
            {move || {
                let view = view.clone();
                Suspend::new(async move {
                    match resource.await {
                        Ok(value) => view(value).into_any(),
                        Err(error) => refusal(&error).into_any(),
                    }
                })
            }}
        </Transition>
    }
}

/// Why a page has nothing to show, and the way out.
fn refusal(error: &PageError) -> impl IntoView + use<> {
    set_status(error);
    let text = error.to_string();
    match error {
        PageError::NotFound => view! {
            <Empty title="We could not find this" text="It may belong to another merchant, or the address has a slip.">
                <LinkButton href="/dashboard">"Go to Home"</LinkButton>
            </Empty>
        }
        .into_any(),
        PageError::SignedOut => view! {
            <Empty title="Please sign in again" text="Your session has ended. Nothing you saved is lost.">
                <LinkButton href=use_sign_in() external=true>"Sign in"</LinkButton>
            </Empty>
        }
        .into_any(),
        PageError::Forbidden => view! {
            <Empty title="Your role does not include this" text="An owner or manager of the program can show it to you or do it for you.">
                <LinkButton href="/dashboard">"Go to Home"</LinkButton>
            </Empty>
        }
        .into_any(),
        PageError::Invalid(_) | PageError::Busy | PageError::Unavailable => view! {
            <Banner tone=BannerTone::Danger title="This did not load.">{text}</Banner>
        }
        .into_any(),
    }
}

/// The status of the answer, while there is one.
#[cfg(feature = "ssr")]
fn set_status(error: &PageError) {
    // Without a session, the browser was sent to the sign-in page already.
    if *error != PageError::SignedOut
        && let Some(response) = use_context::<leptos_axum::ResponseOptions>()
    {
        response.set_status(error.status());
    }
}

#[cfg(not(feature = "ssr"))]
fn set_status(_error: &PageError) {}

/// No page at this address.
#[component]
pub fn Missing() -> impl IntoView {
    set_status(&PageError::NotFound);
    view! {
        <main class="page" id="main">
            <Empty title="There is no such page" text="The address may have a slip, or the page has moved.">
                <LinkButton href="/dashboard">"Go to Home"</LinkButton>
            </Empty>
        </main>
    }
}

/// A part of the path, such as `id`.
pub fn param(name: &'static str) -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|map| map.get(name).unwrap_or_default()))
}

/// A part of the query, such as `q`; empty when it is not there.
pub fn query_param(name: &'static str) -> Memo<String> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|map| map.get(name).unwrap_or_default()))
}

/// A dash where there is no text; the folded table leaves its cell out.
pub fn dash(text: String) -> AnyView {
    if text.is_empty() { view! { <span class="nothing">"–"</span> }.into_any() } else { text.into_any() }
}

/// The first letter in capitals, for a column head: `stars` is `Stars`.
#[must_use]
pub fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
