//! What the pages of vouchers show, in words.

use crate::ui::QrView;

/// A page of what a customer has had for points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VouchersView {
    /// What can be used, the newest first.
    pub open: Vec<VoucherCard>,
    /// What is over, the newest first.
    pub over: Vec<VoucherCard>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// Something that a customer has had, in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoucherCard {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// `money_off`, `percent`, `free_product`, `voucher_pool` or `external`.
    pub kind: String,
    /// Its code, where it has one.
    pub code: Option<String>,
    /// “Until May 21”, “Used on May 12”.
    pub detail: String,
}

/// The page of something that a customer has had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoucherView {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// What it is worth.
    pub worth: String,
    /// What it is, in a few sentences.
    pub description: Option<String>,
    /// “Ready to use”.
    pub state: String,
    /// It can be used, or is on its way.
    pub is_open: bool,
    /// Its code while it can be used.
    pub code: Option<QrView>,
    /// What to do with it.
    pub how: Option<String>,
    /// How far people have come with it; nothing for a voucher.
    pub stages: Vec<StageView>,
    /// The small print.
    pub facts: Vec<(String, String)>,
    /// The purchase that it was used in.
    pub purchase: Option<String>,
    /// What is given back for it, with the unit, while the customer can give it back.
    pub give_back: Option<String>,
    /// Points that can be spent, with their unit.
    pub points: String,
}

/// One stage of what people prepare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageView {
    /// “On its way”.
    pub label: String,
    /// When it came to it.
    pub at: Option<String>,
    /// It has come to it.
    pub is_reached: bool,
    /// It comes to it next.
    pub is_next: bool,
}
