//! Changes in part: given fields replace, `null` takes away, all others stay (RFC 7396, of the fields of one object).

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{
    json,
    problem::{Code, Problem},
};

/// `current` after a change that was sent as JSON. Whether the outcome is right is for its own checks to say.
///
/// # Errors
/// 400 when the change is not JSON; 422 with a pointer when one of its fields is none of `T`, or of the wrong type.
pub fn changed<T: Serialize + DeserializeOwned>(current: &T, change: &[u8]) -> Result<T, Problem> {
    // Parsed as a whole first: that refuses unknown and repeated fields and wrong types, with pointers.
    let given: Map<String, Value> = json::parse(change)?;
    let there: Map<String, Value> = given
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    json::parse_object::<T>(Value::Object(there).to_string().as_bytes())?;
    let Ok(Value::Object(mut fields)) = serde_json::to_value(current) else {
        tracing::error!("what is to be changed in part is not a JSON object");
        return Err(Problem::new(Code::Internal));
    };
    for (field, value) in given {
        if value.is_null() {
            fields.remove(&field);
        } else {
            fields.insert(field, value);
        }
    }
    serde_json::from_value(Value::Object(fields))
        .map_err(|error| Problem::field("", "invalid", error.to_string()))
}
