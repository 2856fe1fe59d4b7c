//! What pages share: loading, addresses, and what is shown when something is missing.

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
                <LinkButton href="/dashboard/sign-in" external=true>"Sign in"</LinkButton>
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
    use http::StatusCode;
    let status = match error {
        // The session has already sent the browser to the sign-in page.
        PageError::SignedOut => return,
        PageError::Forbidden => StatusCode::FORBIDDEN,
        PageError::NotFound => StatusCode::NOT_FOUND,
        PageError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        PageError::Busy => StatusCode::TOO_MANY_REQUESTS,
        PageError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(status);
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

/// An address with those of `fields` that are not empty; `after` goes last.
#[must_use]
pub fn address(path: &str, fields: &[(&str, &str)], after: Option<&str>) -> String {
    let mut out = path.to_owned();
    let pairs = fields.iter().copied().chain(after.map(|after| ("after", after)));
    for (index, (name, value)) in pairs.filter(|(_, value)| !value.is_empty()).enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        out.push_str(name);
        out.push('=');
        encode(&mut out, value);
    }
    out
}

/// Percent-encoding of a query value: everything but letters, digits and `-._~`.
fn encode(out: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// The first letter in capitals, for a column head: `stars` is `Stars`.
#[must_use]
pub fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_only_what_was_chosen_and_encodes_it() {
        let fields = [("q", "a&b=c é"), ("status", ""), ("from", "2026-05-01")];
        assert_eq!(address("/x", &fields, None), "/x?q=a%26b%3Dc%20%C3%A9&from=2026-05-01");
        assert_eq!(address("/x", &fields[1..2], Some("k")), "/x?after=k");
        assert_eq!(address("/x", &[], None), "/x");
    }
}
