//! What the pages of rewards show, in words.

use crate::portal::vouchers::dto::VoucherCard;

/// The list of rewards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RewardsView {
    /// Points that can be spent.
    pub points: i64,
    /// What can be used now, at most two of them.
    pub vouchers: Vec<VoucherCard>,
    /// The customer has had something: there is a list of it.
    pub has_had: bool,
    /// What the customer can have now, the dearest first.
    pub ready: Vec<RewardCard>,
    /// The rest.
    pub closer: Vec<Closer>,
}

/// A reward in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RewardCard {
    /// Its page.
    pub href: String,
    /// The way past its page, where nothing has to be chosen.
    pub redeem: Option<String>,
    /// Its name.
    pub name: String,
    /// `money_off`, `percent`, `free_product`, `voucher_pool` or `external`.
    pub kind: String,
    /// “$5.00 off a purchase”; of what cannot be reckoned what the merchant says of it.
    pub blurb: String,
    /// Points that it costs, the least where the customer chooses.
    pub cost: i64,
    /// The customer chooses how many points.
    pub is_choice: bool,
}

/// A reward that something is missing for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closer {
    /// The reward.
    pub card: RewardCard,
    /// What is missing.
    pub missing: Missing,
}

/// What keeps a reward from a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// How many points are missing, and how much of them is there, in percent.
    pub points: Option<(i64, u8)>,
    /// What else, a short sentence each.
    pub texts: Vec<String>,
}

impl Missing {
    /// Nothing is missing.
    pub fn is_nothing(&self) -> bool {
        self.points.is_none() && self.texts.is_empty()
    }
}

/// The page of a reward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RewardView {
    /// The reward.
    pub card: RewardCard,
    /// What it is worth.
    pub worth: String,
    /// What it is, in a few sentences.
    pub description: Option<String>,
    /// The small print.
    pub facts: Vec<(String, String)>,
    /// What is missing.
    pub missing: Missing,
    /// Points that can be spent.
    pub points: i64,
    /// The numbers of points that can be chosen, where the customer chooses.
    pub choice: Option<Choice>,
}

/// Numbers of points to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The step.
    pub step: i64,
    /// The least.
    pub min: i64,
    /// The most that the reward and the customer's points allow.
    pub max: i64,
}

/// The last look before points are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedeemView {
    /// The reward's page.
    pub href: String,
    /// Where the form is sent: the points that were chosen are a part of it.
    pub action: String,
    /// Its name.
    pub name: String,
    /// What it is worth for these points.
    pub worth: String,
    /// What it costs, with its unit.
    pub cost: String,
    /// Points that can be spent now.
    pub before: i64,
    /// And afterwards.
    pub after: i64,
    /// What one should know: until when it can be used, whether it can be given back.
    pub notes: Vec<String>,
    /// Why it cannot be had just now; nothing when it can.
    pub refused: Option<String>,
}
