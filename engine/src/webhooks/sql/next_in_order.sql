-- What comes next in shard $4 of endpoint $2 of merchant $1: of the customers of its $3 oldest deliveries each one's first by
-- the customer's counter, and of these the one whose last attempt is longest ago.
WITH front AS (
    SELECT id, customer_id
    FROM webhook_deliveries
    WHERE merchant_id = $1 AND endpoint_id = $2 AND state = 'waiting' AND NOT again
        AND webhook_shard(customer_id, id) = $4
    ORDER BY id
    LIMIT $3
)
SELECT head.id, head.event_id, head.body
FROM (SELECT DISTINCT ON (coalesce(customer_id, id)) id, customer_id FROM front ORDER BY coalesce(customer_id, id), id) AS f
CROSS JOIN LATERAL (
    (SELECT d.id, d.event_id, d.body, d.last_attempt_at
     FROM webhook_deliveries AS d
     WHERE d.merchant_id = $1 AND d.endpoint_id = $2 AND d.state = 'waiting' AND NOT d.again
         AND d.customer_id = f.customer_id
     ORDER BY d.sequence, d.event_id
     LIMIT 1)
    UNION ALL
    SELECT d.id, d.event_id, d.body, d.last_attempt_at
    FROM webhook_deliveries AS d
    WHERE d.merchant_id = $1 AND d.id = f.id AND f.customer_id IS NULL
) AS head
ORDER BY head.last_attempt_at NULLS FIRST, head.id
LIMIT 1
