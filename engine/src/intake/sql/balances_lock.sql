-- Locks the balances of a batch and reads them. The rows are asked for in key order and locked one after the other as they
-- are asked for: two batches that share customers wait for each other and never deadlock. From here to the commit these
-- customers' facts stand still.
SELECT b.*
FROM unnest($1::uuid[], $2::uuid[]) AS asked (merchant_id, customer_id)
CROSS JOIN LATERAL (
    SELECT b.merchant_id, b.customer_id, b.available, b.pending, b.debt, b.lifetime, b.purchases, b.spent, b.sequence
    FROM balances AS b
    WHERE b.merchant_id = asked.merchant_id
      AND b.customer_id = asked.customer_id
    LIMIT 1
    FOR UPDATE
) AS b
