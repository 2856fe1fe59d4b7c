//! The merchant that a portal belongs to, as everybody may see it.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Name and look of a merchant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalMerchant {
    /// Its part of the address.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What its points are called: “points”, “leaves”.
    pub points_name: String,
    /// Its one colour, as CSS writes it.
    pub brand_color: Option<String>,
    /// Customers can bring friends.
    pub has_referrals: bool,
}

impl PortalMerchant {
    /// Name and look as the settings say.
    #[cfg(feature = "ssr")]
    pub(crate) fn of(slug: &str, settings: &perennial_domain::settings::MerchantSettings) -> Self {
        Self {
            slug: slug.to_owned(),
            name: settings.name.as_str().to_owned(),
            points_name: settings.points_name.as_str().to_owned(),
            brand_color: settings.brand_color.as_ref().map(|color| color.as_str().to_owned()),
            has_referrals: settings.referrals.enabled,
        }
    }

    /// The address of a page of its portal; the empty tail is the home page.
    pub fn path(&self, tail: &str) -> String {
        if tail.is_empty() { format!("/p/{}", self.slug) } else { format!("/p/{}/{tail}", self.slug) }
    }
}

/// Called once by the root of the portal: brings the merchant, which the server found by the address.
pub fn share_merchant() {
    let merchant = SharedValue::new(|| use_context::<PortalMerchant>().unwrap_or_default()).into_inner();
    provide_context(StoredValue::new(merchant));
}

/// The merchant of this portal. Needs [`share_merchant`].
pub fn use_merchant() -> PortalMerchant {
    use_context::<StoredValue<PortalMerchant>>().map(|merchant| merchant.get_value()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::PortalMerchant;

    #[test]
    fn addresses_stay_in_the_portal() {
        let merchant = PortalMerchant { slug: "sola".into(), ..Default::default() };
        assert_eq!(merchant.path(""), "/p/sola");
        assert_eq!(merchant.path("activity"), "/p/sola/activity");
    }
}
