//! What a page is asked.

use crate::error::PageError;
use crate::form::FormState;
use crate::portal::merchant::PortalMerchant;
use crate::state::AppState;
use crate::ui::Theme;
use axum::extract::Query;
use http::Uri;
use perennial_domain::ids::CustomerId;
use perennial_engine::{Cx, Engine, PageRequest};
use std::collections::BTreeMap;
use std::str::FromStr;

/// Who asks for a page, and for what.
#[derive(Clone)]
pub(in crate::portal) struct Ask {
    /// The state of the application.
    pub(in crate::portal) state: AppState,
    /// The customer who is signed in.
    pub(in crate::portal) cx: Cx,
    /// The merchant whose portal it is.
    pub(in crate::portal) merchant: PortalMerchant,
    /// What was refused, when a form of this page was sent.
    pub(in crate::portal) form: FormState,
    /// What the person chose to look at.
    pub(in crate::portal) theme: Theme,
    /// The address below the portal: `activity/7`.
    pub(super) tail: String,
    /// What stood in the place of the `:names` of the page's path.
    pub(super) names: BTreeMap<&'static str, String>,
    /// The query of the address.
    pub(super) query: BTreeMap<String, String>,
}

impl Ask {
    /// The engine.
    pub(in crate::portal) fn engine(&self) -> &Engine {
        &self.state.engine
    }

    /// Who is signed in.
    pub(in crate::portal) fn customer(&self) -> Result<CustomerId, PageError> {
        Ok(self.cx.require_customer()?)
    }

    /// A part of the path, as it was written; what is none leads nowhere.
    pub(in crate::portal) fn name<T: FromStr>(&self, name: &str) -> Result<T, PageError> {
        self.names.get(name).and_then(|text| text.parse().ok()).ok_or(PageError::NotFound)
    }

    /// A part of the query.
    pub(in crate::portal) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// The page of a list that the address asks for, and whether it is a later one than the first.
    pub(in crate::portal) fn list(&self, size: u32) -> Result<(PageRequest, bool), PageError> {
        let after = self.query("after").map(str::to_owned);
        let is_later = after.is_some();
        Ok((PageRequest::new(Some(size), after)?, is_later))
    }

    /// The address of the page itself, without its query.
    pub(in crate::portal) fn here(&self) -> String {
        self.merchant.path(&self.tail)
    }
}

/// The parts of a query; nothing of one that cannot be read.
pub(super) fn parts(query: &str) -> BTreeMap<String, String> {
    let address = format!("/?{query}").parse::<Uri>().ok();
    let read = address.and_then(|address| Query::try_from_uri(&address).ok());
    read.map(|Query(parts)| parts).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_query_is_read_as_it_was_meant() {
        let read = parts("after=a%20b&done=claimed");
        assert_eq!(read.get("after").map(String::as_str), Some("a b"));
        assert_eq!(read.get("done").map(String::as_str), Some("claimed"));
        assert!(parts("").is_empty() && parts("a b").is_empty());
    }
}
