//! What a merchant's program is made of.

use rust_decimal::Decimal;

/// What is sold: sku and category. `NAIL` is sold and in nobody's catalogue.
pub const CATALOGUE: [(&str, &str); 4] =
    [("TEA", "drinks"), ("COFFEE", "drinks"), ("BREAD", "bakery"), ("CAKE", "bakery")];
pub const UNKNOWN_PRODUCT: &str = "NAIL";
pub const RETAILERS: [&str; 2] = ["north", "south"];
/// How many customers there are; those behind the known ones become known by their first purchase.
pub const CUSTOMERS: usize = 7;
pub const KNOWN_CUSTOMERS: usize = 4;
/// Stands for a referral code that nobody has.
pub const NOBODY: usize = 99;

/// How the merchant is set up for a whole sequence.
#[derive(Debug, Clone)]
pub struct Setup {
    pub expiry: Expiry,
    pub rounding: Rounding,
    /// Whether what rounding leaves is carried over, in the beginning.
    pub carry_over: bool,
    pub best_offer_only: bool,
    /// So many points are worth so much money, where points can pay.
    pub point_value: Option<(i64, i64)>,
    pub promotions: Vec<Terms>,
    pub offers: Vec<OfferTerms>,
    pub rewards: Vec<Reward>,
    pub ladder: LadderPolicy,
    /// The tiers of the beginning, by number.
    pub tiers: Vec<Tier>,
    /// How friends are brought, where they are.
    pub friends: Option<Friends>,
    pub promises: Vec<Promise>,
    pub has_board: bool,
}

impl Setup {
    /// Whether what returns take back could meet, in one queue, what purchases give: then which came first would decide,
    /// and nobody says which does. Such queues are emptied before and after whatever takes back.
    pub fn is_careful(&self) -> bool {
        self.friends.is_some() || !self.promises.is_empty()
    }
}

/// What a promotion gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Rate(Decimal),
    Multiplier(Decimal),
    Flat(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    Day,
    Week,
    Month,
    Ever,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Add,
    Best,
    Exclusive,
}

/// One version of a promotion.
#[derive(Debug, Clone)]
pub struct Terms {
    pub effect: Effect,
    pub include: Vec<&'static str>,
    pub exclude: Vec<&'static str>,
    pub retailers: Vec<&'static str>,
    pub tiers: Vec<usize>,
    pub first_purchase_only: bool,
    pub minimum_amount: Option<i64>,
    pub per_purchase: Option<i64>,
    pub per_customer: Option<(i64, Period)>,
    /// Points, and whether the rest of them is given when more is asked for.
    pub budget: Option<(i64, bool)>,
    pub group: &'static str,
    pub mode: Mode,
    pub priority: i32,
    pub pending_days: Option<u64>,
}

/// One version of a cashback offer.
#[derive(Debug, Clone)]
pub struct OfferTerms {
    pub percentage: Decimal,
    pub products: Vec<&'static str>,
    pub active: bool,
    pub per_purchase: Option<i64>,
    pub per_month: Option<i64>,
    pub pending_days: u64,
    pub valid_days: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnPolicy {
    AllowNegative,
    FloorZero,
    Window,
}

#[derive(Debug, Clone)]
pub enum Expiry {
    Never,
    AfterMonths {
        months: u32,
        month_end: bool,
    },
    /// Days of the year, as month and day.
    Calendar(Vec<(u32, u32)>),
    Inactivity(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    Floor,
    HalfUp,
    HalfEven,
    Ceil,
}

/// How tiers are reached, kept and lost.
#[derive(Debug, Clone)]
pub struct LadderPolicy {
    pub basis: Basis,
    pub window: Window,
    /// One tier down, or straight to where the progress leads.
    pub one_step: bool,
    pub grace_days: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    Points,
    Spend,
    Purchases,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    Ever,
    Months(u32),
    CalendarYear,
    MembershipYear,
}

#[derive(Debug, Clone)]
pub struct Tier {
    pub threshold: i64,
    pub multiplier: Decimal,
    pub discount: Decimal,
}

/// What points can be redeemed for.
#[derive(Debug, Clone)]
pub struct Reward {
    pub kind: RewardKind,
    pub cost: i64,
    pub stock: Option<i64>,
    pub per_customer: Option<i64>,
    /// For how many days its voucher can be used.
    pub valid_days: Option<u64>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RewardKind {
    /// Something that people hand over: there is no voucher.
    Gift,
    MoneyOff(i64),
    Percent(Decimal),
    FreeProduct(&'static str),
}

/// How friends are brought.
#[derive(Debug, Clone)]
pub struct Friends {
    pub hold_days: i64,
    /// Friends of one advocate within an hour before a person looks at it.
    pub per_hour: usize,
}

/// A reward policy.
#[derive(Debug, Clone)]
pub struct Promise {
    pub when: When,
    pub to: To,
    pub gives: Gift,
    /// So often for one customer in one period.
    pub cap: Option<(u64, Period)>,
    pub hold_days: u64,
}

/// What has to happen.
#[derive(Debug, Clone)]
pub enum When {
    Joined,
    FriendJoined,
    FirstPurchase(Counting),
    FriendPurchase(Counting),
    FriendCount(Counting, Numbers),
    FriendsCount(Counting, Numbers),
    OwnCount(Counting, Numbers),
    TierReached(usize),
    /// The points that can be spent rise above so many.
    PointsAbove(i64),
}

/// What of a purchase is counted.
#[derive(Debug, Clone)]
pub struct Counting {
    /// Units of products, else purchases.
    pub units: bool,
    pub include: Vec<&'static str>,
    pub minimum: Option<i64>,
}

#[derive(Debug, Clone)]
pub enum Numbers {
    At(Vec<i64>),
    Every(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    Customer,
    Friend,
    Advocate,
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gift {
    Points(i64),
    /// A voucher of so much; nobody uses it here.
    MoneyOff(i64),
}
