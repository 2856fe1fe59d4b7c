//! Lists out of other people's JSON, of which only so much is kept as can be of use.
//!
//! A list that is too long is refused by the check of its input, with the problem that belongs to it; but a body of a few
//! megabytes holds millions of empty entries, each of which takes many times its room once it is read. So what comes behind
//! one entry too many is read like the others, so that whatever is wrong with it is told as ever, and dropped at once.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// The entries of a list: all of them, or one more than `MAX` of a list that is longer.
///
/// Whoever allows `MAX` entries learns from the length that there were too many, and not how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounded<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Bounded<T, MAX> {
    /// The entries that were kept: at most one more than `MAX`.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Bounded<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Entries(PhantomData))
    }
}

struct Entries<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Entries<T, MAX> {
    type Value = Bounded<T, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while let Some(entry) = seq.next_element::<T>()? {
            if kept.len() <= MAX {
                kept.push(entry);
            }
        }
        Ok(Bounded(kept))
    }
}

/// Reads a list of which at most `MAX` entries are allowed, for `deserialize_with`.
///
/// # Errors
/// When it is no list, or an entry is none.
pub fn at_most<'de, const MAX: usize, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Bounded::<T, MAX>::deserialize(deserializer).map(Bounded::into_vec)
}

/// The same for a list that may be left out, or be `null`.
///
/// # Errors
/// The same.
pub fn maybe_at_most<'de, const MAX: usize, T, D>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::<Bounded<T, MAX>>::deserialize(deserializer)?.map(Bounded::into_vec))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Vec<u8>, String> {
        let read = serde_json::from_str::<Bounded<u8, 3>>(json);
        read.map(Bounded::into_vec).map_err(|error| error.to_string())
    }

    #[test]
    fn one_entry_too_many_is_kept_and_the_others_are_not() {
        assert_eq!(read("[]"), Ok(vec![]));
        assert_eq!(read("[1, 2, 3]"), Ok(vec![1, 2, 3]));
        assert_eq!(read("[1, 2, 3, 4]"), Ok(vec![1, 2, 3, 4]));
        assert_eq!(read("[1, 2, 3, 4, 5, 6]"), Ok(vec![1, 2, 3, 4]));
    }

    #[test]
    fn what_is_dropped_is_read_all_the_same() {
        for json in ["[1, 2, 3, 4, 5, 256]", "[1, 2, 3, 4, 5", "{}", "7", "[1, 2, 3, 4, 5, \"6\"]"] {
            let plain = serde_json::from_str::<Vec<u8>>(json).map_err(|error| error.to_string());
            assert!(plain.is_err(), "{json}");
            assert_eq!(read(json), plain, "a list without a bound says the same");
        }
    }

    #[test]
    fn millions_of_entries_take_the_room_of_a_few() {
        let json = format!("[{}0]", "0,".repeat(1_000_000));
        let kept = read(&json).unwrap();
        assert_eq!(kept.len(), 4);
        assert!(kept.capacity() < 100);
    }
}
