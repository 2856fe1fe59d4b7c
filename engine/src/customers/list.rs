//! Lists of customers, and the search.

use perennial_domain::access::Action;
use perennial_domain::codes::{Country, Phone};
use perennial_domain::ids::CustomerId;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::read::{Customer, CustomerRow};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::page::{Page, PageRequest, like_escaped, searchable};
use crate::statement::statement;

/// Which customers are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    /// Part of the name, or the beginning of an e-mail, telephone number, card or external id.
    pub search: Option<String>,
    /// Only those who owe points after a return.
    pub owing: bool,
}

/// Both take the same values and give the same columns.
const ALL: &str = include_str!("../sql/customers.sql");
const OWING: &str = include_str!("../sql/customers_owing.sql");

impl Engine {
    /// Customers, newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn customer_list(
        &self,
        cx: &Cx,
        filter: &CustomerFilter,
        page: &PageRequest,
    ) -> Result<Page<Customer>, Error> {
        cx.require(Action::CustomersRead)?;
        let search = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
        let (name, prefixes) = match search {
            None => (None, Vec::new()),
            Some(search) => {
                let home = self.merchant_settings_in(self.db(), cx.merchant()).await?.default_country;
                let name = format!("%{}%", like_escaped(&search.to_lowercase()));
                (Some(name), prefixes(&searchable(search), home.as_ref()))
            }
        };
        let after = page.after::<CustomerId>()?.map(CustomerId::uuid);
        let rows = CustomerRow::find_by_statement(statement(
            if filter.owing { OWING } else { ALL },
            [cx.merchant().uuid().into(), after.into(), name.into(), prefixes.into(), page.probe().into()],
        ))
        .all(self.db())
        .await?;
        Ok(page.page(rows.into_iter().map(Customer::from).collect(), |customer| customer.id))
    }

    /// How many customers there are.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn customer_count(&self, cx: &Cx) -> Result<u64, Error> {
        cx.require(Action::CustomersRead)?;
        let row = self
            .db()
            .query_one_raw(statement(
                "SELECT count(*) AS count FROM customers WHERE merchant_id = $1 AND erased_at IS NULL AND merged_into IS NULL",
                [cx.merchant().uuid().into()],
            ))
            .await?;
        let count: i64 = row.map(|row| row.try_get("", "count")).transpose()?.unwrap_or(0);
        Ok(count.unsigned_abs())
    }
}

/// What an identity may begin with that somebody searched for, in the forms in which identities are stored.
fn prefixes(search: &str, home: Option<&Country>) -> Vec<String> {
    let mut prefixes = vec![search.to_owned(), search.to_lowercase()];
    // Cards are stored without spaces and hyphens.
    prefixes.push(search.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect());
    if let Ok(phone) = Phone::parse(search, home) {
        prefixes.push(phone.into());
    }
    prefixes.retain(|prefix| !prefix.is_empty());
    prefixes.sort_unstable();
    prefixes.dedup();
    prefixes
}
