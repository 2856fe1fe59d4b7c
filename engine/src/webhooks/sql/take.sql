-- Leases up to $2 lanes that have something to send at $1, for $3 seconds, the one that was worked off longest ago first.
WITH due AS (
    SELECT l.merchant_id, l.endpoint_id, l.again
    FROM webhook_lanes AS l
    JOIN webhook_endpoints AS w
        ON w.merchant_id = l.merchant_id AND w.id = l.endpoint_id AND w.disabled_at IS NULL
        AND (w.paused_until IS NULL OR w.paused_until <= $1)
        -- While an endpoint seems to be away, what goes in order tries it.
        AND NOT (l.again AND w.failures >= 3)
    WHERE l.leased_until <= clock_timestamp()
        AND CASE WHEN l.again THEN EXISTS (
                SELECT FROM webhook_deliveries AS d
                WHERE d.merchant_id = l.merchant_id AND d.endpoint_id = l.endpoint_id AND d.state = 'waiting' AND d.again
                    AND d.due_at <= $1)
            ELSE EXISTS (
                SELECT FROM webhook_deliveries AS d
                WHERE d.merchant_id = l.merchant_id AND d.endpoint_id = l.endpoint_id AND d.state = 'waiting'
                    AND NOT d.again)
            END
    ORDER BY l.leased_until
    LIMIT $2
    FOR UPDATE OF l SKIP LOCKED
)
UPDATE webhook_lanes AS l
SET leased_until = clock_timestamp() + make_interval(secs => $3), fence = l.fence + 1
FROM due
WHERE l.merchant_id = due.merchant_id AND l.endpoint_id = due.endpoint_id AND l.again = due.again
RETURNING l.merchant_id, l.endpoint_id, l.again, l.fence
