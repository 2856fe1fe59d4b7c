//! What the redemption and voucher pages show.

use serde::{Deserialize, Serialize};

/// What can be done about a redemption. Its page and its row offer nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// Spend the points that are held.
    Capture,
    /// Let go of them.
    Release,
    /// Say that somebody prepares it.
    Prepare,
    /// Say that it is on its way.
    Ship,
    /// Say that the customer has it.
    Fulfil,
    /// Take it back; the points go back to the customer.
    Cancel,
}

impl Act {
    /// The word in a form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Release => "release",
            Self::Prepare => "prepare",
            Self::Ship => "ship",
            Self::Fulfil => "fulfil",
            Self::Cancel => "cancel",
        }
    }

    /// The act of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Capture, Self::Release, Self::Prepare, Self::Ship, Self::Fulfil, Self::Cancel]
            .into_iter()
            .find(|act| act.word() == word)
    }

    /// The words on its button.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Capture => "Spend the points",
            Self::Release => "Let go of the points",
            Self::Prepare => "Start preparing",
            Self::Ship => "Mark as sent",
            Self::Fulfil => "Mark as handed over",
            Self::Cancel => "Cancel it",
        }
    }

    /// Whether points go back, so that it is asked twice.
    #[must_use]
    pub const fn gives_back(self) -> bool {
        matches!(self, Self::Release | Self::Cancel)
    }
}

/// One redemption of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RedemptionRow {
    /// Its id.
    pub id: String,
    /// What was redeemed, as it was called then.
    pub reward: String,
    /// Its kind, for people.
    pub kind: String,
    /// The customer: the id, and what they are called.
    pub customer: (String, String),
    /// The word of its state.
    pub state: String,
    /// What it cost.
    pub points: i64,
    /// When it was redeemed.
    pub when: String,
    /// What comes next, where people do it.
    pub next: Option<Act>,
}

/// A page of redemptions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RedemptionList {
    /// Newest first.
    pub rows: Vec<RedemptionRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Rewards to narrow by: ids and names.
    pub rewards: Vec<(String, String)>,
    /// The merchant's word for points.
    pub points_name: String,
    /// Whether who looks may redeem, cancel and use vouchers.
    pub may_redeem: bool,
}

/// One redemption with everything about it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RedemptionDetail {
    /// What its row shows.
    pub row: RedemptionRow,
    /// The reward, as it may be called by now.
    pub reward_id: String,
    /// Its voucher, when it has one.
    pub voucher: Option<VoucherLine>,
    /// Until when the points are held.
    pub held_until: Option<String>,
    /// What happened, oldest first.
    pub steps: Vec<StepRow>,
    /// What can be done about it by who looks.
    pub acts: Vec<Act>,
    /// Whether it has a code of a list, which nobody gets again.
    pub is_pool: bool,
    /// The merchant's word for points.
    pub points_name: String,
}

/// The voucher of a redemption.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VoucherLine {
    /// Its code, for those who may redeem.
    pub code: Option<String>,
    /// The word of its state.
    pub state: String,
    /// Until when it can be used, or when it was.
    pub when: Option<String>,
}

/// Something that happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StepRow {
    /// The word of the state that it came to, or that it came back unused.
    pub state: String,
    /// When.
    pub when: String,
    /// Who brought it there.
    pub by: String,
}

/// A voucher by its code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VoucherDetail {
    /// The code, as people are shown it.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What it takes off, in words.
    pub worth: String,
    /// The word of its state.
    pub state: String,
    /// The customer: the id, and what they are called.
    pub customer: (String, String),
    /// What was paid for it; nothing when it was given.
    pub redemption: Option<String>,
    /// When it was given.
    pub issued: String,
    /// Until when it can be used.
    pub until: Option<String>,
    /// When it was used.
    pub used: Option<String>,
    /// The purchase that it was used in.
    pub purchase: Option<String>,
}
