//! `/graphql` by HTTP: what is posted, what is read, who may, and how much.

mod access;
mod limits;
mod merging;
mod purchases;
mod reads;
mod returns;
mod schema;

use serde_json::{Value, json};

/// Posts a purchase and asks for everything that may become of it.
pub const PURCHASE: &str = r"mutation Purchase($input: PurchaseInput!) {
    purchase(input: $input) {
        __typename
        ... on Credited {
            pointsEarned
            balance { points pending }
            purchase { id transactionId status amount currency customerId pointsEarned claimCode pointsClaimable
                lines { product quantity amount points applied { name version awardRate points } } warnings { code } }
        }
        ... on Replayed { pointsEarned balance { points } purchase { id } }
        ... on TransactionConflict { code detail differences { pointer stored received } }
        ... on CustomerNotFound { code detail }
        ... on NotEligible { balance { points } purchase { id pointsEarned } reasons { promotion missing { code text } } }
        ... on Rejected { code status detail errors { pointer code detail } }
    }
}";

/// A purchase of one line at the retailer `main`, as GraphQL takes it.
pub fn purchase(transaction: &str, email: &str, amount: i64) -> Value {
    json!({"input": {
        "transactionId": transaction, "retailer": "main", "customer": {"email": email}, "currency": "USD",
        "lines": [{"product": "APPLE", "quantity": 1, "amount": amount}],
    }})
}
