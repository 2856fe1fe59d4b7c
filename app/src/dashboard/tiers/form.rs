//! Changing the ladder: a look at who would move first, then the deed.

use super::super::cashback::fraction;
use super::super::flash::done;
use super::super::money;
use super::super::posted::{Posted, one, same_name};
use super::super::reading::Reading;
use super::LIST;
use super::look::{Found, Look, asked, rows};
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use perennial_domain::access::Action;
use perennial_domain::ids::TierId;
use perennial_domain::money::Currency;
use perennial_domain::tiers::{TierBasis, TierInput};
use perennial_engine::Error;
use perennial_engine::tiers::TierEdited;
use std::collections::BTreeMap;

/// Shows who a new tier would move (`do=preview`), or makes it (`do=save`) as it was shown.
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = asked(state, request, Action::TiersWrite).await?;
    let input = match read(&posted).await? {
        Ok(input) => input,
        Err(errors) => return Ok(posted.again(errors).await),
    };
    let look = Look::at_saving(&posted, "save", &input);
    let outcome = posted.engine().tier_create(&posted.cx, input, look.is_due()).await;
    end(posted, outcome, look, "tier-added").await
}

/// Shows who a change would move (`do=preview`, `do=preview-delete`), or makes it (`do=save`, `do=delete`) as it was shown.
pub async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = asked(state, request, Action::TiersWrite).await?;
    let Ok(id) = id.parse::<TierId>() else { return Err(posted.missing()) };
    let what = posted.text("do").to_owned();
    if let "preview-delete" | "delete" = what.as_str() {
        let look = Look::at_deleting(what != "delete");
        let outcome = posted.engine().tier_delete(&posted.cx, id, look.is_due()).await;
        return end(posted, outcome, look, "tier-deleted").await;
    }
    let input = match read(&posted).await? {
        Ok(input) => input,
        Err(errors) => return Ok(posted.again(errors).await),
    };
    let look = Look::at_saving(&posted, "save", &(id, &input));
    let edit = posted.edit(input);
    let outcome = posted.engine().tier_update(&posted.cx, id, edit, look.is_due()).await;
    end(posted, outcome, look, "tiers-saved").await
}

/// Goes on after the deed; before it shows the form again, with who would move.
async fn end(
    posted: Posted,
    outcome: Result<TierEdited, Error>,
    look: Look,
    word: &'static str,
) -> Result<Response, Response> {
    match outcome {
        Ok(edited) if edited.dry_run => {
            let settings = posted.engine().merchant_settings(&posted.cx).await;
            let (basis, currency) = match settings {
                Ok(settings) => (settings.tiers.basis, settings.currency),
                Err(error) => return Ok(posted.refuse(error, same_name).await),
            };
            let moves = rows(edited.moves, basis, currency);
            Ok(look.show(posted, &Found { moves, sampled: edited.sampled, note: None }).await)
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

/// Reads every field, or tells what is wrong with each.
async fn read(posted: &Posted) -> Result<Result<TierInput, BTreeMap<String, String>>, Response> {
    let settings = posted.engine().merchant_settings(&posted.cx).await;
    let settings = settings.map_err(|error| crate::error::PageError::from(error).into_response())?;
    let (basis, currency) = (settings.tiers.basis, settings.currency);
    let mut reading = Reading::new(posted);
    let threshold = reading.required("threshold", |text| threshold(text, basis, currency));
    let discount =
        reading.optional("discount", |text| fraction(text).ok_or("Type a number, such as 5 or 2.5"));
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
