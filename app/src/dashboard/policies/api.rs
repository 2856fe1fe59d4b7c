//! The server functions of the pages of reward policies.

use super::dto::{Awards, PolicyForm, PolicyRow};
use crate::dashboard::list::Listed;
use crate::error::PageError;
use leptos::prelude::*;

/// A page of the list.
#[server(prefix = "/rpc/dashboard", endpoint = "policies-list")]
pub async fn list_policies(
    #[server(default)] q: String,
    #[server(default)] state: String,
    #[server(default)] after: String,
) -> Result<Listed<PolicyRow>, PageError> {
    super::load::list(&q, &state, after).await
}

/// The form of a new policy, from a template when one is named.
#[server(prefix = "/rpc/dashboard", endpoint = "policies-new")]
pub async fn blank_policy(#[server(default)] template: String) -> Result<PolicyForm, PageError> {
    super::load::blank(&template).await
}

/// The form of a policy, with what it gave; with what it would have given, when that is asked for.
#[server(prefix = "/rpc/dashboard", endpoint = "policies-policy")]
pub async fn read_policy(
    id: String,
    #[server(default)] trial: String,
    #[server(default)] after: String,
) -> Result<PolicyForm, PageError> {
    super::load::form(&id, !trial.is_empty(), after).await
}

/// What a customer was given.
#[server(prefix = "/rpc/dashboard", endpoint = "policies-customer")]
pub async fn customer_awards(id: String, #[server(default)] after: String) -> Result<Awards, PageError> {
    super::load::of_customer(&id, after).await
}
