//! What both answer and keep.

use chrono::NaiveDate;

use super::Period;

/// What both answer to a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Done,
    /// The step speaks of something that is not there; neither was asked.
    Skipped,
    Refused(String),
    Purchase(Bought),
    /// What a purchase would have earned, and what it then did.
    Quoted(Quoted, Box<Answer>),
    Waiting,
    Return(Box<Returned>),
    Claim {
        replayed: bool,
        points: i64,
        pending: i64,
        balance: (i64, i64),
    },
    Adjusted {
        before: i64,
        after: i64,
    },
    /// The state of a redemption, and the points that can be spent, wait and are held.
    Redeemed {
        state: &'static str,
        balance: (i64, i64, i64),
    },
    /// Who goes where by an edit of the ladder: from, to, how many.
    Moved(Vec<(Option<usize>, Option<usize>, u64)>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bought {
    pub replayed: bool,
    pub credited: bool,
    pub earned: i64,
    pub pending: i64,
    pub claimable: Option<i64>,
    /// Points and what waits.
    pub balance: Option<(i64, i64)>,
    pub lines: Vec<i64>,
    /// What was left to pay in money.
    pub paid: i64,
    pub warning: Option<&'static str>,
}

/// What a basket would earn and cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    pub points: i64,
    pub cashback: i64,
    /// What each line would cost.
    pub lines: Vec<i64>,
    /// The rewards that the customer could have.
    pub rewards: Vec<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Returned {
    pub replayed: bool,
    pub amount: i64,
    pub paid_back: i64,
    pub points: i64,
    pub pending: i64,
    pub debt: i64,
    pub absorbed: i64,
    /// Cashback that was taken back, and what of it is owed and absorbed.
    pub cashback: (i64, i64, i64),
    /// Of what had paid: points, points of these that were over, and cashback.
    pub tender: (i64, i64, i64),
    /// Of each voucher whether it can be used again, and the points that came back instead.
    pub vouchers: Vec<(bool, i64)>,
    pub balance: Option<(i64, i64)>,
    pub complete: bool,
}

/// What is stored of a customer, as both tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub available: i64,
    pub pending: i64,
    pub reserved: i64,
    pub debt: i64,
    pub lifetime: i64,
    /// What is left, by the last day; no day is the last of all.
    pub lots: Vec<(NaiveDate, i64)>,
    /// What is in the wallet, and what is owed.
    pub wallet: (i64, i64),
    pub tier: Option<usize>,
    /// How often the tier has changed.
    pub moves: i32,
}

/// A referral as both tell it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Referral {
    pub friend: usize,
    pub advocate: usize,
    pub state: String,
    pub review: String,
}

/// Everything that both are compared by, beside the answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Books {
    pub customers: Vec<Standing>,
    /// Points given so far, by promotion, of those that have a budget.
    pub budgets: Vec<(usize, i64)>,
    /// Points given so far, by customer, promotion, period and its first day.
    pub uses: Vec<(usize, usize, Period, NaiveDate, i64)>,
    /// What promotions carry over, by customer and promotion, in billionths of a point.
    pub carried: Vec<(usize, usize, i64)>,
    /// Cashback given so far, by customer, offer and month.
    pub cashback_uses: Vec<(usize, usize, NaiveDate, i64)>,
    /// What is left of each reward.
    pub stock: Vec<Option<i64>>,
    /// The vouchers of redemptions by number, with their states.
    pub vouchers: Vec<(u32, String)>,
    pub referrals: Vec<Referral>,
    /// What promises have given or will give: promise, to whom, state, how much. Thresholds of points are looked at apart.
    pub awards: Vec<(usize, usize, String, i64)>,
    /// Scores of the running periods: customer, period, points.
    pub board: Vec<(usize, Period, i64)>,
}
