-- What has moved points that customers of merchant $1 can spend since $2, the customers that moved first, at most $3, each with
-- the balance that the customer had before all of it.
SELECT m.customer_id, m.sequence, m.amount, m.posted_at,
       (b.available - sum(m.amount) OVER (PARTITION BY m.customer_id))::bigint AS before
FROM (
    SELECT e.customer_id, e.sequence, e.amount, e.posted_at
    FROM entries AS e
    -- What came with a merge is no rise.
    WHERE e.merchant_id = $1 AND e.account = 'available' AND e.posted_at >= $2 AND (e.kind <> 'merge' OR e.amount < 0)
    ORDER BY e.customer_id, e.sequence
    LIMIT $3
) AS m
CROSS JOIN LATERAL (
    SELECT b.available FROM balances AS b WHERE b.merchant_id = $1 AND b.customer_id = m.customer_id LIMIT 1
) AS b
ORDER BY m.customer_id, m.sequence
