//! Small pieces of the JSON form of inputs and outputs.

use serde::{Deserialize, Deserializer};

/// Tells `null` (clear it) from an absent field (leave it).
///
/// # Errors
/// When the value itself cannot be read.
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// A time of day as `HH:MM`.
pub mod hour_minute {
    use chrono::{NaiveTime, Timelike};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes `04:30`.
    ///
    /// # Errors
    /// Only those of the serializer.
    pub fn serialize<S: Serializer>(time: &NaiveTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&time.format("%H:%M"))
    }

    /// Reads `04:30`, and `04:30:00` for what writes times that way.
    ///
    /// # Errors
    /// When it is no time of day, or one with seconds.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).ok_or_else(|| D::Error::custom("must be a time of day such as 04:30"))
    }

    pub(crate) fn parse(text: &str) -> Option<NaiveTime> {
        let time = NaiveTime::parse_from_str(text, "%H:%M")
            .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"))
            .ok()?;
        (time.second() == 0).then_some(time)
    }
}

/// The same where the field may be absent.
pub mod hour_minute_option {
    use chrono::NaiveTime;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes `04:30`, or `null`.
    ///
    /// # Errors
    /// Only those of the serializer.
    pub fn serialize<S: Serializer>(time: &Option<NaiveTime>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::hour_minute::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads `04:30` or `null`.
    ///
    /// # Errors
    /// When it is no time of day, or one with seconds.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveTime>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        super::hour_minute::parse(&text)
            .map(Some)
            .ok_or_else(|| D::Error::custom("must be a time of day such as 04:30"))
    }
}
