//! Everything about a customer in one JSON document, written while it is read: a page of a list at a time, whatever its
//! length, so that memory does not grow with the customer.
//!
//! ```text
//! {"version": 1, "exported_at": …, "program": {…}, "customer": {…}, "points": {…}, "tier": {…}, "cashback": […],
//!  "entries": […], "lots": […], "purchases": […], …}
//! ```
//! What comes first is read before the first byte leaves, so that somebody who is not there is a plain 404. Every list is what
//! it was when its turn came; a document that ends without its last brace is not complete.

mod section;

use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt as _, stream};
use perennial_domain::access::Action;
use perennial_domain::ids::CustomerId;
use serde_json::{Value, json};

use crate::cx::{Actor, Cx};
use crate::engine::Engine;
use crate::error::Error;
use crate::merge;
use crate::page::{LIMIT_MAX, PageRequest};
use crate::stored::stored;
use section::Section;

/// The version of the document: a number more when something in it changes its meaning or goes away.
pub const EXPORT_VERSION: u32 = 1;

/// How far a document has come.
struct Writing {
    engine: Engine,
    /// In whose eyes lists are read: the customer's own; then those of the accounts that were merged into the customer.
    accounts: Vec<Cx>,
    /// What comes before the next list.
    head: Option<String>,
    sections: std::vec::IntoIter<Section>,
    /// The list that is being written.
    open: Option<Open>,
}

/// A list of which there may be more.
struct Open {
    section: Section,
    /// Whose rows come next, among the accounts.
    account: usize,
    /// Where the next page begins.
    after: Option<String>,
    is_empty: bool,
}

impl Engine {
    /// Everything about a customer as the pieces of one JSON document. A customer may ask for the own.
    ///
    /// The friends of the customer are in it as the customer may know them, without their data.
    ///
    /// # Errors
    /// [`Error::NotFound`]. An error in the middle of the stream ends it: what has come until then is not complete.
    pub async fn customer_export(
        &self,
        cx: &Cx,
        customer: CustomerId,
    ) -> Result<impl Stream<Item = Result<String, Error>> + Send + use<>, Error> {
        cx.require_for(Action::CustomersExport, customer)?;
        let own = Cx::new(cx.merchant(), Actor::Customer { id: customer });
        let head = self.export_head(&own, customer, self.now(cx.merchant())).await?;
        let former = merge::former(self.db(), cx.merchant(), customer).await?;
        let former = former.into_iter().map(|id| Cx::new(cx.merchant(), Actor::Customer { id }));
        let accounts = std::iter::once(own).chain(former).collect();
        let sections = Section::ALL.to_vec().into_iter();
        let start = Writing { engine: self.clone(), accounts, head: Some(head), sections, open: None };
        let pieces = stream::unfold(Some(start), |writing| async move {
            let mut writing = writing?;
            match writing.piece().await {
                Ok(Some(piece)) => Some((Ok(piece), Some(writing))),
                Ok(None) => Some((Ok("}\n".to_owned()), None)),
                Err(error) => Some((Err(error), None)),
            }
        });
        // Who compresses an answer asks once more behind the end.
        Ok(pieces.fuse())
    }

    /// What there is one of: a JSON object without its last brace.
    async fn export_head(&self, own: &Cx, customer: CustomerId, now: DateTime<Utc>) -> Result<String, Error> {
        let settings = self.merchant_settings_in(self.db(), own.merchant()).await?;
        let head = json!({
            "version": EXPORT_VERSION,
            "exported_at": now,
            "program": {
                "name": settings.name,
                "currency": settings.currency.code(),
                "time_zone": settings.time_zone.to_string(),
                "points_name": settings.points_name,
            },
            "customer": self.customer_get(own, customer).await?,
            "points": self.customer_points(own, &customer.into()).await?,
            "carried_over": self.export_carried_over(own, customer).await?,
            "tier": self.customer_tier(own, customer).await?,
            "cashback": self.customer_cashback(own, customer).await?,
            "shown_on_leaderboards": self.export_is_shown(own, customer).await?,
        });
        let mut text = head.to_string();
        text.pop();
        Ok(text)
    }
}

impl Writing {
    /// The next piece; none when only the last brace is missing.
    async fn piece(&mut self) -> Result<Option<String>, Error> {
        if let Some(head) = self.head.take() {
            return Ok(Some(head));
        }
        let mut piece = String::new();
        let mut open = match self.open.take() {
            Some(open) => open,
            None => {
                let Some(section) = self.sections.next() else { return Ok(None) };
                piece = format!(",\n\"{}\":[", section.name());
                Open { section, account: 0, after: None, is_empty: true }
            }
        };
        let Some(own) = self.accounts.get(open.account) else {
            piece.push(']');
            return Ok(Some(piece));
        };
        let page = PageRequest::new(Some(u32::from(LIMIT_MAX)), open.after.take())?;
        let page = open.section.page(&self.engine, own, &page).await?;
        for row in page.data {
            piece.push_str(if open.is_empty { "\n" } else { ",\n" });
            open.is_empty = false;
            piece.push_str(&row.to_string());
        }
        match page.next {
            next @ Some(_) => self.open = Some(Open { after: next, ..open }),
            None if open.section.stays() => self.open = Some(Open { account: open.account + 1, ..open }),
            None => piece.push(']'),
        }
        Ok(Some(piece))
    }
}

/// Something that can be serialised, as a value of a document.
fn value(row: impl serde::Serialize) -> Result<Value, Error> {
    stored(serde_json::to_value(row), "an export")
}
