//! Time zones by their IANA names.

use std::fmt;
use std::str::FromStr;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::CodeError;

/// A time zone of the IANA database, such as `Europe/Berlin`.
///
/// Reading one brings the whole database into a program: keep it out of what the customer's browser reads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Tz);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// Looks a zone up by its name.
    pub fn new(text: &str) -> Result<Self, CodeError> {
        match text.trim() {
            "" => Err(CodeError::Empty),
            name => name
                .parse()
                .map(Self)
                .map_err(|_| CodeError::Shape { expected: "a time zone such as Europe/Berlin" }),
        }
    }

    /// The IANA name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0.name()
    }

    /// The zone for use with chrono.
    #[must_use]
    pub const fn tz(self) -> Tz {
        self.0
    }

    /// The names of all zones, sorted, for a form.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        let mut names: Vec<_> = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
        names.sort_unstable();
        names
    }
}

impl FromStr for Zone {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        Self::new(text)
    }
}

impl TryFrom<String> for Zone {
    type Error = CodeError;

    fn try_from(text: String) -> Result<Self, CodeError> {
        Self::new(&text)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.as_str().to_owned()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({self})")
    }
}
