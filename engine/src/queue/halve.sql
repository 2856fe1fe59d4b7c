-- Puts two messages, $4 and $5, into the place of the leased message $2 of module $1. They are due at once and were tried
-- as often as it was before this lease.
WITH whole AS (
    DELETE FROM queue WHERE module = $1 AND id = $2 AND fence = $3
    RETURNING merchant_id, module, enqueued_at, attempts
)
INSERT INTO queue (merchant_id, module, payload, enqueued_at, attempts)
SELECT whole.merchant_id, whole.module, half.payload, whole.enqueued_at, greatest(whole.attempts - 1, 0)
FROM whole
CROSS JOIN (VALUES (1, $4::jsonb), (2, $5::jsonb)) AS half (place, payload)
ORDER BY half.place
