//! What the page of referrals shows.

use perennial_domain::referrals::ReferralState;
use serde::{Deserialize, Serialize};

/// One step of the funnel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Step {
    /// `Clicked`.
    pub name: String,
    /// How many.
    pub count: i64,
    /// Of the widest step, in percent.
    pub percent: i64,
    /// How many of the step before, in words; nothing for the first.
    pub of_before: String,
}

/// One day of the funnel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DayRow {
    /// `May 14`.
    pub day: String,
    /// Clicked, registered, qualified, rewarded.
    pub counts: [i64; 4],
}

/// Somebody who brings friends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AdvocateRow {
    /// The customer.
    pub id: String,
    /// The name, or what stands for it.
    pub name: String,
    /// The code in two groups.
    pub code: String,
    /// Whether the advocate is banned.
    pub is_banned: bool,
    /// Clicked, registered, qualified, rewarded.
    pub counts: [i64; 4],
}

/// One referral.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReferralRow {
    /// The friend, who is the key of it.
    pub friend: String,
    /// The friend's name, or what stands for it.
    pub friend_name: String,
    /// The advocate.
    pub advocate: String,
    /// The advocate's name, or what stands for it.
    pub advocate_name: String,
    /// Whether the advocate is banned.
    pub advocate_banned: bool,
    /// What it has come to.
    pub state: ReferralState,
    /// Whether somebody has to decide about it.
    pub waits: bool,
    /// How much there is to doubt, 0 to 100.
    pub score: u8,
    /// Why, in sentences without full stops.
    pub reasons: Vec<String>,
    /// When and how the friend came.
    pub came: String,
    /// What happened since, and who decided.
    pub since: String,
}

/// The settings, as the form has them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicyFields {
    /// Whether codes bring anybody.
    pub enabled: bool,
    /// In days.
    pub attribution_days: String,
    /// `first` or `last`.
    pub touch: String,
    /// In days.
    pub hold_days: String,
    /// `review` or `refuse`.
    pub same_person: String,
    /// A number.
    pub max_per_hour: String,
    /// A number.
    pub max_per_day: String,
    /// One a line.
    pub allowed_origins: String,
    /// One a line: name, a bar, address.
    pub targets: String,
}

/// The code of a customer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CodeRow {
    /// The code in two groups.
    pub code: String,
    /// How often its links were followed, and how many came, in a sentence.
    pub brought: String,
    /// Since when it brings nobody; empty when it does.
    pub banned: String,
}

/// By whom a customer came, and who came by the customer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerFriends {
    /// The customer's code, once one was made.
    pub code: Option<CodeRow>,
    /// Whether who looks may ban and let go.
    pub may_review: bool,
    /// The referral that brought the customer.
    pub came: Option<ReferralRow>,
    /// A page of the friends, the newest first.
    pub rows: Vec<ReferralRow>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// The page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReferralsData {
    /// Clicked, registered, qualified, rewarded in the last 30 days.
    pub steps: Vec<Step>,
    /// The days of it on which anything happened, the newest first.
    pub days: Vec<DayRow>,
    /// Who brought most in it.
    pub advocates: Vec<AdvocateRow>,
    /// A page of what somebody has to decide about, what has waited longest first.
    pub waiting: Vec<ReferralRow>,
    /// Where the next page of it begins.
    pub waiting_next: Option<String>,
    /// How many there are of these.
    pub waiting_count: i64,
    /// A page of the list, the newest first.
    pub rows: Vec<ReferralRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// The settings.
    pub policy: PolicyFields,
    /// Whether who looks may decide.
    pub may_review: bool,
    /// Whether who looks may change the settings.
    pub may_edit: bool,
}
