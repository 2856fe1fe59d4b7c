-- Customers with points whose time has come by $1, those who wait longest first, at most $2 of their rows, of all
-- merchants but $3, or only of $4, without the customers $5. Nothing is locked: whoever matures them looks again under the lock of their balances.
SELECT merchant_id, customer_id
FROM (
    SELECT merchant_id, customer_id
    FROM pending_points
    WHERE waiting > 0
      AND matures_at <= $1
      AND merchant_id <> ALL ($3::uuid[])
      AND ($4::uuid IS NULL OR merchant_id = $4)
      AND customer_id <> ALL ($5::uuid[])
    ORDER BY matures_at
    LIMIT $2
) AS due
GROUP BY merchant_id, customer_id
ORDER BY merchant_id, customer_id
