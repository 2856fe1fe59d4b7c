//! Drawing a page: with the document, and again for the page that is open.

use super::ask::{Ask, parts};
use super::{Sheet, pages};
use crate::error::PageError;
use crate::form::FormState;
use crate::owner;
use crate::portal::gate::tail;
use crate::portal::merchant::PortalMerchant;
use crate::session::{SignedIn, app_state, portal_customer};
use crate::shell::theme;
use crate::state::AppState;
use http::request::Parts;
use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;

/// What the handler of an address has drawn for [`super::Drawn`].
#[derive(Clone)]
pub(crate) struct Drawing(pub(super) Result<Sheet, PageError>);

impl Drawing {
    /// Draws the page at the address of a request; nothing when there is none, or the browser draws it, too.
    pub(crate) async fn of(state: &AppState, parts: &Parts, form: Option<&FormState>) -> Option<Self> {
        let SignedIn { cx, .. } = parts.extensions.get()?;
        let merchant = parts.extensions.get::<PortalMerchant>()?;
        let ask = Ask {
            state: state.clone(),
            cx: cx.clone(),
            merchant: merchant.clone(),
            form: form.cloned().unwrap_or_default(),
            theme: theme(&parts.headers),
            tail: tail(parts.uri.path()).to_owned(),
            names: Default::default(),
            query: super::ask::parts(parts.uri.query().unwrap_or_default()),
        };
        let was_refused = !ask.form.is_clean();
        let sheet = draw(ask).await?;
        // What was typed into a refused form stays until it is sent again.
        Some(Self(sheet.map(|sheet| if was_refused { sheet.still() } else { sheet })))
    }
}

/// The markup of a page for the customer who calls this server function.
pub(super) async fn again(slug: &str, tail: &str, query: &str) -> Result<String, PageError> {
    let cx = portal_customer(slug).await?;
    let state = app_state()?;
    let merchant = PortalMerchant::of(slug, &state.engine.snapshot(&cx).await?.settings);
    let headers = use_context::<Parts>().map(|parts| parts.headers).unwrap_or_default();
    let name = merchant.name.clone();
    let ask = Ask {
        state,
        cx,
        merchant,
        form: FormState::default(),
        theme: theme(&headers),
        tail: tail.to_owned(),
        names: Default::default(),
        query: parts(query.trim_start_matches('?')),
    };
    let sheet = draw(ask).await.ok_or(PageError::NotFound)??;
    Ok(sheet.markup(&name))
}

/// Draws a page under an owner of its own, which has what components look for. Nothing when there is no such page.
async fn draw(ask: Ask) -> Option<Result<Sheet, PageError>> {
    let (page, names) = pages::find(&ask.tail)?;
    let ask = Ask { names, ..ask };
    let owner = owner::apart();
    let drawing = owner.with(|| {
        provide_context(StoredValue::new(ask.merchant.clone()));
        provide_context(ask.form.clone());
        ScopedFuture::new_untracked(page(ask))
    });
    let sheet = drawing.await;
    drop(owner);
    Some(sheet)
}
