-- Pairs of an endpoint of merchant $1 and an event that it hears and has no delivery of yet: of the events $2, and of those
-- that their customers have shortly before them.
SELECT DISTINCT w.id AS endpoint_id, e.customer_id, e.sequence, e.id AS event_id
FROM unnest($2::uuid[]) AS told (id)
CROSS JOIN LATERAL (
    SELECT id, customer_id, sequence, created_at FROM events WHERE merchant_id = $1 AND id = told.id LIMIT 1
) AS named
CROSS JOIN LATERAL (
    SELECT named.id, kind, customer_id, sequence, created_at FROM events WHERE merchant_id = $1 AND id = named.id
    UNION ALL
    (SELECT id, kind, customer_id, sequence, created_at
     FROM events
     WHERE merchant_id = $1 AND customer_id = named.customer_id AND sequence < named.sequence
         AND created_at > named.created_at - interval '1 minute'
     ORDER BY sequence DESC, id DESC
     LIMIT 20)
) AS e
JOIN webhook_endpoints AS w
    ON w.merchant_id = $1 AND w.disabled_at IS NULL AND w.listens_since <= e.created_at
    AND (w.kinds = '{}' OR e.kind = ANY (w.kinds))
WHERE NOT EXISTS (
    SELECT FROM webhook_deliveries AS d
    WHERE d.merchant_id = $1 AND d.endpoint_id = w.id AND d.event_id = e.id)
ORDER BY endpoint_id, customer_id, sequence, event_id
