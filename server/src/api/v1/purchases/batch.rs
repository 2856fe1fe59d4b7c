//! The purchases of a batch, out of its body.
//!
//! A batch is read at once, in one pass. One that is wrong somewhere is read purchase by purchase, to keep the others; and so
//! is one with very many lines, so that never more of them wait to be checked than one purchase has.

use std::fmt;

use perennial_domain::{bounded::Bounded, objects::Object, purchase::PurchaseInput};
use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::api::{
    json,
    problem::{Code, Problem},
    trace,
};

/// Purchases in one batch at most.
const BATCH_MAX: usize = 1_000;

/// Lines of a batch that is read at once: more than those of real ones, and a few megabytes.
const LINES_AT_ONCE: usize = 20_000;

/// A purchase of a batch, or why it is none and what it is called all the same.
pub(super) type Parsed = (Result<PurchaseInput, Problem>, Option<String>);

/// The purchases of a batch, in their order.
#[derive(Debug)]
pub(super) enum Batch<'b> {
    /// All of them.
    Read(std::vec::IntoIter<PurchaseInput>),
    /// As they were sent: each is read when its turn comes.
    Sent(std::vec::IntoIter<&'b RawValue>),
}

impl<'b> Batch<'b> {
    /// Reads the body of a batch.
    ///
    /// # Errors
    /// 400 when it is not JSON, 413 with too many purchases, 422 when it is no array.
    pub(super) fn read(bytes: &'b [u8]) -> Result<Self, Problem> {
        if let Ok(AtOnce(inputs)) = serde_json::from_slice(bytes) {
            return Ok(Self::Read(inputs.into_iter()));
        }
        // Why an item is no purchase takes much more room than the item: they are counted before they are looked into.
        let items: Bounded<&RawValue, BATCH_MAX> = json::parse(bytes)?;
        let items = items.into_vec();
        if items.len() > BATCH_MAX {
            return Err(Problem::new(Code::TooManyItems));
        }
        Ok(Self::Sent(items.into_iter()))
    }
}

impl Iterator for Batch<'_> {
    type Item = Parsed;

    fn next(&mut self) -> Option<Parsed> {
        match self {
            Self::Read(inputs) => inputs.next().map(|input| (Ok(input), None)),
            Self::Sent(items) => items.next().map(parsed),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Read(inputs) => inputs.size_hint(),
            Self::Sent(items) => items.size_hint(),
        }
    }
}

impl ExactSizeIterator for Batch<'_> {}

/// An item by itself.
fn parsed(item: &RawValue) -> Parsed {
    let item = item.get().as_bytes();
    let parsed = json::parse_object(item);
    let name = parsed.is_err().then(|| trace::transaction_id(item)).flatten();
    (parsed, name)
}

/// A batch that can be read at once: every item is a purchase, and there are neither too many of them nor very many lines.
struct AtOnce(Vec<PurchaseInput>);

impl<'de> Deserialize<'de> for AtOnce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(AtOnceVisitor)
    }
}

struct AtOnceVisitor;

impl<'de> Visitor<'de> for AtOnceVisitor {
    type Value = AtOnce;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<AtOnce, A::Error> {
        let (mut inputs, mut lines) = (Vec::new(), 0);
        while let Some(Object(input)) = seq.next_element::<Object<PurchaseInput>>()? {
            lines += input.lines.as_ref().map_or(1, Vec::len);
            if inputs.len() == BATCH_MAX || lines > LINES_AT_ONCE {
                return Err(A::Error::custom("too much to be read at once"));
            }
            inputs.push(input);
        }
        Ok(AtOnce(inputs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Batch<'_> {
        Batch::read(body.as_bytes()).unwrap()
    }

    #[test]
    fn one_wrong_item_leaves_the_others_alone() {
        let batch = r#"[{"transaction_id": "1"}, {"transaction_id": 2}, {"transaction_id": "3", "colour": "red"}, 7, ["5"]]"#;
        let items: Vec<_> = read(batch).collect();
        assert_eq!(
            items.iter().map(|(item, _)| item.is_ok()).collect::<Vec<_>>(),
            [true, false, false, false, false]
        );
        let names: Vec<_> = items.into_iter().filter_map(|(_, name)| name).collect();
        assert_eq!(names, ["3"], "what can be read of a name is known to the log");
    }

    #[test]
    fn no_purchase_is_read_from_a_list_by_position() {
        let items: Vec<_> = read(r#"[["1", "main", null, null, 100, "USD"]]"#).collect();
        assert!(items.iter().all(|(item, _)| item.is_err()), "{items:?}");
    }

    #[test]
    fn a_batch_of_millions_is_counted_and_not_looked_into() {
        let nonsense = format!("[{}0]", "0,".repeat(1_000_000));
        assert_eq!(Batch::read(nonsense.as_bytes()).unwrap_err().kind(), Code::TooManyItems);
        let more = format!("[{}{{}}]", "{},".repeat(BATCH_MAX));
        assert_eq!(Batch::read(more.as_bytes()).unwrap_err().kind(), Code::TooManyItems);
        let most = format!("[{}0]", "0,".repeat(BATCH_MAX - 1));
        assert_eq!(read(&most).len(), BATCH_MAX, "each says what is wrong with it");
    }

    #[test]
    fn a_batch_with_very_many_lines_is_read_purchase_by_purchase() {
        let batch = |purchases: usize, lines: usize| {
            let lines = vec![r#"{"amount":1}"#; lines].join(",");
            let purchase = format!(r#"{{"transaction_id":"t-1","lines":[{lines}]}}"#);
            format!("[{}]", vec![purchase; purchases].join(","))
        };
        assert!(matches!(read(&batch(4, LINES_AT_ONCE / 4)), Batch::Read(_)));
        let large = batch(4, LINES_AT_ONCE / 4 + 1);
        let large = read(&large);
        assert!(matches!(large, Batch::Sent(_)));
        let counted: Vec<_> = large.map(|(input, _)| input.unwrap().lines.unwrap().len()).collect();
        assert_eq!(counted, [LINES_AT_ONCE / 4 + 1; 4], "and none of it is lost");
    }

    #[test]
    fn what_is_no_array_is_refused_whole() {
        assert_eq!(Batch::read(br#"{"transaction_id": "1"}"#).unwrap_err().status(), 422);
        assert_eq!(Batch::read(br#"[{"transaction_id": "1"}"#).unwrap_err().status(), 400);
        assert_eq!(read("[]").len(), 0);
    }
}
