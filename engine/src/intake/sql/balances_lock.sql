-- Locks the balances of a batch and reads them. The rows are asked for in key order and locked one after the other as they
-- are asked for: two batches that share customers wait for each other and never deadlock. From here to the commit these
-- customers' facts stand still, and so do their rows: where each is ("address") holds until it is written. Their tiers are read where somebody has a ladder ($3).
SELECT b.*, b.ctid::text AS address, m.tier_id
FROM unnest($1::uuid[], $2::uuid[]) AS asked (merchant_id, customer_id)
CROSS JOIN LATERAL (
    SELECT b.ctid, b.merchant_id, b.customer_id, b.available, b.pending, b.debt, b.lifetime, b.purchases, b.spent, b.sequence,
           b.erased_at IS NOT NULL OR b.merged_into IS NOT NULL AS closed
    FROM balances AS b
    WHERE b.merchant_id = asked.merchant_id
      AND b.customer_id = asked.customer_id
    LIMIT 1
    FOR UPDATE
) AS b
LEFT JOIN LATERAL (
    SELECT m.tier_id
    FROM tier_memberships AS m
    WHERE $3
      AND m.merchant_id = b.merchant_id
      AND m.customer_id = b.customer_id
    LIMIT 1
) AS m ON true
