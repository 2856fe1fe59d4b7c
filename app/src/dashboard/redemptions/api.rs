//! The server functions of the redemption and voucher pages.

use super::dto::{RedemptionDetail, RedemptionList, VoucherDetail};
use crate::error::PageError;
use leptos::prelude::*;

/// A page of the list; without a state, what is to be done.
#[server(prefix = "/rpc/dashboard", endpoint = "redemption-list")]
pub async fn list_redemptions(
    #[server(default)] state: String,
    #[server(default)] reward: String,
    #[server(default)] after: String,
) -> Result<RedemptionList, PageError> {
    super::load::list(&state, &reward, after).await
}

/// One redemption.
#[server(prefix = "/rpc/dashboard", endpoint = "redemption")]
pub async fn read_redemption(id: String) -> Result<RedemptionDetail, PageError> {
    super::load::find(&id).await
}

/// The voucher of a code, if there is one; without a code, nothing.
#[server(prefix = "/rpc/dashboard", endpoint = "voucher")]
pub async fn read_voucher(#[server(default)] code: String) -> Result<Option<VoucherDetail>, PageError> {
    super::load_voucher::find(&code).await
}
