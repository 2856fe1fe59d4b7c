-- Purchases whose transaction id lies between $3 and $4, at the retailer $2 or at any, at most $5.
-- Retailer by retailer, because that is the order of the keys.
SELECT key.purchase_id
FROM retailers AS retailer
CROSS JOIN LATERAL (
    SELECT purchase_id
    FROM purchase_keys
    WHERE merchant_id = $1 AND retailer_id = retailer.id AND transaction_id >= $3 AND transaction_id < $4
    LIMIT $5
) AS key
WHERE retailer.merchant_id = $1 AND ($2::uuid IS NULL OR retailer.id = $2)
LIMIT $5
