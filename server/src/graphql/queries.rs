//! The root fields that read.

use async_graphql::{Context, Description, ID, Object, connection::Connection};
use perennial_domain::ids::PurchaseId;
use perennial_engine::{
    customers::CustomerFilter,
    promotions::PromotionFilter,
    purchases::{PurchaseFilter, PurchaseRow},
};

use super::{
    caller::caller,
    customer::{self, Customer},
    errors::failed,
    input::QuoteInput,
    limits::{dear, list_cost},
    loaders::{Bought, ById},
    paging,
    promotion::{Promotion, State},
    purchase::Purchase,
    quote::{self, QuoteResult},
};

/// What can be read. Everything belongs to the merchant of the key, and the key's scopes decide what of it is shown.
#[derive(Description)]
pub struct Query;

#[Object(use_type_description)]
impl Query {
    /// A customer, by id or by `ext:` and the external id; nothing when there is none.
    async fn customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the customer, or `ext:` and the external id.")] id: ID,
    ) -> async_graphql::Result<Option<Customer>> {
        let Some(id) = customer::resolve(ctx, &id).await? else { return Ok(None) };
        Ok(caller(ctx)?.reads().load_one(ById(id)).await?.map(Customer))
    }

    /// Customers, newest first.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Part of the name, or the beginning of an e-mail, telephone number, card or external id."
        )]
        search: Option<String>,
        #[graphql(desc = "At most so many, 1 to 200; 50 unless given.")] first: Option<i32>,
        #[graphql(desc = "The cursor behind which to begin.")] after: Option<String>,
    ) -> async_graphql::Result<Connection<String, Customer>> {
        let caller = caller(ctx)?;
        let had_before = after.is_some();
        let page = paging::request(first, after)?;
        let engine = caller.engine().map_err(failed)?;
        let filter = CustomerFilter { search, ..CustomerFilter::default() };
        let found = engine.customer_list(&caller.cx, &filter, &page).await.map_err(failed)?;
        Ok(paging::connection(found, had_before, |customer| customer.id, Customer))
    }

    /// A purchase as it is now; nothing when there is none.
    async fn purchase(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the purchase.")] id: ID,
    ) -> async_graphql::Result<Option<Purchase>> {
        let caller = caller(ctx)?;
        caller.engine().map_err(failed)?;
        let Ok(id) = id.parse::<PurchaseId>() else { return Ok(None) };
        Ok(caller.reads().load_one(Bought(id)).await?.map(Purchase::found))
    }

    /// Purchases, newest first.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn purchases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Bought or claimed by this customer: id, or `ext:` and the external id.")]
        customer: Option<ID>,
        #[graphql(desc = "The transaction id begins with this.")] transaction_id: Option<String>,
        #[graphql(desc = "At most so many, 1 to 200; 50 unless given.")] first: Option<i32>,
        #[graphql(desc = "The cursor behind which to begin.")] after: Option<String>,
    ) -> async_graphql::Result<Connection<String, Purchase>> {
        let customer = match customer {
            None => None,
            Some(named) => match customer::resolve(ctx, &named).await? {
                None => return Ok(Connection::new(after.is_some(), false)),
                found => found,
            },
        };
        let filter = PurchaseFilter { customer, transaction: transaction_id, ..PurchaseFilter::default() };
        purchases(ctx, filter, first, after).await
    }

    /// Promotions, newest first; archived ones only when they are asked for.
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn promotions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those in this state.")] state: Option<State>,
        #[graphql(desc = "Part of the name.")] search: Option<String>,
        #[graphql(desc = "At most so many, 1 to 200; 50 unless given.")] first: Option<i32>,
        #[graphql(desc = "The cursor behind which to begin.")] after: Option<String>,
    ) -> async_graphql::Result<Connection<String, Promotion>> {
        let caller = caller(ctx)?;
        let had_before = after.is_some();
        let page = paging::request(first, after)?;
        let engine = caller.engine().map_err(failed)?;
        let filter = PromotionFilter { search, state: state.map(Into::into) };
        let found = engine.promotion_list(&caller.cx, &filter, &page).await.map_err(failed)?;
        let currency = engine.snapshot(&caller.cx).await.map_err(failed)?.settings.currency;
        Ok(paging::connection(found, had_before, |view| view.id, |view| Promotion::new(view, currency)))
    }

    /// What a basket would earn and cost. Nothing is written or held.
    #[graphql(complexity = "dear(child_complexity)")]
    async fn quote(&self, ctx: &Context<'_>, input: QuoteInput) -> async_graphql::Result<QuoteResult> {
        quote::quote(caller(ctx)?, input).await
    }
}

/// A page of purchases: their ids by one statement, all that is shown of them by another few.
pub async fn purchases(
    ctx: &Context<'_>,
    filter: PurchaseFilter,
    first: Option<i32>,
    after: Option<String>,
) -> async_graphql::Result<Connection<String, Purchase>> {
    let caller = caller(ctx)?;
    let had_before = after.is_some();
    let page = paging::request(first, after)?;
    let engine = caller.engine().map_err(failed)?;
    let listed = engine.purchase_list(&caller.cx, &filter, &page).await.map_err(failed)?;
    let id = |row: &PurchaseRow| PurchaseId::from_uuid(row.id);
    let mut found = caller.reads().load_many(listed.data.iter().map(|row| Bought(id(row)))).await?;
    let shown = perennial_engine::Page {
        data: listed.data.iter().filter_map(|row| found.remove(&Bought(id(row)))).collect(),
        next: listed.next,
    };
    Ok(paging::connection(shown, had_before, |view| view.record.id, Purchase::found))
}
