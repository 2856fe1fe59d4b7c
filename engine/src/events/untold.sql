-- Purchases of merchant $1 that were credited shortly before events $2 happened to the same customers, since somebody listens,
-- and of which nobody was told yet. What was told of somebody who was erased is forgotten, and is not told again.
SELECT DISTINCT earned.posting_id AS id
FROM unnest($2::uuid[]) AS told (id)
CROSS JOIN LATERAL (
    SELECT e.customer_id, e.sequence, e.happened_at
    FROM events AS e
    JOIN customers AS c ON c.merchant_id = $1 AND c.id = e.customer_id AND c.erased_at IS NULL
    WHERE e.merchant_id = $1 AND e.id = told.id
    LIMIT 1
) AS named
CROSS JOIN LATERAL (
    SELECT e.posting_id
    FROM entries AS e
    WHERE e.merchant_id = $1 AND e.customer_id = named.customer_id AND e.sequence < named.sequence
        AND e.kind = 'purchase' AND e.posted_at > named.happened_at - interval '1 minute'
        AND EXISTS (
            SELECT FROM webhook_endpoints AS w
            WHERE w.merchant_id = $1 AND w.disabled_at IS NULL AND w.listens_since <= e.posted_at)
    ORDER BY e.sequence DESC
    LIMIT 20
) AS earned
WHERE NOT EXISTS (SELECT FROM events AS e WHERE e.merchant_id = $1 AND e.id = earned.posting_id)
ORDER BY id
