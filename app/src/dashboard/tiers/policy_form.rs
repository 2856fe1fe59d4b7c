//! Changing how customers move: a look at whom it would move first, then the deed.

use super::super::flash::done;
use super::super::posted::Posted;
use super::super::reading::Reading;
use super::LIST;
use super::look::{Found, Look, asked, rows};
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use perennial_domain::access::Action;
use perennial_domain::error::FieldError;
use perennial_domain::money::Currency;
use perennial_domain::settings::MerchantPatch;
use perennial_domain::tiers::{Demotion, TierBasis, TierPolicyPatch, TierWindow};
use perennial_engine::Error;
use perennial_engine::tiers::TierView;
use std::collections::BTreeMap;

/// Shows whom another policy would move (`do=preview`), or saves it (`do=save`) as it was shown.
pub async fn policy(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = asked(state, request, Action::SettingsWrite).await?;
    let tiers = match read(&posted) {
        Ok(tiers) => tiers,
        Err(errors) => return Ok(posted.again(errors).await),
    };
    let look = Look::at_saving(&posted, "policy", &tiers);
    let patch = MerchantPatch { tiers: Some(tiers), ..MerchantPatch::default() };
    if look.is_due() {
        return Ok(match preview(&posted, patch).await {
            Ok(found) => look.show(posted, &found).await,
            Err(error) => posted.refuse(error, policy_field).await,
        });
    }
    Ok(match posted.engine().merchant_update(&posted.cx, patch).await {
        Ok(_) => done(LIST.path, "tiers-saved").into_response(),
        Err(error) => posted.refuse(error, policy_field).await,
    })
}

/// Reads every field, or tells what is wrong with each.
fn read(posted: &Posted) -> Result<TierPolicyPatch, BTreeMap<String, String>> {
    let mut reading = Reading::new(posted);
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
    // Each of them is there, or it is among the errors.
    if basis.is_none() || window.is_none() || demotion.is_none() || grace_days.is_none() {
        return Err(reading.into_errors());
    }
    Ok(TierPolicyPatch { basis, window, demotion, grace_days })
}

/// Whom it would move, and where thresholds would mean something else.
async fn preview(posted: &Posted, patch: MerchantPatch) -> Result<Found, Error> {
    let engine = posted.engine();
    let before = engine.merchant_settings(&posted.cx).await?.tiers.basis;
    let preview = engine.merchant_preview(&posted.cx, patch).await?;
    let (basis, currency) = (preview.settings.tiers.basis, preview.settings.currency);
    let (moves, sampled) = preview.tiers.map(|change| (change.moves, change.sampled)).unwrap_or_default();
    let note = if basis == before {
        None
    } else {
        thresholds(&engine.tier_list(&posted.cx).await?, basis, currency)
    };
    Ok(Found { moves: rows(moves, basis, currency), sampled, note })
}

/// Where tiers would begin by another basis, which changes none of their numbers.
fn thresholds(tiers: &[TierView], basis: TierBasis, currency: Currency) -> Option<String> {
    let begin = tiers.iter().filter_map(|tier| {
        let threshold = tier.terms.threshold.filter(|threshold| *threshold > 0)?;
        Some(format!("{} from {}", tier.terms.name, basis.counted(threshold, currency)))
    });
    let begin: Vec<String> = begin.collect();
    (!begin.is_empty()).then(|| format!("Thresholds keep their numbers: {}.", begin.join(", ")))
}

/// `/tiers/window/months` is `months`.
fn policy_field(error: &FieldError) -> String {
    error.pointer.rsplit('/').next().unwrap_or_default().to_owned()
}
