//! What a message names, and the halves of it.

use serde_json::{Map, Value};

/// So many things a message names: what is in its lists. The same is counted by `lease.sql`.
pub(super) fn named(payload: &Value) -> usize {
    payload.as_object().map_or(0, |words| lists(words).map(|(_, list)| list.len()).sum())
}

/// Two messages that together say what this one says, each of half of the things that it names; nothing when it names
/// only one. What is no list is said by both.
pub(super) fn halves(payload: &Value) -> Option<(Value, Value)> {
    let words = payload.as_object()?;
    match named(payload) {
        0 => None,
        // The only one may itself be a list of several: a day, and whose birthday it is.
        1 => {
            let (word, only) = lists(words).find_map(|(word, list)| Some((word, list.first()?)))?;
            let (first, second) = halves(only)?;
            let with = |half: Value| {
                let mut words = words.clone();
                words.insert(word.clone(), Value::Array(vec![half]));
                Value::Object(words)
            };
            Some((with(first), with(second)))
        }
        all => Some(cut(words, all / 2)),
    }
}

/// The first so many things, and the others.
fn cut(words: &Map<String, Value>, place: usize) -> (Value, Value) {
    let (mut first, mut second, mut left) = (words.clone(), words.clone(), place);
    for (word, list) in lists(words) {
        let (one, other) = list.split_at(left.min(list.len()));
        left -= one.len();
        first.insert(word.clone(), one.to_vec().into());
        second.insert(word.clone(), other.to_vec().into());
    }
    (Value::Object(first), Value::Object(second))
}

fn lists(words: &Map<String, Value>) -> impl Iterator<Item = (&String, &Vec<Value>)> {
    words.iter().filter_map(|(word, value)| Some((word, value.as_array()?)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_halves_say_together_what_the_whole_says() {
        for (whole, first, second) in [
            (json!({"events": [1, 2]}), json!({"events": [1]}), json!({"events": [2]})),
            (
                json!({"came_by": "purchase", "enrolled": [1, 2, 3]}),
                json!({"came_by": "purchase", "enrolled": [1]}),
                json!({"came_by": "purchase", "enrolled": [2, 3]}),
            ),
            (
                json!({"claims": [1], "purchases": [2, 3, 4]}),
                json!({"claims": [1], "purchases": [2]}),
                json!({"claims": [], "purchases": [3, 4]}),
            ),
            (
                json!({"birthdays": [{"day": "2026-02-28", "customers": [1, 2]}]}),
                json!({"birthdays": [{"day": "2026-02-28", "customers": [1]}]}),
                json!({"birthdays": [{"day": "2026-02-28", "customers": [2]}]}),
            ),
        ] {
            assert_eq!(halves(&whole), Some((first, second)), "{whole}");
        }
    }

    #[test]
    fn one_thing_has_no_halves() {
        for whole in [
            json!({"purchases": [1]}),
            json!({"purchases": [], "claims": [1]}),
            json!({"purchases": []}),
            json!({"event": "key"}),
            json!({"birthdays": [{"day": "2026-02-28", "customers": [1]}]}),
            json!([1, 2]),
            json!(1),
        ] {
            assert_eq!(halves(&whole), None, "{whole}");
        }
    }
}
