//! Making and revoking keys, and the test purchase.

use super::super::posted::{Posted, one, same_name};
use super::super::reading::Reading;
use super::super::slot::Slot;
use super::load::curl;
use super::submit::send;
use crate::form::FormState;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::Response;
use perennial_domain::access::{Action, Scope};
use perennial_domain::codes::Label;
use perennial_domain::ids::ApiKeyId;
use perennial_engine::Error;
use perennial_engine::api_keys::{ApiKeySecret, NewApiKey};

/// One address for the three forms of the page.
pub async fn submit(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::KeysWrite).await?;
    Ok(match posted.text("do") {
        "create" => create(posted).await,
        "revoke" => revoke(posted).await,
        "test" => send(posted).await,
        _ => posted.missing(),
    })
}

async fn revoke(posted: Posted) -> Response {
    let Ok(id) = posted.text("id").parse::<ApiKeyId>() else { return posted.missing() };
    let outcome = posted.engine().api_key_revoke(&posted.cx, id).await;
    posted.finish(outcome, super::PATH, "key-revoked").await
}

async fn create(posted: Posted) -> Response {
    let mut reading = Reading::new(&posted);
    let name = reading.required("name", Label::new);
    let scopes: Vec<Scope> =
        Scope::ALL.into_iter().filter(|scope| !posted.text(&format!("scope.{scope}")).is_empty()).collect();
    if scopes.is_empty() {
        reading.refuse("scopes", "A key that may do nothing is no use: tick at least one");
    }
    let errors = reading.into_errors();
    let retailer = posted.given("retailer").map(str::to_owned);
    let (Some(name), true) = (name, errors.is_empty()) else { return posted.again(errors).await };
    let input = NewApiKey { name: name.clone(), scopes, retailer };
    match make(&posted, input).await {
        Ok(Some(secret)) => show(posted, &name, secret).await,
        Ok(None) => {
            posted.again(one("", "This form was sent before and the key was made then. Its secret was shown once; if nobody copied it, revoke the key and make another.")).await
        }
        Err(error) => posted.refuse(error, same_name).await,
    }
}

/// Makes the key once, however often the form is sent. The secret leaves the transaction beside its answer, which is
/// remembered: `None` when the key was made by an earlier sending.
async fn make(posted: &Posted, input: NewApiKey) -> Result<Option<ApiKeySecret>, Error> {
    let slot = Slot::default();
    let filled = slot.share();
    let made = posted.engine().make(&posted.cx, posted.once("api-key"), move |engine, txn, cx| {
        Box::pin(async move {
            let (key, secret) = engine.api_key_create_in(txn, cx, input).await?;
            filled.fill(secret);
            Ok(key.id)
        })
    });
    made.await?;
    Ok(slot.take())
}

/// The page with the secret, in the answer to the form and nowhere else.
async fn show(posted: Posted, name: &Label, secret: ApiKeySecret) -> Response {
    let snapshot = match posted.engine().snapshot(&posted.cx).await {
        Ok(snapshot) => snapshot,
        Err(error) => return posted.refuse(error, same_name).await,
    };
    let open = snapshot
        .retailers
        .iter()
        .filter(|retailer| !retailer.archived)
        .map(|retailer| retailer.code().to_owned())
        .min();
    let retailer = posted.given("retailer").map(str::to_owned).or(open);
    let command = curl(&posted.state().config.base_url, secret.expose(), &snapshot, retailer.as_deref());
    let mut form = FormState::sent([
        ("fresh.name", name.as_str()),
        ("fresh.secret", secret.expose()),
        ("fresh.curl", &command),
    ]);
    if let Some(retailer) = retailer {
        form.values.insert("test_retailer".to_owned(), retailer);
    }
    posted.show(form).await
}
