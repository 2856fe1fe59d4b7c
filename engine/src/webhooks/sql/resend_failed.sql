-- Sends up to $4 deliveries to endpoint $2 of merchant $1 that were given up, of kind $3 where one is given, the oldest first;
-- by themselves when they are due at $6 ($5), or in order.
WITH failed AS (
    SELECT event_id
    FROM webhook_deliveries
    WHERE merchant_id = $1 AND endpoint_id = $2 AND state = 'failed' AND ($3::text IS NULL OR kind = $3)
    ORDER BY id
    LIMIT $4
    -- Whoever has one of them is sending it again, or forgetting it.
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE webhook_deliveries AS d
SET state = 'waiting', again = $5, due_at = $6, started_at = $6, tries = 0
FROM failed
WHERE d.merchant_id = $1 AND d.endpoint_id = $2 AND d.event_id = failed.event_id
