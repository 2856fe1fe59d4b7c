//! The root fields that change something. They run one after the other, each by itself: the refusal of one leaves the
//! others alone.

use async_graphql::{Context, Description, Object};

use super::{
    caller::caller,
    input::{MergeInput, PurchaseInput, ReturnInput},
    limits::dear,
    merging::{self, MergeResult},
    purchasing::{self, PurchaseResult},
    returning::{self, ReturnResult},
};

/// What can be changed.
#[derive(Description)]
pub struct Mutation;

#[Object(use_type_description)]
impl Mutation {
    /// Posts a purchase and credits its points before it answers. The key is `transactionId` within the retailer, kept
    /// for ever: the same purchase again is `Replayed` and changes nothing, the same key with other content is a
    /// `TransactionConflict`.
    #[graphql(complexity = "dear(child_complexity)")]
    async fn purchase(
        &self,
        ctx: &Context<'_>,
        input: PurchaseInput,
    ) -> async_graphql::Result<PurchaseResult> {
        purchasing::post(caller(ctx)?, input).await
    }

    /// Returns all or a part of a purchase and takes back what that had earned. `returnId` is the key, unique per
    /// purchase, for ever.
    #[graphql(name = "return", complexity = "dear(child_complexity)")]
    async fn book_return(
        &self,
        ctx: &Context<'_>,
        input: ReturnInput,
    ) -> async_graphql::Result<ReturnResult> {
        returning::book(caller(ctx)?, input).await
    }

    /// The former name of `return`.
    #[graphql(complexity = "dear(child_complexity)", deprecation = "Its name is `return`.")]
    async fn return_purchase(
        &self,
        ctx: &Context<'_>,
        input: ReturnInput,
    ) -> async_graphql::Result<ReturnResult> {
        returning::book(caller(ctx)?, input).await
    }

    /// Merges two accounts of one person: `into` goes on and has everything that `from` had, whose id, addresses and cards
    /// lead there from then on. It cannot be undone: ask with `dryRun` first. Takes the rights to read and to merge customers.
    #[graphql(complexity = "dear(child_complexity)")]
    async fn merge_customers(
        &self,
        ctx: &Context<'_>,
        input: MergeInput,
    ) -> async_graphql::Result<MergeResult> {
        merging::merge(caller(ctx)?, input).await
    }
}
