//! Two accounts of one person become one.
//!
//! ```text
//! claims ─▶ identities ─▶ vouchers, redemptions, ladder ─▶ balances ─▶ customers, all of both locked, each kind in the order of its key
//!     ─▶ what the one has is moved: points by a posting, everything else by whose it is ─▶ a row of `merges`, `customer.merged`
//! ```
//! The account that goes on keeps its id; the other is closed, and its id leads there. Entries never change: what was posted
//! before stays under the id that it was posted for, and a posting of the kind `merge` moves what is on the accounts. What is
//! no history of the books follows: purchases, claims, returns and everything that is counted of them, so that a till that
//! sends a purchase again, a return and a proof find the one customer that there is.
//!
//! Nobody is credited on a closed account, and nothing gets lost: whoever was on the way to it holds the lock of its balance
//! before, or finds it closed under that lock, gives up the transaction and looks anew whose business it is. A check of the
//! database refuses points on a closed balance whatever the code does.
//!
//! - [`run`] is the operation, [`find`] finds out who is meant, [`rehome`] moves what belongs to the account itself;
//! - what program modules keep of a customer they move themselves ([`crate::modules`]);
//! - [`tables`] says of every column that names a customer what becomes of it, for a test that finds a forgotten one;
//! - [`record`] is what is kept of it.

mod find;
mod record;
mod rehome;
mod run;
mod tables;

use chrono::{DateTime, Utc};
use perennial_domain::codes::Description;
use perennial_domain::customer::CustomerInput;
use perennial_domain::ids::CustomerId;
use serde::{Deserialize, Serialize};

use crate::customers::Customer;
use crate::privacy::Money;

pub(crate) use find::{former, goes_on};
pub use tables::{COLUMNS, Fate};

/// Which account is merged into the one that is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MergeInput {
    /// The account that ends: exactly one of the fields.
    #[serde(deserialize_with = "perennial_domain::objects::one")]
    pub from: CustomerInput,
    /// Why, for whoever asks later. At most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Description>,
}

/// What the account had that ended, and what has come to the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Moved {
    /// Points that could be spent.
    pub points: i64,
    /// Points that waited.
    pub pending: i64,
    /// Points that were held for redemptions.
    pub reserved: i64,
    /// Points that it owed: what the other has repays them.
    pub debt: i64,
    /// Points that it had ever earned.
    pub lifetime: i64,
    /// Wallets of cashback, what waited included; below zero where it owed some.
    pub cashback: Vec<Money>,
    /// Purchases, claimed ones included.
    pub purchases: i64,
    /// E-mail addresses, telephone numbers, cards and external ids. All of them find the customer from then on.
    pub identities: i64,
    /// Redemptions, whatever has become of them.
    pub redemptions: i64,
    /// Vouchers that can still be used.
    pub vouchers: i64,
    /// Rewards of policies, given or still to be given.
    pub awards: i64,
}

/// What tiers were called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MergedTiers {
    /// The tier of the account that goes on, before.
    pub before: Option<String>,
    /// That of the account that ended.
    pub other: Option<String>,
    /// The tier of the customer right afterwards: the higher of the two. What both have done together is counted moments
    /// later and may lead higher still.
    pub after: Option<String>,
}

/// That an account was merged into another: the record that is kept of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Merge {
    /// The account that goes on.
    pub customer_id: CustomerId,
    /// The account that ended. Its id leads to the other.
    pub from_id: CustomerId,
    /// When.
    pub merged_at: DateTime<Utc>,
    /// Who did it: the name of a member of the staff or of an API key, or `system`.
    pub by: String,
    /// Why.
    pub note: Option<String>,
    /// What has moved.
    pub moved: Moved,
    /// The tiers of both.
    pub tier: MergedTiers,
}

/// A merge, and the customer as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Merged {
    /// What was merged.
    #[serde(flatten)]
    pub merge: Merge,
    /// The customer that goes on.
    pub customer: Customer,
}
