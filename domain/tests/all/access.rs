//! The policy as one table, so that a change of it is seen.

use perennial_domain::access::{Action, Role, Scope, allows, scope_allows, till_allows};

#[test]
fn roles() {
    let table: Vec<String> = Action::ALL
        .iter()
        .map(|action| {
            let roles = Role::ALL.iter().filter(|role| allows(**role, *action)).map(|role| role.as_str());
            format!("{action:?}: {}", roles.collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(
        table,
        [
            "PurchasesWrite: owner manager",
            "PurchasesRead: owner manager analyst support",
            "PurchasesBackdate: owner manager",
            "ReturnsWrite: owner manager",
            "QuotesRead: owner manager analyst support",
            "ClaimsWrite: owner manager support",
            "EventsRead: owner manager analyst support",
            "EventsWrite: owner manager",
            "RequestsRead: owner manager analyst support",
            "CustomersRead: owner manager analyst support",
            "CustomersWrite: owner manager support",
            "CustomersExport: owner manager support",
            "CustomersErase: owner manager",
            "CustomersMerge: owner manager",
            "PointsAdjust: owner manager support",
            "CatalogueRead: owner manager analyst support",
            "CatalogueWrite: owner manager",
            "PromotionsRead: owner manager analyst support",
            "PromotionsWrite: owner manager",
            "PromotionsReplay: owner manager analyst support",
            "TiersRead: owner manager analyst support",
            "TiersWrite: owner manager",
            "TiersAssign: owner manager support",
            "RewardsRead: owner manager analyst support",
            "RewardsWrite: owner manager",
            "RedemptionsWrite: owner manager support",
            "ReferralsRead: owner manager analyst support",
            "ReferralsWrite: owner manager support",
            "ReferralsReview: owner manager",
            "MessagesRead: owner manager analyst support",
            "MessagesWrite: owner manager",
            "SettingsRead: owner manager analyst support",
            "SettingsWrite: owner manager",
            "WebhooksRead: owner manager analyst",
            "WebhooksWrite: owner manager",
            "KeysRead: owner manager",
            "KeysWrite: owner",
            "TokensWrite: owner",
            "StaffRead: owner manager",
            "StaffWrite: owner",
            "StatisticsRead: owner manager analyst",
            "Till: owner manager",
            "TillPage: owner manager support cashier",
        ]
    );
}

/// At a till everybody may do the same, and before the store is chosen nothing but look for it.
#[test]
fn at_the_till() {
    let allowed = |has_store| -> Vec<Action> {
        Action::ALL.into_iter().filter(|action| till_allows(has_store, *action)).collect()
    };
    assert_eq!(allowed(false), [Action::CatalogueRead]);
    assert_eq!(
        allowed(true),
        [
            Action::PurchasesWrite,
            Action::PurchasesRead,
            Action::ReturnsWrite,
            Action::QuotesRead,
            Action::CustomersRead,
            Action::CustomersWrite,
            Action::CatalogueRead,
            Action::TiersRead,
            Action::RewardsRead,
            Action::RedemptionsWrite,
        ]
    );
}

#[test]
fn scopes() {
    let table: Vec<String> = Scope::ALL
        .iter()
        .map(|scope| {
            let actions = Action::ALL.iter().filter(|action| scope_allows(&[*scope], **action));
            format!("{scope}: {}", actions.map(|action| format!("{action:?}")).collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(
        table,
        [
            "purchases:write: PurchasesWrite ReturnsWrite QuotesRead ClaimsWrite",
            "purchases:read: PurchasesRead",
            "returns:write: ReturnsWrite",
            "quotes: QuotesRead",
            "events:write: EventsRead EventsWrite",
            "requests:read: RequestsRead",
            "customers:read: CustomersRead",
            "customers:write: CustomersWrite",
            "customers:merge: CustomersMerge",
            "privacy: CustomersExport CustomersErase",
            "points:adjust: PointsAdjust",
            "catalogue:read: CatalogueRead",
            "catalogue:write: CatalogueWrite",
            "promotions:read: PromotionsRead",
            "promotions:write: PromotionsWrite",
            "tiers:read: TiersRead",
            "tiers:write: TiersWrite TiersAssign",
            "rewards:read: RewardsRead",
            "rewards:write: RewardsWrite",
            "redemptions:write: RewardsRead RedemptionsWrite",
            "referrals:read: ReferralsRead",
            "referrals:write: ReferralsWrite ReferralsReview",
            "messages:read: MessagesRead",
            "messages:write: MessagesWrite",
            "settings:read: SettingsRead StatisticsRead",
            "settings:write: SettingsWrite",
            "webhooks:read: WebhooksRead",
            "webhooks:write: WebhooksWrite",
            "keys:write: KeysRead KeysWrite",
            "tokens:write: TokensWrite",
            "backdate: PurchasesBackdate",
            "till: Till",
        ]
    );
}

#[test]
fn without_scopes_nothing_is_allowed_and_no_key_changes_the_staff() {
    for action in Action::ALL {
        assert!(!scope_allows(&[], action));
    }
    assert!(!scope_allows(&Scope::ALL, Action::StaffWrite));
    assert!(!scope_allows(&Scope::ALL, Action::StaffRead));
}

#[test]
fn a_replay_takes_the_scopes_of_both_that_it_reads() {
    let both = [Scope::PromotionsRead, Scope::PurchasesRead];
    assert!(scope_allows(&both, Action::PromotionsReplay));
    assert!(both.iter().all(|scope| !scope_allows(&[*scope], Action::PromotionsReplay)));
    assert!(!scope_allows(&[Scope::PromotionsWrite, Scope::PurchasesRead], Action::PromotionsReplay));
}

#[test]
fn words_come_back() {
    for role in Role::ALL {
        assert_eq!(role.as_str().parse::<Role>().unwrap(), role);
        assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
    }
    for scope in Scope::ALL {
        assert_eq!(scope.as_str().parse::<Scope>().unwrap(), scope);
        assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
        assert_eq!(serde_json::from_value::<Scope>(scope.as_str().into()).unwrap(), scope);
    }
    assert!("root".parse::<Role>().is_err());
    assert!("purchases".parse::<Scope>().is_err());
}
