//! Changing the ladder: a look at who would move first, then the deed.

use super::super::cashback::fraction;
use super::super::flash::done;
use super::super::money;
use super::super::posted::{Posted, one, same_name};
use super::super::reading::Reading;
use super::dto::MoveRow;
use super::{LIST, PREVIEW, PREVIEW_OF, PREVIEW_SAMPLED};
use crate::form::FormState;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use perennial_domain::access::Action;
use perennial_domain::error::FieldError;
use perennial_domain::ids::TierId;
use perennial_domain::money::Currency;
use perennial_domain::settings::MerchantPatch;
use perennial_domain::tiers::{Demotion, TierBasis, TierInput, TierPolicyPatch, TierWindow};
use perennial_engine::Error;
use perennial_engine::tiers::{TierEdited, TierMovement};
use std::collections::BTreeMap;

/// Changes how customers move.
pub async fn policy(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::SettingsWrite).await?;
    let mut reading = Reading::new(&posted);
    let basis = reading.required("basis", str::parse::<TierBasis>);
    let demotion = reading.required("demotion", str::parse::<Demotion>);
    let grace_days =
        reading.required("grace_days", |text| text.parse::<u16>().map_err(|_| "Type a number of days"));
    let window = match posted.text("window") {
        "rolling_months" => reading
            .required("months", |text| text.parse::<u16>().map_err(|_| "Type a number of months"))
            .map(|months| TierWindow::RollingMonths { months }),
        "calendar_year" => Some(TierWindow::CalendarYear {}),
        "membership_year" => Some(TierWindow::MembershipYear {}),
        "ever" => Some(TierWindow::Ever {}),
        _ => {
            reading.refuse("window", "Choose one");
            None
        }
    };
    let (Some(basis), Some(window), Some(demotion), Some(grace_days)) = (basis, window, demotion, grace_days)
    else {
        let errors = reading.into_errors();
        return Ok(posted.again(errors).await);
    };
    let tiers = TierPolicyPatch {
        basis: Some(basis),
        window: Some(window),
        demotion: Some(demotion),
        grace_days: Some(grace_days),
    };
    let patch = MerchantPatch { tiers: Some(tiers), ..MerchantPatch::default() };
    match posted.engine().merchant_update(&posted.cx, patch).await {
        Ok(_) => Ok(done(LIST.path, "tiers-saved").into_response()),
        Err(error) => Ok(posted.refuse(error, policy_field).await),
    }
}

/// `/tiers/window/months` is `months`.
fn policy_field(error: &FieldError) -> String {
    error.pointer.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Shows who a new tier would move (`do=preview`), or makes it (`do=save`).
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = asked(state, request).await?;
    let input = match read(&posted).await? {
        Ok(input) => input,
        Err(errors) => return Ok(posted.again(errors).await),
    };
    let dry_run = posted.text("do") != "save";
    let outcome = posted.engine().tier_create(&posted.cx, input, dry_run).await;
    end(posted, outcome, "save", "tier-added").await
}

/// Shows who a change would move (`do=preview`, `do=preview-delete`), or makes it (`do=save`, `do=delete`).
pub async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = asked(state, request).await?;
    let Ok(id) = id.parse::<TierId>() else { return Err(posted.missing()) };
    let what = posted.text("do").to_owned();
    if let "preview-delete" | "delete" = what.as_str() {
        let outcome = posted.engine().tier_delete(&posted.cx, id, what != "delete").await;
        return end(posted, outcome, "delete", "tier-deleted").await;
    }
    let input = match read(&posted).await? {
        Ok(input) => input,
        Err(errors) => return Ok(posted.again(errors).await),
    };
    let edit = posted.edit(input);
    let outcome = posted.engine().tier_update(&posted.cx, id, edit, what != "save").await;
    end(posted, outcome, "save", "tiers-saved").await
}

/// The form, without what only the engine may say: who would move.
async fn asked(state: AppState, request: Request) -> Result<Posted, Response> {
    let mut posted = Posted::allowed(state, request, Action::TiersWrite).await?;
    posted.values.retain(|name, _| !name.starts_with("preview."));
    Ok(posted)
}

/// Goes on after the deed; before it shows the form again, with who would move.
async fn end(
    posted: Posted,
    outcome: Result<TierEdited, Error>,
    of: &str,
    word: &'static str,
) -> Result<Response, Response> {
    match outcome {
        Ok(edited) if edited.dry_run => {
            let settings = posted.engine().merchant_settings(&posted.cx).await;
            let (basis, currency) = match settings {
                Ok(settings) => (settings.tiers.basis, settings.currency),
                Err(error) => return Ok(posted.refuse(error, same_name).await),
            };
            let moves: Vec<MoveRow> =
                edited.moves.into_iter().map(|movement| moved(movement, basis, currency)).collect();
            let mut form = FormState { values: posted.values.clone(), ..FormState::default() };
            // What can be shown can be written.
            form.values.insert(PREVIEW.to_owned(), serde_json::to_string(&moves).unwrap_or_default());
            form.values.insert(PREVIEW_OF.to_owned(), of.to_owned());
            if edited.sampled {
                form.values.insert(PREVIEW_SAMPLED.to_owned(), "yes".to_owned());
            }
            Ok(posted.show(form).await)
        }
        Ok(_) => Ok(done(LIST.path, word).into_response()),
        Err(Error::Conflict { code: "threshold_taken", .. }) => {
            Ok(posted.again(one("threshold", "Another tier begins there")).await)
        }
        Err(Error::Conflict { code: "name_taken", .. }) => {
            Ok(posted.again(one("name", "Another tier has this name")).await)
        }
        Err(error) => Ok(posted.refuse(error, same_name).await),
    }
}

fn moved(movement: TierMovement, basis: TierBasis, currency: Currency) -> MoveRow {
    let examples = movement.examples.into_iter().map(|example| {
        let name = example.name.unwrap_or_else(|| "Without a name".to_owned());
        (example.customer_id.to_string(), name, basis.counted(example.progress, currency))
    });
    MoveRow {
        from: movement.from.map(|tier| tier.name),
        to: movement.to.map(|tier| tier.name),
        customers: i64::try_from(movement.customers).unwrap_or(i64::MAX),
        examples: examples.collect(),
    }
}

/// Reads every field, or tells what is wrong with each.
async fn read(posted: &Posted) -> Result<Result<TierInput, BTreeMap<String, String>>, Response> {
    let settings = posted.engine().merchant_settings(&posted.cx).await;
    let settings = settings.map_err(|error| crate::error::PageError::from(error).into_response())?;
    let (basis, currency) = (settings.tiers.basis, settings.currency);
    let mut reading = Reading::new(posted);
    let threshold = reading.required("threshold", |text| threshold(text, basis, currency));
    let discount = reading
        .optional("discount", |text| fraction(text).ok_or("Type a number of percents, such as 5 or 2.5"));
    let (Some(threshold), Some(discount)) = (threshold, discount) else {
        return Ok(Err(reading.into_errors()));
    };
    let lines = posted.text("benefits").lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(Ok(TierInput {
        name: posted.text("name").to_owned(),
        threshold: Some(threshold),
        multiplier: posted
            .given("multiplier")
            .map(|text| text.trim_end_matches(['x', '×']).trim().replace(',', ".")),
        discount,
        benefits: lines.map(str::to_owned).collect(),
    }))
}

fn threshold(text: &str, basis: TierBasis, currency: Currency) -> Result<i64, String> {
    if basis == TierBasis::Spend {
        return money::parse(text, currency);
    }
    let plain = text.replace([',', ' '], "");
    plain.parse::<i64>().map_err(|_| "Type a whole number, such as 500".to_owned())
}
