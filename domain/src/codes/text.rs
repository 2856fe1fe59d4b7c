//! Names and codes that a merchant chooses.

use serde::de::{Deserialize, Deserializer, Error as _};

use super::shown::as_seen;
use super::{CodeError, code, plain, readable};

code!(
    /// A merchant's name in addresses, such as `hearth-and-hops`: 2 to 63 of `a-z 0-9 -`.
    Slug,
    |text| {
        let text = plain(text, 63)?;
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.len() < 2 || !text.bytes().all(allowed) || text.starts_with('-') || text.ends_with('-') {
            return Err(CodeError::Shape {
                expected: "2 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit",
            });
        }
        Ok(text.to_owned())
    }
);

code!(
    /// A stock keeping unit: what a till calls a product. At most 64 characters.
    Sku,
    |text| {
        let text = plain(text, 64)?;
        // A promotion's product list holds skus, `category:x` and `tag:x` side by side.
        if text.starts_with("category:") || text.starts_with("tag:") {
            return Err(CodeError::Shape { expected: "a sku, which does not begin with category: or tag:" });
        }
        Ok(text.to_owned())
    }
);

code!(
    /// A merchant's short name for a retailer. At most 64 characters.
    RetailerCode,
    max 64
);

code!(
    /// A till's name for a purchase, unique per retailer, for ever. At most 128 characters.
    TransactionId,
    max 128
);

code!(
    /// A till's name for a return, unique per purchase, for ever. At most 128 characters.
    ReturnKey,
    max 128
);

code!(
    /// The region that a retailer belongs to. At most 64 characters.
    Region,
    max 64
);

code!(
    /// The category of a product. At most 64 characters.
    CategoryName,
    max 64
);

code!(
    /// A tag of a product. At most 64 characters.
    Tag,
    max 64
);

code!(
    /// The stacking group in which promotions compete. At most 64 characters.
    GroupName,
    max 64
);

impl GroupName {
    /// The group of promotions that name none.
    #[must_use]
    pub fn default_group() -> Self {
        Self("default".to_owned())
    }
}

code!(
    /// What people call a thing: a merchant, a retailer, a product, a promotion. At most 120 characters.
    Label,
    |text| readable(text, 120)
);

impl Label {
    /// A name as it was stored, perhaps before characters that nobody sees were refused: without them.
    pub fn stored(text: &str) -> Result<Self, CodeError> {
        Self::new(&as_seen(text))
    }

    /// [`stored`](Self::stored) for `deserialize_with`.
    pub(crate) fn deserialize_stored<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::stored(&text).map_err(D::Error::custom)
    }
}

code!(
    /// A few plain sentences about a thing, such as a reward. At most 500 characters, without line breaks.
    Description,
    |text| readable(text, 500)
);

code!(
    /// What a person is called. At most 200 characters; nobody's name is too strange.
    PersonName,
    |text| readable(text, 200)
);

code!(
    /// The colour of a merchant's portal, written `#rrggbb`.
    BrandColor,
    |text| {
        let text = text.trim().to_ascii_lowercase();
        let digits = text.strip_prefix('#').unwrap_or_default();
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(text)
        } else {
            Err(CodeError::Shape { expected: "a colour such as #2f6b4f" })
        }
    }
);
