-- The wallets of the customers $2 of merchant $1 as they are at $3. What is over counts for nothing, whether or not the
-- job has come by. No row for a customer whom the merchant does not have.
SELECT customers.id AS customer_id, coalesce((
    SELECT jsonb_agg(jsonb_build_object(
               'currency', w.currency, 'available', lots.available, 'pending', lots.pending, 'owed', w.owed,
               'expiring', coalesce(soon.expiring, '[]')) ORDER BY w.currency)
    FROM cashback_wallets AS w
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(l.remaining) FILTER (WHERE l.spendable_from <= $3), 0) AS available,
               coalesce(sum(l.remaining) FILTER (WHERE l.spendable_from > $3), 0) AS pending
        FROM cashback_lots AS l
        WHERE l.merchant_id = $1 AND l.customer_id = customers.id AND l.currency = w.currency AND l.remaining > 0
          AND (l.expires_at IS NULL OR l.expires_at > $3)
    ) AS lots
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object('amount', s.amount, 'expires_at', s.expires_at) ORDER BY s.expires_at) AS expiring
        FROM (
            SELECT l.expires_at, sum(l.remaining) AS amount
            FROM cashback_lots AS l
            WHERE l.merchant_id = $1 AND l.customer_id = customers.id AND l.currency = w.currency AND l.remaining > 0
              AND l.expires_at > $3
            GROUP BY l.expires_at
            ORDER BY l.expires_at
            LIMIT 12
        ) AS s
    ) AS soon
    WHERE w.merchant_id = $1 AND w.customer_id = customers.id
), '[]') AS wallets
FROM customers
WHERE merchant_id = $1 AND id = ANY ($2)
