//! Envelopes of CloudEvents, in all the forms in which they arrive.

use perennial_domain::cloud_events::{
    Attribute, Attributes, EventBridge, EventType, JsonEvent, Payload, header_value, is_json,
};
use serde_json::{Value, json};

type Read = Result<(Attributes, Payload<Value>), Vec<(String, String)>>;

/// Reads an event as JSON; errors as pointer and code.
fn read(event: &Value) -> Read {
    let event: JsonEvent<Value> = serde_json::from_str(&event.to_string()).unwrap();
    event
        .check()
        .map_err(|errors| errors.into_iter().map(|error| (error.pointer, error.code.into_owned())).collect())
}

fn event() -> Value {
    json!({
        "specversion": "1.0",
        "id": "A-1",
        "source": "/shop/orders",
        "type": "order.completed",
        "data": {"transaction_id": "1"},
    })
}

fn with(changes: Value) -> Value {
    let mut event = event();
    for (name, value) in changes.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

fn faults(changes: Value) -> Vec<(String, String)> {
    read(&with(changes)).unwrap_err()
}

fn fault(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

#[test]
fn an_event_is_its_attributes_and_its_data() {
    let (attributes, payload) = read(&with(json!({"time": "2026-11-21T17:00:00.5+01:00"}))).unwrap();
    assert_eq!((attributes.source.as_str(), attributes.id.as_str()), ("/shop/orders", "A-1"));
    assert_eq!(attributes.kind, EventType::OrderCompleted);
    assert_eq!(attributes.time.unwrap().to_rfc3339(), "2026-11-21T17:00:00.500+01:00");
    assert_eq!(payload, Payload::Json(json!({"transaction_id": "1"})));
}

#[test]
fn extensions_and_optional_attributes_are_accepted() {
    let changes = json!({
        "subject": "1", "dataschema": "https://shop.example/order.json", "datacontenttype": "application/vnd.shop+json",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "sequence": "00012",
        "sampledrate": 30, "replayed": true, "partitionkey": null, "time": null,
    });
    let (attributes, _) = read(&with(changes)).unwrap();
    assert_eq!(attributes.time, None);
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    assert_eq!(
        read(&json!({})).unwrap_err(),
        ["/specversion", "/id", "/type", "/source", "/data"].map(|at| (at.to_owned(), "required".to_owned()))
    );
    for (changes, pointer, code) in [
        (json!({"specversion": "0.3"}), "/specversion", "unsupported_version"),
        (json!({"id": ""}), "/id", "required"),
        (json!({"id": 7}), "/id", "wrong_type"),
        (json!({"id": "x".repeat(257)}), "/id", "too_long"),
        (json!({"id": "a\u{0}b"}), "/id", "control_character"),
        (json!({"source": ""}), "/source", "malformed"),
        (json!({"source": "the shop"}), "/source", "malformed"),
        (json!({"source": "/100%"}), "/source", "malformed"),
        (json!({"source": "/x".repeat(257)}), "/source", "malformed"),
        (json!({"type": "order.cancelled"}), "/type", "unknown_type"),
        (json!({"time": "yesterday"}), "/time", "malformed"),
        (json!({"time": "2026-11-21"}), "/time", "malformed"),
        (json!({"subject": ""}), "/subject", "required"),
        (json!({"dataschema": "a b"}), "/dataschema", "malformed"),
        (json!({"datacontenttype": "text/xml"}), "/datacontenttype", "unsupported_media_type"),
        (json!({"traceParent": "x"}), "/traceParent", "attribute_name"),
        (json!({"trace-parent": "x"}), "/trace-parent", "attribute_name"),
        (json!({"a/b": "x"}), "/a~1b", "attribute_name"),
        (json!({"": "x"}), "/", "attribute_name"),
        (json!({"x".repeat(65): "x"}), &*format!("/{}", "x".repeat(65)), "attribute_name"),
        (json!({"extra": {"a": 1}}), "/extra", "wrong_type"),
        (json!({"extra": [1]}), "/extra", "wrong_type"),
        (json!({"extra": 1.5}), "/extra", "wrong_type"),
        (json!({"extra": 2_147_483_648_u64}), "/extra", "wrong_type"),
        (json!({"data": null}), "/data", "required"),
        (json!({"data_base64": "e30="}), "/data_base64", "not_both"),
    ] {
        assert_eq!(faults(changes.clone()), fault(pointer, code), "{changes}");
    }
}

#[test]
fn data_may_come_as_base64() {
    let mut event = with(json!({"data_base64": "e30="}));
    event.as_object_mut().unwrap().remove("data");
    assert_eq!(read(&event).unwrap().1, Payload::Base64("e30=".to_owned()));
}

#[test]
fn a_name_given_twice_is_refused() {
    let twice = r#"{"specversion":"1.0","id":"1","id":"2","source":"/s","type":"order.completed","data":{}}"#;
    let event: JsonEvent<Value> = serde_json::from_str(twice).unwrap();
    let errors = event.check().unwrap_err();
    assert_eq!((errors[0].pointer.as_str(), &*errors[0].code), ("/id", "duplicate_field"));
    let twice = r#"{"data":{},"data":{}}"#;
    let error = serde_json::from_str::<JsonEvent<Value>>(twice).unwrap_err();
    assert!(error.to_string().starts_with("duplicate field `data`"), "{error}");
}

#[test]
fn an_event_has_two_hundred_attributes_at_most() {
    // Four of the attributes are those that every event has.
    let extended = |extensions: usize| {
        let extensions = (0..extensions).map(|number| (format!("x{number}"), json!("y")));
        with(Value::Object(extensions.collect()))
    };
    assert!(read(&extended(196)).is_ok());
    for too_many in [197, 300_000] {
        assert_eq!(read(&extended(too_many)).unwrap_err(), fault("", "too_many"));
    }
}

#[test]
fn headers_are_decoded_once() {
    for (raw, value) in [
        ("order.completed", Some("order.completed")),
        ("  1  ", Some("1")),
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", Some("Euro € 😀")),
        ("%2520", Some("%20")),
        ("%e2%82%ac", Some("€")),
        ("\"old \\\"sender\\\"\"", Some("old \"sender\"")),
        ("\"a%20b\"", Some("a b")),
        ("", Some("")),
        ("100%", None),
        ("%zz", None),
        ("%+1", None),
        ("%ff", None),
        ("\"open", None),
        ("\"closed\" and more", None),
        ("\"\\", None),
    ] {
        assert_eq!(header_value(raw.as_bytes()).ok().as_deref(), value, "{raw}");
    }
}

#[test]
fn attributes_from_headers_are_named_as_headers() {
    let headers = [("specversion", "1.0"), ("id", "1"), ("source", "/s"), ("type", "x")];
    let headers = headers.map(|(name, value)| (name.to_owned(), Attribute::Text(value.to_owned())));
    let errors = Attributes::check("/ce-", headers).unwrap_err();
    assert_eq!((errors[0].pointer.as_str(), &*errors[0].code), ("/ce-type", "unknown_type"));
}

#[test]
fn media_types_of_json() {
    for json in ["application/json", "text/json; charset=utf-8", "Application/Vnd.Shop+JSON"] {
        assert!(is_json(json), "{json}");
    }
    for other in ["", "json", "/json", "application/xml", "application/jsonp", "application/json+xml"] {
        assert!(!is_json(other), "{other}");
    }
}

/// As EventBridge hands an event of seed 002 to its target.
#[test]
fn the_envelope_of_event_bridge_is_read_as_one_of_cloud_events() {
    let envelope = |detail_type: &str| {
        let event = json!({
            "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": detail_type,
            "source": "shop.orders", "account": "111122223333", "time": "2026-11-21T18:43:48Z", "region": "eu-west-1",
            "resources": [], "detail": {"transaction_id": "1"},
        });
        serde_json::from_value::<EventBridge<Value>>(event).unwrap().check()
    };
    for spoken in ["order completed", "Order Completed", "order.completed", "order_completed"] {
        let (attributes, payload) = envelope(spoken).unwrap();
        assert_eq!(attributes.kind, EventType::OrderCompleted, "{spoken}");
        assert_eq!(attributes.source, "shop.orders");
        assert_eq!(payload, Payload::Json(json!({"transaction_id": "1"})));
    }
    let errors = envelope("EC2 Instance State-change Notification").unwrap_err();
    assert_eq!((errors[0].pointer.as_str(), &*errors[0].code), ("/detail-type", "unknown_type"));
}
