//! Whole numbers beyond 32 bits, each kind by its name.
//!
//! GraphQL's `Int` has 32 bits, fewer than money and points may need. These scalars are written as plain JSON numbers and
//! are exact up to 2^53 − 1, like everywhere in the API.

use async_graphql::{InputValueError, InputValueResult, Number, Scalar, ScalarType, Value};
use perennial_domain::{money, points};

/// The largest number that every JSON reader reads exactly.
const MAX: i64 = points::Points::MAX.get();

macro_rules! whole {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub i64);

        #[doc = $doc]
        #[Scalar]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                whole(&value).map(Self).ok_or_else(|| InputValueError::expected_type(value))
            }

            fn is_valid(value: &Value) -> bool {
                whole(value).is_some()
            }

            fn to_value(&self) -> Value {
                Value::Number(Number::from(self.0))
            }
        }
    };
}

whole!(
    Amount,
    "Money in minor units of the merchant's currency, a whole number up to 2^53 − 1: `1999` is $19.99."
);
whole!(Points, "A whole number of points, up to 2^53 − 1 either way.");
whole!(Count, "A whole number of things, up to 2^53 − 1.");

/// A number without a fraction within the exact range.
fn whole(value: &Value) -> Option<i64> {
    let Value::Number(number) = value else { return None };
    number.as_i64().filter(|number| number.unsigned_abs() <= MAX.unsigned_abs())
}

impl From<money::Amount> for Amount {
    fn from(amount: money::Amount) -> Self {
        Self(amount.get())
    }
}

impl From<points::Points> for Points {
    fn from(points: points::Points) -> Self {
        Self(points.get())
    }
}

impl From<u64> for Count {
    fn from(count: u64) -> Self {
        // More than 2^53 things were never accepted.
        Self(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl Count {
    /// As a number of things. `None` below zero.
    pub fn unsigned(self) -> Option<u64> {
        u64::try_from(self.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_that_are_exact_are_read() {
        let read = |json: serde_json::Value| {
            Amount::parse(Value::from_json(json).unwrap()).ok().map(|amount| amount.0)
        };
        assert_eq!(read(serde_json::json!(9_007_199_254_740_991_i64)), Some(9_007_199_254_740_991));
        assert_eq!(read(serde_json::json!(-5)), Some(-5));
        assert_eq!(read(serde_json::json!(9_007_199_254_740_992_i64)), None);
        assert_eq!(read(serde_json::json!(19.99)), None);
        assert_eq!(read(serde_json::json!("1999")), None);
        assert_eq!(read(serde_json::json!(u64::MAX)), None);
    }
}
