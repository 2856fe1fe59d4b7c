-- Leases up to $2 lanes that have something to send at $1, for $3 seconds: of each endpoint first the one that was worked off
-- longest ago, and none a second one before every other has its first.
WITH busy AS MATERIALIZED (
    SELECT w.merchant_id, w.id, w.failures >= 3 AS is_away
    FROM webhook_endpoints AS w
    WHERE w.disabled_at IS NULL AND (w.paused_until IS NULL OR w.paused_until <= $1)
        AND (EXISTS (
                SELECT FROM webhook_deliveries AS d
                WHERE d.merchant_id = w.merchant_id AND d.endpoint_id = w.id AND d.state = 'waiting' AND NOT d.again)
            OR EXISTS (
                SELECT FROM webhook_deliveries AS d
                WHERE d.merchant_id = w.merchant_id AND d.endpoint_id = w.id AND d.state = 'waiting' AND d.again
                    AND d.due_at <= $1))
), waiting AS (
    SELECT l.merchant_id, l.endpoint_id, l.again, l.shard, l.leased_until, busy.is_away
    FROM busy
    JOIN webhook_lanes AS l ON l.merchant_id = busy.merchant_id AND l.endpoint_id = busy.id
    WHERE l.leased_until <= clock_timestamp()
        -- While an endpoint seems to be away, what goes in order tries it.
        AND CASE WHEN l.again THEN NOT busy.is_away AND EXISTS (
                SELECT FROM webhook_deliveries AS d
                WHERE d.merchant_id = l.merchant_id AND d.endpoint_id = l.endpoint_id AND d.state = 'waiting' AND d.again
                    AND webhook_shard(d.customer_id, d.id) = l.shard AND d.due_at <= $1)
            ELSE EXISTS (
                SELECT FROM webhook_deliveries AS d
                WHERE d.merchant_id = l.merchant_id AND d.endpoint_id = l.endpoint_id AND d.state = 'waiting'
                    AND NOT d.again AND webhook_shard(d.customer_id, d.id) = l.shard)
            END
), ranked AS (
    SELECT w.merchant_id, w.endpoint_id, w.again, w.shard, w.is_away,
           row_number() OVER (PARTITION BY w.merchant_id, w.endpoint_id ORDER BY w.leased_until, w.again, w.shard)
           + (SELECT count(*)
              FROM webhook_lanes AS o
              WHERE o.merchant_id = w.merchant_id AND o.endpoint_id = w.endpoint_id
                  AND o.leased_until > clock_timestamp()) AS place
    FROM waiting AS w
), due AS (
    SELECT l.merchant_id, l.endpoint_id, l.again, l.shard
    FROM ranked AS r
    JOIN webhook_lanes AS l
        ON l.merchant_id = r.merchant_id AND l.endpoint_id = r.endpoint_id AND l.again = r.again AND l.shard = r.shard
    -- One request at a time asks whether an endpoint is back.
    WHERE l.leased_until <= clock_timestamp() AND (r.place = 1 OR NOT r.is_away)
    ORDER BY r.place, l.leased_until
    LIMIT $2
    FOR UPDATE OF l SKIP LOCKED
)
UPDATE webhook_lanes AS l
SET leased_until = clock_timestamp() + make_interval(secs => $3), fence = l.fence + 1
FROM due
WHERE l.merchant_id = due.merchant_id AND l.endpoint_id = due.endpoint_id AND l.again = due.again AND l.shard = due.shard
RETURNING l.merchant_id, l.endpoint_id, l.again, l.shard, l.fence
