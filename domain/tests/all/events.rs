//! The list of events: words, catalogue, and what is told.

use perennial_domain::events::{EventKind, markdown};
use serde_json::Value;

#[test]
fn every_kind_is_its_word() {
    for kind in EventKind::ALL {
        assert_eq!(kind.as_str().parse(), Ok(*kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), Value::from(kind.as_str()));
        assert_eq!(serde_json::from_value::<EventKind>(Value::from(kind.as_str())).unwrap(), *kind);
    }
    assert!("points.Credited".parse::<EventKind>().is_err());
}

#[test]
fn the_example_of_a_kind_has_exactly_its_fields() {
    for kind in EventKind::ALL {
        let entry = kind.entry();
        let example: Value = serde_json::from_str(entry.example).unwrap();
        let mut in_example: Vec<&str> = example.as_object().unwrap().keys().map(String::as_str).collect();
        let mut in_catalogue: Vec<&str> = entry.fields.iter().map(|field| field.name).collect();
        in_example.sort_unstable();
        in_catalogue.sort_unstable();
        assert_eq!(in_example, in_catalogue, "{kind}");
    }
}

#[test]
fn no_event_carries_what_says_who_somebody_is_or_is_worth_something() {
    for kind in EventKind::ALL {
        for field in kind.entry().fields {
            for word in ["email", "phone", "card", "birthday", "customer_name", "code", "token"] {
                assert!(!field.name.contains(word), "{kind} has {}", field.name);
            }
        }
    }
}

/// What is nobody's is told to nobody; all that is told is shown.
#[test]
fn a_customer_hears_of_what_is_the_customers() {
    for kind in EventKind::ALL {
        assert!(kind.is_shown() || !kind.is_told(), "{kind}");
        assert!(kind.is_customers() || !kind.is_shown(), "{kind}");
    }
    let page = markdown();
    for (kind, told) in [
        (EventKind::TierChanged, "yes"),
        (EventKind::CashbackCredited, "on the open page, and in the history"),
        (EventKind::VoucherUsed, "in the history"),
        (EventKind::PurchaseUnclaimed, "no"),
        (EventKind::CustomerErased, "no"),
        (EventKind::ReferralRejected, "no"),
    ] {
        let row = page.lines().find(|line| line.starts_with(&format!("| [`{kind}`]"))).unwrap();
        assert!(row.ends_with(&format!(" | {told} |")), "{row}");
    }
}

/// `docs/generated/events.md` is what the code says; `UPDATE_DOCS=1` writes it.
#[test]
fn the_committed_catalogue_is_that_of_the_code() {
    let page = markdown();
    for kind in EventKind::ALL {
        assert!(page.contains(&format!("\n## {kind}\n")), "{kind}");
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/generated/events.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/generated/events.md is old; run this test with UPDATE_DOCS=1 and review the change"
    );
}
