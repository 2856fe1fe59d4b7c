-- Leases up to $2 messages of module $1 that are due, for $3 seconds. Messages that another worker is leasing at this
-- moment are passed over; those whose lease ran out, because their worker died, are due again.
WITH due AS (
    SELECT id
    FROM queue
    WHERE module = $1 AND due_at <= clock_timestamp()
    ORDER BY due_at, id
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
UPDATE queue AS q
SET due_at   = clock_timestamp() + make_interval(secs => $3),
    attempts = q.attempts + 1,
    fence    = nextval('queue_fence')
FROM due
WHERE q.module = $1 AND q.id = due.id
RETURNING q.id, q.merchant_id, q.payload, q.enqueued_at, q.attempts, q.fence
