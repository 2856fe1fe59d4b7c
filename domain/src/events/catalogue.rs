//! The catalogue: when an event happens and what it carries.

use std::fmt::Write as _;

use super::EventKind;

/// What the catalogue says of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// When it happens, a full sentence.
    pub when: &'static str,
    /// What its `data` holds.
    pub fields: &'static [Field],
    /// `data` as it may look, JSON.
    pub example: &'static str,
}

/// A field of an event's `data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds, with its unit.
    pub what: &'static str,
}

/// A field; no function, because only a literal lives as long as the program.
macro_rules! field {
    ($name:literal, $what:literal $(,)?) => {
        Field { name: $name, what: $what }
    };
}

const PURCHASE: Field = field!("purchase_id", "The purchase.");
const TRANSACTION: Field = field!("transaction_id", "As the till called it.");
const RETAILER: Field = field!("retailer_id", "Where it was made.");
const SPENT: Field = field!("amount", "What it came to, in minor units.");
const OCCURRED: Field = field!("occurred_at", "When it was made, RFC 3339.");
const RETURN: Field = field!("return_id", "The return.");
const CURRENCY: Field = field!("currency", "ISO 4217 code.");
const REWARD: Field = field!("reward", "What the merchant calls the reward.");
const FRIEND: Field = field!("friend_id", "The customer who joined.");
const AWARD: Field = field!("award_id", "The posting.");

impl EventKind {
    /// What the catalogue says of it.
    #[must_use]
    pub const fn entry(self) -> Entry {
        let (when, fields, example): (_, &'static [Field], _) = match self {
            Self::PointsCredited => (
                "A purchase was credited to its customer. It is written moments after the purchase was answered.",
                &[
                    PURCHASE,
                    TRANSACTION,
                    RETAILER,
                    SPENT,
                    CURRENCY,
                    OCCURRED,
                    field!("points", "Points earned, those that wait included."),
                    field!("pending", "How many of them wait."),
                ],
                r#"{"purchase_id":"019a9fd0-1a2b-7c3d-8e4f-5a6b7c8d9e0f","transaction_id":"T-1001","retailer_id":"019a9fd0-0000-7000-8000-000000000001","amount":1999,"currency":"USD","occurred_at":"2026-11-21T12:00:00Z","points":19,"pending":0}"#,
            ),
            Self::PointsMatured => (
                "Points that had to wait for the time of returns to pass can be spent now.",
                &[field!("points", "How many.")],
                r#"{"points":19}"#,
            ),
            Self::PointsReversed => (
                "A return took back points that the purchase had earned.",
                &[PURCHASE, RETURN, field!("points", "How many were taken back.")],
                r#"{"purchase_id":"019a9fd0-1a2b-7c3d-8e4f-5a6b7c8d9e0f","return_id":"019a9fd1-0000-7000-8000-000000000001","points":19}"#,
            ),
            Self::PointsExpired => (
                "Points were not spent in time and are gone.",
                &[field!("points", "How many.")],
                r#"{"points":120}"#,
            ),
            Self::PointsAdjusted => (
                "A member of the staff or an API key gave points, or took some.",
                &[
                    field!("adjustment_id", "The adjustment."),
                    field!("points", "How many; negative when they were taken."),
                ],
                r#"{"adjustment_id":"019a9fd1-0000-7000-8000-000000000002","points":-50}"#,
            ),
            Self::PointsAwarded => (
                "A reward policy gave points, or took back what it had given.",
                &[AWARD, field!("points", "How many; negative when they were taken back.")],
                r#"{"award_id":"019a9fd1-0000-7000-8000-000000000009","points":250}"#,
            ),
            Self::PointsExpiring => (
                "Points will expire soon: told up to three times for each last day, as the letters are.",
                &[
                    field!("points", "How many."),
                    field!("expires_on", "The last local day on which they can be spent."),
                ],
                r#"{"points":300,"expires_on":"2026-12-31"}"#,
            ),
            Self::CreditsAwarded => (
                "A reward policy gave referral credits, which count towards tiers, or took back what it had given.",
                &[field!("credits", "How many; negative when they were taken back.")],
                r#"{"credits":1}"#,
            ),
            Self::PurchaseUnclaimed => (
                "A purchase of nobody known was stored; its points wait to be claimed. The event has no customer, and not the code: whoever has the code has the points.",
                &[
                    PURCHASE,
                    TRANSACTION,
                    RETAILER,
                    SPENT,
                    CURRENCY,
                    OCCURRED,
                    field!("points_claimable", "What it would earn, as far as that is known."),
                ],
                r#"{"purchase_id":"019a9fd0-1a2b-7c3d-8e4f-5a6b7c8d9e0f","transaction_id":"T-1002","retailer_id":"019a9fd0-0000-7000-8000-000000000001","amount":500,"currency":"USD","occurred_at":"2026-11-21T12:00:00Z","points_claimable":5}"#,
            ),
            Self::PurchaseClaimed => (
                "A customer claimed a purchase and was credited.",
                &[
                    PURCHASE,
                    field!("claim_id", "The claim."),
                    field!("points", "Points earned, those that wait included."),
                    field!("pending", "How many of them wait."),
                ],
                r#"{"purchase_id":"019a9fd0-1a2b-7c3d-8e4f-5a6b7c8d9e0f","claim_id":"019a9fd1-0000-7000-8000-000000000003","points":5,"pending":0}"#,
            ),
            Self::PurchaseReturned => (
                "A return of a customer's purchase, or of a part of it, was booked.",
                &[
                    PURCHASE,
                    RETURN,
                    field!("amount", "What came back, in minor units."),
                    CURRENCY,
                    field!("points_reversed", "Points that were taken back."),
                ],
                r#"{"purchase_id":"019a9fd0-1a2b-7c3d-8e4f-5a6b7c8d9e0f","return_id":"019a9fd1-0000-7000-8000-000000000001","amount":1999,"currency":"USD","points_reversed":19}"#,
            ),
            Self::TierChanged => (
                "The tier of a customer is another one, for whatever reason. Staying is no event.",
                &[
                    field!("number", "The customer's changes are numbered from 1."),
                    field!("moved", "`up` or `down`."),
                    field!("from", "The tier before, `id` and `name`; null for none."),
                    field!("to", "The tier now, `id` and `name`; null for none."),
                ],
                r#"{"number":1,"moved":"up","from":null,"to":{"id":"019a9fd1-0000-7000-8000-000000000004","name":"Silver"}}"#,
            ),
            Self::CashbackCredited => (
                "Cashback was promised for a purchase: at once, or after the time of returns.",
                &[PURCHASE, field!("amount", "How much, in minor units."), CURRENCY],
                r#"{"purchase_id":"019a9fd0-1a2b-7c3d-8e4f-5a6b7c8d9e0f","amount":100,"currency":"USD"}"#,
            ),
            Self::CashbackAwarded => (
                "A reward policy gave cashback, or took back what it had given.",
                &[
                    AWARD,
                    field!("amount", "How much, in minor units; negative when it was taken back."),
                    CURRENCY,
                ],
                r#"{"award_id":"019a9fd1-0000-7000-8000-000000000010","amount":250,"currency":"USD"}"#,
            ),
            Self::CashbackReversed => (
                "A return took cashback back.",
                &[PURCHASE, RETURN, field!("amount", "How much, in minor units."), CURRENCY],
                r#"{"purchase_id":"019a9fd0-1a2b-7c3d-8e4f-5a6b7c8d9e0f","return_id":"019a9fd1-0000-7000-8000-000000000001","amount":100,"currency":"USD"}"#,
            ),
            Self::CashbackExpired => (
                "Cashback was not spent in time and is gone.",
                &[field!("amount", "How much, in minor units."), CURRENCY],
                r#"{"amount":100,"currency":"USD"}"#,
            ),
            Self::RewardRedeemed => (
                "A customer redeemed a reward: the points are spent, or held until it is captured.",
                &[
                    field!("redemption_id", "The redemption."),
                    field!("reward_id", "The reward."),
                    REWARD,
                    field!("points", "What it costs."),
                    field!("state", "`captured`, or `reserved` while the points are held."),
                ],
                r#"{"redemption_id":"019a9fd1-0000-7000-8000-000000000005","reward_id":"019a9fd1-0000-7000-8000-000000000006","reward":"Coffee","points":100,"state":"captured"}"#,
            ),
            Self::RedemptionChanged => (
                "A redemption came to another state.",
                &[
                    field!("redemption_id", "The redemption."),
                    field!("reward_id", "The reward."),
                    REWARD,
                    field!(
                        "state",
                        "`captured`, `preparing`, `shipped`, `fulfilled`, `released`, `cancelled` or `reversed`.",
                    ),
                    field!(
                        "restored",
                        "Whether its voucher came back with a returned purchase and can be used once more.",
                    ),
                ],
                r#"{"redemption_id":"019a9fd1-0000-7000-8000-000000000005","reward_id":"019a9fd1-0000-7000-8000-000000000006","reward":"Mug","state":"shipped","restored":false}"#,
            ),
            Self::VoucherGiven => (
                "A customer was given a voucher that no points were spent on, for example by a policy. Its code is not told: whoever has the code can use it.",
                &[
                    field!("voucher_id", "The voucher."),
                    REWARD,
                    field!("expires_on", "The last local day on which it can be used; null for never."),
                ],
                r#"{"voucher_id":"019a9fd1-0000-7000-8000-000000000007","reward":"Free meal","expires_on":null}"#,
            ),
            Self::VoucherUsed => (
                "A voucher was used, at a counter or to pay a purchase.",
                &[
                    field!("voucher_id", "The voucher."),
                    REWARD,
                    field!("purchase_id", "The purchase that it paid; null at a counter."),
                ],
                r#"{"voucher_id":"019a9fd1-0000-7000-8000-000000000007","reward":"Free meal","purchase_id":null}"#,
            ),
            Self::CustomerCreated => (
                "Somebody joined the program. Once for every customer, however they came.",
                &[field!("came_by", "`api`, `portal`, `purchase` or `import`.")],
                r#"{"came_by":"portal"}"#,
            ),
            Self::CustomerErased => (
                "A customer was erased: forget what you know of whoever had this id. Earlier events of the customer that were not delivered yet are not delivered any more.",
                &[],
                r"{}",
            ),
            Self::CustomerMerged => (
                "Another account of the same person was merged into this one: what the other had is here now, and its id leads here. Earlier events of the other keep its id.",
                &[
                    field!("from_id", "The account that was merged; it tells nothing any more."),
                    field!(
                        "points",
                        "Points that came with it and can be spent; negative when it owed some."
                    ),
                    field!("pending", "Points that came with it and wait."),
                ],
                r#"{"from_id":"019a9fd1-0000-7000-8000-000000000011","points":120,"pending":0}"#,
            ),
            Self::ReferralRegistered => (
                "A friend joined by a customer's code. The customer of this event, and of those that follow, is the one who invited.",
                &[FRIEND, field!("came_by", "`link`, `purchase` or `signup`.")],
                r#"{"friend_id":"019a9fd1-0000-7000-8000-000000000008","came_by":"link"}"#,
            ),
            Self::ReferralQualified => (
                "The friend's first purchase is done.",
                &[FRIEND, PURCHASE],
                r#"{"friend_id":"019a9fd1-0000-7000-8000-000000000008","purchase_id":"019a9fd0-1a2b-7c3d-8e4f-5a6b7c8d9e0f"}"#,
            ),
            Self::ReferralRewarded => (
                "The customer was rewarded for inviting the friend, for the first time.",
                &[FRIEND],
                r#"{"friend_id":"019a9fd1-0000-7000-8000-000000000008"}"#,
            ),
            Self::ReferralReversed => (
                "The friend's first purchase was returned in full, before anything was given for it or after.",
                &[FRIEND],
                r#"{"friend_id":"019a9fd1-0000-7000-8000-000000000008"}"#,
            ),
            Self::ReferralRejected => (
                "It was found that the referral does not count.",
                &[FRIEND],
                r#"{"friend_id":"019a9fd1-0000-7000-8000-000000000008"}"#,
            ),
        };
        Entry { when, fields, example }
    }
}

/// The catalogue as a page of the docs.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# Events\n\n<!-- Generated from domain/src/events; do not edit. -->\n\n\
         What happens in a program, as webhooks, the bus and the customer's own stream tell it. `data` holds ids, numbers and\n\
         names that the merchant gave; never personal data, and never a code that is worth something to whoever reads it.\n\
         `sequence` is the customer's own counter: events of one customer are told in its order. Events are kept for 30 days.\n\n\
         | kind | when | the customer is told |\n|---|---|---|\n",
    );
    for kind in EventKind::ALL {
        let told = match (kind.is_told(), kind.is_shown(), kind.is_customers()) {
            (true, ..) => "yes",
            (_, true, _) => "on the open page, and in the history",
            (.., true) => "in the history",
            _ => "no",
        };
        // Writing to a text cannot fail.
        let _ = writeln!(page, "| [`{kind}`](#{}) | {} | {told} |", anchor(*kind), kind.entry().when);
    }
    for kind in EventKind::ALL {
        let Entry { when, fields, example } = kind.entry();
        let _ = write!(page, "\n## {kind}\n\n{when}\n\n| field | |\n|---|---|\n");
        for Field { name, what } in fields {
            let _ = writeln!(page, "| `{name}` | {what} |");
        }
        let _ = write!(page, "\n```json\n{example}\n```\n");
    }
    page
}

/// The anchor that a heading of this kind gets.
fn anchor(kind: EventKind) -> String {
    kind.as_str().replace('.', "")
}
