//! Names of database constraints and what a violation means to a caller.
//!
//! Uniqueness is decided by the database, in the statement that writes: a check before the write would only be a
//! guess. This is the one table that turns its verdict into an error.

use crate::error::{Error, What};

/// What the violation of a constraint means.
enum Meaning {
    /// Contradicts what is stored.
    Conflict(&'static str, &'static str),
    /// A reference into another table that does not hold within the merchant.
    Missing(What),
    /// The retailer named in the input.
    UnknownRetailer,
    /// Only a fault of ours can cause it: inputs are checked before they get here.
    Internal,
}

use Meaning::{Conflict, Internal, Missing, UnknownRetailer};

/// Every named constraint and unique index of the schema, in order of name.
const CONSTRAINTS: &[(&str, Meaning)] = &[
    ("adjustments_actor_check", Internal),
    ("adjustments_points_check", Internal),
    ("api_keys_retailer_id_fkey", UnknownRetailer),
    ("balances_available_check", Internal),
    ("balances_nonnegative_check", Internal),
    ("balances_undated_check", Internal),
    ("cashback_credits_amount_check", Internal),
    ("cashback_lots_amount_check", Internal),
    ("cashback_lots_parts_check", Internal),
    ("cashback_month_uses_used_check", Internal),
    ("cashback_wallets_amount_check", Internal),
    ("cashback_wallets_owed_check", Internal),
    ("claims_claimed_check", Internal),
    ("claims_pending_check", Internal),
    ("claims_purchase_id_key", Internal),
    ("customer_identities_customer_id_fkey", Missing(What::Customer)),
    ("customer_identities_kind_check", Internal),
    (
        "customer_identities_kind_key",
        Conflict("identity_taken", "The customer has another identity of this kind"),
    ),
    ("customer_identities_pkey", Conflict("identity_taken", "Another customer has this identity")),
    ("customer_tokens_customer_fkey", Missing(What::Customer)),
    ("customer_tokens_issued_by_check", Internal),
    ("customers_birthday_check", Internal),
    ("directory_api_keys_api_key_fkey", Missing(What::ApiKey)),
    ("directory_customer_tokens_token_fkey", Internal),
    ("directory_customer_tokens_token_key", Internal),
    ("entries_account_check", Internal),
    ("entries_amount_check", Internal),
    ("entries_counter_account_check", Internal),
    ("entries_customer_sequence_key", Internal),
    ("entries_kind_check", Internal),
    ("erasures_actor_check", Internal),
    ("erasures_reason_check", Internal),
    ("events_sequence_check", Internal),
    ("expiry_warnings_warning_check", Internal),
    ("inbox_data_check", Internal),
    ("inbox_key_key", Internal),
    ("inbox_outcome_check", Internal),
    ("inbox_problem_check", Internal),
    ("inbox_state_check", Internal),
    ("leaderboard_counted_points_check", Internal),
    ("leaderboard_nodes_customers_check", Internal),
    ("leaderboard_nodes_level_check", Internal),
    ("leaderboard_scores_period_check", Internal),
    ("leaderboard_scores_score_check", Internal),
    ("lots_expires_on_check", Internal),
    ("lots_remaining_check", Internal),
    ("merchants_accepted_lateness_days_check", Internal),
    ("merchants_cashback_mode_check", Internal),
    ("merchants_claim_days_check", Internal),
    ("merchants_pending_days_check", Internal),
    ("merchants_point_value_check", Internal),
    ("merchants_return_policy_check", Internal),
    ("merchants_rounding_check", Internal),
    ("merchants_slug_key", Conflict("slug_taken", "Another merchant has this slug")),
    ("merchants_unknown_customer_check", Internal),
    ("pending_points_maturity_check", Internal),
    ("pending_points_waiting_check", Internal),
    ("policy_award_returns_amount_check", Internal),
    ("policy_awards_amount_check", Internal),
    ("policy_awards_id_key", Internal),
    ("policy_awards_kind_check", Internal),
    ("policy_awards_round_check", Internal),
    ("policy_awards_state_check", Internal),
    ("policy_counted_counted_check", Internal),
    ("policy_counters_counted_check", Internal),
    ("products_sku_key", Conflict("sku_taken", "Another product has this sku; it may be archived")),
    ("promotion_bookings_period_check", Internal),
    ("promotion_bookings_points_check", Internal),
    ("promotion_budgets_used_check", Internal),
    ("promotion_uses_period_check", Internal),
    ("promotion_uses_used_check", Internal),
    ("promotion_versions_draft_key", Conflict("draft_exists", "This promotion already has a draft")),
    ("promotion_versions_promotion_fkey", Missing(What::Promotion)),
    ("promotion_versions_version_check", Internal),
    ("purchases_amount_check", Internal),
    ("purchases_pending_check", Internal),
    ("purchases_points_check", Internal),
    ("purchases_source_check", Internal),
    ("purchases_status_check", Internal),
    ("reconciliations_since_check", Internal),
    ("redemption_steps_actor_check", Internal),
    ("redemptions_held_check", Internal),
    ("redemptions_points_check", Internal),
    ("redemptions_state_check", Internal),
    ("referral_codes_customer_id_key", Internal),
    ("referral_credits_credits_check", Internal),
    ("referral_visits_clicks_check", Internal),
    ("referrals_came_by_check", Internal),
    ("referrals_qualified_check", Internal),
    ("referrals_review_check", Internal),
    ("referrals_rewarded_check", Internal),
    ("referrals_self_check", Internal),
    ("referrals_state_check", Internal),
    ("request_log_asker_check", Internal),
    ("retailers_code_key", Conflict("code_taken", "Another retailer has this code; it may be archived")),
    ("returns_amount_check", Internal),
    ("returns_cashback_check", Internal),
    ("returns_paid_back_check", Internal),
    ("returns_points_check", Internal),
    ("returns_policy_check", Internal),
    ("returns_return_id_key", Internal),
    ("returns_tenders_check", Internal),
    ("reward_codes_state_check", Internal),
    ("reward_policies_state_check", Internal),
    ("rewards_kind_check", Internal),
    ("rewards_stock_check", Internal),
    ("sandboxes_ahead_micros_check", Internal),
    ("staff_email_key", Conflict("email_taken", "This e-mail has an account already")),
    ("staff_memberships_role_check", Internal),
    ("tier_activity_counts_check", Internal),
    ("tier_counted_counts_check", Internal),
    ("tier_memberships_manual_check", Internal),
    ("tier_moves_moved_check", Internal),
    ("tier_moves_tier_check", Internal),
    ("tiers_name_key", Conflict("name_taken", "Another tier has this name")),
    ("tiers_threshold_check", Internal),
    ("tiers_threshold_key", Conflict("threshold_taken", "Another tier has this threshold")),
    ("vouchers_code_key", Internal),
    ("vouchers_state_check", Internal),
    ("vouchers_used_check", Internal),
    ("waiting_returns_refused_check", Internal),
    ("webhook_deliveries_id_key", Internal),
    ("webhook_deliveries_state_check", Internal),
    ("webhook_endpoints_disabled_check", Internal),
    ("webhook_endpoints_failing_check", Internal),
];

/// The error that a violation of `constraint` means, or `None` where it is a fault of ours.
pub(crate) fn error(constraint: &str) -> Option<Error> {
    let (_, meaning) = CONSTRAINTS.iter().find(|(name, _)| *name == constraint)?;
    match meaning {
        Conflict(code, detail) => Some(Error::conflict(code, *detail)),
        Missing(what) => Some(Error::NotFound(*what)),
        UnknownRetailer => Some(Error::UnknownRetailer),
        Internal => None,
    }
}

/// Whether a constraint is in the table; the test of the schema asks.
#[cfg(test)]
pub(crate) fn is_listed(constraint: &str) -> bool {
    CONSTRAINTS.iter().any(|(name, _)| *name == constraint)
}
