//! Who may do what: the only policy there is.
//!
//! People act by their role, programs by the scopes of their key. Everything else asks here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Submit a purchase.
    PurchasesWrite,
    /// Read purchases and their explanations.
    PurchasesRead,
    /// Submit a purchase later than the merchant accepts.
    PurchasesBackdate,
    /// Return purchases.
    ReturnsWrite,
    /// Ask what a purchase would earn and cost.
    QuotesRead,
    /// Claim a purchase for a customer.
    ClaimsWrite,
    /// Read events that other systems told of.
    EventsRead,
    /// Tell of purchases, returns and customers by events; try refused ones again or discard them.
    EventsWrite,
    /// Read what programs have asked of the API.
    RequestsRead,
    /// Read customers, their points and entries.
    CustomersRead,
    /// Create and change customers.
    CustomersWrite,
    /// Take everything along that is known of a customer, codes of vouchers included.
    CustomersExport,
    /// Delete everything personal of a customer and close the account.
    CustomersErase,
    /// Make two accounts of one person one.
    CustomersMerge,
    /// Give points to a customer or take them, by hand.
    PointsAdjust,
    /// Read retailers and products.
    CatalogueRead,
    /// Create and change retailers and products.
    CatalogueWrite,
    /// Read promotions.
    PromotionsRead,
    /// Create, change, publish, pause and end promotions.
    PromotionsWrite,
    /// Find out what a promotion would have given for stored purchases, which reads both.
    PromotionsReplay,
    /// Read the tiers.
    TiersRead,
    /// Create, change and delete tiers.
    TiersWrite,
    /// Promote, demote and pin customers.
    TiersAssign,
    /// Read rewards and who redeemed them.
    RewardsRead,
    /// Create and change rewards.
    RewardsWrite,
    /// Redeem rewards for customers, use vouchers, see to what was redeemed.
    RedemptionsWrite,
    /// Read referrals and their codes.
    ReferralsRead,
    /// Give customers a code to recommend the program with.
    ReferralsWrite,
    /// Approve and reject referrals, ban advocates.
    ReferralsReview,
    /// Read what the program's letters say.
    MessagesRead,
    /// Change what the program's letters say, and send them for a test.
    MessagesWrite,
    /// Read the merchant's settings.
    SettingsRead,
    /// Change the merchant's settings.
    SettingsWrite,
    /// Read endpoints of webhooks and what was sent to them.
    WebhooksRead,
    /// Create, change and delete endpoints of webhooks, send to them again.
    WebhooksWrite,
    /// List API keys.
    KeysRead,
    /// Create and revoke API keys.
    KeysWrite,
    /// Give tokens of customers to apps, and end them.
    TokensWrite,
    /// List the staff.
    StaffRead,
    /// Add staff, change roles, remove staff.
    StaffWrite,
    /// Read figures and reconciliation reports.
    StatisticsRead,
    /// Use the API from a till in a browser.
    Till,
    /// Stand at the till page of a store.
    TillPage,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 43] = [
        Self::PurchasesWrite,
        Self::PurchasesRead,
        Self::PurchasesBackdate,
        Self::ReturnsWrite,
        Self::QuotesRead,
        Self::ClaimsWrite,
        Self::EventsRead,
        Self::EventsWrite,
        Self::RequestsRead,
        Self::CustomersRead,
        Self::CustomersWrite,
        Self::CustomersExport,
        Self::CustomersErase,
        Self::CustomersMerge,
        Self::PointsAdjust,
        Self::CatalogueRead,
        Self::CatalogueWrite,
        Self::PromotionsRead,
        Self::PromotionsWrite,
        Self::PromotionsReplay,
        Self::TiersRead,
        Self::TiersWrite,
        Self::TiersAssign,
        Self::RewardsRead,
        Self::RewardsWrite,
        Self::RedemptionsWrite,
        Self::ReferralsRead,
        Self::ReferralsWrite,
        Self::ReferralsReview,
        Self::MessagesRead,
        Self::MessagesWrite,
        Self::SettingsRead,
        Self::SettingsWrite,
        Self::WebhooksRead,
        Self::WebhooksWrite,
        Self::KeysRead,
        Self::KeysWrite,
        Self::TokensWrite,
        Self::StaffRead,
        Self::StaffWrite,
        Self::StatisticsRead,
        Self::Till,
        Self::TillPage,
    ];

    /// What is not allowed, for people: `You may not …`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::PurchasesWrite => "submit purchases",
            Self::PurchasesRead => "read purchases",
            Self::PurchasesBackdate => "submit purchases of the past",
            Self::ReturnsWrite => "return purchases",
            Self::QuotesRead => "ask for quotes",
            Self::ClaimsWrite => "claim purchases",
            Self::EventsRead => "read events",
            Self::EventsWrite => "send events",
            Self::RequestsRead => "read the request log",
            Self::CustomersRead => "read customers",
            Self::CustomersWrite => "change customers",
            Self::CustomersExport => "export customers",
            Self::CustomersErase => "erase customers",
            Self::CustomersMerge => "merge customers",
            Self::PointsAdjust => "adjust points",
            Self::CatalogueRead => "read retailers and products",
            Self::CatalogueWrite => "change retailers and products",
            Self::PromotionsRead => "read promotions",
            Self::PromotionsWrite => "change promotions",
            Self::PromotionsReplay => "replay promotions over stored purchases",
            Self::TiersRead => "read tiers",
            Self::TiersWrite => "change tiers",
            Self::TiersAssign => "move customers between tiers",
            Self::RewardsRead => "read rewards",
            Self::RewardsWrite => "change rewards",
            Self::RedemptionsWrite => "redeem rewards",
            Self::ReferralsRead => "read referrals",
            Self::ReferralsWrite => "give out referral codes",
            Self::ReferralsReview => "decide about referrals",
            Self::MessagesRead => "read the program’s messages",
            Self::MessagesWrite => "change the program’s messages",
            Self::SettingsRead => "read the settings",
            Self::SettingsWrite => "change the settings",
            Self::WebhooksRead => "read webhooks",
            Self::WebhooksWrite => "change webhooks",
            Self::KeysRead => "list API keys",
            Self::KeysWrite => "create and revoke API keys",
            Self::TokensWrite => "give out tokens of customers",
            Self::StaffRead => "list the staff",
            Self::StaffWrite => "change the staff",
            Self::StatisticsRead => "read figures",
            Self::Till => "use a till in a browser",
            Self::TillPage => "stand at the till",
        }
    }
}

/// What a member of the staff is to a merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything.
    Owner,
    /// Runs the program: everything but keys, tokens of customers and staff.
    Manager,
    /// Looks, and changes nothing.
    Analyst,
    /// Helps customers.
    Support,
    /// Stands at the till of a store, and sees nothing else.
    Cashier,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Manager, Self::Analyst, Self::Support, Self::Cashier];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::Analyst => "analyst",
            Self::Support => "support",
            Self::Cashier => "cashier",
        }
    }
}

/// Whether staff of this role may do this.
#[must_use]
pub const fn allows(role: Role, action: Action) -> bool {
    use Action as A;
    match role {
        Role::Owner => true,
        Role::Manager => !matches!(action, A::KeysWrite | A::TokensWrite | A::StaffWrite),
        Role::Analyst => matches!(
            action,
            A::PurchasesRead
                | A::QuotesRead
                | A::EventsRead
                | A::RequestsRead
                | A::CustomersRead
                | A::CatalogueRead
                | A::PromotionsRead
                | A::PromotionsReplay
                | A::TiersRead
                | A::RewardsRead
                | A::ReferralsRead
                | A::WebhooksRead
                | A::MessagesRead
                | A::SettingsRead
                | A::StatisticsRead
        ),
        Role::Support => matches!(
            action,
            A::PurchasesRead
                | A::QuotesRead
                | A::EventsRead
                | A::RequestsRead
                | A::CustomersRead
                | A::CustomersWrite
                | A::CustomersExport
                | A::PointsAdjust
                | A::ClaimsWrite
                | A::CatalogueRead
                | A::PromotionsRead
                | A::PromotionsReplay
                | A::TiersRead
                | A::TiersAssign
                | A::RewardsRead
                | A::RedemptionsWrite
                | A::ReferralsRead
                | A::ReferralsWrite
                | A::MessagesRead
                | A::SettingsRead
                | A::TillPage
        ),
        Role::Cashier => matches!(action, A::TillPage),
    }
}

/// Whether somebody who [may stand at the till](Action::TillPage) may do this there, whatever the role allows elsewhere:
/// what it takes to serve the customer of the moment in one store. Who has not chosen the store yet looks for it.
#[must_use]
pub const fn till_allows(has_store: bool, action: Action) -> bool {
    use Action as A;
    if !has_store {
        return matches!(action, A::CatalogueRead);
    }
    matches!(
        action,
        A::PurchasesWrite
            | A::PurchasesRead
            | A::ReturnsWrite
            | A::QuotesRead
            | A::CustomersRead
            | A::CustomersWrite
            | A::CatalogueRead
            | A::TiersRead
            | A::RewardsRead
            | A::RedemptionsWrite
    )
}

/// What an API key is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Scope {
    /// Submit purchases, returns and claims, and ask what they would earn.
    PurchasesWrite,
    /// Read purchases.
    PurchasesRead,
    /// Return purchases.
    ReturnsWrite,
    /// Ask what a purchase would earn and cost.
    Quotes,
    /// Send events, which may tell of purchases, returns and customers, and read what became of them.
    EventsWrite,
    /// Read what programs have asked of the API, and why they were refused.
    RequestsRead,
    /// Read customers.
    CustomersRead,
    /// Create and change customers.
    CustomersWrite,
    /// Make two accounts of one person one, with all their points: it cannot be undone.
    CustomersMerge,
    /// Take everything about a customer along, or delete everything personal and close the account.
    Privacy,
    /// Give points to customers or take them, by hand.
    PointsAdjust,
    /// Read retailers and products.
    CatalogueRead,
    /// Create and change retailers and products.
    CatalogueWrite,
    /// Read promotions.
    PromotionsRead,
    /// Create, change, publish, pause and end promotions.
    PromotionsWrite,
    /// Read the tiers.
    TiersRead,
    /// Create, change and delete tiers; promote, demote and pin customers.
    TiersWrite,
    /// Read rewards and who redeemed them.
    RewardsRead,
    /// Create and change rewards.
    RewardsWrite,
    /// Redeem rewards for customers and use vouchers; reads what it needs for that.
    RedemptionsWrite,
    /// Read referrals and their codes.
    ReferralsRead,
    /// Give customers codes, approve and reject referrals, ban advocates.
    ReferralsWrite,
    /// Read what the program's letters say.
    MessagesRead,
    /// Change what the program's letters say, and send them for a test.
    MessagesWrite,
    /// Read settings and figures.
    SettingsRead,
    /// Change settings.
    SettingsWrite,
    /// Read endpoints of webhooks and what was sent to them.
    WebhooksRead,
    /// Create, change and delete endpoints of webhooks, send to them again.
    WebhooksWrite,
    /// List, create and revoke API keys.
    KeysWrite,
    /// Give tokens of customers to apps, list and end them. Whoever has it can act as any customer.
    TokensWrite,
    /// Submit purchases later than the merchant accepts.
    Backdate,
    /// Be used from a till in a browser.
    Till,
}

impl Scope {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 32] = [
        Self::PurchasesWrite,
        Self::PurchasesRead,
        Self::ReturnsWrite,
        Self::Quotes,
        Self::EventsWrite,
        Self::RequestsRead,
        Self::CustomersRead,
        Self::CustomersWrite,
        Self::CustomersMerge,
        Self::Privacy,
        Self::PointsAdjust,
        Self::CatalogueRead,
        Self::CatalogueWrite,
        Self::PromotionsRead,
        Self::PromotionsWrite,
        Self::TiersRead,
        Self::TiersWrite,
        Self::RewardsRead,
        Self::RewardsWrite,
        Self::RedemptionsWrite,
        Self::ReferralsRead,
        Self::ReferralsWrite,
        Self::MessagesRead,
        Self::MessagesWrite,
        Self::SettingsRead,
        Self::SettingsWrite,
        Self::WebhooksRead,
        Self::WebhooksWrite,
        Self::KeysWrite,
        Self::TokensWrite,
        Self::Backdate,
        Self::Till,
    ];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PurchasesWrite => "purchases:write",
            Self::PurchasesRead => "purchases:read",
            Self::ReturnsWrite => "returns:write",
            Self::Quotes => "quotes",
            Self::EventsWrite => "events:write",
            Self::RequestsRead => "requests:read",
            Self::CustomersRead => "customers:read",
            Self::CustomersWrite => "customers:write",
            Self::CustomersMerge => "customers:merge",
            Self::Privacy => "privacy",
            Self::PointsAdjust => "points:adjust",
            Self::CatalogueRead => "catalogue:read",
            Self::CatalogueWrite => "catalogue:write",
            Self::PromotionsRead => "promotions:read",
            Self::PromotionsWrite => "promotions:write",
            Self::TiersRead => "tiers:read",
            Self::TiersWrite => "tiers:write",
            Self::RewardsRead => "rewards:read",
            Self::RewardsWrite => "rewards:write",
            Self::RedemptionsWrite => "redemptions:write",
            Self::ReferralsRead => "referrals:read",
            Self::ReferralsWrite => "referrals:write",
            Self::MessagesRead => "messages:read",
            Self::MessagesWrite => "messages:write",
            Self::SettingsRead => "settings:read",
            Self::SettingsWrite => "settings:write",
            Self::WebhooksRead => "webhooks:read",
            Self::WebhooksWrite => "webhooks:write",
            Self::KeysWrite => "keys:write",
            Self::TokensWrite => "tokens:write",
            Self::Backdate => "backdate",
            Self::Till => "till",
        }
    }

    const fn grants(self, action: Action) -> bool {
        use Action as A;
        match self {
            Self::PurchasesWrite => {
                matches!(action, A::PurchasesWrite | A::ReturnsWrite | A::QuotesRead | A::ClaimsWrite)
            }
            Self::PurchasesRead => matches!(action, A::PurchasesRead),
            Self::ReturnsWrite => matches!(action, A::ReturnsWrite),
            Self::Quotes => matches!(action, A::QuotesRead),
            Self::EventsWrite => matches!(action, A::EventsRead | A::EventsWrite),
            Self::RequestsRead => matches!(action, A::RequestsRead),
            Self::CustomersRead => matches!(action, A::CustomersRead),
            Self::CustomersWrite => matches!(action, A::CustomersWrite),
            Self::CustomersMerge => matches!(action, A::CustomersMerge),
            Self::Privacy => matches!(action, A::CustomersExport | A::CustomersErase),
            Self::PointsAdjust => matches!(action, A::PointsAdjust),
            Self::CatalogueRead => matches!(action, A::CatalogueRead),
            Self::CatalogueWrite => matches!(action, A::CatalogueWrite),
            Self::PromotionsRead => matches!(action, A::PromotionsRead),
            Self::PromotionsWrite => matches!(action, A::PromotionsWrite),
            Self::TiersRead => matches!(action, A::TiersRead),
            Self::TiersWrite => matches!(action, A::TiersWrite | A::TiersAssign),
            Self::RewardsRead => matches!(action, A::RewardsRead),
            Self::RewardsWrite => matches!(action, A::RewardsWrite),
            Self::RedemptionsWrite => matches!(action, A::RewardsRead | A::RedemptionsWrite),
            Self::ReferralsRead => matches!(action, A::ReferralsRead),
            Self::ReferralsWrite => matches!(action, A::ReferralsWrite | A::ReferralsReview),
            Self::MessagesRead => matches!(action, A::MessagesRead),
            Self::MessagesWrite => matches!(action, A::MessagesWrite),
            Self::SettingsRead => matches!(action, A::SettingsRead | A::StatisticsRead),
            Self::SettingsWrite => matches!(action, A::SettingsWrite),
            Self::WebhooksRead => matches!(action, A::WebhooksRead),
            Self::WebhooksWrite => matches!(action, A::WebhooksWrite),
            Self::KeysWrite => matches!(action, A::KeysRead | A::KeysWrite),
            Self::TokensWrite => matches!(action, A::TokensWrite),
            Self::Backdate => matches!(action, A::PurchasesBackdate),
            Self::Till => matches!(action, A::Till),
        }
    }
}

/// Whether a key with these scopes may do this. No key can change the staff.
#[must_use]
pub fn scope_allows(scopes: &[Scope], action: Action) -> bool {
    match action {
        // No scope of its own: it tells nothing that these two do not tell together.
        Action::PromotionsReplay => {
            let reads = [Action::PromotionsRead, Action::PurchasesRead];
            reads.into_iter().all(|action| scope_allows(scopes, action))
        }
        action => scopes.iter().any(|scope| scope.grants(action)),
    }
}

/// The text names no role or scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownAccess {
    /// Not a role.
    #[error("must be one of owner, manager, analyst, support, cashier")]
    Role,
    /// Not a scope.
    #[error("is not a scope")]
    Scope,
}

impl FromStr for Role {
    type Err = UnknownAccess;

    fn from_str(text: &str) -> Result<Self, UnknownAccess> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownAccess::Role)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownAccess;

    fn from_str(text: &str) -> Result<Self, UnknownAccess> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(UnknownAccess::Scope)
    }
}

impl TryFrom<String> for Scope {
    type Error = UnknownAccess;

    fn try_from(text: String) -> Result<Self, UnknownAccess> {
        text.parse()
    }
}

impl From<Scope> for &'static str {
    fn from(scope: Scope) -> &'static str {
        scope.as_str()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
