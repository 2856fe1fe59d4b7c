//! Referrals: codes, states, aliases, reasons to doubt, links.

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::codes::{Email, ReferralCode, SentReferralCode};
use perennial_domain::referrals::{
    Evidence, Origin, ReferralEvent, ReferralPolicy, ReferralPolicyPatch, ReferralState, Review, RiskReason,
    SamePerson, Target, Touch, TouchModel, attribute, counts, leads_to, link_path, risk, same_mailbox,
    verdict,
};
use perennial_domain::settings::{MerchantPatch, MerchantSettings};
use proptest::prelude::*;
use serde_json::json;

fn email(text: &str) -> Email {
    Email::new(text).unwrap()
}

fn code(text: &str) -> ReferralCode {
    ReferralCode::new(text).unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

#[test]
fn a_code_is_read_as_people_write_it() {
    let made = ReferralCode::from_random([0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(made.as_str().len(), 10);
    assert_eq!(made.grouped().len(), 11);
    assert_eq!(code(&made.grouped().to_lowercase()), made);
    assert_eq!(code("k7qf2 m9xtb"), code("K7QF2-M9XTB"));
    assert_eq!(code("OIL00-00000"), code("0110000000"), "O is 0, I and L are 1");
    for text in ["", "K7QF2", "K7QF2M9XTBA", "K7QF2M9XT!", "K7QF2M9XTU"] {
        assert!(ReferralCode::new(text).is_err(), "{text}");
    }
}

#[test]
fn what_a_till_sends_is_kept_even_if_it_is_no_code() {
    let sent = |text| SentReferralCode::new(text).unwrap();
    assert_eq!(sent("k7qf2-m9xtb").code(), Some(code("K7QF2M9XTB")));
    assert_eq!(sent("k7qf2-m9xtb"), sent("K7QF2 M9XTB"));
    assert_eq!(sent(" maya ").as_str(), "MAYA");
    assert_eq!(sent("maya").code(), None);
    assert!(SentReferralCode::new(&"a".repeat(65)).is_err());
}

proptest! {
    #[test]
    fn a_code_of_random_bytes_is_a_code(random in any::<[u8; 8]>()) {
        let made = ReferralCode::from_random(random);
        prop_assert_eq!(ReferralCode::new(&made.grouped()).unwrap(), made);
    }

    /// However events come, repeated and in any order, a final state stays and nobody is paid before buying.
    #[test]
    fn the_machine_only_goes_forward(events in proptest::collection::vec(0_usize..4, 0..40)) {
        const EVENTS: [ReferralEvent; 4] =
            [ReferralEvent::Bought, ReferralEvent::Paid, ReferralEvent::Returned, ReferralEvent::Refused];
        let mut state = ReferralState::Registered;
        let mut has_bought = false;
        for event in events {
            let event = EVENTS[event];
            let before = state;
            if let Some(after) = before.after(event) {
                prop_assert!(!before.is_final());
                prop_assert!(after > before, "{:?} → {:?}", before, after);
                // The same event again changes nothing.
                prop_assert_eq!(after.after(event), None);
                has_bought |= event == ReferralEvent::Bought;
                prop_assert!(after != ReferralState::Rewarded || has_bought);
                state = after;
            }
        }
    }

    /// Whoever writes an address with a tag, in capitals or, with Gmail, with dots, is the same person; whoever has
    /// another name or another provider is not.
    #[test]
    fn aliases_lead_to_one_mailbox(
        name in "[a-z][a-z0-9]{2,12}",
        tag in "[a-z0-9]{0,8}",
        other in "[a-z][a-z0-9]{2,12}",
        cut in 1_usize..3,
    ) {
        let plain = email(&format!("{name}@example.com"));
        let tagged = email(&format!("{}+{tag}@EXAMPLE.com", name.to_uppercase()));
        let elsewhere = email(&format!("{name}@example.org"));
        let stranger = email(&format!("{other}@example.com"));
        let (head, rest) = name.split_at(cut);
        let dotted = email(&format!("{head}.{rest}@example.com"));
        prop_assert!(same_mailbox(&plain, &tagged));
        prop_assert!(!same_mailbox(&plain, &elsewhere));
        prop_assert_eq!(same_mailbox(&plain, &stranger), name == other);
        prop_assert!(!same_mailbox(&plain, &dotted));
        let gmail = email(&format!("{name}@gmail.com"));
        let alias = email(&format!("{head}.{rest}+{tag}@googlemail.com"));
        prop_assert!(same_mailbox(&gmail, &alias));
    }

    /// More reasons never weigh less, and whatever the evidence, a circle is never paid.
    #[test]
    fn reasons_only_add(
        name in any::<bool>(), payment in any::<bool>(), cycle in any::<bool>(),
        in_hour in 0_u32..20, in_day in 0_u32..100, refuse in any::<bool>(),
    ) {
        let same_person = if refuse { SamePerson::Refuse } else { SamePerson::Review };
        let policy = ReferralPolicy { same_person, ..ReferralPolicy::default() };
        let evidence = Evidence {
            same_name: name, same_payment: payment, in_hour, in_day, is_cycle: cycle,
            ..Evidence::default()
        };
        let reasons = risk(&policy, &evidence);
        let decided = verdict(&policy, &reasons);
        prop_assert!(decided.score <= 100);
        prop_assert_eq!(decided.risks.len(), reasons.len());
        for fewer in 0..reasons.len() {
            prop_assert!(verdict(&policy, &reasons[..fewer]).score <= decided.score);
        }
        if cycle {
            prop_assert_eq!(decided.state, ReferralState::Rejected);
        }
        if decided.state == ReferralState::Rejected {
            prop_assert!(!decided.review.lets_pay());
            prop_assert!(cycle || (refuse && payment));
        }
        if decided.review == Review::None {
            prop_assert!(decided.score < 50);
        }
    }

    /// A link never leads out of the sites that are allowed, whatever is written behind them.
    #[test]
    fn a_target_stays_where_it_says(rest in "[ -~]{0,40}") {
        let shop = [Origin::new("https://shop.example").unwrap()];
        if let Ok(target) = Target::new(&format!("https://shop.example{rest}"))
            && target.is_within(&shop)
        {
            let next = rest.trim_end().chars().next();
            let is_behind = matches!(next, None | Some('/' | '?' | '#'));
            prop_assert!(is_behind, "{:?}", rest);
        }
    }
}

#[test]
fn a_name_before_the_plus_is_needed() {
    assert!(!same_mailbox(&email("+a@example.com"), &email("+b@example.com")));
}

#[test]
fn doubts_lead_to_a_person_and_circles_nowhere() {
    let policy = ReferralPolicy::default();
    let of = |evidence: Evidence| verdict(&policy, &risk(&policy, &evidence));
    let same_mail = Evidence {
        friend_email: Some(email("maya+2@example.com")),
        advocate_email: Some(email("maya@example.com")),
        ..Evidence::default()
    };
    let clean = of(Evidence::default());
    assert_eq!((clean.state, clean.review, clean.score), (ReferralState::Registered, Review::None, 0));
    let family = of(Evidence { same_name: true, ..Evidence::default() });
    assert_eq!((family.review, family.score), (Review::None, 20), "a name alone is no reason to wait");
    let alias = of(same_mail.clone());
    assert_eq!((alias.state, alias.review, alias.score), (ReferralState::Registered, Review::Waiting, 80));
    assert_eq!(alias.risks[0].reason, RiskReason::SameEmail);
    assert_eq!(of(Evidence { in_hour: 9, ..Evidence::default() }).review, Review::None);
    assert_eq!(of(Evidence { in_hour: 10, ..Evidence::default() }).review, Review::Waiting);
    assert_eq!(of(Evidence { in_day: 50, ..Evidence::default() }).review, Review::Waiting);
    let strict = ReferralPolicy { same_person: SamePerson::Refuse, ..policy.clone() };
    assert_eq!(verdict(&strict, &risk(&strict, &same_mail)).state, ReferralState::Rejected);
    let circle = of(Evidence { is_cycle: true, ..Evidence::default() });
    assert_eq!((circle.state, circle.review), (ReferralState::Rejected, Review::Rejected));
}

#[test]
fn the_first_or_the_last_link_counts_within_its_days() {
    let last = ReferralPolicy::default();
    let first = ReferralPolicy { touch: TouchModel::First, ..ReferralPolicy::default() };
    let day = 86_400;
    let old = Touch { code: code("AAAAAAAAAA"), at: at(0) };
    let new = Touch { code: code("BBBBBBBBBB"), at: at(10 * day) };
    let choose = |policy: &ReferralPolicy, known, now| attribute(policy, known, new.clone(), now).code;
    assert_eq!(choose(&last, Some(old.clone()), at(10 * day)), new.code);
    assert_eq!(choose(&first, Some(old.clone()), at(10 * day)), old.code);
    assert_eq!(choose(&first, Some(old.clone()), at(31 * day)), new.code, "the first is over");
    assert_eq!(choose(&first, None, at(10 * day)), new.code);
    assert!(counts(&last, &old, at(30 * day)));
    assert!(!counts(&last, &old, at(30 * day) + TimeDelta::seconds(1)));
    assert!(!counts(&last, &new, at(9 * day)), "a touch that lies ahead");
    assert!(counts(&last, &new, at(10 * day - 300)), "by a clock that is a little behind");
    let end = DateTime::<Utc>::MAX_UTC;
    assert!(counts(&last, &Touch { code: code("AAAAAAAAAA"), at: end }, end), "at the end of time, too");
    assert_eq!(Touch::from_text(&old.to_text()), Some(old));
    for text in ["", "AAAAAAAAAA", "AAAAAAAAAA.x", "A.1", "AAAAAAAAAA.99999999999999999"] {
        assert_eq!(Touch::from_text(text), None, "{text}");
    }
}

#[test]
fn a_link_leads_within_the_allowed_sites_only() {
    let shops =
        [Origin::new("https://Shop.example/").unwrap(), Origin::new("http://localhost:3000").unwrap()];
    assert_eq!(shops[0].as_str(), "https://shop.example");
    for within in ["https://shop.example", "https://SHOP.example/plans/7?x=1#top", "http://localhost:3000/a"]
    {
        assert!(Target::new(within).unwrap().is_within(&shops), "{within}");
    }
    for outside in [
        "https://shop.example.evil.example/",
        "https://shop.example:8443/",
        "http://shop.example/",
        "http://localhost/",
        "https://evil.example/?https://shop.example",
    ] {
        assert!(!Target::new(outside).unwrap().is_within(&shops), "{outside}");
    }
    for wrong in [
        "//shop.example/",
        "javascript:alert(1)",
        "https://shop.example@evil.example/",
        "https://shop.example\\@evil.example/",
        "https://",
        "https:///shop.example",
        "https://shop .example/",
        "https://shop.example/ä",
        "shop.example",
    ] {
        assert!(Target::new(wrong).is_err(), "{wrong}");
    }
    for wrong in
        ["https://shop.example/path", "https://shop.example?x", "https://me@shop.example", "ftp://a.b"]
    {
        assert!(Origin::new(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_code_goes_along() {
    let code = code("K7QF2M9XTB");
    for (target, expected) in [
        ("https://a.example", "https://a.example?ref=K7QF2M9XTB"),
        ("https://a.example/p?x=1", "https://a.example/p?x=1&ref=K7QF2M9XTB"),
        ("https://a.example/p?ref=OLD&x=1#top", "https://a.example/p?x=1&ref=K7QF2M9XTB#top"),
        ("https://a.example/#top", "https://a.example/?ref=K7QF2M9XTB#top"),
    ] {
        assert_eq!(leads_to(&Target::new(target).unwrap(), &code), expected);
    }
    let plan = Target::new("https://a.example/p?x=1#top").unwrap();
    assert_eq!(link_path(&code, None), "/r/K7QF2M9XTB");
    assert_eq!(link_path(&code, Some(&plan)), "/r/K7QF2M9XTB?to=https%3A%2F%2Fa.example%2Fp%3Fx%3D1%23top");
}

#[test]
fn the_settings_are_checked() {
    let settings: MerchantSettings = serde_json::from_value(json!({
        "name": "Bloom", "currency": "USD", "time_zone": "UTC", "points_name": "points",
        "unknown_customer": "create", "claim_days": 30, "accepted_lateness_days": 7, "rounding": "floor",
    }))
    .unwrap();
    assert_eq!(settings.referrals, ReferralPolicy::default());
    let change = |referrals: serde_json::Value| {
        let referrals: ReferralPolicyPatch = serde_json::from_value(referrals).unwrap();
        settings.with(MerchantPatch { referrals: Some(referrals), ..MerchantPatch::default() })
    };
    let changed = change(json!({"touch": "first", "hold_days": 0})).unwrap().referrals;
    assert_eq!((changed.touch, changed.hold_days, changed.attribution_days), (TouchModel::First, 0, 30));
    let pointers = |referrals| {
        let errors = change(referrals).unwrap_err();
        errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>()
    };
    assert_eq!(pointers(json!({"attribution_days": 0})), ["/referrals/attribution_days"]);
    assert_eq!(
        pointers(json!({"hold_days": 366, "max_per_hour": 0, "max_per_day": 100_001})),
        ["/referrals/hold_days", "/referrals/max_per_hour", "/referrals/max_per_day"],
    );
    let plan = json!([{"name": "Plan 7", "url": "https://shop.example/plans/7"}]);
    assert_eq!(pointers(json!({"targets": plan})), ["/referrals/targets/0/url"]);
    assert!(change(json!({"targets": plan, "allowed_origins": ["https://shop.example"]})).is_ok());
}
