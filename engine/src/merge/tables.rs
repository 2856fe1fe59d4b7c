//! Every column of the database that names a customer, and what becomes of it when that customer is merged.
//!
//! Nothing runs by this list: it is for a test that compares it with the schema, so that a table that comes later is not
//! forgotten, and for whoever wonders.

/// What becomes of the rows of the account that ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// They are the other's.
    Moved,
    /// What they count is added to the other's.
    Added,
    /// They are deleted, or nothing of the kind is left for this account.
    Ended,
    /// They stay under the id that they were written for, and why.
    Stays(&'static str),
}

use Fate::{Added, Ended, Moved, Stays};

const BOOKS: &str = "what was posted is never changed; the account that it was posted for leads to the other";
const TOLD: &str = "it was told by the counter of this account, and is kept for 30 days";

/// Table, column and fate, in the order of their names.
pub const COLUMNS: &[(&str, &str, Fate)] = &[
    ("adjustments", "customer_id", Moved),
    ("balances", "customer_id", Stays("the account is closed and empty")),
    ("balances", "merged_into", Stays("it says into whom the account was merged")),
    ("carried_remainders", "customer_id", Added),
    ("cashback_credits", "customer_id", Moved),
    ("cashback_lots", "customer_id", Moved),
    ("cashback_month_uses", "customer_id", Added),
    ("cashback_wallets", "customer_id", Added),
    ("claims", "customer_id", Moved),
    ("customer_identities", "customer_id", Moved),
    ("customer_identities", "merged_from", Stays("it says with which account an identity came")),
    ("customer_tokens", "customer_id", Ended),
    ("customers", "merged_into", Stays("it says where the id leads")),
    ("entries", "customer_id", Stays(BOOKS)),
    ("erasures", "customer_id", Stays("who was erased is merged with nobody")),
    ("events", "customer_id", Stays(TOLD)),
    ("expiry_warnings", "customer_id", Added),
    ("leaderboard_counted", "customer_id", Moved),
    ("leaderboard_hidden", "customer_id", Added),
    ("leaderboard_scores", "customer_id", Added),
    ("lots", "customer_id", Stays("they are empty: the posting of the merge has moved what was in them")),
    ("mail", "customer_id", Moved),
    ("merges", "from_id", Stays("it says who was merged")),
    ("merges", "into_id", Stays("it says into whom, as it was then")),
    ("message_preferences", "customer_id", Added),
    ("notification_reads", "customer_id", Ended),
    ("payment_fingerprints", "customer_id", Added),
    ("pending_points", "customer_id", Moved),
    ("policy_awards", "beneficiary_id", Moved),
    ("policy_awards", "friend_id", Stays("it follows the referral that it was given for")),
    ("policy_counted", "subject_id", Moved),
    ("policy_counters", "subject_id", Added),
    ("policy_watched", "customer_id", Ended),
    ("promotion_bookings", "customer_id", Moved),
    ("promotion_uses", "customer_id", Added),
    ("purchases", "customer_id", Moved),
    ("redemptions", "customer_id", Moved),
    ("redemptions", "taken_as", Stays("it says for which account the limit was asked")),
    ("referral_codes", "customer_id", Moved),
    ("referral_credits", "customer_id", Added),
    ("referrals", "advocate_id", Moved),
    (
        "referrals",
        "friend_id",
        Stays("nobody has two advocates: one referral goes on as the other's, a second stays here, closed"),
    ),
    ("request_log", "customer_id", Moved),
    ("returns", "customer_id", Moved),
    ("tier_activity", "customer_id", Added),
    ("tier_counted", "customer_id", Moved),
    ("tier_memberships", "customer_id", Ended),
    ("tier_moves", "customer_id", Stays("the history of the account that ended, numbered by itself")),
    ("vouchers", "customer_id", Moved),
    ("webhook_deliveries", "customer_id", Stays(TOLD)),
];
