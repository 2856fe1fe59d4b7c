-- Locks the balances of these customers of merchant $1 and reads them, one after the other in the order given, which is
-- that of the key: whoever else locks them does it in the same order.
SELECT b.*
FROM unnest($2::uuid[]) AS asked (customer_id)
CROSS JOIN LATERAL (
    SELECT b.customer_id, b.available, b.pending, b.reserved, b.debt, b.lifetime, b.sequence, b.undated,
           b.erased_at IS NOT NULL AS erased, b.merged_into IS NOT NULL AS merged
    FROM balances AS b
    WHERE b.merchant_id = $1
      AND b.customer_id = asked.customer_id
    LIMIT 1
    FOR UPDATE
) AS b
