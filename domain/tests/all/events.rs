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

#[test]
fn the_page_of_the_docs_names_every_kind() {
    let page = markdown();
    for kind in EventKind::ALL {
        assert!(page.contains(&format!("\n## {kind}\n")), "{kind}");
    }
}
