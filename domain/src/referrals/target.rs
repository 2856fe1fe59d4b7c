//! Where a referral link may lead.

use serde::{Deserialize, Serialize};

use crate::codes::{CodeError, Label, ReferralCode, plain, split_address};

/// How many characters an address may have.
const MAX_LENGTH: usize = 2_000;

/// Scheme, host and port of a site, such as `https://shop.example`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

/// An address that a link may lead to: a site with anything behind it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Target {
    address: String,
    /// How much of it is the origin.
    origin: usize,
}

/// Something that customers can share: a shop, a product, a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SharingTarget {
    /// What customers read.
    // Stored in the settings in this form, too: what nobody sees of it is left out.
    #[serde(deserialize_with = "Label::deserialize_stored")]
    pub name: Label,
    /// Where the link leads, within the allowed origins.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub url: Target,
}

const ORIGIN: CodeError = CodeError::Shape { expected: "an origin such as https://shop.example" };
const TARGET: CodeError = CodeError::Shape { expected: "an address such as https://shop.example/plans/7" };

impl Origin {
    /// Reads scheme, host and port, in lower case; a slash behind them makes no difference.
    ///
    /// # Errors
    /// [`CodeError`] for anything more than that, such as a path or a user.
    pub fn new(text: &str) -> Result<Self, CodeError> {
        let text = plain(text, MAX_LENGTH)?;
        let text = text.strip_suffix('/').unwrap_or(text).to_ascii_lowercase();
        match split_address(&text) {
            Some((origin, "")) if origin.len() == text.len() => Ok(Self(text)),
            _ => Err(ORIGIN),
        }
    }

    /// The normalised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Target {
    /// Reads an address: scheme and host, then perhaps a path, a query and a fragment.
    ///
    /// # Errors
    /// [`CodeError`] for anything that a browser might read in another way, such as a backslash or a space.
    pub fn new(text: &str) -> Result<Self, CodeError> {
        let text = plain(text, MAX_LENGTH)?;
        let is_plain = |character: char| character.is_ascii_graphic() && !"\\\"<>^`{|}".contains(character);
        if !text.chars().all(is_plain) {
            return Err(TARGET);
        }
        let (origin, rest) = split_address(text).ok_or(TARGET)?;
        let origin = origin.to_ascii_lowercase();
        Ok(Self { address: format!("{origin}{rest}"), origin: origin.len() })
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// Whether it belongs to one of these sites.
    #[must_use]
    pub fn is_within(&self, origins: &[Origin]) -> bool {
        origins.iter().any(|origin| origin.0 == self.origin())
    }

    /// Scheme, host and port of its site.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.address.get(..self.origin).unwrap_or_default()
    }
}

/// The address with the code along as `ref`, in place of one that it had.
#[must_use]
pub fn leads_to(target: &Target, code: &ReferralCode) -> String {
    let (address, fragment) = match target.address.split_once('#') {
        Some((address, fragment)) => (address, Some(fragment)),
        None => (target.address.as_str(), None),
    };
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut leads_to = format!("{path}?");
    for part in
        query.split('&').filter(|part| !part.is_empty() && *part != "ref" && !part.starts_with("ref="))
    {
        leads_to.push_str(part);
        leads_to.push('&');
    }
    leads_to.push_str("ref=");
    leads_to.push_str(code.as_str());
    if let Some(fragment) = fragment {
        leads_to.push('#');
        leads_to.push_str(fragment);
    }
    leads_to
}

/// The link of a code, below the address of the server; to the page where people join unless it leads elsewhere.
#[must_use]
pub fn link_path(code: &ReferralCode, to: Option<&Target>) -> String {
    let mut path = format!("/r/{code}");
    if let Some(to) = to {
        path.push_str("?to=");
        for byte in to.address.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                path.push(char::from(byte));
            } else {
                path.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    path
}

impl TryFrom<String> for Origin {
    type Error = CodeError;

    fn try_from(text: String) -> Result<Self, CodeError> {
        Self::new(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

impl TryFrom<String> for Target {
    type Error = CodeError;

    fn try_from(text: String) -> Result<Self, CodeError> {
        Self::new(&text)
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.address
    }
}
