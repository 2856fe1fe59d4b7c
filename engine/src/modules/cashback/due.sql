-- Customers with cashback that is over by $1, what has been over longest first, at most $2 of the lots, of all merchants
-- but $3, or only of $4, without the customers $5. Nothing is locked: whoever lets it go looks again under the lock of their balances.
SELECT merchant_id, customer_id
FROM (
    SELECT merchant_id, customer_id
    FROM cashback_lots
    WHERE remaining > 0
      AND expires_at <= $1
      AND merchant_id <> ALL ($3::uuid[])
      AND ($4::uuid IS NULL OR merchant_id = $4)
      AND customer_id <> ALL ($5::uuid[])
    ORDER BY expires_at
    LIMIT $2
) AS due
GROUP BY merchant_id, customer_id
ORDER BY merchant_id, customer_id
