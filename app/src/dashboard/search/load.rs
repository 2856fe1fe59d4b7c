//! A search over everything, one bounded read for each sort of thing that who looks may see.

use super::super::load::searched;
use super::super::session::{self, Staff};
use super::super::{customers, money, promotions, purchases, redemptions, rewards};
use super::dto::{Found, Group, Hit};
use crate::address::address;
use crate::error::PageError;
use perennial_domain::access::Action;
use perennial_domain::codes::{TillNumber, VoucherCode};
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, PurchaseId};
use perennial_engine::customers::{Customer, CustomerFilter};
use perennial_engine::promotions::PromotionFilter;
use perennial_engine::purchases::PurchaseFilter;
use perennial_engine::reward_search::RewardFilter;
use perennial_engine::{Cx, Engine, Error, PageRequest};

/// Of each sort so many are shown.
const MOST: u32 = 10;

/// Who looks, and for what.
struct Search {
    cx: Cx,
    engine: Engine,
    text: String,
    page: PageRequest,
}

/// What was found of one sort, and whether it is what was typed, by its id, number or code, and not only like it.
struct Part {
    group: Group,
    is_exact: bool,
}

/// Everything that a text finds. What is meant beyond doubt is opened at once.
pub async fn find(q: &str) -> Result<Found, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let Some(text) = searched(q) else { return Ok(Found::default()) };
    let search = Search { cx, engine, text, page: PageRequest::new(Some(MOST), None)? };
    let mut parts = Vec::new();
    if search.cx.may(Action::CustomersRead) {
        parts.push(search.customers().await?);
    }
    if search.cx.may(Action::PurchasesRead) {
        parts.push(search.purchases().await?);
    }
    if search.cx.may(Action::PromotionsRead) {
        parts.push(search.promotions().await?);
    }
    if search.cx.may(Action::RewardsRead) {
        parts.push(search.rewards().await?);
    }
    parts.retain(|part| !part.group.hits.is_empty());
    let mut codes_wait = false;
    // The last to be asked: who names codes that nobody has is slowed down, and most searches are for something else.
    if parts.is_empty() && search.cx.may(Action::RedemptionsWrite) {
        match search.voucher().await {
            Ok(part) => parts.extend(part),
            Err(PageError::Busy) => codes_wait = true,
            Err(error) => return Err(error),
        }
    }
    if let [Part { group, is_exact: true }] = parts.as_slice()
        && let [only] = group.hits.as_slice()
    {
        session::send_to(&only.href);
    }
    Ok(Found { groups: parts.into_iter().map(|part| part.group).collect(), codes_wait })
}

impl Search {
    /// The customer with this id, and those whom the list finds.
    async fn customers(&self) -> Result<Part, PageError> {
        let filter = CustomerFilter { search: Some(self.text.clone()), owing: false };
        let page = self.engine.customer_list(&self.cx, &filter, &self.page).await?;
        let mut found = page.data;
        let by_id = match self.text.parse::<CustomerId>() {
            Ok(id) => self.engine.customer_find(&self.cx, &CustomerRef::Id(id)).await?,
            Err(_) => None,
        };
        let is_exact = by_id.is_some();
        if let Some(customer) = by_id {
            found.retain(|other| other.id != customer.id);
            found.insert(0, customer);
            found.truncate(self.page.limit());
        }
        let hit = |customer: &Customer| Hit {
            href: customers::LIST.row(&customer.id.to_string()),
            name: customers::load::name(customer),
            about: customers::load::detail(customer),
        };
        let all = page.next.map(|_| self.list(customers::LIST.path));
        Ok(part(customers::LIST.title, found.iter().map(hit).collect(), all, is_exact))
    }

    /// The purchase with this id, and those with this number; another store may have given it, too.
    async fn purchases(&self) -> Result<Part, PageError> {
        // The number of a sale at the till page is read however it is typed; without its beginning it could be any other.
        let is_of_till = self.text.to_ascii_lowercase().starts_with("till");
        let till = TillNumber::new(&self.text).ok().filter(|_| is_of_till);
        let number = till.map_or_else(|| self.text.clone(), |known| known.to_string());
        let filter = PurchaseFilter { number: Some(number), ..PurchaseFilter::default() };
        let page = self.engine.purchase_list(&self.cx, &filter, &self.page).await?;
        let now = self.engine.now(self.cx.merchant());
        let all = page.next.map(|_| self.list(purchases::LIST.path));
        let mut hits: Vec<Hit> = Vec::new();
        if let Ok(id) = self.text.parse::<PurchaseId>() {
            for view in self.engine.purchases_get(&self.cx, &[id]).await? {
                let record = &view.record;
                hits.push(Hit {
                    href: purchases::LIST.row(&record.id.to_string()),
                    name: record.transaction_id.to_string(),
                    about: format!(
                        "{}, {}",
                        view.retailer.name,
                        money::show(record.amount.get(), record.currency)
                    ),
                });
            }
        }
        for purchase in page.data {
            let row = purchases::load::row(purchase, now);
            hits.push(Hit {
                href: purchases::LIST.row(&row.id),
                name: row.transaction_id,
                about: format!("{}, {}, {}", row.retailer, row.when, row.amount),
            });
        }
        hits.truncate(self.page.limit());
        Ok(part(purchases::LIST.title, hits, all, true))
    }

    /// The voucher with this code.
    async fn voucher(&self) -> Result<Option<Part>, PageError> {
        let Ok(code) = VoucherCode::new(&self.text) else { return Ok(None) };
        // An address is no code, and who looks for somebody tries none.
        if self.text.contains('@') {
            return Ok(None);
        }
        let voucher = match self.engine.voucher_get(&self.cx, &code).await {
            Err(Error::NotFound(_)) => return Ok(None),
            voucher => voucher?,
        };
        let href = address(redemptions::VOUCHER, &[("code", &voucher.code)], None);
        let hit = Hit { href, name: voucher.code, about: voucher.name };
        Ok(Some(part("Vouchers", vec![hit], None, true)))
    }

    async fn promotions(&self) -> Result<Part, PageError> {
        let filter = PromotionFilter { search: Some(self.text.clone()), state: None };
        let page = self.engine.promotion_list(&self.cx, &filter, &self.page).await?;
        let all = page.next.map(|_| self.list(promotions::LIST.path));
        let mut hits = Vec::new();
        for promotion in page.data {
            hits.push(Hit {
                href: promotions::LIST.row(&promotion.id.to_string()),
                name: promotion.terms.name.to_string(),
                about: promotions::dto::State::from(promotion.state).label().to_owned(),
            });
        }
        Ok(part(promotions::LIST.title, hits, all, false))
    }

    async fn rewards(&self) -> Result<Part, PageError> {
        let filter = RewardFilter { search: Some(self.text.clone()), ..RewardFilter::default() };
        let page = self.engine.reward_search(&self.cx, &filter, &self.page).await?;
        let all = page.next.map(|_| self.list(rewards::LIST.path));
        let mut hits = Vec::new();
        for reward in page.data {
            hits.push(Hit {
                href: rewards::LIST.row(&reward.id.to_string()),
                name: reward.terms.name,
                about: reward.summary,
            });
        }
        Ok(part(rewards::LIST.title, hits, all, false))
    }

    /// A list, narrowed to what is looked for.
    fn list(&self, path: &str) -> String {
        address(path, &[("q", &self.text)], None)
    }
}

fn part(title: &str, hits: Vec<Hit>, all: Option<String>, is_exact: bool) -> Part {
    Part { group: Group { title: title.to_owned(), hits, all }, is_exact }
}
