-- Purchases and claims of a customer, newest first, before the posting $3.
-- Both halves read at most one page from their own index.
WITH recent AS (
    (
        SELECT purchase.id AS posting_id, purchase.id AS purchase_id, 'purchase' AS kind, purchase.points, purchase.received_at AS posted_at
        FROM purchases AS purchase
        WHERE purchase.merchant_id = $1 AND purchase.customer_id = $2 AND purchase.id < $3
        ORDER BY purchase.id DESC
        LIMIT $4
    )
    UNION ALL
    (
        SELECT claim.id, claim.purchase_id, 'claim', claim.points, claim.claimed_at
        FROM claims AS claim
        WHERE claim.merchant_id = $1 AND claim.customer_id = $2 AND claim.id < $3
        ORDER BY claim.id DESC
        LIMIT $4
    )
)
SELECT
    recent.posting_id,
    recent.purchase_id,
    recent.kind,
    retailer.name AS retailer_name,
    retailer.time_zone AS retailer_zone,
    purchase.transaction_id,
    purchase.amount,
    purchase.currency,
    recent.points,
    purchase.occurred_at,
    recent.posted_at
FROM recent
JOIN purchases AS purchase ON purchase.merchant_id = $1 AND purchase.id = recent.purchase_id
JOIN retailers AS retailer ON retailer.merchant_id = $1 AND retailer.id = purchase.retailer_id
ORDER BY recent.posting_id DESC
LIMIT $4
